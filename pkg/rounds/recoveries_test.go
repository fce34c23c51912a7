package rounds_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/rounds"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

const parents = "arn:aws:states:eu-central-1:111122223333:execution:lifeboat-prod-recovery:"

// log is the record of recoveries, and the parents that were started.
type log struct {
	runs     []recovery.Run
	steps    []recovery.Record
	deaf     bool
	unlisted bool // Runs refuses
	started  []string
	parents  map[string]drill.Ended // by name
	now      time.Time
}

func (l *log) Now() time.Time { return l.now }

func (l *log) Ending(_ context.Context, execution string) (drill.Ended, error) {
	if l.parents == nil {
		return drill.Ended{}, nil
	}
	return l.parents[strings.TrimPrefix(execution, parents)], nil
}

func (l *log) listener() rounds.EventListener {
	return rounds.EventListener{Deployment: "prod", Recoveries: l, Parents: l, Standing: l, Clock: l}
}

func (l *log) Run(_ context.Context, id string) (recovery.Run, error) {
	if l.deaf {
		return recovery.Run{}, errRefused
	}
	for _, r := range l.runs {
		if r.ID == id {
			return r, nil
		}
	}
	return recovery.Run{}, recovery.ErrNoRun
}

func (l *log) Runs(context.Context, int) ([]recovery.Run, error) {
	if l.unlisted {
		return nil, errRefused
	}
	return l.runs, nil
}
func (l *log) Steps(context.Context, string) ([]recovery.Record, error) { return l.steps, nil }
func (l *log) StartParent(_ context.Context, name string, in recovery.Request) error {
	l.started = append(l.started, fmt.Sprintf("%s resume=%s abort=%t resumed=%d", name, in.Resume, in.Abort, in.Resumed))
	return nil
}

var began = time.Date(2026, 11, 5, 9, 0, 0, 0, time.UTC)

func after(d time.Duration) *time.Time { t := began.Add(d); return &t }

func exercise() recovery.Run {
	return recovery.Run{ID: "run-1", Deployment: "prod", Mode: recovery.Exercise, StartedAt: began, First: parents + "run-1", Execution: parents + "run-1", Epoch: 1, DecisionSeconds: 600, Workloads: []recovery.Workload{{Name: "orders"}}}
}

func changed(r recovery.Run, change func(*recovery.Run)) recovery.Run { change(&r); return r }

