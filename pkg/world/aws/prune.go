package aws

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/lambda"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
)

// redriveFor is how long after its end an execution can be redriven, and then
// runs what it was started with.
// https://docs.aws.amazon.com/step-functions/latest/dg/redrive-executions.html
const redriveFor = 14 * 24 * time.Hour

// settling is how long after an update executions may still start with the
// definition before it: Step Functions says seconds.
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-state-machine-version.html
const settling = 10 * time.Minute

// versions is what pruning asks of Lambda.
type versions interface {
	Versions(ctx context.Context, function string) (map[int]string, error)
	RemoveVersion(ctx context.Context, function string, number int) error
}

// past is what pruning asks of Step Functions.
type past interface {
	Executions(ctx context.Context, machineARN string) ([]sfn.Execution, error)
	DefinitionOf(ctx context.Context, executionARN string) (definition string, since time.Time, err error)
}

// Prune removes the published versions of lifeboat's functions that nothing can
// use any more, and returns them. Those stay that an execution was started with
// which is open, or closed for less than the fortnight in which it may be
// redriven, and the newest three of each function.
//
// A failure to look removes nothing; a failure to remove one goes on with the
// next, and is in the error. With dryRun nothing is removed.
func (w *World) Prune(ctx context.Context, dryRun bool) ([]deployed.Version, error) {
	return prune(ctx, w.names(), lambda.New(w.o.Config), w.machines, w.o.Clock.Now(), dryRun)
}

func prune(ctx context.Context, names deployed.Names, functions versions, machines past, now time.Time, dryRun bool) ([]deployed.Version, error) {
	published := map[string][]deployed.Version{}
	candidates := 0
	for _, name := range deployed.Functions {
		function := names.Function(name)
		found, err := functions.Versions(ctx, function)
		if err != nil {
			return nil, err
		}
		for number, arn := range found {
			published[function] = append(published[function], deployed.Version{Function: function, Number: number, ARN: arn})
		}
		candidates += len(deployed.Superfluous(published[function], nil))
	}
	if candidates == 0 {
		return nil, nil
	}
	used := map[string]bool{}
	for _, machine := range machinesOf(names, published) {
		of, err := usedVersions(ctx, machines, machine, now)
		if err != nil {
			return nil, err
		}
		maps.Copy(used, of)
	}
	var removed []deployed.Version
	var failed []error
	for _, name := range deployed.Functions {
		for _, v := range deployed.Superfluous(published[names.Function(name)], used) {
			if !dryRun {
				if err := functions.RemoveVersion(ctx, v.Function, v.Number); err != nil {
					failed = append(failed, err)
					continue
				}
			}
			removed = append(removed, v)
		}
	}
	return removed, errors.Join(failed...)
}

// machinesOf the deployment: those of recoveries are there where their functions are.
func machinesOf(names deployed.Names, published map[string][]deployed.Version) []string {
	machines := []string{names.MachineARN()}
	recovers := func(name string) bool { return len(published[names.Function(name)]) > 0 }
	if slices.ContainsFunc(deployed.RecoveryFunctions, recovers) {
		machines = append(machines, names.RecoveryMachineARN(), names.RecoveryStepMachineARN())
	}
	return machines
}

// usedVersions are those that executions may go on with. An execution runs the
// definition of its start, so one look tells for all that were started since
// that definition was made: there are as many looks as definitions, not as
// executions.
func usedVersions(ctx context.Context, machines past, machineARN string, now time.Time) (map[string]bool, error) {
	all, err := machines.Executions(ctx, machineARN)
	if err != nil {
		return nil, err
	}
	open := slices.DeleteFunc(all, func(e sfn.Execution) bool { return e.Closed() && now.Sub(e.StoppedAt) >= redriveFor })
	slices.SortFunc(open, func(a, b sfn.Execution) int { return b.StartedAt.Compare(a.StartedAt) })
	used := map[string]bool{}
	known := time.Time{} // what was started then or later has been looked at; zero: nothing was
	for _, e := range open {
		if !known.IsZero() && !e.StartedAt.Before(known) {
			continue
		}
		definition, since, err := machines.DefinitionOf(ctx, e.ARN)
		if err != nil {
			return nil, fmt.Errorf("which versions are in use is not known, so none is removed: %w", err)
		}
		for _, arn := range deployed.VersionsIn(definition) {
			used[arn] = true
		}
		if !since.IsZero() {
			known = since.Add(settling)
		}
	}
	return used, nil
}
