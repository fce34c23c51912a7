package constructs

import (
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
)

// recovered is the condition of what a failover of this deployment made.
func (s Scope) recovered() map[string]any {
	return map[string]any{"StringEquals": map[string]any{
		"aws:ResourceTag/" + deployed.TagDeployment: s.Names.Deployment, "aws:ResourceTag/" + deployed.TagPurpose: deployed.PurposeRecovered,
	}}
}

// madeAsRecovered is the condition of making it: with the tags that tell it from a
// throwaway, and never with that of an execution, by which sweepers know these.
func (s Scope) madeAsRecovered() map[string]any {
	return map[string]any{
		"StringEquals":              map[string]any{"aws:RequestTag/" + deployed.TagDeployment: s.Names.Deployment, "aws:RequestTag/" + deployed.TagPurpose: deployed.PurposeRecovered},
		"ForAllValues:StringEquals": map[string]any{"aws:TagKeys": s.Recovery.Tags},
	}
}

// recoverInto makes the targets of the plan and promotes its replicas: by their names,
// never public, with the tags of what was recovered.
func (s Scope) recoverInto() []Statement {
	if s.Recovery == nil {
		return nil
	}
	r := s.Recovery
	private, onCreate := s.madeAsRecovered(), s.madeAsRecovered()
	private["Bool"] = map[string]any{"rds:PubliclyAccessible": "false"}
	onCreate["Bool"] = map[string]any{"rds:TagsFromRequest": "true"}
	list := slices.Concat([]Statement{s.preflight(), s.linkedRole()}, s.ofRecoveryKeys())
	if len(r.Targets) > 0 {
		list = append(
			list,
			Statement{
				Sid: "RestoreIntoTheTargets", Reason: "what the plan names", Actions: []string{"rds:RestoreDBInstanceFromDBSnapshot", "rds:RestoreDBInstanceToPointInTime"},
				Resources: r.Targets, Conditions: private,
			},
			Statement{
				Sid: "RestoreFrom", Reason: "recovery points have any name, and so have the groups that a backup brings along", Actions: []string{"rds:RestoreDBInstanceFromDBSnapshot", "rds:RestoreDBInstanceToPointInTime"},
				Resources: slices.Concat(
					[]string{s.Names.AnyARN("rds", "*", "*", "snapshot:*"), s.Names.ARN("rds", "auto-backup:*")},
					each(r.SubnetGroups, func(name string) string { return s.Names.ARN("rds", "subgrp:"+name) }),
					[]string{s.Names.ARN("rds", "pg:*"), s.Names.ARN("rds", "og:*")},
				),
			},
			Statement{Sid: "TagOnCreate", Reason: "tags are part of the restore call", Actions: []string{"rds:AddTagsToResource"}, Resources: r.Targets, Conditions: onCreate},
		)
		if sources := s.sourcesApart(); len(sources) > 0 {
			list = append(list, Statement{
				Sid: "PointInTimeFrom", Reason: "a point in time is restored from the instance itself; its own name is taken, so it cannot be the target",
				Actions: []string{"rds:RestoreDBInstanceToPointInTime"}, Resources: sources,
			})
		}
	}
	if len(r.Replicas) > 0 {
		list = append(
			list,
			Statement{Sid: "Promote", Reason: "what the plan names", Actions: []string{"rds:PromoteReadReplica"}, Resources: r.Replicas},
			Statement{Sid: "TagPromoted", Reason: "from then on it is production", Actions: []string{"rds:AddTagsToResource"}, Resources: r.Replicas, Conditions: s.madeAsRecovered()},
		)
	}
	if len(r.Targets) > 0 {
		list = append(list, Statement{
			Sid: "RemoveWhatNeverLived", Reason: "a second attempt makes the target again where the first one's ended dead", Actions: []string{"rds:DeleteDBInstance"}, Resources: r.Targets, Conditions: s.recovered(),
		})
	}
	protecting := s.recovered()
	protecting["ForAllValues:StringEquals"] = map[string]any{"aws:TagKeys": []string{deployed.TagProtect}}
	return append(
		list,
		Statement{Sid: "SetUp", Reason: "what a restore cannot say, and the password", Actions: []string{"rds:ModifyDBInstance"}, Resources: s.made(), Conditions: s.recovered()},
		Statement{Sid: "TagProtected", Reason: "from then on it is backed up", Actions: []string{"rds:AddTagsToResource"}, Resources: s.made(), Conditions: protecting},
		Statement{
			Sid: "SecretOfThePassword", Reason: "RDS makes its secret in the caller's name", Actions: []string{"secretsmanager:CreateSecret", "secretsmanager:TagResource"},
			Resources: []string{s.managedSecrets()},
		},
	)
}