// A recovery whose parent was cut off goes on, and nothing goes on that should not.
func TestRecoveriesAreResumed(t *testing.T) {
	failover := changed(exercise(), func(r *recovery.Run) { r.Mode = recovery.Failover })
	reported := changed(exercise(), func(r *recovery.Run) { r.OverAt, r.ReportedAt = after(time.Hour), after(time.Hour) })
	taken := changed(exercise(), func(r *recovery.Run) { r.Epoch, r.Execution = 2, parents+"run-1-p2" })
	for name, tc := range map[string]struct {
		reason, execution, status, input string
		run                              recovery.Run
		want                             string // that was started
		doubt                            bool
	}{
		"failed":             {"the machine gave up", "run-1", "FAILED", "{}", exercise(), "run-1-p2 resume=run-1 abort=false resumed=1", false},
		"failover timed out": {"it goes on", "run-1", "TIMED_OUT", "{}", failover, "run-1-p2 resume=run-1 abort=false resumed=1", false},
		"stopped":            {"its throwaways must go", "run-1", "ABORTED", "{}", exercise(), "run-1-p2 resume=run-1 abort=true resumed=1", false},
		"failover stopped":   {"somebody may go on by hand", "run-1", "ABORTED", "{}", failover, "", false},
		"its own ending":     {"FailureClean is FAILED, too", "run-1", "FAILED", "{}", reported, "", false},
		"another has it":     {"it was handed over, or resumed", "run-1", "FAILED", "{}", taken, "", false},
		"no run":             {"it was not confirmed", "run-9", "FAILED", "{}", exercise(), "", false},
		"succeeded":          {"handed over", "run-1", "SUCCEEDED", "{}", exercise(), "", false},
		"again":              {"the second is cut off as well", "run-1-p2", "FAILED", `{"resume":"run-1","resumed":1}`, taken, "run-1-p3 resume=run-1 abort=false resumed=2", false},
		"aborting":           {"what is to be aborted stays so", "run-1-p2", "FAILED", `{"resume":"run-1","resumed":1,"abort":true}`, taken, "run-1-p3 resume=run-1 abort=true resumed=2", false},
		"enough":             {"three in a row have a reason", "run-1-p2", "FAILED", `{"resume":"run-1","resumed":3}`, taken, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			l := &log{runs: []recovery.Run{tc.run}}
			detail, err := json.Marshal(map[string]string{"executionArn": parents + tc.execution, "status": tc.status, "input": tc.input})
			if err != nil {
				t.Fatal(err)
			}
			out, err := l.listener().Handle(t.Context(), rounds.Event{Source: "aws.states", Detail: detail})
			if err != nil || strings.Join(l.started, ";") != tc.want || (out.Doubt != "") != tc.doubt || (out.Resumed != "") != (tc.want != "") {
				t.Errorf("%s: %v %+v %v", tc.reason, l.started, out, err)
			}
		})
	}
	l := &log{deaf: true}
	detail := json.RawMessage(`{"executionArn":"` + parents + `run-1","status":"FAILED"}`)
	if _, err := l.listener().Handle(t.Context(), rounds.Event{Source: "aws.states", Detail: detail}); err == nil {
		t.Error("a record that cannot be read is tried again")
	}
}

// A round goes on with recoveries that are not over and whose parent is closed: no event
// told of it, or it told before the record named that parent.
func TestAbandonedRecoveriesAreResumed(t *testing.T) {
	const long, short = -20 * time.Minute, -time.Minute
	type standing map[string]drill.Ended
	now := began.Add(2 * time.Hour)
	closed := func(status, input string, ago time.Duration) drill.Ended {
		return drill.Ended{Status: status, Input: json.RawMessage(input), StartedAt: began, StoppedAt: now.Add(ago)}
	}
	runs := drill.Ended{Status: "RUNNING", StartedAt: began}
	taken := func(mode recovery.Mode) recovery.Run { // the second parent was stopped while its PrepareRecovery ran
		return changed(exercise(), func(r *recovery.Run) { r.Mode, r.Epoch, r.Execution = mode, 2, parents+"again" })
	}
	for name, tc := range map[string]struct {
		reason  string
		run     recovery.Run
		parents standing
		want    string
		doubt   bool
	}{
		"runs":               {"its parent does", exercise(), standing{"run-1": runs}, "", false},
		"just closed":        {"the event comes first", exercise(), standing{"run-1": closed("FAILED", "{}", short)}, "", false},
		"its event was lost": {"", exercise(), standing{"run-1": closed("FAILED", "{}", long)}, "run-1-p2 resume=run-1 abort=false resumed=1", false},
		"stopped while it prepared": {"the record named it after its event, and the first ended as superseded", taken(recovery.Exercise),
			standing{"run-1": closed("SUCCEEDED", "{}", long), "again": closed("ABORTED", `{"resume":"run-1"}`, long)}, "run-1-p3 resume=run-1 abort=true resumed=1", false},
		"a failover's parent failed while it prepared": {"nobody stopped it", taken(recovery.Failover),
			standing{"again": closed("FAILED", `{"resume":"run-1"}`, long)}, "run-1-p3 resume=run-1 abort=false resumed=1", false},
		"a failover was stopped": {"whoever did may go on by hand", taken(recovery.Failover), standing{"again": closed("ABORTED", `{"resume":"run-1"}`, long)}, "", false},
		"the successor was stopped": {"that was on purpose, too", changed(exercise(), func(r *recovery.Run) { r.Mode = recovery.Failover }),
			standing{"run-1": closed("FAILED", "{}", long), "run-1-p2": closed("ABORTED", `{"resume":"run-1","resumed":1}`, long)}, "", false},
		"handed over":       {"the successor is about to have it", exercise(), standing{"run-1": closed("SUCCEEDED", "{}", long), "run-1-p2": runs}, "", false},
		"handed over badly": {"it could not begin, and has used its name up", exercise(), standing{"run-1": closed("SUCCEEDED", "{}", long), "run-1-p2": closed("FAILED", `{"resume":"run-1"}`, long)}, "run-1-p2-2 resume=run-1 abort=false resumed=2", false},
		"enough": {"none of three could begin", exercise(), standing{
			"run-1": closed("FAILED", "{}", long), "run-1-p2": closed("FAILED", "{}", long), "run-1-p2-2": closed("FAILED", "{}", long), "run-1-p2-3": closed("FAILED", "{}", long),
		}, "", true},
		"reported":  {"it has seen to everything", changed(exercise(), func(r *recovery.Run) { r.ReportedAt = after(time.Hour) }), standing{"run-1": closed("FAILED", "{}", long)}, "", false},
		"forgotten": {"Step Functions knows of none", exercise(), standing{}, "", false},
		"old":       {"nobody waits for it any more", changed(exercise(), func(r *recovery.Run) { r.StartedAt = began.Add(-30 * 24 * time.Hour) }), standing{"run-1": closed("FAILED", "{}", long)}, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			l := &log{runs: []recovery.Run{tc.run}, parents: tc.parents, now: now}
			out, err := l.listener().Handle(t.Context(), rounds.Event{})
			if err != nil || strings.Join(l.started, ";") != tc.want || (out.Doubt != "") != tc.doubt || (out.Resumed != "") != (tc.want != "") {
				t.Errorf("%s: %v %+v %v", tc.reason, l.started, out, err)
			}
		})
	}
	if _, err := (rounds.EventListener{Deployment: "prod"}).Handle(t.Context(), rounds.Event{}); err == nil {
		t.Error("without recoveries there is no round")
	}
}

