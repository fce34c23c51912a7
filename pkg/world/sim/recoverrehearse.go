package sim

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	recoveryevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/world/machines"
)

// RecoveryRehearsal is what one rehearsed recovery came to.
type RecoveryRehearsal struct {
	Description string        `json:"description,omitempty"`
	Seed        uint64        `json:"seed"`
	Mode        recovery.Mode `json:"mode"`
	Workloads   []string      `json:"workloads"`
	StartedAt   time.Time     `json:"startedAt"`
	Seconds     float64       `json:"seconds"` // of virtual time, to the end of the last parent
	Ending      string        `json:"ending"`
	Cause       string        `json:"cause,omitempty"`
	// Expected is the scenario's ending, and Met whether it was reached, with the
	// states that it names; Met is true where the scenario names none.
	Expected string `json:"expected,omitempty"`
	Met      bool   `json:"met"`
	// Authorised: every request was authorised as AWS would. False: what a deployment's
	// roles may was not asked.
	Authorised bool     `json:"authorised"`
	Why        []string `json:"why,omitempty"` // what was not as the scenario expects

	// Executions of both machines, and the events of the longest.
	Executions    int `json:"executions"`
	LongestEvents int `json:"longestEvents"`

	Cost Cost `json:"cost"`
	// Evidence is what the evidence would say; nil where none was recorded.
	Evidence *recoveryevidence.Document `json:"evidence,omitempty"`
	// Recovered are the databases that are there for good, after a failover.
	Recovered []string `json:"recovered"`
	Announced []string `json:"announced"` // parameters and secrets where applications find them
	// LeftBehind names throwaways that are still there.
	LeftBehind []string `json:"leftBehind"`
}

// RehearseRecovery runs one recovery to its end.
func RehearseRecovery(ctx context.Context, o RecoveryOptions) (*RecoveryRehearsal, error) {
	w, err := OpenRecovery(o)
	if err != nil {
		return nil, err
	}
	return w.Run(ctx)
}

func (w *RecoveryWorld) rehearsed(ctx context.Context, run string) (*RecoveryRehearsal, error) {
	r := &RecoveryRehearsal{
		Description: w.scenario.Description, Seed: w.seed, Mode: w.scenario.Mode, StartedAt: w.started, Expected: string(w.scenario.Ending),
		LeftBehind: w.LeftBehind(), Recovered: w.recoveredInstances(), Announced: w.Announced(),
	}
	if r.Mode == "" {
		r.Mode = recovery.Exercise
	}
	for _, planned := range w.planned.Workloads {
		r.Workloads = append(r.Workloads, planned.Name)
	}
	transitions := 0
	for _, x := range w.executions.All() {
		r.Executions++
		r.LongestEvents = max(r.LongestEvents, len(x.Events))
		transitions += x.Result.Transitions
	}
	if last := w.lastParent(); last != nil {
		r.Ending, r.Cause, r.Seconds = string(Ending(last)), last.Result.Cause, last.Ended().Sub(w.started).Seconds()
	}
	lived, storageGiB := w.estate.billed(w.cloud)
	r.Cost = CostOf(transitions, w.functions.took, w.cloud.Calls(), lived, storageGiB)
	steps, err := role{w.World, "operator"}.table().Recoveries().Steps(ctx, run)
	if err != nil {
		return nil, err
	}
	if r.Evidence, err = w.recoveryEvidence(run); err != nil {
		return nil, err
	}
	r.Why = w.differs(r, steps)
	r.Met = len(r.Why) == 0
	return r, nil
}

// lastParent is the parent that came to an ending of a recovery: others were stopped,
// or handed the run over.
func (w *RecoveryWorld) lastParent() *machines.Execution {
	var last *machines.Execution
	for _, x := range w.executions.All() {
		if x.MachineARN == w.names.of().RecoveryMachineARN() && isEnding(string(Ending(x))) {
			last = x
		}
	}
	return last
}

func isEnding(s string) bool {
	return slices.Contains([]string{recovery.Passed, recovery.ObjectivesMissed, recovery.FailureClean, recovery.FailureDirty}, s)
}

// differs compares with what the scenario expects. Whatever it expects, only a dirty
// ending may leave throwaways behind.
func (w *RecoveryWorld) differs(r *RecoveryRehearsal, steps []recovery.Record) []string {
	var why []string
	if r.Expected != "" && r.Ending != r.Expected {
		why = append(why, fmt.Sprintf("it ended in %s, and must end in %s", r.Ending, r.Expected))
	}
	for _, id := range slices.Sorted(maps.Keys(w.scenario.States)) {
		i := slices.IndexFunc(steps, func(s recovery.Record) bool { return s.Node.ID == id })
		if i < 0 || steps[i].Status.State != w.scenario.States[id] {
			why = append(why, fmt.Sprintf("step %s must have ended as %s", id, w.scenario.States[id]))
		}
	}
	if r.Ending != recovery.FailureDirty && len(r.LeftBehind) > 0 {
		why = append(why, fmt.Sprintf("it ended in %s, and left %s behind", r.Ending, strings.Join(r.LeftBehind, ", ")))
	}
	if r.Evidence == nil {
		why = append(why, "no evidence was recorded")
	}
	for _, fault := range w.cloud.UnusedFaults() {
		why = append(why, fmt.Sprintf("the fault on %s never fired", fault.On))
	}
	for _, d := range w.unmade {
		why = append(why, fmt.Sprintf("nobody came to decide: %s %s", d.Choice, d.Step))
	}
	return why
}

// recoveryEvidence reads the document from the simulated bucket; nil where none is.
func (w *RecoveryWorld) recoveryEvidence(run string) (*recoveryevidence.Document, error) {
	for _, object := range w.cloud.S3.Objects(w.names.bucket) {
		if object.Key != recoveryevidence.Key(run) {
			continue
		}
		document, err := recoveryevidence.DecodeAs(run, object.Body)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("the evidence of %s cannot be read", run), err)
		}
		return &document, nil
	}
	return nil, nil
}

// LeftBehind are the throwaways that are still there: copies and endpoints.
func (w *RecoveryWorld) LeftBehind() []string {
	n := w.names.of()
	return append(w.World.LeftBehind(), w.announcedUnder(n.ExerciseEndpointParameter(""), n.ExerciseEndpointSecret(""))...)
}

// Announced are the parameters and secrets in which applications find what a
// failover recovered.
func (w *RecoveryWorld) Announced() []string {
	n := w.names.of()
	return w.announcedUnder(strings.TrimSuffix(n.EndpointParameter("", ""), "/"), strings.TrimSuffix(n.EndpointSecret("", ""), "/"))
}

func (w *RecoveryWorld) announcedUnder(parameters, secrets string) []string {
	names := []string{}
	for _, p := range w.cloud.SSM.Parameters(w.names.account, w.names.region) {
		if strings.HasPrefix(p.Name, parameters) {
			names = append(names, p.Name)
		}
	}
	return append(names, slices.Sorted(maps.Keys(w.cloud.Secrets.Secrets(w.names.account, w.names.region, secrets)))...)
}
