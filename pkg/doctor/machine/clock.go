package machine

import (
	"context"
	"fmt"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
)

// Written is something that was written at a time: it cannot be in the future.
type Written struct {
	What string
	At   time.Time
}

// clockSlack is what the clocks of two machines may be apart: a backup may come
// from another one.
const clockSlack = 5 * time.Minute

// Clock is whether this machine's is not behind what was written: RPO and the ages of
// backups are measured with it. One that is ahead cannot be told so.
func Clock(p Planned, now func() time.Time, files func() []Written, newest Newest) doctor.Check {
	return doctor.Check{Area: AreaClock, Run: func(ctx context.Context) []doctor.Line {
		written := files()
		for _, spec := range p.Local {
			if choice, err := newest(ctx, spec); err == nil && choice.Point != nil && choice.Point.UncertaintySeconds == 0 {
				written = append(written, Written{"the newest backup of " + spec.Name(), choice.Point.TakenAt})
			}
		}
		at := now().UTC()
		var lines []doctor.Line
		for _, w := range written {
			if ahead := w.At.Sub(at); ahead > clockSlack {
				lines = append(lines, wrong("clock", fmt.Sprintf("it says %s, and %s was written %s later: RPO and ages of backups would be measured too small",
					at.Format(time.RFC3339), w.What, round(ahead)), "date -u"))
			}
		}
		switch {
		case len(lines) > 0:
			return lines
		case len(written) == 0:
			return []doctor.Line{unknown("clock", "nothing was found whose time it could be compared with", "date -u")}
		}
		return []doctor.Line{judged(ok("clock", fmt.Sprintf("%s, and nothing that was looked at (%d) is newer", at.Format(time.RFC3339), len(written))))}
	}}
}