// made is what a failover makes, and what it promotes.
func (s Scope) made() []string { return slices.Concat(s.Recovery.Targets, s.Recovery.Replicas) }

// sourcesApart are the sources that live here and are no target: that would be
// written over.
func (s Scope) sourcesApart() []string {
	return slices.DeleteFunc(slices.Clone(s.Sources), func(arn string) bool { return slices.Contains(s.Recovery.Targets, arn) })
}

// ofRecoveryKeys are the keys of recovery points and of the targets.
func (s Scope) ofRecoveryKeys() []Statement {
	both := s
	both.Keys.ARNs = slices.Compact(slices.Sorted(slices.Values(slices.Concat(s.Keys.ARNs, s.Recovery.Keys.ARNs))))
	both.Keys.Aliases = slices.Compact(slices.Sorted(slices.Values(slices.Concat(s.Keys.Aliases, s.Recovery.Keys.Aliases))))
	// RDS looks at the key aws/secretsmanager as well, whose id nobody knows beforehand.
	return append(both.keys(), Statement{
		Sid: "KeyOfThePassword", Reason: "RDS looks at the key aws/secretsmanager in the caller's name", Actions: []string{"kms:DescribeKey"}, Resources: []string{s.anyKey()},
	})
}

// fenceRecovery forbids a failover what it is not allowed anyway, so that nobody widens
// it by mistake: throwaways, and every instance but those that the plan names.
func (s Scope) fenceRecovery() []Statement {
	if s.Recovery == nil {
		return nil
	}
	changes := []string{"rds:ModifyDBInstance", "rds:DeleteDBInstance", "rds:AddTagsToResource", "rds:PromoteReadReplica"}
	return []Statement{
		{Sid: "NothingElseByName", Reason: "production is sacred", Deny: true, Actions: changes, NotResources: s.made()},
		{
			Sid: "NothingElseByTag", Reason: "production is sacred", Deny: true, Actions: []string{"rds:DeleteDBInstance"}, Resources: []string{"*"},
			Conditions: map[string]any{"StringNotEquals": map[string]any{"aws:ResourceTag/" + deployed.TagPurpose: deployed.PurposeRecovered}},
		},
		{
			Sid: "NeverAThrowaway", Reason: "a failover makes what stays", Deny: true, Resources: []string{s.Names.Throwaways()},
			Actions: append(slices.Clone(changes), "rds:RestoreDBInstanceFromDBSnapshot", "rds:RestoreDBInstanceToPointInTime"),
		},
		{
			Sid: "NeverWhatIsTaggedAsOne", Reason: "it is an execution's", Deny: true, Actions: changes, Resources: []string{"*"},
			Conditions: map[string]any{"Null": map[string]any{"aws:ResourceTag/" + deployed.TagExecution: "false"}},
		},
		{
			Sid: "NeverTaggedAsOne", Reason: "a sweeper would take it for a copy", Deny: true, Actions: []string{"rds:RestoreDBInstanceFromDBSnapshot", "rds:RestoreDBInstanceToPointInTime", "rds:AddTagsToResource"},
			Resources:  []string{"*"},
			Conditions: map[string]any{"ForAnyValue:StringEquals": map[string]any{"aws:TagKeys": []string{deployed.TagExecution}}},
		},
	}
}

// recoveredSecret is the password of what a failover recovered, which RDS named.
func (s Scope) recoveredSecret() []Statement {
	if s.Recovery == nil || len(s.made()) == 0 {
		return nil
	}
	return []Statement{{
		Sid: "Password", Reason: "the password of what was recovered, which RDS named", Actions: []string{"secretsmanager:GetSecretValue"},
		Resources:  []string{s.managedSecrets()},
		Conditions: map[string]any{"ArnEquals": map[string]any{"aws:ResourceTag/aws:rds:primaryDBInstanceArn": s.made()}},
	}}
}
