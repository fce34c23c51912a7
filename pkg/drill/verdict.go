package drill

import (
	"slices"
	"time"
)

// Ending is how a drill ended. There are four.
type Ending string

const (
	Passed           Ending = "Passed"
	ObjectivesMissed Ending = "ObjectivesMissed" // all worked, a target was missed, nothing left behind
	FailureClean     Ending = "FailureClean"     // could not prove it, nothing left behind
	FailureDirty     Ending = "FailureDirty"     // something may be left behind: a person is needed
)

var endings = []Ending{Passed, ObjectivesMissed, FailureClean, FailureDirty}

// Verdict is the judgement of one drill, with its reasons.
type Verdict struct {
	Ending        Ending         `json:"ending"`
	RPO           Judgement      `json:"rpo"`
	RTO           Judgement      `json:"rto"`
	RecoveryPoint *RecoveryPoint `json:"recoveryPoint,omitempty"`
	Phases        []Phase        `json:"phases"`
	Checks        []CheckResult  `json:"checks"`
	Findings      []Finding      `json:"findings"`
	// Candidates is what the recovery point was chosen from; nil where the
	// backups could not be listed.
	Candidates *Candidates `json:"candidates,omitempty"`
	// Said is what the backup said of itself.
	Said Identity `json:"said,omitzero"`
	// DataAgeSeconds is the age of the newest row at the start of the drill,
	// from maxAge checks (the oldest answer); nil where no check reads it.
	DataAgeSeconds *float64 `json:"dataAgeSeconds,omitempty"`
}

// Judgement compares one objective with what was measured.
type Judgement struct {
	TargetSeconds float64 `json:"targetSeconds"` // 0: none declared
	// BudgetSeconds is what of the target is left for what a drill measures:
	// of the RTO, the target less the declared allowances. It is not set
	// without a target.
	BudgetSeconds float64 `json:"budgetSeconds,omitempty"`
	// ActualSeconds is nil when it could not be measured.
	ActualSeconds *float64 `json:"actualSeconds"`
	// UncertaintySeconds is how far ActualSeconds may be off, either way.
	UncertaintySeconds float64 `json:"uncertaintySeconds,omitempty"`
	// Met is true only where a figure was measured and keeps within the budget
	// (or no target was declared).
	Met    bool   `json:"met"`
	Reason string `json:"reason"`
}

// Good tells whether the restored data were found to be good, whether or not
// in time and fresh enough: what such a drill saw is what the next one is
// compared with.
func (v Verdict) Good() bool {
	switch v.Ending {
	case Passed:
		return true
	case ObjectivesMissed:
		spoilt := func(r CheckResult) bool { return !r.Passed && r.Outcome != CheckSkipped }
		return v.RTO.ActualSeconds != nil && !slices.ContainsFunc(v.Checks, spoilt)
	case FailureClean, FailureDirty:
		return false
	}
	return false
}

// Names of the phases, in their order.
const (
	PhaseSelect   = "select"
	PhaseStart    = "start"
	PhaseWait     = "wait" // until the provider could begin with it: no capacity, or a busy source; only where it was waited
	PhaseRestore  = "restore"
	PhaseConnect  = "connect"
	PhaseLogin    = "login"    // making a login for the drill: not part of the RTO
	PhaseValidate = "validate" // gate checks
	PhaseProof    = "proof"    // not part of the RTO
	PhaseRemove   = "remove"   // not part of the RTO
)

// Phase is one part of the timeline.
type Phase struct {
	Phase     string    `json:"phase"`
	StartedAt time.Time `json:"startedAt"`
	Seconds   float64   `json:"seconds"`
	InRTO     bool      `json:"inRTO"`
	// UncertaintySeconds of its end, where it was observed by polling.
	UncertaintySeconds float64 `json:"uncertaintySeconds,omitempty"`
}
