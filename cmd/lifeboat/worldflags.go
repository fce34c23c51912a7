package main

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/lifeboat-dr/lifeboat/pkg/planfile"
	"github.com/lifeboat-dr/lifeboat/pkg/printable"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
	"github.com/lifeboat-dr/lifeboat/pkg/world/open"
)

// worldFlags choose a world. Every command that works in more than one has
// them, and opens its world with them.
type worldFlags struct {
	plan  planFlags
	world string
	aws   bool
}

func (f *worldFlags) register(flags *pflag.FlagSet) {
	f.plan.register(flags)
	namedVar(flags, &f.world, "world", string(open.Local), "where: local (this machine) or aws (where the plan is deployed)")
	flags.BoolVar(&f.aws, "aws", false, "the same as --world aws")
}

// onlyIn are the flags that say something in one world, and why they say nothing
// in the other.
var onlyIn = map[string]struct {
	world open.Name
	why   string
}{
	"deployed-plan": {open.AWS, "on this machine nothing is deployed: the plan is the one that --plan names"},
	"state-dir":     {open.Local, "a deployment keeps nothing on this machine"},
	"kept":          {open.Local, "the deployed sweeper takes copies that were kept by itself, an hour after they were made"},
	"from":          {open.Local, "a deployment's evidence lies in its bucket"},
	"heads":         {open.Local, "a deployment's heads lie in its index"},
}

// chosen is the world that the flags name. Flags that say nothing there are
// refused: whoever gave them expects something of them.
func (f *worldFlags) chosen(cmd *cobra.Command) (open.Name, error) {
	name := open.Name(f.world)
	if !slices.Contains(open.Names, name) {
		return "", usageError("the worlds are local and aws; lifeboat rehearse enters the simulated one", "there is no world %q", f.world)
	}
	if f.aws {
		if name != open.AWS && cmd.Flag("world").Changed {
			return "", usageError("leave one of them out", "--aws and --world %s: which of the two?", name)
		}
		name = open.AWS
	}
	for _, flag := range slices.Sorted(maps.Keys(onlyIn)) {
		given, only := cmd.Flag(flag), onlyIn[flag]
		if given != nil && given.Changed && only.world != name {
			return "", usageError("leave it out, or say --world "+string(only.world), "--%s says nothing in the world %s: %s", flag, name, only.why)
		}
	}
	return name, nil
}

// place is a world that was chosen, and the plan that it is to be opened with.
type place struct {
	name  open.Name
	plan  *planfile.Loaded
	flags *worldFlags
}

// choose reads the flags and the plan.
func (f *worldFlags) choose(cmd *cobra.Command) (place, error) {
	name, err := f.chosen(cmd)
	if err != nil {
		return place{}, err
	}
	loaded, err := f.plan.load()
	return place{name, loaded, f}, err
}

// database is the one that the arguments name, or the plan's only one.
func (p place) database(cmd *cobra.Command, args []string) (name string, rtoSeconds float64, err error) {
	w, d, err := p.plan.Plan.Find(strings.Join(args, ""))
	if err != nil {
		return "", 0, usageError(cmd.CommandPath()+" WORKLOAD/DATABASE", "%w", err)
	}
	return w.Name + "/" + d.Name, w.Objectives.RTO.Seconds(), nil
}

// open enters the world. What the local one waits for, and where tests let it
// pause, goes to the command's stderr.
func (p place) open(cmd *cobra.Command) (world.World, error) {
	w, err := open.World(cmd.Context(), p.name, open.Options{
		Plan: p.plan, StateDir: p.flags.plan.stateDir, Version: versionString(), SweepKept: sweepKept(cmd), Waits: tellWait(cmd.ErrOrStderr()), Pause: testPause(cmd.ErrOrStderr()),
	})
	if err != nil {
		return nil, worldError(err)
	}
	return w, nil
}

// sweepKept is the command that removes the copies that are kept where a command
// works: with its folder and its plan, as they were given.
func sweepKept(cmd *cobra.Command) string { return sweepWith(cmd, "lifeboat sweep --kept") }

// sweepWith is a command that sweeps where another works.
func sweepWith(cmd *cobra.Command, command string) string {
	for _, name := range []string{"plan", "state-dir"} {
		if flag := cmd.Flag(name); flag != nil && flag.Changed {
			command += " --" + name + "=" + printable.ShellWord(flag.Value.String())
		}
	}
	return command
}

// past opens what a world remembers. On this machine that needs no plan.
func (f *worldFlags) past(cmd *cobra.Command) (world.Past, error) {
	name, err := f.chosen(cmd)
	if err == nil && name == open.Local {
		err = stateFolder(cmd)
	}
	if err != nil || name == open.Local {
		return open.Folder(f.plan.stateDir), err
	}
	p, err := f.choose(cmd)
	if err != nil {
		return nil, err
	}
	return p.open(cmd)
}

// stateFolder refuses a state folder that was named and is not there: to read in
// it or to sweep it says something of a drill that was somewhere else. The default
// one is not there before the first drill.
func stateFolder(cmd *cobra.Command) error {
	return folderGiven(cmd, "state-dir", "name the folder that was given to lifeboat drill; without --state-dir it is .lifeboat in the working folder")
}

// folderGiven refuses the folder that a flag names where there is none.
func folderGiven(cmd *cobra.Command, flag, hint string) error {
	given := cmd.Flag(flag)
	if given == nil || !given.Changed {
		return nil
	}
	if _, err := os.Stat(given.Value.String()); errors.Is(err, fs.ErrNotExist) {
		return usageError(hint, "--%s: there is no such folder: %w", flag, err)
	}
	return nil // what else is wrong with it, its readers say
}

func worldError(err error) error {
	if errors.Is(err, open.ErrNoRegion) {
		return usageError("declare regions in the plan", "%w", err)
	}
	return err
}
