// Package open makes a world by its name: the one place that knows which there
// are.
package open

import (
	"context"
	"fmt"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	recoveryevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/planfile"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
	"github.com/lifeboat-dr/lifeboat/pkg/world/aws"
	"github.com/lifeboat-dr/lifeboat/pkg/world/local"
)

// Name of a world.
type Name string

// The worlds in which drills take place. The simulated one is entered by
// `lifeboat rehearse` alone.
const (
	Local Name = "local" // this machine
	AWS   Name = "aws"   // a deployment, where the plan says
)

// Names are all of them.
var Names = []Name{Local, AWS}

// ErrNoRegion: the plan does not say where it is deployed.
var ErrNoRegion = aws.ErrNoRegion

// Options of a world.
type Options struct {
	Plan     *planfile.Loaded
	StateDir string // of the local world
	Version  string // of lifeboat
	// SweepKept is the command that removes what is kept in the local world.
	SweepKept string
	// RecoverCommand writes commands of lifeboat recover as they are to be typed, with
	// the flags that say where; nil: as the world thinks.
	RecoverCommand func(words ...string) string
	// Waits is told what the local world has waited for, for two seconds; nil:
	// nobody asks.
	Waits func(what string)
	// Pause is called by tests of the local world before and after each step.
	Pause func(when, function string)
}

// World opens a world. That of AWS asks who the caller is; the local one makes
// nothing until a drill runs.
func World(ctx context.Context, name Name, o Options) (world.World, error) {
	switch name {
	case Local:
		return local.Open(local.Options{
			Plan: o.Plan.Plan, PlanDir: o.Plan.Folder, StateDir: o.StateDir, Version: o.Version, SweepKept: o.SweepKept, RecoverCommand: o.RecoverCommand, Waits: o.Waits, Pause: o.Pause,
		})
	case AWS:
		return aws.Connect(ctx, o.Plan.Plan, o.Version)
	}
	return nil, fmt.Errorf("there is no world %q", name)
}

// Recoverer opens a world in which workloads are recovered. On this machine a plan of
// nil will do for what concerns a run that is there, but not to resume it.
func Recoverer(ctx context.Context, name Name, o Options) (world.Recoverer, error) {
	switch name {
	case Local:
		options := local.Options{StateDir: o.StateDir, Version: o.Version, SweepKept: o.SweepKept, RecoverCommand: o.RecoverCommand, Waits: o.Waits, Pause: o.Pause}
		if o.Plan != nil {
			options.Plan, options.PlanDir = o.Plan.Plan, o.Plan.Folder
		}
		return local.Open(options)
	case AWS:
		w, err := aws.Connect(ctx, o.Plan.Plan, o.Version)
		if err != nil {
			return nil, err
		}
		return w.Typing(o.RecoverCommand), nil
	}
	return nil, fmt.Errorf("there is no world %q", name)
}

// Folder is what a state folder of this machine remembers; it needs no plan.
func Folder(stateDir string) world.Past { return local.PastIn(stateDir) }

// Archive is the evidence of a state folder or, where from is given, a folder of
// evidence that came from somewhere, which has no heads. heads names others. A folder of
// recoveries alone, as the bucket of a deployment has one, is taken for that.
func Archive(stateDir, from, heads string) world.Archive {
	if from != "" && ofRecoveries(from) {
		own := recoveryevidence.Store{Dir: from}
		if heads != "" {
			own.Heads = recoveryevidence.Beside("", heads).Heads
		}
		return local.RecoveryArchive{Store: own}
	}
	store := local.StoreIn(stateDir)
	if from != "" {
		store = drillevidence.Store{Dir: from}
	}
	if heads != "" {
		store.Heads = heads
	}
	return &world.Joined{Drills: local.Archive{Store: store}, Recoveries: local.RecoveryArchive{Store: recoveryevidence.Beside(store.Dir, store.Heads)}}
}

// ofRecoveries: the first document of the folder is evidence of a recovery. What cannot
// be read is found wrong by whoever looks at all of it.
func ofRecoveries(dir string) bool {
	folder := recoveryevidence.Store{Dir: dir}.Folder()
	ids, err := folder.IDs(context.Background())
	if err != nil || len(ids) == 0 {
		return false
	}
	text, err := folder.Text(context.Background(), ids[0])
	return err == nil && recoveryevidence.Is(text)
}

// Deployment is a world that is deployed, with what only such a one has.
type Deployment interface {
	world.World
	// Prune removes the published versions of lifeboat's functions that nothing
	// can use any more, and returns them; with dryRun it only returns them.
	Prune(ctx context.Context, dryRun bool) ([]deployed.Version, error)
}

// OnAWS is where a plan is deployed.
func OnAWS(ctx context.Context, p plan.Plan, version string) (Deployment, error) {
	return aws.Connect(ctx, p, version)
}
