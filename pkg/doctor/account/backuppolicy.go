package account

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/budget"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/printable"
	"github.com/lifeboat-dr/lifeboat/pkg/protection"
)

const areaBackupPolicy = "backup policy"

// BackupReader reads plans, selections and vaults of AWS Backup in a region.
type BackupReader interface {
	SelectionReader
	Plan(ctx context.Context, id string) (p seen.BackupPlan, there bool, err error)
	VaultSettings(ctx context.Context, name string) (v seen.Vault, there bool, err error)
}

// BackupSources are who knows how databases are backed up.
type BackupSources struct {
	Backup Regions[BackupReader]
	// Instances know the tags of the databases, where a selection goes by them.
	Instances Regions[AutomatedReader]
	Keys      Regions[KeyFinder] // of the vaults
	// Next are the next times of rules by the simulated schedule.
	Next func(rules []plan.BackupRule, from time.Time, n int) []time.Time
}

// BackupPolicy looks whether the plans and vaults of the account are those that the
// plan was reckoned with: the rules, whom they select, what else selects the same,
// where the recovery points go, what keeps them there and what they are encrypted with.
func BackupPolicy(n Needs, c Checkout, from BackupSources, policies map[string]budget.Policy, now func() time.Time) doctor.Check {
	return doctor.Check{Area: areaBackupPolicy, Run: func(ctx context.Context) []doctor.Line {
		databases := slices.DeleteFunc(protectedIn(n, policies), func(d protected) bool { return len(d.policy.Rules) == 0 })
		if len(databases) == 0 {
			return undeclared("AWS Backup", "the plan declares no rules of it")
		}
		p := backupPolicy{n: n, c: c, from: from, now: now(), known: map[string]tagged{}}
		p.backups, p.copies = n.Names.Vaults(n.Plan)
		lines := p.plans(ctx, databases)
		return append(lines, p.vaults(ctx, databases)...)
	}}
}

type backupPolicy struct {
	n               Needs
	c               Checkout
	from            BackupSources
	now             time.Time
	backups, copies deployed.Vault
	known           map[string]tagged // by the names of databases
}

// backupPlan is one of the account that may be of the databases.
type backupPlan struct {
	seen.BackupPlan
	selections []protection.Selection
}

// plans compares the account's plans with the rules of the databases.
func (p backupPolicy) plans(ctx context.Context, databases []protected) []doctor.Line {
	at := databases[0].at
	subject := "plans in " + at.region
	reader, reached := p.from.Backup.at(at)
	if !reached {
		return []doctor.Line{p.from.Backup.elsewhere(p.c, areaBackupPolicy, subject, at)}
	}
	names, err := reader.Plans(ctx)
	ours := p.ours(names)
	var lines []doctor.Line
	if err != nil {
		lines = append(lines, unread(subject, err, cliIn(at.region, "backup list-backup-plans")))
		if ours == nil {
			return lines
		}
		lines[0].What = "whether others than " + ours[0] + " select a database of the plan is not known: " + lines[0].What
	}
	list, more := p.read(ctx, reader, names, ours, at)
	lines = append(lines, more...)
	if list != nil {
		lines = append(lines, p.compare(ctx, list, databases)...)
	}
	for _, l := range p.others(ctx, reader, names, ours, databases) {
		if !slices.Contains(lines, l) {
			lines = append(lines, l)
		}
	}
	return lines
}

// ours are the ids of the plans that are to back up the databases, by name: the
// adopted one, those that lifeboat made, or any.
func (p backupPolicy) ours(names map[string]string) (ids []string) {
	b := p.n.Plan.Backup
	if b != nil && b.Plan != "" {
		return []string{b.Plan}
	}
	for _, id := range byName(names) {
		if !b.Managed() || names[id] == p.n.Names.Prefix() {
			ids = append(ids, id)
		}
	}
	return ids
}

