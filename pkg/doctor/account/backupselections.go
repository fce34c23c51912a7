package account

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/budget"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/printable"
	"github.com/lifeboat-dr/lifeboat/pkg/protection"
)

const areaSelections = "selections"

// SelectionReader lists what the backup plans of a region select.
type SelectionReader interface {
	// Plans are names by ids.
	Plans(ctx context.Context) (map[string]string, error)
	Selections(ctx context.Context, plan string) ([]protection.Selection, error)
}

// Selections lists what of the account's backup plans would back up the copies of
// drills: a copy is gone within hours, and what AWS Backup made of it is kept, and
// paid, for as long as the plan says, in a locked vault by nobody to be removed. A
// backup plan sees the resources of its own account and region alone.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/assigning-resources.html
func Selections(n Needs, c Checkout, from Regions[SelectionReader], policies map[string]budget.Policy) doctor.Check {
	return doctor.Check{Area: areaSelections, Run: func(ctx context.Context) []doctor.Line {
		if n.Plan.Backup == nil && len(protectedIn(n, policies)) == 0 {
			return undeclared("AWS Backup", "the plan declares no backups, so that its selections are not looked at")
		}
		at := home(n)
		reader, reached := from.at(at)
		if !reached {
			return []doctor.Line{from.elsewhere(c, areaSelections, "selections in "+at.region, at)}
		}
		return ofCopies(ctx, n, reader)
	}}
}

func ofCopies(ctx context.Context, n Needs, reader SelectionReader) (lines []doctor.Line) {
	subject := "selections in " + n.Names.Region
	list := cli(n.Names, "backup list-backup-plans")
	plans, err := reader.Plans(ctx)
	if err != nil {
		return []doctor.Line{unread(subject, err, list)}
	}
	selections, caught := 0, 0
	for _, id := range byName(plans) {
		of, err := reader.Selections(ctx, id)
		if err != nil {
			lines = append(lines, unread("plan "+plans[id], err, cli(n.Names, "backup list-backup-selections --backup-plan-id %s", id)))
			continue
		}
		selections += len(of)
		for _, s := range of {
			if name, would := catches(n, s); would {
				caught++
				lines = append(lines, doctor.Line{
					Subject: "plan " + plans[id], State: doctor.Wrong, Basis: doctor.Judged, Command: exclude(n.Names, s),
					What: fmt.Sprintf("its selection %s (%s) would back up the copies of drills of %s: exclude %s", s.Name, s.How(), name, copiesPattern(n.Names)),
				})
			}
		}
	}
	if len(lines) == 0 {
		lines = append(lines, doctor.Line{Subject: subject, State: doctor.OK, Basis: doctor.Judged, What: fmt.Sprintf(
			"none of %s of %s would back up a copy of a drill", counted(selections, "selection"), counted(len(plans), "backup plan"))})
	}
	return lines
}

// byName are ids in the order of their names.
func byName(names map[string]string) []string {
	ids := slices.Collect(maps.Keys(names))
	slices.SortFunc(ids, func(a, b string) int { return strings.Compare(names[a]+" "+a, names[b]+" "+b) })
	return ids
}

// catches is whether a selection selects copies, and of which database: they differ in
// their tags.
func catches(n Needs, s protection.Selection) (database string, would bool) {
	prefix := instanceARN(home(n), drillPrefix(n.Names))
	for w, d := range n.Plan.OnAWS() {
		if s.SelectsAny(prefix, tagsOfCopy(n.Plan, d)) {
			return w.Name + "/" + d.Name, true
		}
	}
	return "", false
}

// drillPrefix is how names of copies begin: a hash follows.
func drillPrefix(n deployed.Names) string { return n.Prefix() + "-" }

// tagsOfCopy are those of a copy of a drill. What lifeboat's own say differs from
// drill to drill, but for the deployment.
func tagsOfCopy(p plan.Plan, d plan.Database) map[string]string {
	tags := map[string]string{}
	for _, key := range deployed.CopyTags {
		tags[key] = "any"
	}
	maps.Copy(tags, p.TagsOf(d))
	tags[deployed.TagDeployment] = p.Deployment
	return tags
}

// copiesPattern are the ARNs of all copies.
func copiesPattern(n deployed.Names) string {
	return "arn:" + n.Partition() + ":rds:*:*:db:" + drillPrefix(n) + "*"
}

// exclude is the command that makes a selection anew without copies of drills, and
// then removes the old one: AWS Backup changes none.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CreateBackupSelection.html
func exclude(n deployed.Names, s protection.Selection) string {
	without := fmt.Sprintf(`.BackupSelection | .NotResources += [%q] | .SelectionName = %q`, copiesPattern(n), renewed(s.Name))
	return "aws backup create-backup-selection --region " + n.Region + " --backup-plan-id " + s.Plan + ` --backup-selection "$(` +
		cli(n, "backup get-backup-selection --backup-plan-id %s --selection-id %s", s.Plan, s.ID) + " | jq " + printable.ShellWord(without) + `)" && ` +
		cli(n, "backup delete-backup-selection --backup-plan-id %s --selection-id %s", s.Plan, s.ID)
}

// renewed is another name of a selection, within the 50 characters of one.
func renewed(name string) string {
	const suffix, longest = "-no-drills", 50
	return name[:min(len(name), longest-len(suffix))] + suffix
}
