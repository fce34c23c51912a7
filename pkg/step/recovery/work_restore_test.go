package recoverystep_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
)

var began = time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)

// provider makes targets. refuses are the answers to the next calls, by point.
type provider struct {
	points  []drill.RecoveryPoint
	refuses map[string][]error
	asked   []string // points, in the order of the calls
	seen    drill.Recovered
}

func (p *provider) RecoveryPoints(context.Context, drill.Spec) ([]drill.RecoveryPoint, error) {
	return p.points, nil
}

func (p *provider) StartRecovery(_ context.Context, _ drill.RecoveryMark, _ drill.Spec, t drill.RecoveryTarget, point drill.RecoveryPoint) (drill.Resource, error) {
	p.asked = append(p.asked, point.ID)
	if answers := p.refuses[point.ID]; len(answers) > 0 {
		p.refuses[point.ID] = answers[1:]
		if answers[0] != nil {
			return drill.Resource{}, answers[0]
		}
	}
	p.seen = drill.Recovered{Found: true, Ours: true, Serving: true, Status: "available"}
	return drill.Resource{ID: t.Identifier, CreatedAt: began}, nil
}

func (p *provider) Recovered(context.Context, drill.RecoveryMark, drill.Spec, string) (drill.Recovered, error) {
	return p.seen, nil
}

func (p *provider) FinishRecovery(context.Context, drill.RecoveryMark, drill.Spec, string, drill.RecoveryTarget, bool) (drill.Access, error) {
	return drill.Access{Endpoint: drill.Endpoint{Host: "there", Port: 5432}}, nil
}

func (p *provider) DiscardRecovery(context.Context, drill.RecoveryMark, drill.Spec, string) (bool, error) {
	return true, nil
}

func point(id string, age time.Duration) drill.RecoveryPoint {
	return drill.RecoveryPoint{ID: id, TakenAt: began.Add(-age), Usable: true}
}

func refusal(name drill.ErrorName) error { return &drill.Error{Name: name, What: "says the fake"} }

// busy so many times.
func busy(n int) (list []error) {
	for range n {
		list = append(list, refusal(drill.SourceBusy))
	}
	return list
}

func TestRestoreWhereTheProviderCannotBegin(t *testing.T) {
	for name, c := range map[string]struct {
		reason  string
		refuses map[string][]error
		asked   []string // each once in a row
		fails   drill.ErrorName
	}{
		"at once":           {"nothing stands in its way", nil, []string{"log"}, ""},
		"no capacity":       {"a passing refusal: asked for again", map[string][]error{"log": {refusal(drill.NoCapacity), refusal(drill.NoCapacity)}}, []string{"log"}, ""},
		"busy":              {"the next that meets the RPO is taken, not the one that is too old", map[string][]error{"log": busy(99)}, []string{"log", "fresh"}, ""},
		"both busy":         {"then the first again, once its source is free", map[string][]error{"log": busy(1), "fresh": busy(1)}, []string{"log", "fresh", "log"}, ""},
		"the other refused": {"which says nothing about the first", map[string][]error{"log": busy(1), "fresh": {refusal(drill.RestoreRefused)}}, []string{"log", "fresh", "log"}, ""},
		"refused":           {"asking again would not help", map[string][]error{"log": {refusal(drill.RestoreRefused)}}, []string{"log"}, drill.RestoreRefused},
		"busy for ever":     {"for as long as the limits say", map[string][]error{"log": busy(999), "fresh": busy(999)}, []string{"log", "fresh", "log"}, drill.SourceBusy},
	} {
		p := &provider{points: []drill.RecoveryPoint{point("old", 5*time.Hour), point("fresh", 20*time.Minute), point("log", time.Minute)}, refuses: c.refuses}
		work := recoverystep.WorkRestore{
			Backups: drillstep.ByKind[drillstep.Backups]{"kind": p}, Targets: drillstep.ByKind[recoverystep.Targets]{"kind": p},
		}
		job := recoverystep.Job{
			Run:  recovery.Run{ID: "r", Deployment: "prod", Mode: recovery.Failover, StartedAt: began},
			Step: recovery.Record{Node: recovery.Node{ID: "w/restore"}, Spec: recovery.Spec{Database: "w/d"}, Status: recovery.Status{Attempt: 1}}, Now: began,
			Database: &recoverystep.Database{Target: &recoverystep.Target{Identifier: "target"}, Drill: drill.Spec{
				Workload: "w", Database: "d", Kind: "kind", Objectives: drill.Objectives{RPOSeconds: 3600}, Limits: drill.CloudLimits(drill.Objectives{RTOSeconds: 3600}),
			}},
		}
		result, err := whole(work, job)
		if drill.NameOf(err) != c.fails {
			t.Errorf("%s: %s: %v", name, c.reason, err)
			continue
		}
		if got := onceInARow(p.asked); cmp.Diff(c.asked, got) != "" {
			t.Errorf("%s: %s: asked for %v", name, c.reason, got)
		}
		if err != nil {
			continue
		}
		if last := p.asked[len(p.asked)-1]; result.PointID != last || result.LossSeconds == nil || (result.Deviation != "") != (last != "log") {
			t.Errorf("%s: %s: %+v", name, c.reason, result)
		}
	}
}

