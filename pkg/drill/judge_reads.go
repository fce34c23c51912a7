package drill

import (
	"fmt"
	"strings"
)

// judgeReads finds checks that ask nothing: "select 1" passes for an empty
// database too. Where no check at all read a table of the copy, nothing was
// proven; where only no gate check did, the data may serve unasked. What the
// server cannot tell is said, not judged.
//
// It is asked only where every check ran, or was skipped. A check that failed
// was one that asked.
func judgeReads(checks []CheckResult) []Finding {
	gates, all := reading{}, reading{}
	for _, r := range checks {
		if r.Outcome == CheckSkipped {
			continue
		}
		all.add(r)
		if r.Stage == Gate {
			gates.add(r)
		}
	}
	var findings []Finding
	switch {
	case gates.tables:
	case len(gates.unknown) > 0:
		findings = append(findings, gates.notKnown("gate check"))
	default:
		what := "no gate check reads a table of the copy: "
		if len(gates.nothing) == 0 {
			what += "there is none"
		} else {
			what += strings.Join(gates.nothing, ", ") + " would pass on any server"
		}
		findings = append(findings, Finding{
			Severity: Warning, Code: "GateAsksNothing", What: what,
			Hint: "let a check of stage gate ask a table what must be true of it, for instance select count(*) from orders",
		})
	}
	switch {
	case all.tables:
	case len(all.unknown) > 0:
		if len(gates.unknown) == 0 {
			findings = append(findings, all.notKnown("check"))
		}
	default:
		findings = append(findings, Finding{
			Severity: Failed, Code: "NothingAsked", What: "no check read a table of the copy, so nothing was proven of its data",
			Hint: "let a check ask a table what must be true of it, for instance select count(*) from orders",
		})
	}
	return findings
}

// reading sorts checks by whether they read a table.
type reading struct {
	tables  bool
	nothing []string // names of checks that read none
	unknown []CheckResult
}

func (d *reading) add(r CheckResult) {
	switch {
	case r.Reads == ReadsTables || r.Outcome == CheckFailed:
		d.tables = true
	case r.Reads == ReadsNothing:
		d.nothing = append(d.nothing, fmt.Sprintf("%q", r.Name))
	default:
		d.unknown = append(d.unknown, r)
	}
}

// notKnown says so; a function of the team's own is its own affair, and only
// noted.
func (d reading) notKnown(what string) Finding {
	f := Finding{Severity: Info, Code: "ReadsUnknown", Hint: "add a " + what + " with sql that reads a table of the copy"}
	var whys []string
	for _, r := range d.unknown {
		why := r.ReadsWhy
		switch {
		case r.Kind == CheckCustom:
			why = "a function of the team's own does not tell"
		case why == "":
			f.Severity, why = Warning, "the server does not tell"
		default:
			f.Severity = Warning
		}
		whys = append(whys, fmt.Sprintf("%q (%s)", r.Name, why))
	}
	f.What = fmt.Sprintf("it is not known whether a %s reads a table of the copy: %s", what, strings.Join(whys, ", "))
	return f
}
