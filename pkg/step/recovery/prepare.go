package recoverystep

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// Execution is what the states of the parent pass on from the context object.
type Execution struct {
	ID        string    `json:"id"`        // the execution's ARN
	StartedAt time.Time `json:"startedAt"` // zero of the RTO
}

// PrepareRecovery begins a run: it freezes what the plan says into the record. With
// Resume it takes on a run that is there.
type PrepareRecovery struct {
	Store      Store
	Plans      Plans
	Executions Executions
	Clock      step.Clock
	Version    string // of lifeboat
}

type PrepareRecoveryIn struct {
	Execution Execution `json:"execution"`
	// Request is the execution's input, whatever it is: see Request.
	Request json.RawMessage `json:"request"`
}

// Outcomes of PrepareRecovery.
const (
	Begun        = "begun"        // or resumed: go on
	Duplicate    = "duplicate"    // another execution has this scheduled time
	NotConfirmed = "notConfirmed" // Says tells what to type
	Finished     = "finished"     // the run that was to be resumed is over, and reported
)

type PrepareRecoveryOut struct {
	Outcome string        `json:"outcome"`
	Run     string        `json:"run"`
	Epoch   int           `json:"epoch"`
	Mode    recovery.Mode `json:"mode"`
	Says    string        `json:"says"`
}

func (s PrepareRecovery) Handle(ctx context.Context, in PrepareRecoveryIn) (PrepareRecoveryOut, error) {
	request, err := parseRequest(in.Request)
	if err != nil {
		return notConfirmed(err), nil
	}
	if request.Resume != "" {
		return s.resume(ctx, in.Execution, request)
	}
	planned, err := s.Plans.Recovery(ctx, request.Workload)
	if drill.NameOf(err) == drill.InvalidInput {
		return notConfirmed(err), nil
	}
	if err != nil {
		return PrepareRecoveryOut{}, err
	}
	if err := confirmed(request, planned); err != nil {
		return notConfirmed(err), nil
	}
	if request.ScheduledTime != "" {
		holder, err := s.Store.Claim(ctx, "scheduled/"+string(request.Mode)+"/"+request.Workload+"/"+request.ScheduledTime, drill.RunID(in.Execution.ID), "")
		if err != nil {
			return PrepareRecoveryOut{}, fmt.Errorf("claiming the scheduled time %s: %w", request.ScheduledTime, err)
		}
		if holder != drill.RunID(in.Execution.ID) {
			return PrepareRecoveryOut{Outcome: Duplicate, Run: holder, Mode: request.Mode, Says: "recovery " + holder + " has this scheduled time"}, nil
		}
	}
	return s.begin(ctx, in.Execution, request, planned)
}

func notConfirmed(err error) PrepareRecoveryOut {
	says := err.Error()
	if hint := drill.HintOf(err); hint != "" {
		says += "; " + hint
	}
	return PrepareRecoveryOut{Outcome: NotConfirmed, Says: says}
}

// begin writes the run. It is asked for again after a lost answer, and then finds it.
func (s PrepareRecovery) begin(ctx context.Context, execution Execution, request Request, planned Planned) (PrepareRecoveryOut, error) {
	run := recovery.Run{
		ID: drill.RunID(execution.ID), Deployment: planned.Deployment, Mode: request.Mode, Workloads: planned.Workloads,
		StartedAt: execution.StartedAt.UTC(), StartedBy: request.StartedBy, Trigger: request.Trigger,
		PlanHash: planned.PlanHash, Version: s.Version, DecisionSeconds: planned.DecisionSeconds[request.Mode],
		First: execution.ID, Epoch: 1, Execution: execution.ID,
	}
	if err := s.Store.Create(ctx, run, planned.Steps, planned.Databases); err != nil {
		return PrepareRecoveryOut{}, reading(err, run.ID)
	}
	run, err := s.Store.Run(ctx, run.ID)
	if err != nil {
		return PrepareRecoveryOut{}, reading(err, run.ID)
	}
	if run.Mode == recovery.Failover {
		refusal, err := s.alone(ctx, run)
		if err != nil {
			return PrepareRecoveryOut{}, err
		}
		if refusal != nil {
			return notConfirmed(refusal), nil
		}
	}
	out := PrepareRecoveryOut{Outcome: Begun, Run: run.ID, Epoch: run.Epoch, Mode: run.Mode}
	if run.ReportedAt != nil { // somebody redrove the execution
		out.Outcome, out.Says = Finished, fmt.Sprintf("recovery %s ended as %s", run.ID, run.Ending)
	}
	return out, nil
}

// resume takes on a run whose parent is gone, or is to be replaced: the epoch fences
// off the old one.
func (s PrepareRecovery) resume(ctx context.Context, execution Execution, request Request) (PrepareRecoveryOut, error) {
	for range contended {
		run, err := s.Store.Run(ctx, request.Resume)
		if errors.Is(err, recovery.ErrNoRun) {
			return notConfirmed(&drill.Error{
				Name: drill.InvalidInput, What: fmt.Sprintf("there is no recovery %q to resume", request.Resume),
				Hint: "see them with: " + recovery.Command(recovery.Where(execution.ID), "status", "--list") + "; a new one starts with {}",
			}), nil
		}
		if err != nil {
			return PrepareRecoveryOut{}, reading(err, request.Resume)
		}
		out := PrepareRecoveryOut{Outcome: Begun, Run: run.ID, Mode: run.Mode}
		if run.ReportedAt != nil && run.Execution != execution.ID {
			out.Outcome, out.Epoch, out.Says = Finished, run.Epoch, fmt.Sprintf("recovery %s ended as %s", run.ID, run.Ending)
			return out, nil
		}
		if run.Execution == execution.ID { // an earlier call
			out.Epoch = run.Epoch
			return out, nil
		}
		run.Epoch++
		run.Execution, run.Token = execution.ID, ""
		if request.Abort && run.OverAt == nil && run.Aborted() == nil {
			run.Decisions = append(run.Decisions[:len(run.Decisions):len(run.Decisions)], abortion(request, s.Clock.Now()))
			run.DecideBy = nil
		}
		err = s.Store.PutRun(ctx, run)
		if errors.Is(err, recovery.ErrConflict) {
			continue
		}
		if err != nil {
			return PrepareRecoveryOut{}, reading(err, run.ID)
		}
		out.Epoch = run.Epoch
		return out, nil
	}
	return PrepareRecoveryOut{}, tooBusy(request.Resume)
}

func abortion(request Request, now time.Time) recovery.Decision {
	by := request.StartedBy
	if by == "" {
		by = "lifeboat"
	}
	return recovery.Decision{Choice: recovery.Abort, By: by, Reason: "resumed to be aborted", At: now}
}
