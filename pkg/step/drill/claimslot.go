package drillstep

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// Plans finds the slice of the plan of one database. Its error is
// UnknownDatabase, and lists the names there are, where the plan has none.
type Plans interface {
	Drill(ctx context.Context, database string) (spec drill.Spec, planHash string, err error)
}

// SlotRequest asks for the lock of one database.
type SlotRequest = drill.SlotRequest

// Slots are the locks, one per database.
type Slots interface {
	// Claim takes the lock, or keeps it where the execution has it already.
	// Before its expiry it is taken over only from a closed execution.
	// duplicate is true, and nothing is taken, where another execution has
	// claimed the same scheduled time, even if that one is long over.
	// The error is SlotBusy where another running execution has the lock.
	Claim(ctx context.Context, r SlotRequest) (duplicate bool, err error)
}

// Executions tells whether an execution is closed: it is not running, and
// will not run again. An execution that nobody knows is closed.
type Executions interface {
	Closed(ctx context.Context, executionID string) (bool, error)
}

// KnownExecutions tells whether there is an execution of that name, or was one that
// is not forgotten yet. It may be nil where nobody types such a name.
type KnownExecutions interface {
	Known(ctx context.Context, executionID string) (bool, error)
}

// History knows the past drills of a database. It may be nil.
type History interface {
	Past(ctx context.Context, database string) (drill.Past, error)
}

// ClaimSlot takes the lock of the database and reads the plan, once for all
// states. With CleanUpAfter it adopts the run of a closed execution, so that
// the machine removes and records what that one could not.
type ClaimSlot struct {
	Plans      Plans
	Slots      Slots
	Executions Executions
	Known      KnownExecutions
	History    History
	Journal    Journal
	Clock      step.Clock
	Version    string // of lifeboat
}

// Request is the input of an execution of the drill machine.
type Request struct {
	Database      string `json:"database,omitempty"` // "workload/database"
	ScheduledTime string `json:"scheduledTime,omitempty"`
	StartedBy     string `json:"startedBy,omitempty"`
	Trigger       string `json:"trigger,omitempty"`
	Keep          bool   `json:"keep,omitempty"`
	// PlanHash is that of the plan which the caller has before its eyes; empty:
	// whatever plan is deployed. Another one than the deployed is refused.
	PlanHash string `json:"planHash,omitempty"`
	// CleanUpAfter names a closed execution. Status is how it closed, for the
	// evidence: ABORTED, TIMED_OUT, FAILED, "killed".
	CleanUpAfter string `json:"cleanUpAfter,omitempty"`
	Status       string `json:"status,omitempty"`
}

type ClaimSlotIn struct {
	Execution Execution `json:"execution"`
	Request   Request   `json:"request"`
}

// Outcomes of ClaimSlot.
const (
	Claimed   = "claimed"   // drill
	Duplicate = "duplicate" // another execution has this scheduled time
	CleanUp   = "cleanup"   // run and spec are those of a closed execution
	Finished  = "finished"  // nothing was left to clean up
)

type ClaimSlotOut struct {
	Outcome string      `json:"outcome"`
	Run     *drill.Run  `json:"run"`
	Spec    *drill.Spec `json:"spec"`
	// Failure is why an adopted run ended; nil otherwise.
	Failure *drill.Failure `json:"failure"`
}

// maxSpecBytes leaves room beside the spec in a payload of 256 KiB.
const maxSpecBytes = 128 << 10

