package main

import (
	"errors"
	"io/fs"

	"github.com/spf13/pflag"

	"github.com/lifeboat-dr/lifeboat/pkg/planfile"
)

// planFlags are those of every command that needs the plan.
type planFlags struct {
	file     string
	stateDir string
}

func (p *planFlags) register(flags *pflag.FlagSet) {
	p.registerFile(flags)
	namedVar(flags, &p.stateDir, "state-dir", ".lifeboat", "folder of evidence, run records and throwaway servers")
}

func (p *planFlags) registerFile(flags *pflag.FlagSet) {
	namedVar(flags, &p.file, "plan", "lifeboat.yaml", "the plan file")
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
