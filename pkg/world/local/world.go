// Package local is the world in which a drill runs on this machine: real
// PostgreSQL, the real clock, and a folder for everything that is remembered.
//
// The state folder holds the run records, the locks, the evidence, the metrics
// and, while a drill runs, its throwaway server. An execution that is cut off,
// even by kill -9, leaves a file that says so; the next drill and Sweep clean
// up after it by running the same machine with cleanUpAfter.
package local

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres"
	"github.com/lifeboat-dr/lifeboat/pkg/slice"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
	"github.com/lifeboat-dr/lifeboat/statemachines"
)

// Options of a world.
type Options struct {
	Plan     plan.Plan
	PlanDir  string // absolute; relative paths of the plan start here
	StateDir string // made absolute; default .lifeboat in the working directory
	Version  string // of lifeboat
	// SweepKept is the command that removes what is kept in this world; default
	// lifeboat sweep --kept.
	SweepKept string
	// RecoverCommand writes commands of lifeboat recover as they are to be typed, with
	// what says where; nil: without flags.
	RecoverCommand func(words ...string) string
	// Waits is told what a drill has waited for, for two seconds; nil: nobody asks.
	Waits func(what string)
	// Pause is called by tests before and after the effect of each step, with
	// its function's name; nil otherwise.
	Pause func(when, function string)
}

// World ties the steps to the adapters of this machine.
type World struct {
	Past
	PastRecoveries
	options    Options
	clock      clock.Clock
	machine    *asl.Machine
	database   *postgres.Adapter
	records    drillstep.Journal
	executions *executions
	slots      *slots
	evidence   drillevidence.Store
	plans      slice.FixedPlan
	watcher    *watcher
}

var _ world.World = (*World)(nil)

// Open makes a world. It creates nothing until a drill runs.
func Open(o Options) (*World, error) {
	if o.StateDir == "" {
		o.StateDir = ".lifeboat"
	}
	o.SweepKept = cmp.Or(o.SweepKept, "lifeboat sweep --kept")
	if o.RecoverCommand == nil {
		o.RecoverCommand = typed
	}
	stateDir, err := filepath.Abs(o.StateDir)
	if err != nil {
		return nil, fmt.Errorf("find the state folder: %w", err)
	}
	o.StateDir = stateDir
	machine, err := asl.Load(statemachines.Drill, asl.WithSubstitutions(drillstep.Functions()))
	if err != nil {
		return nil, fmt.Errorf("load the drill machine: %w", err)
	}
	runs := filepath.Join(stateDir, "runs")
	evidence := StoreIn(stateDir)
	evidence.Waiting = patient(o.Waits, time.AfterFunc)
	watcher := &watcher{}
	return &World{
		Past: PastIn(stateDir), PastRecoveries: RecoveriesOf(stateDir), watcher: watcher, options: o, clock: clock.Real{}, machine: machine,
		database:   postgres.New(postgres.Options{CheckProgress: watcher.check}),
		records:    recordsIn(runs),
		executions: &executions{dir: runs, mine: map[string]*os.File{}},
		slots:      &slots{dir: filepath.Join(stateDir, "locks"), held: map[string]*os.File{}},
		evidence:   evidence,
		plans:      slice.FixedPlan{Plan: o.Plan, Places: slice.Places{Plan: o.PlanDir, Scratch: filepath.Join(stateDir, "scratch")}},
	}, nil
}

// steps wires the steps of one execution; visited tells the states it has
// entered so far.
func (w *World) steps(visited func() []drillevidence.State) drillstep.Steps {
	return drillstep.Steps{
		ClaimSlot: drillstep.ClaimSlot{
			Plans: w.plans, Slots: w.slots, Executions: w.executions, History: w.evidence, Journal: w.records, Clock: w.clock, Version: w.options.Version,
		},
		SelectBackup:      drillstep.SelectBackup{Backups: only[drillstep.Backups](w.database), Journal: w.records, Clock: w.clock},
		StartRestore:      drillstep.StartRestore{Restorer: only[drillstep.Restorer](w.database), Journal: w.records, Clock: w.clock},
		CheckAvailability: drillstep.CheckAvailability{Watcher: only[drillstep.Watcher](w.database), Journal: w.records, Clock: w.clock},
		PrepareLogin:      drillstep.PrepareLogin{Logins: only[drillstep.LoginMaker](w.database), Journal: w.records, Clock: w.clock},
		ValidateData:      drillstep.ValidateData{OpenChecks: only[drillstep.OpenChecks](w.openChecks), Journal: w.records, Clock: w.clock},
		Cleanup:           drillstep.Cleanup{Remover: only[drillstep.Remover](w.database), Journal: w.records, Clock: w.clock},
		ConfirmRemoval:    drillstep.ConfirmRemoval{Inventory: only[drillstep.Inventory](w.database), Journal: w.records, Clock: w.clock},
		RecordEvidence: drillstep.RecordEvidence{
			Evidence: recorder{store: w.evidence, visited: visited, versions: versions()}, Journal: w.records, Clock: w.clock,
		},
		PublishMetrics: drillstep.PublishMetrics{
			Metrics: metricsFile{path: filepath.Join(w.options.StateDir, "metrics.jsonl"), clock: w.clock}, Journal: w.records, Clock: w.clock,
		},
		ReleaseSlot: drillstep.ReleaseSlot{Slots: w.slots, Journal: w.records, Clock: w.clock},
	}
}

// only is the one kind that is drilled on this machine.
func only[T any](adapter T) drillstep.ByKind[T] {
	return drillstep.ByKind[T]{plan.KindPostgres: adapter}
}

func (w *World) openChecks(ctx context.Context, run drill.Run, spec drill.Spec, res drill.Resource, _ drill.Access) (drillstep.CheckSession, error) {
	return w.database.OpenChecks(ctx, run, spec, res)
}

func versions() drillevidence.Versions {
	sum := sha256.Sum256(statemachines.Drill)
	return drillevidence.Versions{Go: runtime.Version(), MachineSHA256: hex.EncodeToString(sum[:])}
}
