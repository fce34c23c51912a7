package recovery

import "time"

// Endings of a recovery: those of a drill, see drill.Ending.
const (
	Passed           = "Passed"
	ObjectivesMissed = "ObjectivesMissed" // all was done or skipped; something was skipped, or a target missed
	FailureClean     = "FailureClean"     // something failed or was omitted, and nothing is left behind
	FailureDirty     = "FailureDirty"     // something may be left behind, half made: a person is needed
)

// Severity of a finding, see drill.Severity.
type Severity string

const (
	Info    Severity = "info"
	Warning Severity = "warning"
	Missed  Severity = "missed"
	Fatal   Severity = "failed"
	Dirty   Severity = "dirty"
)

// Finding is one reason of a verdict.
type Finding struct {
	Severity Severity `json:"severity"`
	Code     string   `json:"code"` // stable, for scripts: RTOMissed, StepFailed, StepSkipped, ...
	Step     string   `json:"step,omitempty"`
	Workload string   `json:"workload,omitempty"`
	What     string   `json:"what"` // one sentence
	Figure   *float64 `json:"figure,omitempty"`
	Target   *float64 `json:"target,omitempty"`
	Hint     string   `json:"hint,omitempty"`
}

// Verdict is the judgement of a run, with its reasons, gravest first.
type Verdict struct {
	Ending   string    `json:"ending"`
	Findings []Finding `json:"findings"`
	// Seconds from the start until nothing changed any more; nil: it is not over.
	Seconds *float64 `json:"seconds"`
	// Critical is the way that took longest, with what the steps took. What of Seconds
	// is not in it was spent on beginning steps, or on waiting for a decision.
	Critical  Path             `json:"critical"`
	Workloads []WorkloadResult `json:"workloads"`
	Steps     []StepResult     `json:"steps"` // in the order of the plan
	Counts    map[State]int    `json:"counts"`
	Unproven  int              `json:"unproven"` // steps of which an exercise left something out
}

// WorkloadResult is what a recovery came to for a workload.
type WorkloadResult struct {
	Name string    `json:"name"`
	RTO  Judgement `json:"rto"`
	RPO  Judgement `json:"rpo"`
	// ProjectedSeconds is the measured time and the declared allowances, for what a
	// recovery cannot measure; nil where nothing was measured.
	ProjectedSeconds  *float64 `json:"projectedSeconds"`
	AllowancesSeconds float64  `json:"allowancesSeconds"`
	// Critical is the way to the last step of the workload.
	Critical Path `json:"critical"`
}

// Judgement compares an objective with what was measured.
type Judgement struct {
	TargetSeconds float64 `json:"targetSeconds"` // 0: none declared
	// BudgetSeconds is what the declared allowances leave of the target.
	BudgetSeconds float64  `json:"budgetSeconds,omitempty"`
	ActualSeconds *float64 `json:"actualSeconds"` // nil: not measured
	Met           bool     `json:"met"`           // measured and kept, or there is no target
	Reason        string   `json:"reason"`
}

// StepResult is what a step came to.
type StepResult struct {
	ID      string `json:"id"`
	Number  int    `json:"number"`
	Kind    Kind   `json:"kind"`
	State   State  `json:"state"`
	Attempt int    `json:"attempt"`
	// BeganSeconds is from the start of the run until its first attempt began, Seconds
	// from then until it ended, with all attempts and what was waited for a decision
	// between them. nil: it did not.
	BeganSeconds    *float64 `json:"beganSeconds"`
	Seconds         *float64 `json:"seconds"`
	ExpectedSeconds float64  `json:"expectedSeconds,omitempty"`
	// WaitedSeconds is from when it was ready until its last attempt began.
	WaitedSeconds *float64 `json:"waitedSeconds,omitempty"`
	Critical      bool     `json:"critical"`
	LossSeconds   *float64 `json:"lossSeconds,omitempty"`
	Unproven      string   `json:"unproven,omitempty"`
	Deviation     string   `json:"deviation,omitempty"`
	Because       string   `json:"because,omitempty"`
	SkippedBy     string   `json:"skippedBy,omitempty"`
	Failure       *Failure `json:"failure,omitempty"`
}

// began is when the first attempt of a step did; nil: none did.
func (s Status) began() *time.Time {
	for _, a := range s.Earlier {
		if a.StartedAt != nil {
			return a.StartedAt
		}
	}
	return s.StartedAt
}
