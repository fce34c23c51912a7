package plan

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// databaseBackup checks what backs up one database on AWS: what it says itself
// and what the policy says for it.
func (v *validator) databaseBackup(path string, d Database) {
	own := d.Backup
	if own == nil {
		own = &DatabaseBackup{}
	}
	path += ".backup"
	if own.Bucket != nil {
		v.add(path+".bucket", "kind "+d.Kind+" has no bucket", "its backups are AWS's own, and it would be ignored", "remove it, or correct the kind")
	}
	if own.Rules != nil && len(own.Rules) == 0 {
		v.add(path+".rules", "there is no rule", "it would be as if the key were not there, and the policy's rules hold", "remove it")
	}
	v.pointInTime(path+".pointInTime", own.PointInTime)
	v.rules(path+".rules", own.Rules)
	rules, rulesAt := own.Rules, path+".rules"
	pointInTime, pointInTimeAt := own.PointInTime, path+".pointInTime"
	if policy := v.plan.Backup; policy != nil && len(rules) == 0 {
		rules, rulesAt = policy.Rules, "backup.rules"
	}
	if policy := v.plan.Backup; policy != nil && pointInTime == "" {
		pointInTime, pointInTimeAt = policy.PointInTime, "backup.pointInTime"
	}
	if policy := v.plan.Backup; policy.Managed() && len(rules) == 0 && !v.said["backup.retention"] { // they are derived
		before := len(v.problems)
		v.fits("backup.retention", "recovery points of derived rules are", policy.retention())
		v.saying("backup.retention", len(v.problems) > before)
	}
	v.abilities(d, rules, rulesAt, pointInTime, pointInTimeAt)
	v.together(rules, rulesAt, pointInTime, own, path)
	v.windows(path, own)
}

// abilities refuses what the kind's backups cannot do. What the policy says for
// all is refused once.
func (v *validator) abilities(d Database, rules []BackupRule, rulesAt, pointInTime, pointInTimeAt string) {
	kind := KindOf(d.Kind)
	can := kind.Backups
	if policy := v.plan.Backup; policy != nil && policy.Immutability == ImmutabilityAirGapped && !can.AirGapped {
		v.once("backup.immutability", kind.Name+" has no air-gapped backups: "+d.Name,
			"AWS Backup would report the job as completed, and the recovery point would lie in the normal vault only", "governance, or compliance")
	}
	if pointInTime == PointInTimeReplicated && !can.Replicated || pointInTime == PointInTimeNative && !can.PointInTime {
		v.once(pointInTimeAt, fmt.Sprintf("kind %s has no point in time that is %s", kind.Name, pointInTime), "", "another pointInTime, or rules")
	}
	for i, r := range rules {
		at := fmt.Sprintf("%s[%d]", rulesAt, i)
		if r.ColdAfter > 0 && !r.Continuous && !can.ColdStorage {
			v.once(at+".coldAfter", "kind "+kind.Name+" has no cold storage: "+d.Name, "AWS Backup would ignore it, and the recovery points would be paid for as warm ones", "remove it")
		}
		if r.Continuous && !can.Continuous {
			v.once(at+".continuous", "kind "+kind.Name+" has no continuous backup by AWS Backup: "+d.Name, "AWS Backup would make a snapshot instead, and call it completed", "remove it")
		}
	}
}

// together refuses what excludes each other in one database.
func (v *validator) together(rules []BackupRule, rulesAt, pointInTime string, own *DatabaseBackup, path string) {
	continuous := -1
	for i, r := range rules {
		if !r.Continuous {
			continue
		}
		if continuous >= 0 {
			// https://docs.aws.amazon.com/aws-backup/latest/devguide/point-in-time-recovery-overlapping.html
			v.once(fmt.Sprintf("%s[%d].continuous", rulesAt, i), "a second continuous rule", "there is one continuous recovery point of a database, and AWS Backup makes it for one of the rules", "keep one of them")
		}
		continuous = i
	}
	if continuous < 0 {
		return
	}
	at := fmt.Sprintf("%s[%d].continuous", rulesAt, continuous)
	for i, r := range rules {
		if s, known := v.interval(r.Schedule); known && !r.Continuous && s.shortest < day {
			v.once(fmt.Sprintf("%s[%d].schedule", rulesAt, i), fmt.Sprintf("snapshots every %s beside the continuous rule %q", Duration(s.shortest), rules[continuous].Name), excludes, instead)
		}
	}
	// https://docs.aws.amazon.com/aws-backup/latest/devguide/point-in-time-recovery.html
	const takenOver = "continuous backup takes the automated backups of the instance over, with their window and their retention: two would change one setting"
	if own.AutomatedWindow != "" {
		v.add(path+".automatedWindow", fmt.Sprintf("the rule %q is continuous, and the database has a window of automated backups", rules[continuous].Name), takenOver,
			"remove automatedWindow, or continuous: pointInTime: native gives the same points in time")
	}
	if pointInTime == PointInTimeNative || pointInTime == PointInTimeReplicated {
		v.once(at, fmt.Sprintf("the rule is continuous, and the point in time is to be %s", pointInTime), takenOver, "remove one of them; "+instead)
	}
}

