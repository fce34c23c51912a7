package drill

import (
	"cmp"
	"slices"
	"strings"
)

// Case is everything a verdict rests on.
type Case struct {
	Run   Run
	Spec  Spec
	Facts []Fact
	// Failure is the error that ended the drill's work; nil when every state
	// of it ran to its end.
	Failure *Failure
	Removal Removal
}

// Judge gives the verdict of a run, with every reason, gravest first. The
// gravest finding decides the ending:
//
//	dirty   FailureDirty      something may have been left behind
//	failed  FailureClean      recovery could not be proven
//	missed  ObjectivesMissed  it came back, and it is not good enough
//	none    Passed
//
// It is a function of its argument: the same facts, in whatever repetition,
// give the same verdict.
func Judge(c Case) Verdict {
	m := momentsOf(c)
	point := InUse(c.Facts)
	checks := checksOf(c.Facts)
	rpo, rpoFindings := judgeRPO(c, point, m.selected)
	rto, rtoFindings := judgeRTO(c, m, checks)

	said := saidBy(point, c.Facts)

	findings := understood(slices.Concat(
		judgeRemoval(c), judgeRecord(c), judgeFailure(c), judgeChecks(c, checks), rpoFindings, rtoFindings, judgeWait(c, m), judgeOpenCall(c), judgeRefused(c),
		notedIn(c.Facts), judgeIdentity(c, point, said, !m.available.IsZero())))
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Compare(gravity(b.Severity), gravity(a.Severity))
	})
	return Verdict{
		Ending: endingOf(findings), RPO: rpo, RTO: rto, RecoveryPoint: point, Candidates: candidatesOf(c.Facts), Said: said,
		Phases: Phases(c), Checks: checks, Findings: findings,
		DataAgeSeconds: dataAge(checks),
	}
}

func judgeRemoval(c Case) []Finding {
	r := c.Removal
	var findings []Finding
	switch {
	case !r.Clean:
		f := Finding{Severity: Dirty, Code: "RemovalUnconfirmed", What: "may be left behind: " + leftovers(c)}
		if r.Failure != nil {
			f.What += "; " + sentence(*r.Failure)
			f.Hint = r.Failure.Hint
		}
		f.Hint = cmp.Or(f.Hint, "look at what is named here and remove it; `lifeboat sweep` removes what carries lifeboat's mark")
		findings = append(findings, f)
	case r.Kept:
		findings = append(findings, Finding{Severity: Info, Code: "Kept", What: "the restored copy was kept on request: " + leftovers(c)})
	case r.Failure != nil:
		findings = append(findings, Finding{Severity: Warning, Code: "CleanupTrouble", What: "removed in the end, although " + sentence(*r.Failure)})
	}
	if r.RecordError != "" {
		findings = append(findings, Finding{Severity: Failed, Code: "RecordIncomplete", What: "the run record could not be written: " + r.RecordError})
	}
	return findings
}

// leftovers names what was last seen, else what was requested, else what the
// run would have called it.
func leftovers(c Case) string {
	resources := c.Removal.Remaining
	if len(resources) == 0 {
		for _, f := range c.Facts {
			if f.Kind == FactRestoreRequested && f.Resource != nil {
				resources = mentioned(resources, *f.Resource)
			}
		}
	}
	if len(resources) == 0 {
		return "anything named " + cmp.Or(c.Run.Throwaway, "after execution "+c.Run.ExecutionID)
	}
	names := make([]string, len(resources))
	for i, r := range resources {
		names[i] = strings.TrimSpace(r.Kind + " " + r.ID + " " + r.Detail)
	}
	return strings.Join(names, ", ")
}

// mentioned adds a resource, or says it anew: a repeated request knows more.
func mentioned(resources []Resource, r Resource) []Resource {
	same := func(known Resource) bool { return known.Kind == r.Kind && known.ID == r.ID }
	if i := slices.IndexFunc(resources, same); i >= 0 {
		resources[i] = r
		return resources
	}
	return append(resources, r)
}

func judgeFailure(c Case) []Finding {
	if c.Failure == nil {
		return nil
	}
	return []Finding{{
		Severity: Failed, Code: cmp.Or(c.Failure.Error, string(Unexpected)),
		What: sentence(*c.Failure), Hint: c.Failure.Hint,
	}}
}

func sentence(f Failure) string {
	what := cmp.Or(f.Cause, f.Error, string(Unexpected))
	if f.State == "" {
		return what
	}
	return f.State + " failed: " + what
}

// notedIn collects what steps and restores noticed, once each.
func notedIn(facts []Fact) []Finding {
	var findings []Finding
	seen := map[string]bool{}
	add := func(f Finding) {
		if key := f.Code + "\x00" + f.What; !seen[key] {
			seen[key] = true
			findings = append(findings, f)
		}
	}
	for _, f := range facts {
		if f.Finding != nil {
			add(*f.Finding)
		}
		if f.Status != nil {
			for _, finding := range f.Status.Findings {
				add(finding)
			}
		}
	}
	return findings
}

// candidatesOf is the last word: another point may have been taken instead.
func candidatesOf(facts []Fact) *Candidates {
	var candidates *Candidates
	for _, f := range facts {
		if f.Kind == FactCandidates && f.Candidates != nil {
			candidates = f.Candidates
		}
	}
	return candidates
}

// gravity: an unknown severity is the gravest, since nobody can say that it is
// harmless.
func gravity(s Severity) int {
	switch s {
	case Info:
		return 0
	case Warning:
		return 1
	case Missed:
		return 2
	case Failed:
		return 3
	case Dirty:
		return 4
	}
	return 5
}

func endingOf(sorted []Finding) Ending {
	if len(sorted) == 0 {
		return Passed
	}
	switch sorted[0].Severity {
	case Info, Warning:
		return Passed
	case Missed:
		return ObjectivesMissed
	case Failed:
		return FailureClean
	case Dirty:
		return FailureDirty
	}
	return FailureDirty
}

// Cause says in a few sentences why a drill ended as it did: the findings that
// decided and the graver ones, at most limit bytes.
func Cause(v Verdict, limit int) string {
	var whats []string
	for _, f := range v.Findings {
		if gravity(f.Severity) >= gravity(Missed) {
			whats = append(whats, f.Code+": "+f.What)
		}
	}
	if len(whats) == 0 {
		return "every target was met and every check passed"
	}
	return cutText(strings.Join(whats, "; "), limit)
}

func cutText(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	return strings.ToValidUTF8(s[:limit-len("…")], "") + "…"
}
