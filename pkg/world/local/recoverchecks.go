package local

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
)

// sqlCheckWork puts the checks of a step to what the run restored.
type sqlCheckWork struct{ database *postgres.Adapter }

// notPassed is left where a check did not pass: what the checks came to is kept first,
// and the next call fails.
type notPassed struct{ What string }

// Do implements recoverystep.Work. All checks are put; then the first that did not
// pass is the failure.
func (w sqlCheckWork) Do(ctx context.Context, job recoverystep.Job) (recoverystep.Progress, error) {
	var before notPassed
	if job.State != nil && json.Unmarshal(job.State, &before) == nil && before.What != "" {
		return recoverystep.Progress{}, &drill.Error{
			Name: drill.ChecksFailed, What: before.What,
			Hint: "look at the recovered data before the application does; to put the checks again: " + job.Run.Command(recovery.DecisionWords(recovery.Retry, job.Run.ID, job.Step)...),
		}
	}
	spec, run, err := throwawayOf(job)
	if err != nil {
		return recoverystep.Progress{}, err
	}
	recovered := job.Recovered()
	if recovered == nil || recovered.Endpoint == nil {
		return recoverystep.Progress{}, notRecovered(job)
	}
	checks, err := checksOf(job)
	if err != nil {
		return recoverystep.Progress{}, err
	}
	if limit := drill.Seconds(job.Step.Spec.TimeoutSeconds); limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, limit)
		defer cancel()
	}
	session, err := w.database.OpenChecksAt(ctx, run, spec, reached(*recovered.Endpoint))
	if err != nil {
		return recoverystep.Progress{}, err
	}
	defer session.Close()
	result := recovery.Result{}
	var failed notPassed
	passed := 0
	for _, check := range checks {
		r, err := session.Run(ctx, check)
		if err != nil {
			return recoverystep.Progress{}, err
		}
		put := recoverystep.CheckOf(r)
		result.Checks = append(result.Checks, put)
		if put.Passed {
			passed++
		} else if !put.NotPut && failed.What == "" {
			failed.What = fmt.Sprintf("check %q of %s: %s", r.Name, job.Step.Spec.Database, put.Says)
		}
	}
	if failed.What != "" {
		state, err := json.Marshal(failed)
		return recoverystep.Progress{Next: recoverystep.Again, NextAt: &job.Now, State: state, Result: &result}, err
	}
	result.Says, result.Unproven = fmt.Sprintf("%d checks passed", passed), recoverystep.Unput(result.Checks)
	if len(checks) == 1 {
		result.Says = fmt.Sprintf("%s: %s", checks[0].Name, result.Checks[0].Says)
	}
	return recoverystep.Progress{Next: recoverystep.Done, Result: &result}, nil
}

func reached(a recovery.Access) postgres.Reached {
	return postgres.Reached{Host: a.Host, Port: a.Port, User: a.User, Database: a.Database, PasswordFile: a.Secret}
}

// validateWork looks whether everything is there that the recovery will need: for
// each database a backup that can be restored, the programs and the space for it.
type validateWork struct {
	database *postgres.Adapter
	store    recoverystep.Store
}

// Do implements recoverystep.Work.
func (w validateWork) Do(ctx context.Context, job recoverystep.Job) (recoverystep.Progress, error) {
	result := recovery.Result{}
	for _, name := range job.Step.Spec.Databases {
		d, err := w.store.Database(ctx, job.Run.ID, name)
		if err != nil {
			return recoverystep.Progress{}, err
		}
		says, err := w.look(ctx, d.Drill, job.Now)
		if err != nil {
			return recoverystep.Progress{}, err
		}
		result.Checks = append(result.Checks, recovery.CheckResult{Name: name, Passed: true, Says: says})
	}
	result.Says = fmt.Sprintf("%d databases have a backup, programs and space", len(job.Step.Spec.Databases))
	if len(job.Step.Spec.Databases) == 1 {
		result.Says = result.Checks[0].Name + ": " + result.Checks[0].Says
	}
	if n := len(job.Step.Spec.Stacks) + len(job.Step.Spec.Secrets) + len(job.Step.Spec.Images); n > 0 {
		result.Unproven = fmt.Sprintf("%d stacks, secrets and images were not looked for: they are on AWS, and this recovery is on this machine", n)
	}
	return recoverystep.Progress{Next: recoverystep.Done, Result: &result}, nil
}

func (w validateWork) look(ctx context.Context, spec drill.Spec, now time.Time) (string, error) {
	points, err := w.database.RecoveryPoints(ctx, spec)
	if err != nil {
		return "", err
	}
	choice := drill.Choose(points)
	if choice.Point == nil {
		return "", noPoint(spec, choice)
	}
	set, _, _, err := w.database.Programs(ctx, spec, *choice.Point)
	if err != nil {
		return "", err
	}
	folder, free, need, err := w.database.Space(spec, *choice.Point)
	if err != nil {
		return "", err
	}
	if free < need {
		return "", &drill.Error{
			Name: drill.RestoreRefused, What: fmt.Sprintf("%s needs %d MB in %s, where %d MB are free", spec.Name(), need>>20, folder, free>>20),
			Hint: "free some space, or name another scratch folder in the plan",
		}
	}
	age := now.Sub(choice.Point.TakenAt).Round(time.Second)
	says := fmt.Sprintf("backup %s old, %s", age, set)
	if rpo := spec.Objectives.RPOSeconds; rpo > 0 && age.Seconds() > rpo {
		says += fmt.Sprintf(", older than the RPO of %s", drill.Seconds(rpo))
	}
	return says, nil
}

// protectWork has nothing to switch on here.
type protectWork struct{}

// Do implements recoverystep.Work.
func (protectWork) Do(_ context.Context, job recoverystep.Job) (recoverystep.Progress, error) {
	return recoverystep.Progress{Next: recoverystep.Done, Result: &recovery.Result{
		Says:     "nothing is switched on: the copy is a throwaway",
		Unproven: "backups, copies and alarms of " + cmp.Or(job.Step.Spec.Database, "what is recovered") + " were not switched on: on this machine there is nothing that would make them",
	}}, nil
}

// promoteWork cannot be: a server of this machine has no replica that lifeboat knows.
type promoteWork struct{}

// Do implements recoverystep.Work.
func (promoteWork) Do(_ context.Context, job recoverystep.Job) (recoverystep.Progress, error) {
	return recoverystep.Progress{}, &drill.Error{
		Name: drill.InvalidInput, What: "step " + job.Step.Node.ID + " promotes a replica, and a database of kind postgres has none that lifeboat knows",
		Hint: "restore it (kind: restore)",
	}
}

// checksOf are those that the record has: the step's own, or the gate checks of the
// database.
func checksOf(job recoverystep.Job) (checks []drill.Check, err error) {
	if err := json.Unmarshal([]byte(job.Step.Spec.Checks), &checks); err != nil {
		return nil, fmt.Errorf("read the checks of step %s: %w", job.Step.Node.ID, err)
	}
	return checks, nil
}