func (s ClaimSlot) Handle(ctx context.Context, in ClaimSlotIn) (ClaimSlotOut, error) {
	if in.Request.CleanUpAfter != "" {
		return s.adopt(ctx, in)
	}
	spec, planHash, err := s.Plans.Drill(ctx, in.Request.Database)
	if err != nil {
		return ClaimSlotOut{}, err
	}
	if in.Request.PlanHash != "" && in.Request.PlanHash != planHash {
		return ClaimSlotOut{}, &drill.Error{
			Name: drill.PlanMismatch, What: fmt.Sprintf("the deployed plan has hash %.12s, and the one of the caller %.12s", planHash, in.Request.PlanHash),
			Hint: "deploy the plan, or drill with the one that is deployed: lifeboat drill --world aws --deployed-plan",
		}
	}
	spec.Keep = spec.Keep || in.Request.Keep
	if text, err := json.Marshal(spec); err != nil || len(text) > maxSpecBytes {
		return ClaimSlotOut{}, &drill.Error{
			Name: drill.InvalidInput, Err: err,
			What: fmt.Sprintf("%s: its slice of the plan has %d bytes, and an execution can carry %d", spec.Name(), len(text), maxSpecBytes),
			Hint: "shorten the checks, for instance by views in the database",
		}
	}
	run := drill.Run{
		ID:          drill.RunID(in.Execution.ID),
		ExecutionID: in.Execution.ID,
		Throwaway:   drill.ThrowawayName(spec.Deployment, in.Execution.ID),
		Deployment:  spec.Deployment,
		StartedAt:   in.Execution.StartedAt.UTC(),
		StartedBy:   in.Request.StartedBy, Trigger: in.Request.Trigger, ScheduledTime: in.Request.ScheduledTime,
		PlanHash: planHash, Version: s.Version,
	}
	now := s.Clock.Now()
	duplicate, err := s.Slots.Claim(ctx, SlotRequest{
		Database: spec.Name(), ExecutionID: run.ExecutionID, RunID: run.ID, ScheduledTime: run.ScheduledTime,
		Now: now, ExpiresAt: now.Add(longest(spec.Limits)),
	})
	if err != nil {
		return ClaimSlotOut{}, err
	}
	if duplicate {
		return ClaimSlotOut{Outcome: Duplicate}, nil
	}
	return s.record(ctx, run, spec)
}

func (s ClaimSlot) record(ctx context.Context, run drill.Run, spec drill.Spec) (ClaimSlotOut, error) {
	facts, err := s.Journal.Facts(ctx, run.ID)
	if err != nil {
		return ClaimSlotOut{}, fmt.Errorf("reading the record of run %s: %w", run.ID, err)
	}
	if earlier := find(facts, drill.FactClaimed); earlier != nil && earlier.Run != nil && earlier.Spec != nil {
		return ClaimSlotOut{Outcome: Claimed, Run: earlier.Run, Spec: earlier.Spec}, nil
	}
	if s.History != nil {
		past, err := s.History.Past(ctx, spec.Name())
		if err != nil {
			// What can be read is used all the same. Without the rest the drill
			// polls less cleverly, and the backup may be compared with an older
			// drill, or none: noted, not fatal.
			note := drill.Finding{
				Severity: drill.Warning, Code: drill.HistoryUnreadable,
				What: "not all past drills could be read, so what the backup says of itself may be compared with less than there is: " + err.Error(),
			}
			fact := drill.Fact{At: s.Clock.Now(), State: "ClaimSlot", Kind: drill.FactNoted, Finding: &note}
			if err := s.Journal.Append(ctx, run.ID, fact); err != nil {
				return ClaimSlotOut{}, fmt.Errorf("writing the record of run %s: %w", run.ID, err)
			}
		}
		spec.Limits.Learn(past.Restores)
		spec.Reference = past.Reference
	}
	fact := drill.Fact{At: s.Clock.Now(), State: "ClaimSlot", Kind: drill.FactClaimed, Run: &run, Spec: &spec}
	if err := s.Journal.Append(ctx, run.ID, fact); err != nil {
		return ClaimSlotOut{}, fmt.Errorf("writing the record of run %s: %w", run.ID, err)
	}
	return ClaimSlotOut{Outcome: Claimed, Run: &run, Spec: &spec}, nil
}

