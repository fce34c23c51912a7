package account

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
	"github.com/lifeboat-dr/lifeboat/pkg/protection"
)

// others looks at the backup plans that are not those of the databases, and select one
// all the same: every rule of theirs runs beside what the plan was reckoned with.
func (p backupPolicy) others(ctx context.Context, reader BackupReader, names map[string]string, ours []string, databases []protected) (lines []doctor.Line) {
	at := databases[0].at
	looked := 0
	for _, id := range byName(names) {
		if slices.Contains(ours, id) {
			continue
		}
		looked++
		lines = append(lines, p.other(ctx, reader, id, names[id], databases)...)
	}
	if looked > 0 && len(lines) == 0 {
		what := fmt.Sprintf("none of %s selects a database whose rules the plan declares", counted(looked, "other backup plan"))
		lines = append(lines, doctor.Line{Subject: "other plans in " + at.region, State: doctor.OK, What: what, Basis: doctor.Judged})
	}
	return lines
}

// other looks at one of them.
func (p backupPolicy) other(ctx context.Context, reader BackupReader, id, name string, databases []protected) (lines []doctor.Line) {
	at := databases[0].at
	const unknown = "whether it backs up a database of the plan too is not known: "
	shown := cliIn(at.region, "backup list-backup-selections --backup-plan-id %s", id)
	selections, err := reader.Selections(ctx, id)
	if err != nil {
		line := unread("plan "+name, err, shown)
		line.What = unknown + line.What
		return []doctor.Line{line}
	}
	var caught, by, untold []string
	var why *doctor.Line // of the first whose tags are not known: the others' is alike
	for _, d := range databases {
		s, line := p.caughtBy(ctx, selections, d)
		switch {
		case line != nil && line.State == doctor.Unknown:
			untold = append(untold, d.name)
			why = cmp.Or(why, line)
		case line != nil:
			lines = append(lines, *line)
		case s != nil:
			caught = append(caught, d.name)
			if !slices.Contains(by, s.Name) {
				by = append(by, s.Name)
			}
		}
	}
	if why != nil {
		why.Subject, why.What = some(untold), "whether plan "+name+" has it too goes by its tags: "+why.What
		lines = append(lines, *why)
	}
	if len(caught) == 0 {
		return lines
	}
	look := cliIn(at.region, "backup get-backup-plan --backup-plan-id %s", id)
	of, there, err := reader.Plan(ctx, id)
	if err != nil {
		line := unread(some(caught), err, look)
		line.What = "plan " + name + " selects it too, and its rules are not known: " + line.What
		return append(lines, line)
	}
	if !there { // it was deleted meanwhile
		return lines
	}
	for _, r := range of.Rules {
		lines = append(lines, doctor.Line{
			Subject: some(caught), State: doctor.Wrong, Basis: doctor.Judged, Command: look + " && " + shown,
			What: fmt.Sprintf("plan %s selects it too (by %s), and its rule %s (%s) was not reckoned with: %s; %s", of.Name, some(by), r.Name, told(r), keeps(r), p.rid(of.Name)),
		})
	}
	return lines
}

// told is when a rule runs.
func told(r seen.BackupRule) string {
	text := r.Schedule
	if zone := r.Timezone; zone != "" && zone != "Etc/UTC" && zone != "UTC" {
		text += " " + zone
	}
	text += ", starts within " + length(cmp.Or(r.StartWindow, usualStart), "")
	if r.Continuous {
		text += ", continuous"
	}
	return text
}

// keeps is what a rule keeps from running: a resource is backed up by one job at a
// time, and of an instance that has a continuous backup there is one snapshot a day.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/aws-backup-limits.html
// https://docs.aws.amazon.com/aws-backup/latest/devguide/point-in-time-recovery.html
func keeps(r seen.BackupRule) string {
	text := "one backup runs of a database at a time"
	if r.Continuous {
		text += ", and beside a continuous one a single snapshot a day"
	}
	return text + ", so that what the plan reckons with may come later, or never"
}

// rid is what to do about a plan that selects a database of the plan. Where no backup
// plan is named and lifeboat makes none, all that select a database are reckoned with.
func (p backupPolicy) rid(name string) string {
	text := "exclude the database from " + name + " (NotResources, or a condition on a tag), and declare under backup.rules what of its rules is still wanted"
	if b := p.n.Plan.Backup; !b.Managed() {
		text += "; or leave out backup.plan, with the rules of both plans declared: then both are compared with them"
	}
	return text
}

// caughtBy is the first selection that has a database; nil: none. A line where tags
// decide that nobody could read.
func (p backupPolicy) caughtBy(ctx context.Context, selections []protection.Selection, d protected) (*protection.Selection, *doctor.Line) {
	first := func(tags map[string]string, among func(protection.Selection) bool) *protection.Selection {
		i := slices.IndexFunc(selections, func(s protection.Selection) bool { return among(s) && s.Selects(d.arn, tags) })
		if i < 0 {
			return nil
		}
		return &selections[i]
	}
	// Tags only add to resources; conditions alone take away.
	if s := first(nil, func(s protection.Selection) bool { return len(s.Conditions) == 0 }); s != nil {
		return s, nil
	}
	if !slices.ContainsFunc(selections, func(s protection.Selection) bool { return s.ByTags() && mayHave(s, d.arn) }) {
		return nil, nil
	}
	tags, line := p.tags(ctx, d)
	if line != nil {
		return nil, line
	}
	return first(tags, func(protection.Selection) bool { return true }), nil
}

// mayHave is whether a selection has a resource with some tags.
func mayHave(s protection.Selection, arn string) bool {
	without := protection.Selection{NotResources: s.NotResources}
	if len(s.Tags) == 0 {
		without.Resources = s.Resources
	}
	return without.Selects(arn, nil)
}

// tags of a database, which are asked for once; a line where they are not known.
func (p backupPolicy) tags(ctx context.Context, d protected) (map[string]string, *doctor.Line) {
	if known, asked := p.known[d.name]; asked {
		return known.tags, known.copied()
	}
	known := p.ask(ctx, d)
	p.known[d.name] = known
	return known.tags, known.copied()
}

// tagged is what was found of a database's tags.
type tagged struct {
	tags map[string]string
	line *doctor.Line
}

// copied is the line, for its words to be changed.
func (t tagged) copied() *doctor.Line {
	if t.line == nil {
		return nil
	}
	line := *t.line
	return &line
}

func (p backupPolicy) ask(ctx context.Context, d protected) tagged {
	reader, reached := p.from.Instances.at(d.at)
	if !reached {
		line := p.from.Instances.elsewhere(p.c, areaBackupPolicy, d.name, d.at)
		return tagged{line: &line}
	}
	i, there, err := reader.Instance(ctx, d.source)
	look := cliIn(d.at.region, "rds describe-db-instances --db-instance-identifier %s", d.source)
	if err != nil {
		line := unread(d.name, err, look)
		return tagged{line: &line}
	}
	if !there {
		return tagged{line: &doctor.Line{Subject: d.name, State: doctor.Wrong, Basis: doctor.Asked, What: "there is no instance " + d.source + " in " + d.at.account + ", " + d.at.region, Command: look}}
	}
	return tagged{tags: i.Tags}
}