// read the plans that count, with their selections; nil: that could not be.
func (p backupPolicy) read(ctx context.Context, reader BackupReader, names map[string]string, ids []string, at place) (list []backupPlan, lines []doctor.Line) {
	list = []backupPlan{}
	for _, id := range ids {
		look := cliIn(at.region, "backup get-backup-plan --backup-plan-id %s --max-scheduled-runs-preview 10", id)
		subject := "plan " + cmp.Or(names[id], id)
		of, there, err := reader.Plan(ctx, id)
		if err != nil {
			return nil, append(lines, unread(subject, err, look))
		}
		if !there {
			return nil, append(lines, doctor.Line{Subject: subject, State: doctor.Wrong, What: "there is no backup plan of this id, or it was deleted: nothing is backed up by it",
				Command: cliIn(at.region, "backup list-backup-plans"), Basis: doctor.Asked})
		}
		selections, err := reader.Selections(ctx, id)
		if err != nil {
			return nil, append(lines, unread(subject, err, cliIn(at.region, "backup list-backup-selections --backup-plan-id %s", id)))
		}
		list = append(list, backupPlan{of, selections})
	}
	return list, lines
}

// group are databases that the same plans select, and that want the same rules.
type group struct {
	plans     []backupPlan
	rules     []plan.BackupRule
	databases []string
}

// compare each database with the plans that select it; those that are alike have a
// line together.
func (p backupPolicy) compare(ctx context.Context, list []backupPlan, databases []protected) (lines []doctor.Line) {
	var groups []*group
	byKey := map[string]*group{}
	for _, d := range databases {
		of, line := p.selecting(ctx, list, d)
		if line != nil {
			lines = append(lines, *line)
			continue
		}
		text, _ := json.Marshal(d.policy.Rules) // texts, lengths and booleans always encode
		key := string(text)
		for _, b := range of {
			key += " " + b.ID
		}
		if byKey[key] == nil {
			byKey[key] = &group{plans: of, rules: d.policy.Rules}
			groups = append(groups, byKey[key])
		}
		byKey[key].databases = append(byKey[key].databases, d.name)
	}
	for _, g := range groups {
		lines = append(lines, p.judge(g, databases[0].at)...)
	}
	return lines
}

// selecting are the plans that select a database; a line where there is none, or
// where that could not be told. Nothing matched is what AWS Backup tells nobody.
func (p backupPolicy) selecting(ctx context.Context, list []backupPlan, d protected) ([]backupPlan, *doctor.Line) {
	byTags := slices.ContainsFunc(list, func(b backupPlan) bool { return slices.ContainsFunc(b.selections, protection.Selection.ByTags) })
	var tags map[string]string
	if byTags {
		var line *doctor.Line
		if tags, line = p.tags(ctx, d); line != nil {
			if line.State == doctor.Unknown {
				line.What = "whether a selection has it goes by its tags: " + line.What
			}
			return nil, line
		}
	}
	var of []backupPlan
	for _, b := range list {
		if slices.ContainsFunc(b.selections, func(s protection.Selection) bool { return s.Selects(d.arn, tags) }) {
			of = append(of, b)
		}
	}
	if len(of) > 0 {
		return of, nil
	}
	line := doctor.Line{Subject: d.name, State: doctor.Wrong, Basis: doctor.Judged, Command: p.mend(d.at, "")}
	line.What = "no selection of " + counted(len(list), "backup plan") + " matches it: no rule of the plan backs it up, and AWS Backup tells nobody"
	if b := p.n.Plan.Backup; b != nil && b.Plan != "" {
		line.Command = cliIn(d.at.region, "backup create-backup-selection --backup-plan-id %s --backup-selection SelectionName=%s,IamRoleArn=%s,Resources=%s",
			b.Plan, printable.ShellWord(d.source), "arn:"+deployed.Partition(d.at.region)+":iam::"+d.at.account+":role/service-role/AWSBackupDefaultServiceRole", d.arn)
	}
	return nil, &line
}

// mend is the command that brings a plan back to what it was made as, or shows one
// that is not lifeboat's.
func (p backupPolicy) mend(at place, id string) string {
	b := p.n.Plan.Backup
	switch {
	case b.Managed() && b.Plan == "":
		return p.n.repair("AWS::Backup::BackupPlan")
	case id == "":
		return cliIn(at.region, "backup list-backup-plans")
	}
	return cliIn(at.region, "backup get-backup-plan --backup-plan-id %s --max-scheduled-runs-preview 10", id)
}

