package machine

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/printable"
)

// Newest is the backup of a database that a drill would restore now, and what
// stood beside it; nothing is restored. A Point of nil is that none is usable.
type Newest func(ctx context.Context, spec drill.Spec) (drill.Choice, error)

// Backups are whether each pattern of the plan matches something, whether the
// newest can be used, and whether it is as fresh as the RPO wants it.
func Backups(p Planned, now func() time.Time, newest Newest) doctor.Check {
	return doctor.Check{Area: AreaBackups, Run: func(ctx context.Context) []doctor.Line {
		if lines := p.nothingLocal("backups"); lines != nil {
			return lines
		}
		if !p.There() {
			return []doctor.Line{notPlanned("backups", "which backups there should be")}
		}
		var lines []doctor.Line
		for _, spec := range p.Local {
			choice, err := newest(ctx, spec)
			if err != nil {
				lines = append(lines, unknown(spec.Name(), because(err), list(spec)))
				continue
			}
			lines = append(lines, backupsOf(spec, choice, now())...)
		}
		return lines
	}}
}

// notPlanned is the line of what a plan would have to say.
func notPlanned(subject, what string) doctor.Line {
	return unknown(subject, "without a plan nobody knows "+what, findPlans)
}

func backupsOf(spec drill.Spec, c drill.Choice, now time.Time) []doctor.Line {
	switch {
	case c.Counts.Seen == 0:
		return []doctor.Line{wrong(spec.Name(), "no backup: the plan's pattern "+pattern(spec)+" matches nothing", list(spec))}
	case c.Point == nil:
		what := fmt.Sprintf("none of %d backup(s) can be used", c.Counts.Seen)
		if len(c.Findings) > 0 {
			what += ": " + hinted(c.Findings[0].What, c.Findings[0].Hint)
		}
		return []doctor.Line{wrong(spec.Name(), what, list(spec))}
	}
	lines := []doctor.Line{fresh(spec, *c.Point, now)}
	for _, f := range c.Findings {
		if f.Severity == drill.Info {
			continue
		}
		lines = append(lines, wrong(spec.Name(), hinted(f.What, f.Hint), list(spec)))
	}
	return lines
}

// fresh compares the age with the RPO, as a drill of now would.
func fresh(spec drill.Spec, point drill.RecoveryPoint, now time.Time) doctor.Line {
	age := now.Sub(point.TakenAt)
	rpo := drill.Seconds(spec.Objectives.RPOSeconds)
	what := fmt.Sprintf("the newest that can be used is %s, %s, taken %s before now by its %s", point.ID, point.Kind, round(age), point.TimeSource)
	switch {
	case age+drill.Seconds(point.UncertaintySeconds) < -clockSlack:
		return wrong(spec.Name(), fmt.Sprintf("the newest that can be used is %s, %s, taken %s after now by its %s: one of the clocks is wrong, and the RPO is measured with them", point.ID, point.Kind, round(-age), point.TimeSource), "date -u")
	case rpo <= 0:
		return ok(spec.Name(), what+"; the plan has no RPO")
	case age > rpo:
		return wrong(spec.Name(), what+"; that is older than the RPO of "+round(rpo)+", so a drill of now ends with ObjectivesMissed", list(spec))
	}
	return ok(spec.Name(), what+", within the RPO of "+round(rpo))
}

// round leaves minutes, and of less than one the seconds.
func round(d time.Duration) string {
	if d < time.Minute {
		return d.Round(time.Second).String()
	}
	return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
}

func pattern(spec drill.Spec) string {
	if spec.Postgres == nil {
		return ""
	}
	return spec.Postgres.Backups
}

// list is the command that shows what lies where the backups should be: in the
// folder above the first part that is a pattern.
func list(spec drill.Spec) string {
	folder := pattern(spec)
	for strings.ContainsAny(folder, `*?[`) {
		folder = filepath.Dir(folder)
	}
	if folder == pattern(spec) {
		folder = filepath.Dir(folder)
	}
	return "ls -ltR " + printable.ShellWord(folder)
}