// The sweeper asks the record of whom a copy is: the execution on its tag is the first
// parent, and another may have gone on.
func TestSweeperAndExercises(t *testing.T) {
	over := changed(exercise(), func(r *recovery.Run) { r.OverAt = after(time.Hour) })
	second := changed(exercise(), func(r *recovery.Run) { r.Execution = parents + "run-1-p2" })
	for name, tc := range map[string]struct {
		reason  string
		runs    []recovery.Run
		running string
		age     time.Duration
		deaf    bool
		removed bool
	}{
		"it runs":            {"the first parent does", []recovery.Run{exercise()}, "run-1", 5 * time.Hour, false, false},
		"another parent":     {"the first is closed, and the second runs", []recovery.Run{second}, "run-1-p2", 5 * time.Hour, false, false},
		"being resumed":      {"it is not over", []recovery.Run{second}, "", 5 * time.Hour, false, false},
		"abandoned":          {"nobody resumed it for a day", []recovery.Run{second}, "", 25 * time.Hour, false, true},
		"over":               {"whoever was to remove it did not", []recovery.Run{over}, "", 2 * time.Hour, false, true},
		"over, and reported": {"being removed", []recovery.Run{over}, "run-1", 2 * time.Hour, false, false},
		"no run":             {"it began nothing that is on record, and is closed", nil, "", 2 * time.Hour, false, true},
		"deaf":               {"unknown is not over", nil, "", 48 * time.Hour, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			copied := left("a", tc.age)
			copied.ExecutionID = parents + "run-1"
			s := shore{copies: map[string][]drill.Throwaway{"eu-central-1": {copied}}, running: map[string]bool{parents + tc.running: true}}
			sweeper := rounds.Sweeper{
				Deployment: "prod", Regions: []string{"eu-central-1"}, Throwaways: drillstep.ByKind[rounds.Throwaways]{plan.KindRDSInstance: &s},
				Executions: &s, Recoveries: &log{runs: tc.runs, deaf: tc.deaf}, Metrics: &s,
			}
			_, err := sweeper.Handle(t.Context(), rounds.SweeperIn{})
			if (len(s.removed) == 1) != tc.removed || (err != nil) != tc.deaf {
				t.Errorf("%s: %v %v", tc.reason, s.removed, err)
			}
		})
	}
}

