package machine

import (
	"context"
	"fmt"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/printable"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

// Leftovers are what drills that were cut off left: what a sweep would find, which
// tells and removes nothing. sweep is the command that removes it.
func Leftovers(p Planned, sweep string, look func(context.Context) ([]world.Swept, error)) doctor.Check {
	return doctor.Check{Area: AreaLeftovers, Run: func(ctx context.Context) []doctor.Line {
		if lines := p.nothingLocal("leftovers"); lines != nil {
			return lines
		}
		if !p.There() {
			return []doctor.Line{notPlanned("leftovers", "what leftovers would be called")}
		}
		found, err := look(ctx)
		var lines []doctor.Line
		for _, item := range found {
			lines = append(lines, leftover(item, sweep))
		}
		if err != nil {
			lines = append(lines, unknown("leftovers", because(err), sweep+" --dry-run"))
		}
		if len(lines) == 0 {
			lines = append(lines, ok("leftovers", "none: no drill was cut off, and no throwaway is left"))
		}
		return lines
	}}
}

func leftover(item world.Swept, sweep string) doctor.Line {
	what := fmt.Sprintf("%s: %s", item.Kind, item.Reason)
	switch item.Action {
	case world.Spared:
		if item.Foreign {
			return unknown(item.ID, what, "ls -la "+printable.ShellWord(item.Path))
		}
		return ok(item.ID, what) // a copy that was kept, or one that is worked on
	case world.WouldRemove, world.Removed, world.Removing, world.NotRemoved:
	}
	return wrong(item.ID, what, sweep)
}
