package authz

import (
	"cmp"
	"strconv"
	"strings"
)

// rdsARN is that of a name; names are not case-sensitive, and may be ARNs.
func (r *request) rdsARN(kind, name string) string {
	if name == "" || strings.HasPrefix(name, "arn:") {
		return name
	}
	return r.arn("rds", kind+":"+strings.ToLower(name))
}

// rdsNamed is what a parameter names; otherwise is for a request without it.
func rdsNamed(kind, parameter, otherwise string) func(*request) []string {
	return func(r *request) []string {
		return []string{r.rdsARN(kind, cmp.Or(r.text(parameter), otherwise))}
	}
}

// rdsSnapshots: which of the action's two resource types a request with an
// instance is authorised on no page says; here it is both.
func rdsSnapshots(r *request) []string {
	return []string{r.rdsARN("snapshot", cmp.Or(r.text("DBSnapshotIdentifier"), "*")), r.rdsARN("db", r.text("DBInstanceIdentifier"))}
}

// rdsBackups: the same.
func rdsBackups(r *request) []string {
	return []string{r.rdsARN("auto-backup", cmp.Or(r.text("DBInstanceAutomatedBackupsArn"), "*")), r.rdsARN("db", r.text("DBInstanceIdentifier"))}
}

// rdsDeleteBackup: by its resource id no ARN is known.
func rdsDeleteBackup(r *request) []string {
	return []string{r.rdsARN("auto-backup", cmp.Or(r.text("DBInstanceAutomatedBackupsArn"), "*"))}
}

// rdsWith are the groups of a copy. Without a group it gets the default one of
// its engine, whose whole name the request does not tell.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.IAM.ResourcePermissions.html
func rdsWith(r *request) []string {
	return []string{
		r.rdsARN("subgrp", cmp.Or(r.text("DBSubnetGroupName"), "default")),
		r.rdsARN("pg", cmp.Or(r.text("DBParameterGroupName"), "default.any")),
		r.rdsARN("og", cmp.Or(r.text("OptionGroupName"), "default:any")),
	}
}

func rdsFromSnapshot(r *request) []string {
	return append([]string{
		r.rdsARN("db", r.text("DBInstanceIdentifier")),
		r.rdsARN("snapshot", r.text("DBSnapshotIdentifier")), r.rdsARN("cluster-snapshot", r.text("DBClusterSnapshotIdentifier")),
	}, rdsWith(r)...)
}

func rdsToPointInTime(r *request) []string {
	list := []string{
		r.rdsARN("db", r.text("TargetDBInstanceIdentifier")),
		r.rdsARN("db", r.text("SourceDBInstanceIdentifier")), r.rdsARN("auto-backup", r.text("SourceDBInstanceAutomatedBackupsArn")),
	}
	if r.text("SourceDbiResourceId") != "" {
		list = append(list, r.rdsARN("auto-backup", "*")) // which one is not known
	}
	return append(list, rdsWith(r)...)
}

func rdsModify(r *request) []string {
	return []string{
		r.rdsARN("db", r.text("DBInstanceIdentifier")), r.rdsARN("subgrp", r.text("DBSubnetGroupName")),
		r.rdsARN("pg", r.text("DBParameterGroupName")), r.rdsARN("og", r.text("OptionGroupName")),
	}
}

// rdsRequest is what a request of RDS tells.
func rdsRequest(r *request) map[string]any {
	context := map[string]any{}
	for _, name := range []string{"PubliclyAccessible", "ManageMasterUserPassword"} {
		if value := r.text(name); value != "" {
			context["rds:"+name] = value
		}
	}
	keys := r.list("TagKeys.member.%d")
	for i, key := range r.list("Tags.Tag.%d.Key") {
		value := r.form.Get("Tags.Tag." + strconv.Itoa(i+1) + ".Value")
		context["aws:RequestTag/"+key], context["rds:req-tag/"+key] = value, value
		keys = append(keys, key)
	}
	if len(keys) > 0 {
		context["aws:TagKeys"] = keys
	}
	return context
}