// watch is a notifier over a desk and a record.
func (d *desk) watch(l *log) rounds.Notifier {
	return rounds.Notifier{
		Names: deployed.Names{Deployment: "prod", Account: "111122223333", Region: "eu-central-1"}, Endings: d, Notices: d, Finder: d, Evidence: d, Record: d,
		Recoveries: l, RecoveryEvidence: d, Publisher: d, Metrics: sheet{}, Clock: d,
	}
}

func failedSteps() []recovery.Record {
	return []recovery.Record{
		{Number: 1, Node: recovery.Node{ID: "orders/restore"}, Status: recovery.Status{State: recovery.Failed, Attempt: 2, Failure: &recovery.Failure{Error: "QuotaReached", Cause: "40 instances", Hint: "raise the quota"}}},
		{Number: 2, Node: recovery.Node{ID: "orders/check"}, Status: recovery.Status{State: recovery.Omitted}},
	}
}

// What people are told of recoveries, and that they are told it once.
func TestPeopleAreToldOfRecoveries(t *testing.T) {
	wanted := changed(exercise(), func(r *recovery.Run) { r.DecideBy = after(70 * time.Minute) }) // it is 10:00
	late := changed(exercise(), func(r *recovery.Run) { r.DecideBy = after(30 * time.Minute) })
	ended := func(mode recovery.Mode, ending string) recovery.Run {
		return changed(exercise(), func(r *recovery.Run) {
			r.Mode, r.OverAt, r.ReportedAt, r.Ending = mode, after(50*time.Minute), after(55*time.Minute), ending
		})
	}
	running := drill.Ended{Execution: parents + "run-1", Status: "RUNNING", StartedAt: began}
	closed := func(status string, at time.Duration) drill.Ended {
		return drill.Ended{Execution: parents + "run-1", Status: status, StartedAt: began, StoppedAt: began.Add(at), Error: "States.Runtime"}
	}
	for name, tc := range map[string]struct {
		reason  string
		run     recovery.Run
		parent  drill.Ended
		subject string // "": nobody is told
		text    []string
		topic   string
	}{
		"decision wanted": {"at once", wanted, running, "PAGE exercise of orders: decision wanted (prod)", []string{
			"lifeboat recover retry run-1 orders/restore --attempt 2 --reason TEXT --world aws", "lifeboat recover skip run-1 orders/restore --attempt 2 --reason TEXT --world aws",
			"lifeboat recover abort run-1 --reason TEXT --world aws", "until 10:10 UTC on 5 November", "QuotaReached", "raise the quota", "recovery-decision", "1 more wait",
		}, "pages"},
		"too late":          {"the time is over", late, running, "", nil, ""},
		"runs":              {"nothing is to be told", exercise(), running, "", nil, ""},
		"exercise passed":   {"as it should", ended(recovery.Exercise, "Passed"), running, "", nil, ""},
		"exercise failed":   {"", ended(recovery.Exercise, "FailureClean"), running, "PAGE exercise of orders: FailureClean (prod)", []string{"QuotaReached", "lifeboat evidence show run-1 --world aws", "Nothing is left behind"}, "pages"},
		"exercise was slow": {"", ended(recovery.Exercise, "ObjectivesMissed"), running, "TICKET exercise of orders: ObjectivesMissed (prod)", nil, "tickets"},
		"failover passed":   {"people wait for it", ended(recovery.Failover, "Passed"), running, "TICKET failover of orders: Passed (prod)", []string{"Everything was recovered"}, "tickets"},
		"dirty":             {"", ended(recovery.Failover, "FailureDirty"), running, "PAGE failover of orders: FailureDirty (prod)", []string{"half made"}, "pages"},
		"gave way":          {"nothing failed: whoever typed it sees why, and the failover that had the workload goes on", changed(ended(recovery.Failover, "FailureClean"), func(r *recovery.Run) { r.GaveWay = "run-0" }), running, "", nil, ""},
		"just cut off":      {"the listener resumes it", exercise(), closed("FAILED", 55*time.Minute), "", nil, ""},
		"cut off":           {"and nobody resumed it", exercise(), closed("FAILED", 45*time.Minute), "PAGE exercise of orders: cut off (prod)", []string{"lifeboat recover resume run-1 --world aws", "States.Runtime"}, "pages"},
		"failover stopped": {"at once: nothing resumes it", changed(exercise(), func(r *recovery.Run) { r.Mode = recovery.Failover }), closed("ABORTED", 59*time.Minute),
			"PAGE failover of orders: stopped (prod)", []string{"lifeboat recover resume run-1 --world aws", "nothing of it is removed"}, "pages"},
	} {
		t.Run(name, func(t *testing.T) {
			d, l := newDesk(t), &log{runs: []recovery.Run{tc.run}, steps: failedSteps()}
			d.ended[tc.parent.Execution] = tc.parent
			for range 2 {
				if _, err := d.watch(l).Handle(t.Context(), rounds.Event{}); err != nil {
					t.Fatal(err)
				}
			}
			if tc.subject == "" {
				if len(d.sent) > 0 {
					t.Errorf("%s: %+v", tc.reason, d.sent)
				}
				return
			}
			if len(d.sent) != 1 || d.sent[0].Subject != tc.subject || !strings.HasSuffix(d.sent[0].Topic, tc.topic) {
				t.Fatalf("%s: %+v", tc.reason, d.sent)
			}
			for _, part := range tc.text {
				if !strings.Contains(d.sent[0].Text, part) {
					t.Errorf("it does not say %q: %s", part, d.sent[0].Text)
				}
			}
		})
	}
}

