package drill

import (
	"fmt"
	"slices"
)

// factKinds are those that this version understands.
var factKinds = []FactKind{
	FactClaimed, FactCandidates, FactRecoveryPoint, FactRestoreRequested, FactRestoreObserved, FactCheckFinished, FactValidated,
	FactFailed, FactNoted, FactRemovalRequested, FactRemovalObserved, FactRemovalAbandoned, FactKept, FactEvidenceRecorded,
	FactMetricsPublished, FactSlotReleased, FactPhaseStarted, FactPhaseEnded,
}

// judgeRecord finds words in the run record that this version does not know. A
// verdict that left them out could be a green one by mistake, so a person must
// look.
func judgeRecord(c Case) []Finding {
	var findings []Finding
	unknown := func(what string, word any) {
		findings = append(findings, Finding{
			Severity: Dirty, Code: "NotUnderstood",
			What: fmt.Sprintf("the run record holds the unknown %s %q, so the run cannot be judged", what, word),
			Hint: "another version of lifeboat may have written it: see that all functions are of one version, and drill again",
		})
	}
	for _, f := range c.Facts {
		if !slices.Contains(factKinds, f.Kind) {
			unknown("kind of fact", f.Kind)
		}
		if r := f.Check; r != nil {
			judgeWords(*r, unknown)
		}
	}
	return findings
}

// judgeWords looks at the words of a check's result.
func judgeWords(r CheckResult, unknown func(what string, word any)) {
	switch r.Stage {
	case Gate, Proof:
	default:
		unknown("stage of a check", r.Stage)
	}
	switch r.Kind {
	case CheckSQL, CheckHeapRead, CheckIndexes, CheckCustom, CheckAmcheck:
	default:
		unknown("kind of check", r.Kind)
	}
	switch r.Outcome {
	case CheckPassed, CheckFailed, CheckError, CheckSkipped:
	default:
		unknown("outcome of a check", r.Outcome)
	}
	switch r.Reads {
	case ReadsUnknown, ReadsTables, ReadsNothing:
	default:
		unknown("account of what a check read", r.Reads)
	}
}

// understood makes a finding of a severity that this version does not know the
// gravest there is, and says so.
func understood(findings []Finding) []Finding {
	for i, f := range findings {
		switch f.Severity {
		case Info, Warning, Missed, Failed, Dirty:
		default:
			findings[i].Severity = Dirty
			findings[i].What = fmt.Sprintf("%s (its severity %q is unknown, and taken for the gravest)", f.What, f.Severity)
		}
	}
	return findings
}
