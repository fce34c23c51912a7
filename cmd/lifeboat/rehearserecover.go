package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
)

// recoveries rehearses the recovery of the plan.
func (f rehearseFlags) recoveries(cmd *cobra.Command, out ui.Output) error {
	rehearsals, err := f.rehearseRecovery(cmd)
	if err != nil {
		return err
	}
	err = out.Result(map[string]any{"rehearsals": rehearsals}, func(w io.Writer, p ui.Paint) error {
		ui.RecoveryRehearsals(w, rehearsals, p)
		return nil
	})
	if err != nil {
		return err
	}
	return exitOfRecoveries(rehearsals)
}

func (f rehearseFlags) rehearseRecovery(cmd *cobra.Command) ([]*sim.RecoveryRehearsal, error) {
	if f.runs < 1 {
		return nil, usageError("for instance --runs 100", "--runs %d: at least one", f.runs)
	}
	loaded, err := f.plan.load()
	if err != nil {
		return nil, err
	}
	var scenario sim.RecoveryScenario
	if f.scenario != "" {
		if scenario, err = sim.LoadRecoveryScenario(f.scenario); err != nil {
			return nil, usageError("see examples/recovery/scenarios for all that a scenario can say", "%w", err)
		}
	}
	switch mode := recovery.Mode(f.mode); mode {
	case "":
	case recovery.Exercise, recovery.Failover:
		scenario.Mode = mode
	default:
		return nil, usageError("one of exercise, failover", "--mode %s is no mode of a recovery", f.mode)
	}
	var rehearsals []*sim.RecoveryRehearsal
	for run := range f.runs {
		r, err := sim.RehearseRecovery(cmd.Context(), sim.RecoveryOptions{
			Plan: loaded.Plan, Scenario: scenario, Seed: f.seed + uint64(run), Version: versionString(), //nolint:gosec // not negative
		})
		if err != nil {
			return nil, fmt.Errorf("rehearse the recovery: %w", err)
		}
		rehearsals = append(rehearsals, r)
	}
	return rehearsals, nil
}

func exitOfRecoveries(rehearsals []*sim.RecoveryRehearsal) error {
	worst := exitPassed
	for _, r := range rehearsals {
		if r.Expected != "" && r.Met {
			continue
		}
		worst = max(worst, codeOf(drill.Ending(r.Ending)))
		if !r.Met {
			worst = max(worst, exitObjectivesMissed)
		}
	}
	if worst == exitPassed {
		return nil
	}
	return &exitError{code: worst, err: fmt.Errorf("not every recovery came to what was expected"), quiet: true}
}