// An event of a step tells at once that somebody must decide, and a topic that refuses
// is tried again.
func TestAStepThatFailedIsToldAtOnce(t *testing.T) {
	d, l := newDesk(t), &log{runs: []recovery.Run{changed(exercise(), func(r *recovery.Run) { r.DecideBy = after(70 * time.Minute) })}, steps: failedSteps()}
	d.topicRefuses = true
	child := strings.Replace(parents, "-recovery:", "-recovery-step:", 1) + "run-1-01-orders_restore-2"
	detail, _ := json.Marshal(map[string]string{"executionArn": child, "status": "SUCCEEDED", "input": `{"run":"run-1","step":1,"attempt":2}`})
	out, err := d.watch(l).Handle(t.Context(), rounds.Event{Source: "aws.states", Detail: detail})
	if err != nil || out.Unreported != 1 || len(d.sent) > 0 {
		t.Fatalf("%+v %v", out, err)
	}
	d.topicRefuses = false
	for range 3 {
		if _, err := d.watch(l).Handle(t.Context(), rounds.Event{Source: "aws.states", Detail: detail}); err != nil {
			t.Fatal(err)
		}
	}
	if len(d.sent) != 1 || !strings.Contains(d.sent[0].Subject, "decision wanted") {
		t.Errorf("%+v", d.sent)
	}
	// Where the plan declares no recovery nothing is looked for.
	plain := d.watch(l)
	plain.Recoveries = nil
	if out, err := plain.Handle(t.Context(), rounds.Event{Source: "aws.states", Detail: detail}); err != nil || len(out.Told) > 0 {
		t.Errorf("%+v %v", out, err)
	}
}

