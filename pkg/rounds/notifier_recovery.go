package rounds

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

const (
	// DecisionsWanted and RecoveriesUnended are metrics; docs/metrics.md.
	DecisionsWanted   = "DecisionsWanted"
	RecoveriesUnended = "RecoveriesUnended"

	// maxRuns is how many recoveries a round looks at: there is one a month, and of
	// those that fail a few more.
	maxRuns = 50
	// resumedWithin is how long a recovery whose parent was cut off may have none before
	// it counts as unended: the listener goes on with it within seconds.
	resumedWithin = 10 * time.Minute
)

// recoveries tell people of recoveries: that somebody must decide, once for each time
// that somebody must; how one ended, where it is no exercise that passed; and that one
// came to no ending. All of it is read from the record: an event only says that there
// is something to look for, and a round looks at all that are not too old.
type recoveries struct {
	*telling
	wanted, unended int
	// unknown is what could not be looked at: a round that has any does not say that
	// nothing is unended.
	unknown []error
}

// recoveryEvent is about an execution of one of the two machines of recoveries.
func (t *telling) recoveryEvent(ctx context.Context, x drill.Ended) error {
	r := recoveries{telling: t}
	run, err := t.Recoveries.Run(ctx, runOf(t.Names, x))
	switch {
	case errors.Is(err, recovery.ErrNoRun):
		r.notBegun(ctx, x)
	case err != nil:
		return fmt.Errorf("reading the record of the recovery of %s: %w", x.Execution, err)
	default:
		r.tellOf(ctx, run)
	}
	if r.wanted == 0 && t.out.Unreported == 0 {
		return nil
	}
	return r.publish(ctx, false)
}

// runOf is the run that an execution works on: a child says so, and a parent that took
// one on.
func runOf(names deployed.Names, x drill.Ended) string {
	if machineOf(x.Execution) == names.RecoveryStepMachine() {
		var in recovery.ChildInput
		_ = json.Unmarshal(x.Input, &in) // it is ours
		return in.Run
	}
	if request := requestIn(string(x.Input)); request.Resume != "" {
		return request.Resume
	}
	return drill.RunID(x.Execution)
}

// recoveryRound looks at the newest recoveries, and at parents that began none.
func (t *telling) recoveryRound(ctx context.Context) error {
	r := recoveries{telling: t}
	runs, err := t.Recoveries.Runs(ctx, maxRuns)
	if err != nil {
		return fmt.Errorf("looking for recoveries: %w", err)
	}
	slices.SortFunc(runs, func(a, b recovery.Run) int { return a.StartedAt.Compare(b.StartedAt) })
	known := map[string]bool{}
	for _, run := range runs {
		known[run.ID] = true
		if run.ReportedAt != nil && run.ReportedAt.Before(t.now.Add(-lookBack)) {
			continue
		}
		if t.outOfTime(ctx) {
			t.out.Unreported++
			continue
		}
		r.tellOf(ctx, run)
	}
	ended, err := t.Endings.Ended(ctx, t.Names.RecoveryMachineARN(), t.now.Add(-lookBack))
	if err != nil {
		return fmt.Errorf("looking for recoveries that ended badly: %w", err)
	}
	for _, x := range ended {
		if known[drill.RunID(x.Execution)] {
			continue
		}
		if t.outOfTime(ctx) {
			t.out.Unreported++
			continue
		}
		r.withoutRun(ctx, x, known)
	}
	return errors.Join(append(r.unknown, r.publish(ctx, true))...)
}

// withoutRun tells of a parent that began no run. One that took a run on says so in its
// input.
func (r *recoveries) withoutRun(ctx context.Context, x drill.Ended, known map[string]bool) {
	x, problem := r.looked(ctx, x)
	if problem != "" {
		r.unsure(fmt.Errorf("looking at %s: %s", x.Execution, problem), "")
		return
	}
	id := runOf(r.Names, x)
	if known[id] {
		return
	}
	switch _, err := r.Recoveries.Run(ctx, id); {
	case errors.Is(err, recovery.ErrNoRun):
		r.notBegun(ctx, x)
	case err != nil:
		r.unsure(fmt.Errorf("reading the record of recovery %s: %w", id, err), drill.HintOf(err))
	}
}

// unsure notes what could not be looked at.
func (r *recoveries) unsure(err error, hint string) {
	r.unknown = append(r.unknown, err)
	r.warn("RecoveryUnknown", err.Error(), hint)
}

