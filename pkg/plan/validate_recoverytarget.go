package plan

import (
	"fmt"
	"strings"
	"time"
)

// Of automated backups.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceFromDBSnapshot.html
const (
	minBackupRetention = Duration(24 * time.Hour)
	maxBackupRetention = Duration(35 * 24 * time.Hour)
	// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_ModifyDBInstance.html
	minPort, maxPort = 1150, 65535
)

// throwaways is what every deployment's throwaways begin with: pkg/deployed names
// them.
const throwaways = "lifeboat-"

// target checks what a failover makes of a database.
func (v *validator) target(path string, w Workload, d Database) {
	if d.Recovery == nil {
		return
	}
	path += ".recovery"
	if d.Recovery.Target == nil {
		v.add(path, "recovery says nothing", "", "target: {identifier: ..., subnetGroup: ..., securityGroups: [...]}, or remove it")
		return
	}
	path += ".target"
	if d.Kind == KindPostgres {
		v.add(path, "kind "+d.Kind+" has no target", "there is no failover to this machine, and it would be ignored", "remove it")
		return
	}
	t := *d.Recovery.Target
	v.targetIdentifier(path+".identifier", w, d, t.Identifier)
	v.matches(path+".instanceClass", t.InstanceClass, instanceClassRE, "instance class", "for instance db.r6g.large")
	if t.SubnetGroup == "" {
		v.add(path+".subnetGroup", "nothing says in which network it stands", "the default one of the account is nobody's choice", "a DB subnet group in "+v.plan.DrillRegion())
	}
	v.group(path+".subnetGroup", "DB subnet group", t.SubnetGroup)
	if strings.HasPrefix(strings.ToLower(t.SubnetGroup), throwaways) {
		v.add(path+".subnetGroup", fmt.Sprintf("%q is the isolated network of a deployment", t.SubnetGroup), "no application reaches it", "a DB subnet group of your own")
	}
	v.ids(path+".securityGroups", "security group", "sg-0a1b2c3d4e5f60718", t.SecurityGroups, 5)
	v.group(path+".parameterGroup", "DB parameter group", t.ParameterGroup)
	v.group(path+".optionGroup", "option group", t.OptionGroup)
	v.matches(path+".kmsKey", t.KMSKey, kmsKeyRE, "ARN or alias of a KMS key", "for instance alias/orders")
	if strings.HasPrefix(t.KMSKey, "arn:") && kmsKeyRE.MatchString(t.KMSKey) {
		v.inRegion(path+".kmsKey", "the key", t.KMSKey)
	}
	switch day := Duration(24 * time.Hour); {
	case t.BackupRetention == 0:
		// The default holds.
	case t.BackupRetention < minBackupRetention || t.BackupRetention > maxBackupRetention || t.BackupRetention%day != 0:
		v.add(path+".backupRetention", fmt.Sprintf("automated backups would be kept for %s", t.BackupRetention), "what was recovered must be recoverable again", "whole days, 1d to 35d")
	}
	if t.Port != 0 && (t.Port < minPort || t.Port > maxPort) {
		v.add(path+".port", fmt.Sprintf("%d is no port of a DB instance", t.Port), "", "1150 to 65535; leave it out for the engine's")
	}
	v.tags(path+".tags", t.Tags, false)
	if all := len(v.plan.TagsOfTarget(d)); all > MaxTags {
		v.tooManyTags(path+".tags", all)
	}
}

func (v *validator) targetIdentifier(path string, w Workload, d Database, identifier string) {
	lower := strings.ToLower(identifier) // as RDS compares it
	promoted := w.RecoveredBy(d.Name) == StepPromoteReplica
	switch {
	case identifier == "":
		v.add(path, "the recovered database has no identifier", "", "for instance "+strings.ToLower(d.Source)+"-recovered")
		return
	case len(identifier) > 63 || !rdsNameRE.MatchString(identifier):
		v.add(path, fmt.Sprintf("%q cannot be the identifier of an RDS instance", identifier), "", "63 letters, digits and single hyphens at most, a letter first and no hyphen last")
		return
	case strings.HasPrefix(lower, throwaways):
		v.add(path, fmt.Sprintf("%q begins as lifeboat's throwaways do", identifier), "sweepers remove what is called so", "name it otherwise, for instance "+strings.TrimPrefix(lower, throwaways))
		return
	case promoted && d.Replica != "" && lower != strings.ToLower(d.Replica):
		v.add(path, fmt.Sprintf("%q is not the replica %q", identifier, d.Replica), "promoting does not rename it", "identifier: "+d.Replica)
	}
	if !promoted {
		v.takenIdentifier(path, lower)
	}
	if first := v.targets[lower]; first != "" {
		v.add(path, fmt.Sprintf("%q is what %s is recovered as", identifier, first), "names must tell them apart", "rename one of them")
		return
	}
	if v.targets == nil {
		v.targets = map[string]string{}
	}
	v.targets[lower] = w.Name + "/" + d.Name
}

// takenIdentifier refuses a name that a database has where the failover makes its
// own: a source, where there is no other region, else a replica.
func (v *validator) takenIdentifier(path, lower string) {
	if v.taken == nil {
		v.taken = map[string]string{}
		for w, d := range v.plan.OnAWS() {
			d = d.folded()
			is, what := d.Source, "source"
			if v.recoveryRegion() != "" {
				is, what = d.Replica, "replica"
			}
			if is != "" {
				v.taken[strings.ToLower(is)] = what + " of " + w.Name + "/" + d.Name
			}
		}
	}
	if whose := v.taken[lower]; whose != "" {
		v.add(path, fmt.Sprintf("%q is the %s", lower, whose), "it may be there, in the same region, and a failover never takes its place", "another one, for instance "+lower+"-recovered")
	}
}