// An exercise that was due and did not begin is told of; what somebody typed is not.
func TestExercisesThatDidNotBegin(t *testing.T) {
	for trigger, want := range map[string]int{"schedule": 1, "manual": 0} {
		d, l := newDesk(t), &log{}
		x := drill.Ended{Execution: parents + "x", Status: "FAILED", StartedAt: began, StoppedAt: began.Add(time.Minute), Error: "InvalidInput", Input: json.RawMessage(`{"trigger":"` + trigger + `"}`)}
		d.ended[x.Execution] = x
		d.noticed[x.Execution] = drill.Noticed{Execution: x.Execution, State: drill.NoticeSent, At: d.now} // the desk lists it as a drill, too
		if _, err := d.watch(l).Handle(t.Context(), rounds.Event{}); err != nil || len(d.sent) != want {
			t.Errorf("%s: %+v %v", trigger, d.sent, err)
		}
	}
}

// However many steps failed there is one message, and what ends or shows the whole is in
// it.
func TestManyStepsThatFailed(t *testing.T) {
	d, l := newDesk(t), &log{runs: []recovery.Run{changed(exercise(), func(r *recovery.Run) { r.DecideBy = after(70 * time.Minute) })}}
	for i := range 200 {
		s := failedSteps()[0]
		s.Number, s.Node.ID = i+1, fmt.Sprintf("orders/restore-%03d", i+1)
		l.steps = append(l.steps, s)
	}
	for range 3 {
		if _, err := d.watch(l).Handle(t.Context(), rounds.Event{}); err != nil {
			t.Fatal(err)
		}
	}
	if len(d.sent) != 1 {
		t.Fatalf("%d messages", len(d.sent))
	}
	for _, part := range []string{
		"lifeboat recover retry run-1 orders/restore-003 --attempt 2 --reason TEXT --world aws", "and 199 more that failed", "the other 197",
		"lifeboat recover abort run-1 --reason TEXT --world aws", "lifeboat recover status run-1 --world aws", "recovery-decision",
	} {
		if !strings.Contains(d.sent[0].Text, part) {
			t.Errorf("it does not say %q: %s", part, d.sent[0].Text)
		}
	}
}

// What a round could not look at it does not call well: there is no zero of what nobody
// knows, and of rounds that are not whole notifier-silent tells.
func TestARoundThatCouldNotLook(t *testing.T) {
	begun := exercise()
	due := drill.Ended{Execution: parents + "x", Status: "FAILED", StartedAt: began, StoppedAt: began.Add(time.Minute), Input: json.RawMessage(`{"trigger":"schedule"}`)}
	for name, tc := range map[string]struct {
		reason  string
		l       *log
		refuses bool // Step Functions
		ended   []drill.Ended
		want    sheet
		fails   bool
	}{
		"all is seen":     {"zero is said", &log{runs: []recovery.Run{begun}}, false, nil, sheet{"Unreported": 0, "DecisionsWanted": 0, "RecoveriesUnended": 0}, false},
		"no executions":   {"whether its parent lives nobody knows", &log{runs: []recovery.Run{begun}}, true, nil, sheet{"DecisionsWanted": 0}, true},
		"no record":       {"", &log{unlisted: true}, false, nil, sheet{}, true},
		"no run":          {"whether it began nobody knows", &log{deaf: true}, false, []drill.Ended{due}, sheet{"DecisionsWanted": 0}, true},
		"no input of one": {"nor whether the schedule started it", &log{}, true, []drill.Ended{due}, sheet{"DecisionsWanted": 0}, true},
	} {
		t.Run(name, func(t *testing.T) {
			d, figures := newDesk(t), sheet{}
			d.lookRefuses = tc.refuses
			for _, x := range tc.ended {
				d.ended[x.Execution] = x
			}
			n := d.watch(tc.l)
			n.Metrics = figures
			_, err := n.Handle(t.Context(), rounds.Event{})
			if diff := cmp.Diff(tc.want, figures); diff != "" || (err != nil) != tc.fails {
				t.Errorf("%s (-want +got):\n%s%v", tc.reason, diff, err)
			}
		})
	}
}

