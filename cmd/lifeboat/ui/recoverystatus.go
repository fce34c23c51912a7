package ui

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

// wide is a line for whoever reads a status that is not drawn anew.
const wide = 400

// RecoveryStatus is how a recovery stands, and what can be done about it. command
// writes commands as they are to be typed.
func RecoveryStatus(w io.Writer, now world.Recovery, command func(...string) string, p Paint) {
	fmt.Fprintln(w, recoveryTitle(now))
	_, columns := terminalSize(w)
	if !IsTerminal(w) {
		columns = wide
	}
	for _, line := range recoveryTable(now, p, columns, len(now.Steps)+1) {
		fmt.Fprintln(w, line)
	}
	for _, d := range now.Run.Decisions {
		what := string(d.Choice)
		if d.Step != "" {
			what += " " + d.Step
		}
		fmt.Fprintf(w, "  decided %s by %s: %s, because: %s\n", d.At.UTC().Format(time.DateTime)+" UTC", Shown(d.By), Shown(what), Shown(d.Reason))
	}
	switch {
	case now.Run.GaveWay != "":
		fmt.Fprintf(w, "\nIt did nothing: failover %s had the workload, and was not over.\n  %s\n", Shown(now.Run.GaveWay), command("status", now.Run.GaveWay))
	case now.Run.Ending != "":
		fmt.Fprintf(w, "\n%s\n", p.Bold(p.Verdict(now.Run.Ending == recovery.Passed, now.Run.Ending)))
	case now.CutOff:
		fmt.Fprintf(w, "\nNobody works on it: its process is gone. Go on with it, or end it:\n  %s\n  %s\n",
			command("resume", now.Run.ID), command("resume", now.Run.ID, "--abort"))
	case now.Run.DecideBy != nil && now.Run.OverAt == nil:
		printDecision(w, now, command, p)
	}
}

// printDecision says what can be decided, until when, and how.
func printDecision(w io.Writer, now world.Recovery, command func(...string) string, p Paint) {
	fmt.Fprintf(w, "\n%s Nothing else is to be done. Decide until %s, or it is over:\n",
		p.Bad("A step failed."), now.Run.DecideBy.UTC().Format(time.DateTime)+" UTC")
	for _, s := range now.Steps {
		if s.Status.State != recovery.Failed {
			continue
		}
		for _, choice := range []recovery.Choice{recovery.Retry, recovery.Skip} {
			fmt.Fprintf(w, "  %s\n", command(recovery.DecisionWords(choice, now.Run.ID, s)...))
		}
	}
	fmt.Fprintf(w, "  %s\n\n", command(recovery.AbortWords(now.Run.ID)...))
}

// Recoveries is a list of runs, newest first.
func Recoveries(w io.Writer, runs []recovery.Run, p Paint) {
	if len(runs) == 0 {
		return
	}
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "STARTED (UTC)\tRUN\tMODE\tBY\tTOOK\tENDING")
	for _, run := range runs {
		took := "-"
		if run.OverAt != nil {
			seconds := run.OverAt.Sub(run.StartedAt).Seconds()
			took = Seconds(&seconds)
		}
		ending := run.Ending
		if ending == "" {
			ending = "not over"
		}
		fmt.Fprintf(table, "%s\t%s\t%s\t%s\t%s\t%s\n", run.StartedAt.UTC().Format(time.DateTime), run.ID, run.Mode, Shown(run.StartedBy), took, p.Verdict(run.Ending == recovery.Passed, ending))
	}
	_ = table.Flush()
}
