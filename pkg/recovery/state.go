package recovery

import (
	"slices"
	"time"
)

// State of a step. There are these seven, and each is exactly one thing.
type State string

const (
	Waiting   State = "waiting"   // for a step that it comes after
	Ready     State = "ready"     // everything that it comes after is there; its execution is, or is about to be, started
	Running   State = "running"   // its execution has claimed it
	Succeeded State = "succeeded" // it did what it is there for
	Failed    State = "failed"    // it did not; a person may decide: retry, skip, abort
	Omitted   State = "omitted"   // not begun, because something that it comes after failed or was omitted, or the recovery was aborted
	Skipped   State = "skipped"   // not done, because a named person decided so
)

// States are all of them.
var States = []State{Waiting, Ready, Running, Succeeded, Failed, Omitted, Skipped}

// Open tells whether a step is yet to be worked on, without a decision.
func (s State) Open() bool { return s == Waiting || s == Ready || s == Running }

// Lets tells whether what comes after a step may begin.
func (s State) Lets() bool { return s == Succeeded || s == Skipped }

// Status is how a step stands.
type Status struct {
	State State `json:"state"`
	// Attempt counts from 1; a retry is the next. The execution of an attempt has a
	// name of its own, see ChildName.
	Attempt   int        `json:"attempt"`
	ReadyAt   *time.Time `json:"readyAt,omitempty"`
	StartedAt *time.Time `json:"startedAt,omitempty"` // of this attempt
	EndedAt   *time.Time `json:"endedAt,omitempty"`
	Failure   *Failure   `json:"failure,omitempty"`   // why it failed
	Because   string     `json:"because,omitempty"`   // of an omitted one: the id of the step that failed, or "aborted"
	SkippedBy string     `json:"skippedBy,omitempty"` // of a skipped one: who decided
	// Earlier attempts, oldest first.
	Earlier []Attempt `json:"earlier,omitempty"`
	// Result is what it did, where it succeeded; also what it had done when it failed.
	Result *Result `json:"result,omitempty"`
}

// Attempt is one that failed and was tried again.
type Attempt struct {
	StartedAt *time.Time `json:"startedAt,omitempty"`
	EndedAt   *time.Time `json:"endedAt,omitempty"`
	Failure   *Failure   `json:"failure,omitempty"`
}

// Failure is why a step failed.
type Failure struct {
	State string `json:"state,omitempty"` // of the machine
	Error string `json:"error"`           // its name
	Cause string `json:"cause"`
	Hint  string `json:"hint,omitempty"`
}

// Result is what a step did. It never holds secrets, nor rows of tables.
type Result struct {
	// Says it in a line, for people.
	Says string `json:"says"`
	// Unproven says what an exercise left out, and why: nothing of it is proved.
	Unproven string `json:"unproven,omitempty"`
	// Deviation says what was done in another way than the plan has it.
	Deviation string `json:"deviation,omitempty"`
	// PointTime is the moment that the recovered data are of; LossSeconds what is lost
	// of the time before the recovery began. nil: the step recovers no data.
	PointTime   *time.Time `json:"pointTime,omitempty"`
	PointID     string     `json:"pointId,omitempty"`
	LossSeconds *float64   `json:"lossSeconds,omitempty"`
	// Resources that it made or changed.
	Resources []Resource `json:"resources,omitempty"`
	// Endpoint of the database that it recovered.
	Endpoint *Access `json:"endpoint,omitempty"`
	// Checks that it put.
	Checks []CheckResult `json:"checks,omitempty"`
}

// Keeping is a result with what an earlier attempt left: the resources may still be
// there, and are of the point that it chose or measured, which nobody can tell
// afterwards. A point of its own stands for itself. Neither is changed.
func (r *Result) Keeping(earlier *Result) *Result {
	if earlier == nil || earlier.PointTime == nil && len(earlier.Resources) == 0 {
		return r
	}
	merged := Result{}
	if r != nil {
		merged = *r
	}
	if merged.PointTime == nil {
		merged.PointTime, merged.PointID, merged.LossSeconds = earlier.PointTime, earlier.PointID, earlier.LossSeconds
	}
	merged.Resources = slices.Clone(merged.Resources)
	for _, old := range earlier.Resources {
		if !slices.ContainsFunc(merged.Resources, func(r Resource) bool { return r.Kind == old.Kind && r.ID == old.ID }) {
			merged.Resources = append(merged.Resources, old)
		}
	}
	return &merged
}

// Resource is something in the cloud, or on this machine.
type Resource struct {
	Kind string `json:"kind"` // "rds:db", "ssm:parameter", ...
	ID   string `json:"id"`
	ARN  string `json:"arn,omitempty"`
	// Throwaway: it must be gone when the exercise is over.
	Throwaway bool `json:"throwaway,omitempty"`
	// Unsure: it is, or was, about to be asked for, and nobody saw it yet.
	Unsure bool `json:"unsure,omitempty"`
}

// Access is where a recovered database answers, and where its credentials are
// kept: never these themselves.
type Access struct {
	Host     string `json:"host"`
	Port     int    `json:"port"`
	Engine   string `json:"engine,omitempty"`
	Database string `json:"database,omitempty"`
	User     string `json:"user,omitempty"`
	// Secret is the ARN of the secret with the password; "": tokens of IAM, or none.
	Secret string `json:"secret,omitempty"`
}

// CheckResult is what a check came to; no row is in it.
type CheckResult struct {
	Name   string `json:"name"`
	Passed bool   `json:"passed"`
	Says   string `json:"says,omitempty"`
	// NotPut: the database does not offer it. It did not pass, and fails nothing.
	NotPut bool `json:"notPut,omitempty"`
}