// A recovery that nobody ended is counted until somebody does, however old it is, and
// though Step Functions has forgotten its parent.
func TestAnOldRecoveryThatNobodyEnded(t *testing.T) {
	for name, parent := range map[string]drill.Ended{
		"closed":    {Execution: parents + "run-1", Status: "FAILED", StoppedAt: began.Add(time.Minute)},
		"forgotten": {},
	} {
		d, figures := newDesk(t), sheet{}
		d.now = began.Add(100 * 24 * time.Hour)
		d.ended[parents+"run-1"] = parent
		n := d.watch(&log{runs: []recovery.Run{exercise()}})
		n.Metrics = figures
		if _, err := n.Handle(t.Context(), rounds.Event{}); err != nil || figures["RecoveriesUnended"] != 1 {
			t.Errorf("%s: %v %v", name, figures, err)
		}
	}
}

// known is when workloads were recovered.
type known struct{ last, since map[string]time.Time }

func (k known) LastRecovered(context.Context) (map[string]time.Time, error) {
	if k.last == nil {
		return nil, errRefused
	}
	return k.last, nil
}

func (k known) Watched(context.Context, []string, map[string]time.Time, time.Time) (map[string]time.Time, error) {
	return k.since, nil
}

func (known) LastPassed(context.Context) (map[string]time.Time, error) {
	return map[string]time.Time{}, nil
}
func (known) LastVerdicts(context.Context) (map[string]time.Time, error) {
	return map[string]time.Time{}, nil
}

type sheet map[string]float64

func (s sheet) Publish(_ context.Context, list []drill.Metric) error {
	for _, m := range list {
		s[strings.TrimSuffix(m.Name+" "+m.Dimensions["Workload"], " ")] = m.Value
	}
	return nil
}

// How long ago each workload was exercised is counted from when it was first watched
// where it never was.
func TestExercisesOverdue(t *testing.T) {
	const day = 24 * time.Hour
	d := newDesk(t)
	k := known{last: map[string]time.Time{"orders": d.now.Add(-10 * day)}, since: map[string]time.Time{"orders": d.now.Add(-90 * day), "stock": d.now.Add(-63 * day)}}
	figures := sheet{}
	monitor := rounds.BackupMonitor{Deployment: "prod", Proofs: k, Exercises: rounds.Exercises{Every: map[string]time.Duration{"orders": 62 * day, "stock": 62 * day}, Recovered: k}, Metrics: figures, Clock: d}
	out, err := monitor.Handle(t.Context(), rounds.BackupMonitorIn{})
	if err != nil || len(out.Findings) != 1 || out.Findings[0].Code != "NeverExercised" || out.Findings[0].Databases[0] != "stock" {
		t.Fatalf("%+v %v", out, err)
	}
	delete(figures, "HistoryUnknown")
	delete(figures, "MonitorRan")
	want := sheet{
		"ExercisesUnknown": 0, "SinceLastExercise orders": (10 * day).Seconds(), "ExerciseHeadroom orders": (52 * day).Seconds(),
		"SinceLastExercise stock": (63 * day).Seconds(), "ExerciseHeadroom stock": -day.Seconds(), "ExerciseHeadroom": -day.Seconds(),
	}
	if diff := cmp.Diff(want, figures); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	monitor.Exercises.Recovered, figures = known{}, sheet{}
	monitor.Metrics = figures
	if out, err := monitor.Handle(t.Context(), rounds.BackupMonitorIn{}); err != nil || figures["ExercisesUnknown"] != 2 || len(out.Findings) != 1 {
		t.Errorf("%+v %v %v", out, figures, err)
	}
}
