package machine

import (
	"context"
	"fmt"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/printable"
)

// Disk is the room of this machine.
type Disk struct {
	// Free bytes where a folder lies, or would: the nearest one above that is there.
	Free func(folder string) (int64, error)
	// Needs is what the restore of a backup takes at least, with what stays free for
	// others, and what is free in the folder that it goes to.
	Needs func(ctx context.Context, spec drill.Spec, point drill.RecoveryPoint) (folder string, free, need int64, err error)
}

// leastState is what records and evidence of a drill take, many times over.
const leastState = 64 << 20

// Space is whether records and the copy of each newest backup have room.
func Space(p Planned, state string, disk Disk, newest Newest) doctor.Check {
	return doctor.Check{Area: AreaSpace, Run: func(ctx context.Context) []doctor.Line {
		if lines := p.nothingLocal(state); lines != nil {
			return lines
		}
		lines := []doctor.Line{disk.state(state)}
		for _, spec := range p.Local {
			lines = append(lines, disk.copyOf(ctx, spec, newest))
		}
		return lines
	}}
}

func (d Disk) state(folder string) doctor.Line {
	free, err := d.Free(folder)
	what := fmt.Sprintf("%d MiB are free for records and evidence", free>>20)
	switch {
	case err != nil:
		return unknown(folder, because(err), df(folder))
	case free < leastState:
		return wrong(folder, fmt.Sprintf("%s: less than %d MiB, and a drill whose evidence cannot be written fails", what, leastState>>20), df(folder))
	}
	return ok(folder, what)
}

func (d Disk) copyOf(ctx context.Context, spec drill.Spec, newest Newest) doctor.Line {
	choice, err := newest(ctx, spec)
	if err != nil || choice.Point == nil {
		return unknown(spec.Name(), "how much room a copy takes is not known: there is no backup that can be used", list(spec))
	}
	folder, free, need, err := d.Needs(ctx, spec, *choice.Point)
	what := fmt.Sprintf("%d MiB are free in %s, and a restore takes at least %d MiB, with what stays free for others", free>>20, folder, need>>20)
	switch {
	case err != nil:
		return unknown(spec.Name(), because(err), df(folder))
	case free < need:
		return wrong(spec.Name(), what+": the drill is refused; free some, or name another scratch folder in the plan", df(folder))
	}
	return judged(ok(spec.Name(), what))
}

func df(folder string) string { return "df -h " + printable.ShellWord(folder) }
