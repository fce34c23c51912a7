package rounds

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/notice"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// noticeOf says what happened, from the evidence; where that cannot be read, from
// the run record and from what the execution says of itself.
func (t *telling) noticeOf(ctx context.Context, m matter) notice.Notice {
	n := notice.Notice{
		Severity: notice.Page, Deployment: t.Names.Deployment, Notes: m.notes,
		Execution: nameOf(m.of.Execution), ExecutedBy: m.of.Execution, Started: m.of.StartedAt, Ended: m.of.StoppedAt,
		Links: notice.Links{Execution: t.Names.ExecutionConsole(m.of.Execution), Dashboard: t.Names.DashboardConsole()},
	}
	ending := m.of.Ending()
	if ending == drill.ObjectivesMissed {
		n.Severity = notice.Ticket
	}
	if ending != "" {
		n.Ending, n.Kind, n.Says = string(ending), string(ending), meaning[ending]
		n.Links.Runbook = deployed.Runbook(string(ending))
	} else {
		cutOff(&n, m)
	}
	if m.after != "" {
		n.Says = "This is the clean-up after execution " + nameOf(m.after) + ". " + n.Says
	}
	t.reasons(ctx, &n, m)
	t.noDrill(ctx, &n, m)
	return n
}

// meaning of an ending, for somebody who has never read of it.
var meaning = map[drill.Ending]string{
	drill.ObjectivesMissed: "Recovery works, and misses what was promised: a target, or a check. Nothing is left behind.",
	drill.FailureClean:     "The drill could not prove that this database would come back. Nothing is left behind.",
	drill.FailureDirty:     "Something may be left behind: it costs money, and may hold a copy of the data.",
}

// cutOff says how an execution ended that came to no ending of its own, and what
// became of its clean-up.
func cutOff(n *notice.Notice, m matter) {
	n.Kind, n.Links.Runbook = m.of.Status, deployed.Runbook("cut-off")
	switch m.of.Status {
	case "ABORTED":
		n.Ending, n.Says = "stopped", "Somebody stopped the drill before its end: it judged nothing."
		n.Todo = append(n.Todo, "Find out who stopped it: CloudTrail has StopExecution.")
	case "TIMED_OUT":
		n.Ending, n.Says = "timed out", "The drill ran out of the time that somebody gave the machine: it judged nothing."
	default:
		n.Ending, n.Says = "failed", "The machine failed in the middle of the drill: it judged nothing."
	}
	n.Error, n.Cause = m.of.Error, m.of.Cause
	name := nameOf(m.cleanUp.Execution)
	again := "Start the drill again: nothing is known of this database until then."
	switch {
	case m.unclaimed:
		n.Says += " It had not begun with any database, so nothing is left behind."
	case m.settled:
		n.Says = strings.TrimSuffix(n.Says, ": it judged nothing.") + ". It had recorded and removed everything before that: its evidence stands, and nothing is left behind."
	case m.after != "": // it is a clean-up
		n.Says += " What it was to remove may be left behind."
	case !m.cleanUp.Closed():
		n.Ending += ", not cleaned up"
		n.Says += fmt.Sprintf(" No clean-up ended within %.0f minutes: something may be left behind.", cleanUpWithin.Minutes())
		if name != "" {
			n.Todo = append(n.Todo, "Look at execution "+name+", which is to clean up and has not ended.")
		} else {
			n.Todo = append(n.Todo, startCleanUp(m))
		}
	case m.cleanUp.Ending() == "":
		n.Ending += ", clean-up failed"
		n.Says += " Its clean-up was cut off as well: something may be left behind."
		n.Todo = append(n.Todo, "Look at execution "+name+", which was to clean up.", startCleanUp(m))
		n.Links.Runbook = deployed.Runbook(string(drill.FailureDirty))
	case m.cleanUp.Ending() == drill.FailureDirty:
		n.Ending += ", FailureDirty"
		n.Says += " Its clean-up could not prove that nothing is left behind."
		n.Links.Runbook = deployed.Runbook(string(drill.FailureDirty))
	default:
		n.Ending += ", cleaned up"
		n.Says += " Its clean-up has ended: nothing is left behind."
		n.Todo = append(n.Todo, again)
	}
}