// judge a group of databases: the rules of the plans that select them, and AWS's own
// reading of their schedules.
func (p backupPolicy) judge(g *group, at place) (lines []doctor.Line) {
	subject := some(g.databases)
	var there []seen.BackupRule
	of := map[string]backupPlan{} // by the ids of rules
	for _, b := range g.plans {
		there = append(there, b.Rules...)
		for _, r := range b.Rules {
			of[r.ID] = b
		}
	}
	say := func(b backupPlan, format string, arguments ...any) {
		lines = append(lines, doctor.Line{Subject: subject, State: doctor.Wrong, Basis: doctor.Asked, What: fmt.Sprintf(format, arguments...), Command: p.mend(at, b.ID)})
	}
	var later []string // rules that run after all that AWS tells
	for _, w := range g.rules {
		i := ruleLike(there, w)
		if i < 0 {
			say(g.plans[0], "%s has no rule %s (%s), with which the plan was reckoned", naming(g.plans), w.Name, w.Schedule)
			continue
		}
		got := there[i]
		there = slices.Delete(there, i, i+1)
		differs := p.differences(w, got)
		for _, d := range differs {
			say(of[got.ID], "rule %s of plan %s %s", got.Name, of[got.ID].Name, d)
		}
		if len(differs) > 0 {
			continue
		}
		if state, d := p.preview(w, got, of[got.ID].Runs); state == doctor.OK && d == comesLater {
			later = append(later, got.Name)
		} else if state != doctor.OK {
			say(of[got.ID], "rule %s of plan %s %s", got.Name, of[got.ID].Name, d)
			lines[len(lines)-1].State = state
		}
	}
	for _, extra := range there {
		// While the window of one with a longer retention is open, others do not run.
		// https://docs.aws.amazon.com/aws-backup/latest/devguide/plan-options-and-configuration.html
		say(of[extra.ID], "plan %s has a rule %s (%s) that the plan does not: it was not reckoned with, and rules keep each other from running; declare it under backup.rules, or remove it",
			of[extra.ID].Name, extra.Name, extra.Schedule)
	}
	if len(lines) == 0 {
		what := fmt.Sprintf("%s has %s, as the plan was reckoned with, and runs next when the simulated schedule does", naming(g.plans), counted(len(g.rules), "rule"))
		if len(later) > 0 {
			what += fmt.Sprintf("; AWS tells its next %d runs, and %s comes after them in both", mostRuns, strings.Join(later, ", "))
		}
		lines = append(lines, doctor.Line{Subject: subject, State: doctor.OK, Basis: doctor.Asked, What: what})
	}
	return lines
}

func naming(plans []backupPlan) string {
	names := make([]string, len(plans))
	for i, b := range plans {
		names[i] = b.Name
	}
	return "plan " + strings.Join(names, ", ")
}

// ruleLike is the rule of the account that stands for one of the plan: of the same
// name, else with the same schedule; below zero: there is none.
func ruleLike(there []seen.BackupRule, w plan.BackupRule) int {
	if i := slices.IndexFunc(there, func(r seen.BackupRule) bool { return r.Name == w.Name }); i >= 0 {
		return i
	}
	return slices.IndexFunc(there, func(r seen.BackupRule) bool { return sameSchedule(r.Schedule, w.Schedule) })
}

// sameSchedule: "?" is "*" in a field that the other of the two days decides.
func sameSchedule(a, b string) bool {
	plain := func(s string) string { return strings.Join(strings.Fields(strings.ReplaceAll(s, "?", "*")), " ") }
	return plain(a) == plain(b)
}

// What AWS Backup takes where a rule does not say.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/plan-options-and-configuration.html
const (
	usualStart      = 8 * time.Hour
	usualCompletion = 7 * 24 * time.Hour
)

