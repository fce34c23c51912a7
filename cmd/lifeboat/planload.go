package main

import (
	"errors"
	"io/fs"

	"github.com/spf13/cobra"

	"github.com/lifeboat-dr/lifeboat/pkg/planfile"
	"github.com/lifeboat-dr/lifeboat/pkg/world/local"
)

// planFlags are those of every command that needs the plan.
type planFlags struct {
	file     string
	stateDir string
}

func (p *planFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&p.file, "plan", "lifeboat.yaml", "the plan file")
	cmd.Flags().StringVar(&p.stateDir, "state-dir", ".lifeboat", "folder of evidence, run records and throwaway servers")
}

func (p *planFlags) load() (*planfile.Loaded, error) {
	loaded, err := planfile.Load(p.file)
	if err != nil {
		return nil, planError(err)
	}
	return loaded, nil
}

// planError tells what to do about a plan that cannot be used.
func planError(err error) error {
	var problems planfile.Problems
	switch {
	case errors.As(err, &problems):
		return usageError("mend the plan; docs/plan.md explains every key", "the plan has %d problem(s):\n%w", len(problems), err)
	case errors.Is(err, fs.ErrNotExist):
		return usageError("name it with --plan, or start with examples/local/lifeboat.yaml", "%w", err)
	}
	return usageError("see that it can be read", "%w", err)
}

// open loads the plan and opens the local world on it.
func (p *planFlags) open(o local.Options) (*planfile.Loaded, *local.World, error) {
	loaded, err := p.load()
	if err != nil {
		return nil, nil, err
	}
	o.Plan, o.PlanDir, o.StateDir, o.Version = loaded.Plan, loaded.Folder, p.stateDir, versionString()
	world, err := local.Open(o)
	return loaded, world, err
}