// adopt takes over the run of a closed execution. It needs no lock: the names
// of what that run created are its own, and removing twice does no harm.
func (s ClaimSlot) adopt(ctx context.Context, in ClaimSlotIn) (ClaimSlotOut, error) {
	id := in.Request.CleanUpAfter
	closed, err := s.Executions.Closed(ctx, id)
	if err != nil {
		return ClaimSlotOut{}, fmt.Errorf("asking whether execution %s is closed: %w", id, err)
	}
	if !closed {
		return ClaimSlotOut{}, &drill.Error{
			Name: drill.SlotBusy, What: fmt.Sprintf("execution %s is still running: its run is not cleaned up from outside", id),
			Hint: "stop it first, or wait for its own end",
		}
	}
	facts, err := s.Journal.Facts(ctx, drill.RunID(id))
	if err != nil {
		return ClaimSlotOut{}, fmt.Errorf("reading the record of run %s: %w", drill.RunID(id), err)
	}
	if len(facts) == 0 && s.Known != nil {
		if err := s.mustBeKnown(ctx, id); err != nil {
			return ClaimSlotOut{}, err
		}
	}
	if !LeavesWork(facts) {
		return ClaimSlotOut{Outcome: Finished}, nil
	}
	claim := find(facts, drill.FactClaimed)
	spec := *claim.Spec
	if find(facts, drill.FactKept) == nil {
		spec.Keep = false // nobody is waiting for the copy of a run that was cut off
	}
	if failed := find(facts, drill.FactFailed); failed != nil && failed.Failure != nil {
		return ClaimSlotOut{Outcome: CleanUp, Run: claim.Run, Spec: &spec, Failure: failed.Failure}, nil
	}
	status := in.Request.Status
	if status == "" {
		status = "closed before its end"
	}
	failure := drill.Failure{
		Error: string(drill.Stopped), Cause: fmt.Sprintf("execution %s was cut off (%s)", id, status),
		Hint: "its work was removed by another execution; start the drill again",
	}
	if len(facts) > 0 {
		failure.State = facts[len(facts)-1].State
	}
	return ClaimSlotOut{Outcome: CleanUp, Run: claim.Run, Spec: &spec, Failure: &failure}, nil
}

// mustBeKnown fails where a name was mistyped: whoever typed it would take it that
// everything is cleaned up.
func (s ClaimSlot) mustBeKnown(ctx context.Context, id string) error {
	known, err := s.Known.Known(ctx, id)
	if err != nil {
		return fmt.Errorf("asking whether there is an execution %s: %w", id, err)
	}
	if known {
		return nil
	}
	return &drill.Error{
		Name: drill.InvalidInput, What: fmt.Sprintf("there is no execution %s, and no record of one: nothing was cleaned up", id),
		Hint: "cleanUpAfter takes the whole ARN of an execution of the drill machine: see its executions in the Step Functions console",
	}
}

// LeavesWork tells from the record of a run whose execution is closed whether
// another must clean up after it: it had begun, and did not see to everything
// itself.
func LeavesWork(facts []drill.Fact) bool {
	claim := find(facts, drill.FactClaimed)
	return claim != nil && claim.Run != nil && claim.Spec != nil && !settled(facts)
}

// settled reports whether a run saw to everything itself: what it created is
// gone or was kept on request, the evidence is written, the lock released. Where
// something was asked for after that, it has to begin anew: somebody redrove the
// execution.
func settled(facts []drill.Fact) bool {
	var gone, recorded, released bool
	for _, f := range facts {
		switch f.Kind {
		case drill.FactRestoreRequested:
			gone, recorded, released = false, false, false
		case drill.FactPhaseStarted:
			if f.Note == drill.PhaseStart {
				gone, recorded, released = false, false, false
			}
		case drill.FactKept:
			gone = true
		case drill.FactRemovalObserved:
			gone = len(f.Remaining) == 0
		case drill.FactEvidenceRecorded:
			recorded = true
		case drill.FactSlotReleased:
			released = true
		}
	}
	return gone && recorded && released
}

// longest is more than any drill within these limits can take: validation may
// need several calls, and twelve is a guess on the safe side. A lock outlives
// it only where its owner was cut off and nobody can tell.
func longest(l drill.Limits) time.Duration {
	return drill.Seconds(l.StartSeconds+l.RestoreSeconds+12*l.ValidateSeconds+l.RemovalSeconds) + time.Hour
}
