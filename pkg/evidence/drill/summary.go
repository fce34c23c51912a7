package drillevidence

import "time"

// Summary is what `lifeboat drill --json` prints: the document's essence, and
// where the rest lies. Every field is always there; what is not known is null.
type Summary struct {
	RunID         string            `json:"runId"`
	Deployment    string            `json:"deployment"`
	Workload      string            `json:"workload"`
	Database      string            `json:"database"`
	Scenario      string            `json:"scenario"` // "" where the document says none
	Ending        string            `json:"ending"`
	Objectives    SummaryObjectives `json:"objectives"`
	RecoveryPoint *SummaryPoint     `json:"recoveryPoint"`
	Timeline      []SummaryPhase    `json:"timeline"`
	Checks        []SummaryCheck    `json:"checks"`
	Findings      []Finding         `json:"findings"`
	Evidence      string            `json:"evidence"` // path of the document
	Report        string            `json:"report"`   // path of the report
}

// SummaryObjectives are the two that decide.
type SummaryObjectives struct {
	RPO SummaryObjective `json:"rpo"`
	RTO SummaryObjective `json:"rto"`
}

// SummaryObjective: a null target was not declared, a null actual could not be
// measured. The budget is what the actual is compared with: of the RTO, the
// target less the allowances that the plan declares.
type SummaryObjective struct {
	TargetSeconds *float64 `json:"targetSeconds"`
	BudgetSeconds *float64 `json:"budgetSeconds"`
	ActualSeconds *float64 `json:"actualSeconds"`
	Met           bool     `json:"met"`
}

// SummaryPoint is the backup that was restored.
type SummaryPoint struct {
	ID         string     `json:"id"`
	TakenAt    *time.Time `json:"takenAt"`
	AgeSeconds *float64   `json:"ageSeconds"`
	TimeSource string     `json:"timeSource"`
}

// SummaryPhase is one part of the timeline.
type SummaryPhase struct {
	Phase     string    `json:"phase"`
	StartedAt time.Time `json:"startedAt"`
	Seconds   float64   `json:"seconds"`
}

// SummaryCheck is the result of one check.
type SummaryCheck struct {
	Name     string  `json:"name"`
	Passed   bool    `json:"passed"`
	Figure   any     `json:"figure"`
	Expected string  `json:"expected"`
	Seconds  float64 `json:"seconds"`
}

// Summarize gives the essence of a document; the paths are those of its file
// and of its report ("" where there is none).
func Summarize(d Document, evidencePath, reportPath string) Summary {
	s := Summary{
		RunID: d.RunID, Deployment: d.Deployment, Workload: d.Workload, Database: d.Database, Scenario: d.Scenario, Ending: d.Ending,
		Objectives: SummaryObjectives{RPO: summaryObjective(d.Objectives.RPO), RTO: summaryObjective(d.Objectives.RTO)},
		Timeline:   make([]SummaryPhase, 0, len(d.Timeline.Phases)),
		Checks:     make([]SummaryCheck, 0, len(d.Checks)),
		Findings:   append([]Finding{}, d.Findings...),
		Evidence:   evidencePath, Report: reportPath,
	}
	if p := d.RecoveryPoint; p != nil {
		s.RecoveryPoint = &SummaryPoint{ID: p.ID, TakenAt: p.TakenAt, AgeSeconds: p.AgeSeconds, TimeSource: p.TimeSource}
	}
	for _, p := range d.Timeline.Phases {
		s.Timeline = append(s.Timeline, SummaryPhase{Phase: p.Phase, StartedAt: p.StartedAt, Seconds: p.Seconds})
	}
	for _, c := range d.Checks {
		s.Checks = append(s.Checks, SummaryCheck{Name: c.Name, Passed: c.Passed, Figure: c.Figure, Expected: c.Expected, Seconds: c.Seconds})
	}
	return s
}

func summaryObjective(o Objective) SummaryObjective {
	return SummaryObjective{TargetSeconds: o.TargetSeconds, BudgetSeconds: o.BudgetSeconds, ActualSeconds: o.ActualSeconds, Met: o.Met}
}