// startCleanUp is the step that starts a clean-up by hand.
func startCleanUp(m matter) string {
	start, _ := json.Marshal(drillstep.Request{CleanUpAfter: m.of.Execution}) // texts always encode
	return "Start the drill machine with " + string(start) + ": it cleans up, and doing it twice does no harm."
}

// reasons adds the database, the first finding and where the evidence lies.
func (t *telling) reasons(ctx context.Context, n *notice.Notice, m matter) {
	from := m.of.Execution
	if clean := m.cleanUp.Ending(); clean != "" && clean != drill.Passed {
		from = m.cleanUp.Execution // which wrote it
	}
	if m.unclaimed {
		n.Database = asked(m.of.Input)
		return
	}
	recorded, err := t.Evidence.Recorded(ctx, from)
	if err != nil {
		n.Notes = append(n.Notes, fmt.Sprintf("The evidence, %s, could not be read (%v): this is what the execution says of itself.", t.Evidence.Location(from), err))
		n.Error, n.Cause = m.of.Error, m.of.Cause
		t.remembered(ctx, n, m)
		return
	}
	n.Database = recorded.Database
	if n.Database == "" {
		n.Database = asked(m.of.Input)
	}
	n.Links.Evidence, n.Links.EvidenceConsole = recorded.Location, t.Names.ObjectConsole(recorded.Location)
	for i, f := range recorded.Findings {
		switch {
		case i == 0 && grave(f):
			n.Finding = &notice.Finding{Code: f.Code, What: f.What, Figure: shown(f.Code, f.Figure), Target: shown(f.Code, f.Target), Hint: f.Hint}
		case grave(f):
			n.More++
		}
	}
	if n.Finding != nil && n.Finding.Code != string(drill.Stopped) { // it judged before it was cut off
		n.Says = strings.Replace(n.Says, ": it judged nothing.", ".", 1)
	}
	// That it was cut off is said already, and what to do then.
	if n.Finding != nil && n.Finding.Hint != "" && n.Finding.Code != string(drill.Stopped) {
		n.Todo = append([]string{n.Finding.Hint}, n.Todo...)
	}
}

// remembered adds what the run record knows where there is no evidence.
func (t *telling) remembered(ctx context.Context, n *notice.Notice, m matter) {
	n.Database = asked(m.of.Input)
	original := m.of.Execution
	if m.after != "" {
		original = m.after
	}
	facts, err := t.Record.Facts(ctx, drill.RunID(original))
	if err != nil {
		n.Notes = append(n.Notes, fmt.Sprintf("The run record could not be read either (%v).", err))
		return
	}
	if claim := claimIn(facts); claim != nil {
		n.Database = claim.Spec.Name()
	}
	for _, f := range facts {
		if f.Kind == drill.FactFailed && f.Failure != nil {
			n.Finding = &notice.Finding{Code: f.Failure.Error, What: f.Failure.Cause}
			if f.Failure.Hint != "" {
				n.Todo = append([]string{f.Failure.Hint}, n.Todo...)
			}
		}
	}
}

// asked is the database that an execution's input names; "" where it names none.
func asked(input json.RawMessage) string {
	var request struct{ Database string }
	if json.Unmarshal(input, &request) != nil {
		return ""
	}
	return request.Database
}

// grave findings decided the ending.
func grave(f drill.Finding) bool {
	return f.Severity == drill.Missed || f.Severity == drill.Failed || f.Severity == drill.Dirty
}

// shown is a figure for a reader: those of objectives are seconds.
func shown(code string, figure any) string {
	switch v := figure.(type) {
	case nil:
		return ""
	case float64:
		if strings.HasPrefix(code, "RPO") || strings.HasPrefix(code, "RTO") {
			return (time.Duration(v) * time.Second).String()
		}
		if v == math.Trunc(v) && math.Abs(v) < 1e15 {
			return fmt.Sprintf("%.0f", v)
		}
	}
	return fmt.Sprint(figure)
}
