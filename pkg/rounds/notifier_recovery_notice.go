package rounds

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/notice"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// RecoveryEvidence says where the evidence of a recovery lies.
type RecoveryEvidence interface{ Location(run string) string }

// telegram is a message about a recovery.
type telegram struct{ notice.Notice }

// about is what every message of a run has.
func (r *recoveries) about(run recovery.Run) telegram {
	names := make([]string, 0, len(run.Workloads))
	for _, w := range run.Workloads {
		names = append(names, w.Name)
	}
	return telegram{notice.Notice{
		Severity: notice.Page, Deployment: r.Names.Deployment, Run: "recovery",
		About:     string(run.Mode) + " of " + cmp.Or(strings.Join(names, ", "), run.ID),
		Execution: run.ID, ExecutedBy: run.Execution, Started: run.StartedAt,
		Links: notice.Links{Execution: r.Names.ExecutionConsole(run.Execution), Dashboard: r.Names.DashboardConsole()},
	}}
}

func (t *telling) topicOf(n notice.Notice) string {
	if n.Severity == notice.Ticket {
		return t.Names.TicketsARN()
	}
	return t.Names.PagesARN()
}

// decide says that somebody must, what about, until when, and what to type.
func (r *recoveries) decide(ctx context.Context, run recovery.Run) telegram {
	n := r.about(run)
	n.Ending, n.Kind = "decision wanted", "DecisionWanted"
	n.Links.Runbook = deployed.Runbook("recovery-decision")
	n.Says = fmt.Sprintf("The recovery waits for somebody to decide, until %s: a step failed, and nothing else is to be done. Without a decision it ends as failed then.", run.DecideBy.UTC().Format("15:04 UTC on 2 January"))
	steps, err := r.Recoveries.Steps(ctx, run.ID)
	if err != nil {
		n.Notes = append(n.Notes, fmt.Sprintf("Its steps could not be read (%v): %s says which failed.", err, command("status", run.ID)))
	}
	failed, omitted := 0, 0
	for _, s := range steps {
		switch s.Status.State {
		case recovery.Failed:
			if failed++; failed <= maxToDecide {
				failedStep(&n, run, s)
			}
		case recovery.Omitted:
			omitted++
		case recovery.Waiting, recovery.Ready, recovery.Running, recovery.Succeeded, recovery.Skipped:
		}
	}
	if omitted > 0 {
		n.Says += fmt.Sprintf(" %d more wait for it.", omitted)
	}
	if failed > 1 {
		n.More, n.MoreIn = failed-1, "that failed"
	}
	if failed > maxToDecide {
		n.Todo = append(n.Todo, fmt.Sprintf("The status names the other %d that failed, with what to type.", failed-maxToDecide))
	}
	n.Todo = append(n.Todo, "Or end it: "+command(recovery.AbortWords(run.ID)...), "See all of it: "+command("status", run.ID))
	return n
}

// maxToDecide is of how many failed steps a message has the commands: with the hint and
// the commands about the whole they are what a message holds, and none of those is cut.
const maxToDecide = 3

// failedStep adds a step that failed, and the two commands that are about it. They name
// the attempt: a message that is read late decides about no other.
func failedStep(n *telegram, run recovery.Run, s recovery.Record) {
	if f := s.Status.Failure; f != nil && n.Finding == nil {
		n.Finding = &notice.Finding{Code: f.Error, What: "step " + s.Node.ID + ", attempt " + fmt.Sprint(s.Status.Attempt) + ": " + f.Cause, Hint: f.Hint}
		if f.Hint != "" {
			n.Todo = append(n.Todo, f.Hint)
		}
	}
	n.Todo = append(n.Todo,
		"Try it again: "+command(recovery.DecisionWords(recovery.Retry, run.ID, s)...),
		"Or go on without it: "+command(recovery.DecisionWords(recovery.Skip, run.ID, s)...))
}

var recoveryMeaning = map[string]string{
	recovery.Passed:           "Everything was recovered, within the targets.",
	recovery.ObjectivesMissed: "It was recovered, and not as promised: a target was missed, or a step was skipped.",
	recovery.FailureClean:     "Not all of it was recovered: a step failed or was omitted, or somebody aborted it.",
	recovery.FailureDirty:     "Something may be left behind, or is there half made: a person is needed.",
}

