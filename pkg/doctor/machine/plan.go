package machine

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/printable"
)

// findPlans shows what could be meant.
const findPlans = `find . -maxdepth 3 -name '*.yaml'`

// Plan is whether there is one, and what is most likely not meant in it. One that
// cannot be used never comes here: whoever reads it refuses it.
func Plan(p Planned) doctor.Check {
	return doctor.Check{Area: AreaPlan, Run: func(context.Context) []doctor.Line {
		if !p.There() {
			return []doctor.Line{unknown(p.File, "there is none, so no backup was looked at; name it with --plan where it lies elsewhere", findPlans)}
		}
		lines := []doctor.Line{ok(p.File, fmt.Sprintf("it can be used: %s, plan %s", p.databases(), p.Hash[:min(12, len(p.Hash))]))}
		for _, warning := range p.Warnings {
			command := "lifeboat plan --plan=" + printable.ShellWord(p.File)
			if strings.Contains(warning, "--migrate") { // the warning says so itself
				command = "lifeboat plan --migrate --write --plan=" + printable.ShellWord(p.File)
			}
			lines = append(lines, wrong(p.File, warning, command))
		}
		for _, name := range slices.Sorted(maps.Keys(p.Refused)) {
			lines = append(lines, wrong(name, because(p.Refused[name]), "lifeboat plan --plan="+printable.ShellWord(p.File)))
		}
		return lines
	}}
}

func (p Planned) databases() string {
	return fmt.Sprintf("%d to drill on this machine, %d on AWS", len(p.Local)+len(p.Refused), len(p.OnAWS))
}
