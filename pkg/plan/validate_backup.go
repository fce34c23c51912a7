package plan

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Names in AWS Backup.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupRuleInput.html
var (
	vaultRE      = regexp.MustCompile(`^[a-zA-Z0-9_-]{2,50}$`)
	backupPlanRE = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`) // a UUID, by AWS's own word opaque
)

const maxRules = 10 // of a backup plan: https://docs.aws.amazon.com/aws-backup/latest/devguide/aws-backup-limits.html

// backup checks the deployment's policy. What of it depends on a database is
// checked with the databases.
func (v *validator) backup() {
	b := v.plan.Backup
	if b == nil {
		return
	}
	if v.plan.first(DrilledOnAWS) == "" {
		v.problems = append(v.problems, Problem{
			Path: "backup", What: "no database of the plan is on AWS", Why: "AWS Backup would back up nothing", OfKey: true,
			Hint: "remove it; dumps of kind postgres are kept by databases[].backup.bucket",
		})
		return
	}
	if b.Manage == nil {
		v.add("backup.manage", "nothing says whether lifeboat makes the backups", "making them costs money, and not making them data",
			"manage: true makes what is not named; manage: false makes nothing and checks what is declared")
	}
	v.matches("backup.vault", b.Vault, vaultRE, "name of a backup vault", "2 to 50 letters, digits, hyphens and underscores")
	v.matches("backup.recoveryVault", b.RecoveryVault, vaultRE, "name of a backup vault", "2 to 50 letters, digits, hyphens and underscores")
	v.matches("backup.plan", b.Plan, backupPlanRE, "id of a backup plan", "its id, and neither its name nor its ARN; ListBackupPlans has all of them")
	if b.RecoveryVault != "" && !v.plan.Elsewhere() {
		v.add("backup.recoveryVault", "there is no place that copies could come to", "a vault in the region and account of the databases is lost with them",
			"declare regions.recovery or accounts.recovery, or remove it")
	}
	v.oneOf("backup.immutability", "immutability", b.Immutability, ImmutabilityNone, ImmutabilityGovernance, ImmutabilityCompliance, ImmutabilityAirGapped)
	v.lock()
	v.wholeDays("backup.retention", "recovery points are", b.Retention)
	v.pointInTime("backup.pointInTime", b.PointInTime)
	v.rules("backup.rules", b.Rules)
	v.adopted()
	v.tagged()
}

// adopted checks an existing backup plan: lifeboat never changes it, so it must
// hold what is declared.
func (v *validator) adopted() {
	b := v.plan.Backup
	if b.Plan == "" {
		return
	}
	if len(b.Tagged) > 0 {
		v.add("backup.tagged", "the backup plan exists, and what it selects is its own", "lifeboat never changes it, and this would be ignored",
			"remove tagged, or plan: lifeboat then makes one")
	}
	if len(b.Rules) == 0 { // those derived from the RPO nobody would make: the plan is there, and never changed
		v.add("backup.plan", "nothing says what the backup plan should hold", "it is compared with backup.rules, and of what it holds no loss follows offline",
			map[bool]string{false: "write its rules as backup.rules", true: "write its rules as backup.rules, or remove plan: lifeboat then makes one"}[b.Managed()])
	}
	if !b.Managed() {
		return // a database with rules of its own may be backed up by another plan
	}
	for i, w := range v.plan.Workloads {
		for j, d := range w.Databases {
			if d.Backup != nil && len(d.Backup.Rules) > 0 {
				v.add(fmt.Sprintf("workloads[%d].databases[%d].backup.rules", i, j), "the backup plan exists, and the database has rules of its own",
					"lifeboat never changes an existing plan and makes none beside it, so nothing would follow these rules",
					"write them into backup.rules and the existing plan, or remove backup.plan")
			}
		}
	}
}

// tagged refuses tags that the copy of a drill would carry: it would be backed up,
// paid for, and never expire with the drill.
func (v *validator) tagged() {
	b := v.plan.Backup
	if b.Tagged == nil {
		return
	}
	if len(b.Tagged) == 0 {
		v.add("backup.tagged", "it names no tag", "what carries none of them is everything", "for instance {Backup: daily}, or remove it")
		return
	}
	if !b.Managed() {
		v.add("backup.tagged", "lifeboat makes no selection", "with manage: false it makes nothing, and this would be ignored", "remove it, or manage: true")
	}
	for _, key := range slices.Sorted(maps.Keys(b.Tagged)) {
		path := "backup.tagged." + key
		switch {
		case key == "" || len(key) > MaxTagKey+1 || len(b.Tagged[key]) > MaxTagValue:
			v.add(path, fmt.Sprintf("%q cannot be a tag", key), "", "keys of 1 to 128 characters, values of 256 at most")
		case strings.HasPrefix(strings.ToLower(key), "lifeboat:"):
			v.add(path, fmt.Sprintf("the key %q has the prefix lifeboat", key), "copies of drills carry such tags, and would be backed up", "select by a tag of your own")
		}
	}
	for _, d := range v.plan.OnAWS() {
		of := v.plan.TagsOf(d)
		carries := func(key string) bool { value, has := of[key]; return has && value == b.Tagged[key] }
		if !allOf(slices.Sorted(maps.Keys(b.Tagged)), carries) {
			continue
		}
		v.add("backup.tagged", fmt.Sprintf("the copies of drills of %s carry these tags", d.Name), "each drill's copy would be backed up, and its recovery points kept and paid for",
			"add a tag that neither tags nor drill.tags gives to copies, for instance {Backup: daily}")
		return
	}
}

func allOf[T any](list []T, is func(T) bool) bool {
	return !slices.ContainsFunc(list, func(one T) bool { return !is(one) })
}

// wholeDays checks how long something is kept; zero is the default.
func (v *validator) wholeDays(path, what string, d Duration) {
	switch {
	case d == 0:
	case time.Duration(d)%day != 0:
		v.add(path, fmt.Sprintf("%s kept for %s", what, d), "AWS Backup counts whole days", "for instance 35d")
	case d > maxRetentionDays*Duration(day):
		v.add(path, fmt.Sprintf("%s kept for %s", what, inDays(time.Duration(d))), "that is more than a hundred years", "for instance 35d")
	}
}

func (v *validator) pointInTime(path, word string) {
	v.oneOf(path, "kind of point in time", word, PointInTimeNone, PointInTimeNative, PointInTimeReplicated)
	if word == PointInTimeReplicated && v.recoveryRegion() == "" {
		v.add(path, "there is no region to replicate to", "automated backups are replicated into the recovery region", "declare regions.recovery, or pointInTime: native")
	}
}