// ended says how a run ended.
func (r *recoveries) ended(ctx context.Context, run recovery.Run) telegram {
	n := r.about(run)
	n.Ended, n.Ending, n.Kind = *run.ReportedAt, run.Ending, run.Ending
	n.Says = cmp.Or(recoveryMeaning[run.Ending], "It came to an ending that this version does not know.")
	n.Links.Runbook = deployed.Runbook(recoveryRunbook(run.Ending))
	switch run.Ending {
	case recovery.Passed:
		n.Severity, n.Links.Runbook = notice.Ticket, ""
	case recovery.ObjectivesMissed:
		n.Severity = notice.Ticket
	}
	if run.Mode == recovery.Exercise && run.Ending != recovery.FailureDirty {
		n.Says += " Nothing is left behind."
	}
	if r.RecoveryEvidence != nil {
		n.Links.Evidence = r.RecoveryEvidence.Location(run.ID)
		n.Links.EvidenceConsole = r.Names.ObjectConsole(n.Links.Evidence)
	}
	if steps, err := r.Recoveries.Steps(ctx, run.ID); err != nil {
		n.Notes = append(n.Notes, fmt.Sprintf("Its steps could not be read (%v): the evidence has them.", err))
	} else {
		firstFailure(&n, steps)
	}
	n.Todo = append(n.Todo, "Read what happened: lifeboat evidence show "+run.ID+" --world aws")
	return n
}

// firstFailure is the reason that the message has; the evidence has all.
func firstFailure(n *telegram, steps []recovery.Record) {
	for _, s := range steps {
		f := s.Status.Failure
		if s.Status.State != recovery.Failed || f == nil {
			continue
		}
		if n.Finding != nil {
			n.More++
			continue
		}
		n.Finding = &notice.Finding{Code: f.Error, What: "step " + s.Node.ID + ": " + f.Cause, Hint: f.Hint}
		if f.Hint != "" {
			n.Todo = append(n.Todo, f.Hint)
		}
	}
}

// recoveryRunbook of an ending.
func recoveryRunbook(ending string) string {
	switch ending {
	case recovery.ObjectivesMissed:
		return "recovery-ObjectivesMissed"
	case recovery.FailureClean:
		return "recovery-FailureClean"
	}
	return "recovery-FailureDirty"
}

// cutOff says that a run came to no ending, and nothing works on it.
func (r *recoveries) cutOff(_ context.Context, run recovery.Run, x drill.Ended) telegram {
	n := r.about(run)
	n.Ended, n.Kind, n.Error, n.Cause = x.StoppedAt, x.Status, x.Error, x.Cause
	n.Links.Runbook = deployed.Runbook("recovery-unended")
	switch x.Status {
	case "ABORTED":
		n.Ending, n.Says = "stopped", "Somebody stopped the machine before the recovery's end."
		n.Todo = append(n.Todo, "Find out who stopped it, and why: CloudTrail has StopExecution.")
	case "TIMED_OUT":
		n.Ending, n.Says = "timed out", "The machine ran out of the time that somebody gave it."
	default:
		n.Ending, n.Says = "cut off", "The machine failed in the middle of the recovery, and going on by itself did not help."
	}
	if run.Mode == recovery.Failover {
		n.Says += " What it was to recover may be half there: nothing of it is removed."
	} else {
		n.Says += " What the exercise made may be left behind: it costs money, and may hold a copy of the data."
	}
	n.Says += " Steps that ran go on to their end; none begins."
	n.Todo = append(n.Todo, "Go on with it: "+command("resume", run.ID), "See how it stands: "+command("status", run.ID))
	return n
}

// nothingBegan says that an exercise that was due did not begin.
func (r *recoveries) nothingBegan(x drill.Ended) telegram {
	return telegram{notice.Notice{
		Severity: notice.Ticket, Deployment: r.Names.Deployment, Run: "recovery", About: "exercise", Ending: "not begun", Kind: "NotBegun",
		Says:  "The exercise that the schedule asked for did not begin: nothing was made, and nothing is known by it.",
		Error: x.Error, Cause: x.Cause, Todo: []string{"Start one by hand: " + command()},
		Execution: nameOf(x.Execution), ExecutedBy: x.Execution, Started: x.StartedAt.UTC(), Ended: x.StoppedAt.UTC(),
		Links: notice.Links{Execution: r.Names.ExecutionConsole(x.Execution), Dashboard: r.Names.DashboardConsole(), Runbook: deployed.Runbook("exercises-overdue")},
	}}
}