// windows checks those of the database.
func (v *validator) windows(path string, b *DatabaseBackup) {
	weekly, weeklyErr := ParseWeekly(b.MaintenanceWindow)
	daily, dailyErr := ParseDaily(b.AutomatedWindow)
	if b.MaintenanceWindow != "" && weeklyErr != nil {
		v.add(path+".maintenanceWindow", weeklyErr.Error(), "", "half an hour at least, in UTC, for instance sun:04:00-sun:04:30")
	}
	if b.AutomatedWindow != "" && dailyErr != nil {
		v.add(path+".automatedWindow", dailyErr.Error(), "", "half an hour at least, in UTC, for instance 02:00-02:30")
	}
	if weeklyErr == nil && dailyErr == nil && weekly.Overlaps(daily) {
		v.add(path+".automatedWindow", fmt.Sprintf("the window of automated backups overlaps the maintenance window %s", b.MaintenanceWindow), "RDS refuses that, so one of them is not the database's",
			"DescribeDBInstances shows both: PreferredMaintenanceWindow, PreferredBackupWindow")
	}
}

// once adds a problem of the policy that several databases have, once.
func (v *validator) once(path, what, why, hint string) {
	if v.said[path] {
		return
	}
	v.saying(path, true)
	v.add(path, what, why, hint)
}

func (v *validator) saying(path string, said bool) {
	if v.said == nil {
		v.said = map[string]bool{}
	}
	v.said[path] = said
}

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
var bucketRE = regexp.MustCompile(`^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$`)

// fileBackup checks what backs up a database whose backups are files.
func (v *validator) fileBackup(path string, d Database) {
	if d.Backup == nil {
		return
	}
	path += ".backup"
	v.onlyFor(path, "kind "+d.Kind, map[string]bool{
		"rules": d.Backup.Rules != nil, "pointInTime": d.Backup.PointInTime != "",
		"maintenanceWindow": d.Backup.MaintenanceWindow != "", "automatedWindow": d.Backup.AutomatedWindow != "",
	})
	if d.Backup.Bucket != nil {
		v.bucket(path+".bucket", *d.Backup.Bucket)
	}
}

func (v *validator) bucket(path string, b DumpBucket) {
	switch {
	case b.Name == "":
		v.add(path+".name", "the bucket has no name", "", "the bucket that the dumps are kept in, for instance acme-orders-dumps")
	case !bucketRE.MatchString(b.Name) || strings.Contains(b.Name, ".."):
		v.add(path+".name", fmt.Sprintf("%q cannot be the name of a bucket", b.Name), "", "3 to 63 lowercase letters, digits, hyphens and dots; letter or digit first and last")
	}
	v.oneOf(path+".objectLock", "Object Lock", b.ObjectLock, ImmutabilityNone, ImmutabilityGovernance, ImmutabilityCompliance)
	switch {
	case b.ObjectLock == ImmutabilityNone && b.Retention > 0:
		v.add(path+".retention", "nothing locks the objects", "it would be ignored", "remove it, or choose objectLock: governance or compliance")
	case time.Duration(b.Retention)%day != 0:
		v.add(path+".retention", fmt.Sprintf("objects are locked for %s", b.Retention), "S3 counts whole days", "for instance 35d")
	case b.Retention > maxRetentionDays*Duration(day):
		v.add(path+".retention", "objects are locked for more than a hundred years", "", "for instance 35d")
	}
	if b.Manage && v.plan.DrillRegion() == "" {
		v.add(path+".manage", "nothing says where the bucket is made", "it lies where lifeboat is deployed", "declare regions, or name a bucket that exists and remove manage")
	}
	if b.Name == "" || !b.Manage {
		return
	}
	b.ObjectLock, b.Retention = cmp.Or(b.ObjectLock, ImmutabilityGovernance), cmp.Or(b.Retention, DefaultBackupRetention)
	if other, seen := v.buckets[b.Name]; seen && other != b {
		v.add(path, fmt.Sprintf("another database keeps its dumps in %s, with another lock", b.Name), "a bucket has one", "write the same for both, or use two buckets")
	}
	if v.buckets == nil {
		v.buckets = map[string]DumpBucket{}
	}
	v.buckets[b.Name] = b
}
