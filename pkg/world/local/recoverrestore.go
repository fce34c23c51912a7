package local

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
)

// restoreWork restores the newest usable backup of a database into a throwaway
// server of the run. The server outlives this process: see recoveryWorld.
type restoreWork struct{ database *postgres.Adapter }

// restoring is what a look leaves for the next one.
type restoring struct {
	Point     drill.RecoveryPoint `json:"point"`
	Newer     string              `json:"newer,omitempty"` // what was passed over, and why
	Resource  drill.Resource      `json:"resource"`
	StartedAt time.Time           `json:"startedAt"`
}

// Do implements recoverystep.Work. A restore that failed, or that an earlier process
// began and did not finish, is begun anew.
func (w restoreWork) Do(ctx context.Context, job recoverystep.Job) (recoverystep.Progress, error) {
	spec, run, err := throwawayOf(job)
	if err != nil {
		return recoverystep.Progress{}, err
	}
	var state restoring
	if job.State == nil {
		state, err = w.begin(ctx, job, run, spec)
	} else {
		err = json.Unmarshal(job.State, &state)
	}
	if err != nil {
		return recoverystep.Progress{}, err
	}
	status, err := w.database.RestoreStatus(ctx, run, spec, state.Resource)
	if err != nil {
		return recoverystep.Progress{}, err
	}
	result := state.result(job, w.database, run, spec)
	if status.Available {
		return recoverystep.Progress{Next: recoverystep.Done, Result: &result}, nil
	}
	limit := drill.Seconds(job.Step.Spec.TimeoutSeconds)
	if limit <= 0 {
		limit = drill.Seconds(spec.Limits.RestoreSeconds)
	}
	next := drill.PollingOf(spec.Limits).Next(state.StartedAt, job.Now, drill.Seconds(spec.Limits.ExpectedRestoreSeconds), limit)
	if !next.After(job.Now) {
		return recoverystep.Progress{}, &drill.Error{
			Name: drill.RestoreTimedOut, What: fmt.Sprintf("restore %s is not available after %s, the last of it was %q", state.Resource.ID, limit, status.Status),
			Hint: "give the step a longer timeout, or find out what holds the restore up",
		}
	}
	kept, err := json.Marshal(state)
	if err != nil {
		return recoverystep.Progress{}, fmt.Errorf("keep the state of the restore: %w", err)
	}
	return recoverystep.Progress{Next: recoverystep.Again, NextAt: &next, State: kept, Result: &result}, nil
}

func (w restoreWork) begin(ctx context.Context, job recoverystep.Job, run drill.Run, spec drill.Spec) (restoring, error) {
	points, err := w.database.RecoveryPoints(ctx, spec)
	if err != nil {
		return restoring{}, err
	}
	choice := drill.Choose(points)
	if choice.Point == nil {
		return restoring{}, noPoint(spec, choice)
	}
	// Of an attempt before this one; of a process before this one there is only the
	// folder, which the adapter does not continue with.
	if _, err := w.database.RestoreStatus(ctx, run, spec, drill.Resource{ID: run.Throwaway}); err != nil {
		if err := w.database.Remove(ctx, run, spec, drill.Resource{ID: run.Throwaway}); err != nil {
			return restoring{}, err
		}
	}
	made, err := w.database.StartRestore(ctx, run, spec, *choice.Point)
	if err != nil {
		return restoring{}, err
	}
	return restoring{Point: *choice.Point, Newer: passedOver(choice), Resource: made.First(), StartedAt: job.Now}, nil
}

// result is what is known of the restore so far: its endpoint only once it answers.
func (s restoring) result(job recoverystep.Job, database *postgres.Adapter, run drill.Run, spec drill.Spec) recovery.Result {
	loss := max(job.Run.StartedAt.Sub(s.Point.TakenAt).Seconds(), 0)
	result := recovery.Result{
		Says:      fmt.Sprintf("restored %s, taken %s", s.Point.ID, s.Point.TakenAt.UTC().Format(time.DateTime)+" UTC"),
		Deviation: s.Newer, PointTime: &s.Point.TakenAt, PointID: s.Point.ID, LossSeconds: &loss,
		Resources: []recovery.Resource{{Kind: s.Resource.Kind, ID: s.Resource.ID, Throwaway: true}},
	}
	if at, ok := database.Reach(run, spec); ok {
		result.Endpoint = &recovery.Access{Host: at.Host, Port: at.Port, Engine: "postgres", Database: at.Database, User: at.User, Secret: at.PasswordFile}
	}
	return result
}

// throwawayOf is the run of a throwaway: its name follows from the recovery and the
// step, whoever asks.
func throwawayOf(job recoverystep.Job) (drill.Spec, drill.Run, error) {
	if job.Database == nil {
		return drill.Spec{}, drill.Run{}, &drill.Error{
			Name: drill.InvalidInput, What: fmt.Sprintf("step %s names no database of the recovery", job.Step.Node.ID), Hint: "name one in the plan (database:)",
		}
	}
	execution := job.Run.First + "#" + job.Step.Node.ID
	return job.Database.Drill, drill.Run{
		ID: job.Run.ID, ExecutionID: execution, Deployment: job.Run.Deployment, Throwaway: drill.ThrowawayName(job.Run.Deployment, execution),
		StartedAt: job.Run.StartedAt, StartedBy: job.Run.StartedBy, Trigger: job.Run.Trigger, PlanHash: job.Run.PlanHash, Version: job.Run.Version,
	}, nil
}

// passedOver says which newer backups could not be used; "": there are none.
func passedOver(choice drill.Choice) string {
	if choice.Counts.PassedOver == 0 {
		return ""
	}
	var reasons []string
	for _, f := range choice.Findings {
		if f.Severity == drill.Warning && len(reasons) < 3 {
			reasons = append(reasons, f.What)
		}
	}
	return fmt.Sprintf("%d newer backups were passed over: %s", choice.Counts.PassedOver, strings.Join(reasons, "; "))
}

func noPoint(spec drill.Spec, choice drill.Choice) error {
	e := &drill.Error{
		Name: drill.NoUsableBackup, What: spec.Name() + " has no backup at all",
		Hint: "check where the plan says that its backups lie, and that the backup job runs",
	}
	if len(choice.Findings) > 0 {
		e.What = spec.Name() + " has no usable backup: " + choice.Findings[0].What
		e.Hint = choice.Findings[0].Hint
	}
	return e
}