// publish says how many there are; an event, which looks at one, only what is there.
func (r *recoveries) publish(ctx context.Context, whole bool) error {
	of := map[string]string{"Deployment": r.Names.Deployment}
	var list []drill.Metric
	if whole || r.wanted > 0 {
		list = append(list, drill.Metric{Name: DecisionsWanted, Unit: "Count", Value: float64(r.wanted), Dimensions: of})
	}
	switch {
	case whole && r.unknown != nil && r.unended == 0: // nobody knows that there is none
	case whole:
		list = append(list, drill.Metric{Name: RecoveriesUnended, Unit: "Count", Value: float64(r.unended), Dimensions: of})
	case r.out.Unreported > 0:
		list = append(list, drill.Metric{Name: Unreported, Unit: "Count", Value: float64(r.out.Unreported), Dimensions: of})
	}
	if err := r.Metrics.Publish(ctx, list); err != nil {
		return fmt.Errorf("publishing which recoveries need a person: %w", err)
	}
	return nil
}

// tellOf tells what is to be told of a run, each thing once. One that nobody ended is
// counted however old it is: it goes out by being ended, not by being forgotten.
func (r *recoveries) tellOf(ctx context.Context, run recovery.Run) {
	switch began := decisionBegan(run); {
	case run.GaveWay != "": // who typed it sees it fail, with what to do instead
		return
	case run.ReportedAt != nil:
		if run.Mode == recovery.Failover || run.Ending != recovery.Passed {
			r.once(ctx, run.ID+"#ended", *run.ReportedAt, func() telegram { return r.ended(ctx, run) })
		}
		return
	case !began.IsZero() && run.DecideBy.After(r.now):
		r.wanted++
		key := run.ID + "#decide#" + run.DecideBy.UTC().Format(time.RFC3339)
		r.once(ctx, key, began, func() telegram { return r.decide(ctx, run) })
	}
	r.cutOffOf(ctx, run)
}

// cutOffOf tells of a run that is not reported, and on which nothing works.
func (r *recoveries) cutOffOf(ctx context.Context, run recovery.Run) {
	x, err := r.Endings.Ending(ctx, run.Execution)
	switch stopped := x.Status == "ABORTED" && run.Mode == recovery.Failover; {
	case err != nil:
		r.unsure(fmt.Errorf("asking Step Functions about %s: %w", run.Execution, err), drill.HintOf(err))
	case x.Status == "" && run.StartedAt.Before(r.now.Add(-lookBack)):
		r.unended++ // so old that it is forgotten: people were told long ago
	case !x.Closed():
	case stopped, x.StoppedAt.Before(r.now.Add(-resumedWithin)):
		r.unended++
		r.once(ctx, fmt.Sprintf("%s#cut-off#%d", run.ID, run.Epoch), x.StoppedAt, func() telegram { return r.cutOff(ctx, run, x) })
	}
}

// notBegun tells of an execution that began no run. Who typed it is awake, and sees it
// fail with a text that says what to type; what a schedule asks for nobody sees.
func (r *recoveries) notBegun(ctx context.Context, x drill.Ended) {
	if machineOf(x.Execution) != r.Names.RecoveryMachine() || x.Status == "SUCCEEDED" || x.Status == "RUNNING" || x.StoppedAt.IsZero() {
		return
	}
	if requestIn(string(x.Input)).Trigger != "schedule" {
		return
	}
	r.once(ctx, nameOf(x.Execution)+"#not-begun", x.StoppedAt, func() telegram { return r.nothingBegan(x) })
}

// once sends a message about something that has been so since then, where nobody was
// told: claim, publish, remember, as for drills.
func (r *recoveries) once(ctx context.Context, what string, since time.Time, write func() telegram) {
	key := "recovery#" + what
	if r.known != nil && r.known(key).Told(since) {
		return
	}
	before, mine, refused := r.Notices.ClaimNotice(ctx, key, since, r.now, r.now.Add(-cutOffAfter))
	if refused == nil && !mine {
		if !before.Told(since) {
			r.out.Waiting = append(r.out.Waiting, key)
		}
		return
	}
	if refused != nil && r.overdue(since) {
		r.out.Unreported++
		r.warn("Unreported", "whether anybody was told of "+key+" is not known: "+refused.Error(), drill.HintOf(refused))
		return
	}
	n := write()
	switch {
	case refused != nil:
		n.Notes = append(n.Notes, "It may come twice: that it is sent could not be remembered ("+refused.Error()+").")
	case before.State == drill.NoticeSending:
		n.Notes = append(n.Notes, "It may have come before: whoever was about to send it was cut off.")
	}
	if err := r.Publisher.Publish(ctx, r.topicOf(n.Notice), n.Subject(), n.Message()); err != nil {
		r.out.Unreported++
		r.warn("Unreported", "nobody could be told of "+key+": "+err.Error(), drill.HintOf(err))
		if refused == nil {
			r.keep(ctx, drill.Noticed{Execution: key, State: drill.NoticeFailed})
		}
		return
	}
	r.out.Told = append(r.out.Told, key)
	if refused == nil {
		r.keep(ctx, drill.Noticed{Execution: key, State: drill.NoticeSent})
	}
}

// command of the CLI about a deployment.
func command(words ...string) string {
	return recovery.Command(recovery.OnAWS, words...)
}