// whole is a step until its end.
func whole(work recoverystep.Work, job recoverystep.Job) (recovery.Result, error) {
	for {
		p, err := work.Do(context.Background(), job)
		if err != nil {
			return recovery.Result{}, err
		}
		if p.Next == recoverystep.Done {
			return *p.Result, nil
		}
		job.State = p.State
		if p.NextAt.After(job.Now) {
			job.Now = *p.NextAt
		}
	}
}

func onceInARow(list []string) (short []string) {
	for _, s := range list {
		if len(short) == 0 || short[len(short)-1] != s {
			short = append(short, s)
		}
	}
	return short
}

func TestRestoreWithoutATargetSaysWhatToDeclare(t *testing.T) {
	job := recoverystep.Job{Run: recovery.Run{Mode: recovery.Failover}, Database: &recoverystep.Database{}}
	if _, err := (recoverystep.WorkRestore{}).Do(context.Background(), job); drill.NameOf(err) != drill.InvalidInput || drill.HintOf(err) == "" {
		t.Error(err)
	}
	job.Database = nil
	for name, work := range map[string]recoverystep.Work{"restore": recoverystep.WorkRestore{}, "promote": recoverystep.WorkPromote{}, "protect": recoverystep.WorkProtect{}} {
		if _, err := work.Do(context.Background(), job); drill.NameOf(err) != drill.InvalidInput {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A failover's target may have been made by a call that nobody heard of again: the
// record names it from before the call on, until it is seen or was refused.
func TestTargetIsNamedBeforeItIsAskedFor(t *testing.T) {
	for name, c := range map[string]struct {
		reason string
		says   drill.ErrorName // of every call
		named  bool            // at the end
	}{
		"no answer": {"it may be there", drill.Transient, true},
		"refused":   {"the provider said no", drill.RestoreRefused, false},
		"full":      {"likewise, again and again", drill.NoCapacity, false},
	} {
		var answers []error
		for range 999 {
			answers = append(answers, refusal(c.says))
		}
		p := &provider{points: []drill.RecoveryPoint{point("log", time.Minute)}, refuses: map[string][]error{"log": answers}}
		work := recoverystep.WorkRestore{Backups: drillstep.ByKind[drillstep.Backups]{"kind": p}, Targets: drillstep.ByKind[recoverystep.Targets]{"kind": p}}
		job := recoverystep.Job{
			Run:  recovery.Run{ID: "r", Deployment: "prod", Mode: recovery.Failover, StartedAt: began},
			Step: recovery.Record{Node: recovery.Node{ID: "w/restore"}, Spec: recovery.Spec{Database: "w/d"}, Status: recovery.Status{Attempt: 1}}, Now: began,
			Database: &recoverystep.Database{Target: &recoverystep.Target{Identifier: "target"}, Drill: drill.Spec{
				Workload: "w", Database: "d", Kind: "kind", Limits: drill.CloudLimits(drill.Objectives{RTOSeconds: 3600}),
			}},
		}
		var so *recovery.Result
		var err error
		for calls := 0; ; calls++ {
			before := len(p.asked)
			named := so != nil && len(so.Resources) == 1 && so.Resources[0].ID == "target" && so.Resources[0].Unsure
			var progress recoverystep.Progress
			progress, err = work.Do(context.Background(), job)
			if len(p.asked) > before && !named {
				t.Errorf("%s: call %d asked for what the record does not name: %+v", name, calls, so)
			}
			if err != nil {
				break
			}
			so, job.State = progress.Result, progress.State
			if progress.NextAt.After(job.Now) {
				job.Now = *progress.NextAt
			}
		}
		if drill.NameOf(err) != c.says || (len(so.Resources) == 1) != c.named {
			t.Errorf("%s: %s: %v, %+v", name, c.reason, err, so.Resources)
		}
	}
}

// Where the step that recovers the database was skipped there is nothing to point to:
// a failover says so, and does not write what is not so.
func TestEndpointOfWhatWasNotRecovered(t *testing.T) {
	job := recoverystep.Job{Run: recovery.Run{Mode: recovery.Failover}, Step: recovery.Record{Node: recovery.Node{ID: "w/say"}, Spec: recovery.Spec{Database: "w/d"}}}
	job.Steps = []recovery.Record{{Node: recovery.Node{Kind: recovery.Restore}, Spec: recovery.Spec{Database: "w/d"}, Status: recovery.Status{State: recovery.Skipped}}}
	if _, err := (recoverystep.WorkEndpoint{}).Do(context.Background(), job); drill.NameOf(err) != drill.EndpointFailed || drill.HintOf(err) == "" {
		t.Error(err)
	}
	job.Steps[0] = recovery.Record{
		Node: recovery.Node{Kind: recovery.PromoteReplica}, Spec: recovery.Spec{Database: "w/d"},
		Status: recovery.Status{State: recovery.Succeeded, Result: &recovery.Result{Unproven: "looked at only"}},
	}
	job.Run.Mode = recovery.Exercise
	if p, err := (recoverystep.WorkEndpoint{}).Do(context.Background(), job); err != nil || p.Result == nil || p.Result.Unproven == "" {
		t.Errorf("%+v, %v", p, err)
	}
}
