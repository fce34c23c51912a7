package account

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/world/machines"
	"github.com/lifeboat-dr/lifeboat/pkg/world/template"
)

// recoverAll exercises what the plan declares, and fails it over. How these end is no
// error, as of drills.
func recoverAll(ctx context.Context, w *template.World) error {
	if !w.Recovers() {
		return nil
	}
	for _, mode := range []recovery.Mode{recovery.Exercise, recovery.Failover} {
		if _, err := w.RehearseRecovery(ctx, mode); err != nil {
			return fmt.Errorf("the rehearsal of the %s: %w", mode, err)
		}
	}
	return nil
}

// interfere is what people do to recoveries: one that nobody confirmed, a parent that
// is stopped from outside, and decisions about one that runs: those that come too early
// are refused.
func interfere(ctx context.Context, w *template.World) error {
	if !w.Recovers() {
		return nil
	}
	refused, err := w.Start(w.RecoveryMachine(), `{"mode": "failover", "confirm": "not this one"}`)
	if err != nil {
		return err
	}
	stopped, err := begun(w, recovery.Exercise)
	if err != nil {
		return err
	}
	w.Stop(stopped)
	for _, x := range []*machines.Execution{refused, stopped} {
		if err := w.Wait(ctx, x); err != nil {
			return err
		}
	}
	if err := w.Pass(rounds); err != nil {
		return err
	}
	decided, err := begun(w, recovery.Exercise)
	if err != nil {
		return err
	}
	for _, d := range []recovery.Choice{recovery.Retry, recovery.Skip, recovery.Abort} {
		_ = decide(ctx, w, decided, d, restores(w)) // that it is refused is an answer
	}
	if err := w.Wait(ctx, decided); err != nil {
		return err
	}
	return w.Pass(rounds)
}

// begun is a recovery that runs for some minutes.
func begun(w *template.World, mode recovery.Mode) (*machines.Execution, error) {
	x, err := w.Start(w.RecoveryMachine(), w.RecoveryInput(mode))
	if err != nil {
		return nil, err
	}
	return x, w.Pass(5 * time.Minute)
}

// retried fails over in a world in which a restore fails, has that retried, and gives
// up: what a decision asks for, only a step that waits for one shows.
func retried(ctx context.Context, w *template.World) error {
	step := restores(w)
	if step == "" {
		return nil
	}
	x, err := begun(w, recovery.Failover)
	if err != nil {
		return err
	}
	const most = 6 * 60 // minutes
	for minute := 0; minute < most && x.Result == nil && decide(ctx, w, x, recovery.Retry, step) != nil; minute++ {
		if err := w.Pass(time.Minute); err != nil {
			return err
		}
	}
	_ = decide(ctx, w, x, recovery.Abort, "") // it may be over
	return w.Wait(ctx, x)
}

// restores is the id of a step that restores; "": the plan has none.
func restores(w *template.World) string {
	p, err := w.Plan()
	if err != nil {
		return ""
	}
	for _, workload := range p.Recovered(true) {
		i := slices.IndexFunc(workload.Recovery.Steps, func(s plan.Step) bool { return s.Kind == plan.StepRestore })
		if i >= 0 {
			return workload.Name + "/" + workload.Recovery.Steps[i].Name
		}
	}
	return ""
}

func decide(ctx context.Context, w *template.World, x *machines.Execution, choice recovery.Choice, step string) error {
	if choice == recovery.Abort {
		step = ""
	}
	return w.Decide(ctx, recoverystep.DecideStepIn{Run: drill.RunID(x.ARN), Choice: choice, Step: step, By: "lifeboat doctor", Reason: "rehearsal"})
}