// differences of a rule of the account from one of the plan.
func (p backupPolicy) differences(w plan.BackupRule, got seen.BackupRule) (texts []string) {
	differs := func(format string, arguments ...any) { texts = append(texts, fmt.Sprintf(format, arguments...)) }
	if !sameSchedule(got.Schedule, w.Schedule) {
		differs("runs by %s, and the plan was reckoned with %s", got.Schedule, w.Schedule)
	}
	if zone := got.Timezone; zone != "" && zone != "Etc/UTC" && zone != "UTC" {
		differs("has the time zone %s, and schedules of the plan are in UTC", zone)
	}
	for _, l := range []struct {
		name         string
		actual, want time.Duration
		unset        string
	}{
		{"starts within", cmp.Or(got.StartWindow, usualStart), time.Duration(w.StartWindow), ""},
		{"has to complete within", cmp.Or(got.CompletionWindow, usualCompletion), time.Duration(w.CompletionWindow), ""},
		{"keeps its recovery points for", got.Retention, time.Duration(w.Retention), "ever"},
		{"moves them to cold storage after", got.ColdAfter, time.Duration(w.ColdAfter), "never"},
	} {
		if l.actual != l.want {
			differs("%s %s, and the plan was reckoned with %s", l.name, length(l.actual, l.unset), length(l.want, l.unset))
		}
	}
	if got.Continuous != w.Continuous {
		differs("%s continuous backup, and the plan was reckoned otherwise", map[bool]string{true: "has", false: "has no"}[got.Continuous])
	}
	if p.backups.Name != "" && got.Vault != p.backups.Name {
		differs("puts its recovery points into vault %s, and the plan wants them in %s", got.Vault, p.backups.Name)
	}
	if w.Copy == nil || !*w.Copy || p.copies.Name == "" {
		return texts
	}
	i := slices.IndexFunc(got.Copies, func(c seen.BackupCopy) bool { return c.Vault == p.copies.ARN() })
	switch {
	case i < 0:
		differs("copies nothing to %s: no recovery point of it survives what the plan counts on copies for", p.copies.ARN())
	case got.Copies[i].Retention != time.Duration(w.CopyRetention):
		differs("keeps copies for %s, and the plan was reckoned with %s", length(got.Copies[i].Retention, "ever"), length(time.Duration(w.CopyRetention), "ever"))
	}
	return texts
}

// length as people read it; unset is what zero means.
func length(d time.Duration, unset string) string {
	switch {
	case d == 0 && unset != "":
		return unset
	case d%(24*time.Hour) == 0:
		return days(d)
	}
	return plan.Duration(d).String()
}

// mostRuns are as many as AWS tells of a plan, of all its rules together.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_GetBackupPlan.html
const mostRuns = 10

// comesLater is said of a rule whose first run comes after all that AWS tells.
const comesLater = "runs after all that AWS tells"

// preview compares AWS's own reading of a schedule with the simulated one, as far as
// AWS tells. What is due about now the one may have passed already. Where the simulated
// schedule has a run before the last that AWS tells, AWS must have it too; a rule whose
// first run comes later is not compared, which is said. Where AWS tells fewer runs than
// it could, and none of a rule, nobody knows that it ever runs.
func (p backupPolicy) preview(w plan.BackupRule, got seen.BackupRule, runs []seen.BackupRun) (doctor.State, string) {
	const about = 2 * time.Minute
	due := func(t time.Time) bool { return t.Before(p.now.Add(about)) }
	var theirs []time.Time
	var last time.Time
	for _, r := range runs {
		if r.Rule == got.ID {
			theirs = append(theirs, r.At)
		}
		if r.At.After(last) {
			last = r.At
		}
	}
	ours := slices.DeleteFunc(p.from.Next([]plan.BackupRule{w}, p.now, mostRuns+1), due)
	theirs = slices.DeleteFunc(theirs, due)
	text := func(list []time.Time, i int) string { return list[i].UTC().Format(time.RFC3339) }
	for i := range min(len(ours), len(theirs)) {
		if !ours[i].Truncate(time.Minute).Equal(theirs[i].Truncate(time.Minute)) {
			return doctor.Wrong, fmt.Sprintf("runs next at %s by AWS, and the plan was reckoned with %s", text(theirs, i), text(ours, i))
		}
	}
	switch n := len(theirs); {
	case n < len(ours) && ours[n].Before(last.Add(-about)):
		return doctor.Wrong, fmt.Sprintf("does not run at %s by AWS, which tells later runs of its plan, and the plan was reckoned with it", text(ours, n))
	case n > 0:
		return doctor.OK, ""
	case len(runs) >= mostRuns:
		return doctor.OK, comesLater
	}
	return doctor.Unknown, "is as the plan was reckoned with, and AWS tells no run of it: whether it runs is not known"
}
