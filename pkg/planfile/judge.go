package planfile

import (
	"github.com/lifeboat-dr/lifeboat/pkg/budget"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// Missed is the error of a plan whose targets cannot be met: Problems, each where
// the target stands, and the budget that says so, with its witnesses.
type Missed struct {
	Problems Problems
	Budget   budget.Report
	// Loaded is the plan, for who asks what would meet its targets.
	Loaded *Loaded
}

func (m *Missed) Error() string { return m.Problems.Error() }
func (m *Missed) Unwrap() error { return m.Problems }

// Warn adds what somebody else found in the plan, each where it stands.
func (l *Loaded) Warn(problems ...plan.Problem) {
	for _, problem := range problems {
		l.places.semantic(problem)
	}
	l.Warnings = append(l.Warnings, l.places.taken()...)
}

// Judge holds the plan's targets against what drills measured; without
// measurements against what the plan says, so that every machine finds the same.
// Warnings are targets with little to spare, and what could not be judged.
func (l *Loaded) Judge(m budget.Measurements) (budget.Report, Problems, error) {
	report := budget.Of(l.Plan, m)
	for _, problem := range report.Problems {
		l.places.semantic(problem)
	}
	if problems := l.places.taken(); len(problems) > 0 {
		return report, nil, &Missed{Problems: problems, Budget: report, Loaded: l}
	}
	for _, warning := range report.Warnings {
		l.places.semantic(warning)
	}
	return report, l.places.taken(), nil
}
