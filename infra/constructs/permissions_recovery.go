package constructs

import (
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// Recovery is what permissions of recoveries are cut to.
type Recovery struct {
	// Targets are the ARNs of the instances that a failover makes, Replicas those of
	// the read replicas that it promotes.
	Targets, Replicas []string
	// SubnetGroups of the targets, names.
	SubnetGroups []string
	// Keys of the targets, as far as the plan names them.
	Keys plan.RecoveryKeys
	// Tags are the keys of the tags of what a failover makes, lifeboat's among them.
	Tags []string
	// Functions are the ARNs of the teams' own that steps call.
	Functions []string
	// Stacks, Secrets and Repositories are what validate looks at: names; secrets may
	// be ARNs.
	Stacks, Secrets, Repositories []string
	// Network from which sql checks reach what a failover recovered; nil: none do.
	Network *plan.RecoveryNetwork
	// Vault is the ARN of that which backups of what was recovered come to; "": none.
	Vault string
	// Copies tells whether rules copy these backups into the region that was left.
	Copies bool
}

// RecoveredTags are the keys of lifeboat's own tags of what a failover makes.
var RecoveredTags = []string{deployed.TagDeployment, deployed.TagPurpose, deployed.TagRecovery, deployed.TagProtect, deployed.TagCreatedAt}

// record of recoveries. Locks, tokens and journals of drills are in the same table,
// and no function of a recovery writes any.
func (s Scope) recoveryRecord() Statement {
	return Statement{
		Sid: "RecoveryRecord", Reason: "the record of recoveries, and nothing else of the table", Actions: []string{"dynamodb:PutItem"}, Resources: []string{s.Names.TableARN()},
		Conditions: map[string]any{"ForAllValues:StringLike": map[string]any{"dynamodb:LeadingKeys": []string{"recovery#*", "recovery-claim#*", "recoveries"}}},
	}
}

func (s Scope) readRecord() Statement {
	return Statement{
		Sid: "ReadRecord", Reason: "the record of recoveries, and how long databases took in drills", Actions: []string{"dynamodb:GetItem", "dynamodb:Query"}, Resources: []string{s.Names.TableARN()},
	}
}

func (s Scope) recoveryExecutions() Statement {
	return Statement{
		Sid: "LookAtRecoveries", Reason: "whether one is closed decides about its steps", Actions: []string{"states:DescribeExecution"},
		Resources: []string{s.Names.ARN("states", "execution:"+s.Names.RecoveryMachine()+":*"), s.Names.ARN("states", "execution:"+s.Names.RecoveryStepMachine()+":*")},
	}
}

func (s Scope) listSteps() Statement {
	return Statement{Sid: "ListSteps", Reason: "which steps of the recovery run", Actions: []string{"states:ListExecutions"}, Resources: []string{s.Names.RecoveryStepMachineARN()}}
}

func (s Scope) lookBackAtRecoveries() Statement {
	return Statement{Sid: "ListRecoveries", Reason: "those that ended badly and no event told of", Actions: []string{"states:ListExecutions"}, Resources: []string{s.Names.RecoveryMachineARN()}}
}

func (s Scope) startSteps() Statement {
	return Statement{Sid: "StartSteps", Reason: "steps that are ready", Actions: []string{"states:StartExecution"}, Resources: []string{s.Names.RecoveryStepMachineARN()}}
}

func (s Scope) startRecovery() Statement {
	return Statement{Sid: "StartRecovery", Reason: "the next parent of a recovery that is not over", Actions: []string{"states:StartExecution"}, Resources: []string{s.Names.RecoveryMachineARN()}}
}

// actAs lets a function act as roles of modes: which one of them, the record says.
func (s Scope) actAs(roles ...string) Statement {
	return Statement{
		Sid: "RoleOfTheMode", Reason: "an exercise makes throwaways only, a failover the plan's targets only", Actions: []string{"sts:AssumeRole"},
		Resources: each(roles, s.Names.RoleARN),
	}
}

// recorded is where lists of evidence are, beside that of drills.
func (s Scope) recorded() Statement {
	return Statement{
		Sid: "Recorded", Reason: "which recovery was recorded last, and when each workload's", Actions: []string{"dynamodb:PutItem"}, Resources: []string{s.Names.TableARN()},
		Conditions: map[string]any{"ForAllValues:StringEquals": map[string]any{"dynamodb:LeadingKeys": []string{"announced#recoveries", "recorded", "recovered"}}},
	}
}

// leaveRecovered forbids to touch what a failover made, whatever name it has.
func (s Scope) leaveRecovered() Statement {
	return Statement{
		Sid: "WhatWasRecovered", Reason: "it is production now", Deny: true, Resources: []string{"*"},
		Actions: []string{
			"rds:DeleteDBInstance", "rds:ModifyDBInstance", "rds:AddTagsToResource", "rds:RemoveTagsFromResource", "rds:StopDBInstance", "rds:RebootDBInstance",
			"secretsmanager:DeleteSecret", "ssm:DeleteParameter",
		},
		Conditions: map[string]any{"StringEquals": map[string]any{"aws:ResourceTag/" + deployed.TagPurpose: deployed.PurposeRecovered}},
	}
}

// Exercise is what the steps of an exercise may: what a drill may, with the endpoint of
// an exercise, and to look at what a failover would do.
func Exercise(s Scope) []Statement {
	k := s.ofKinds()
	parameters, secrets := s.Names.ARN("ssm", "parameter"+s.Names.ExerciseEndpointParameter("*")), s.Names.ARN("secretsmanager", "secret:"+s.Names.ExerciseEndpointSecret("*"))
	return all(
		k.lookForBackups, k.lookAhead, k.restore, k.listCopies, k.await, k.makeLogin, k.remove, s.looksAhead(), with(
			Statement{
				Sid: "Endpoint", Reason: "named after the throwaway, gone with it", Resources: []string{parameters},
				Actions: []string{"ssm:PutParameter", "ssm:GetParameter", "ssm:DeleteParameter", "ssm:AddTagsToResource", "ssm:ListTagsForResource"},
			},
			Statement{
				Sid: "EndpointSecret", Reason: "likewise; Secrets Manager adds six characters to its name", Resources: []string{secrets},
				Actions: []string{"secretsmanager:CreateSecret", "secretsmanager:PutSecretValue", "secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret", "secretsmanager:DeleteSecret", "secretsmanager:TagResource"},
			},
			Statement{
				Sid: "WhoseEndpoint", Reason: "whether a failover could write where applications read; no value is", Actions: []string{"ssm:ListTagsForResource"},
				Resources: []string{s.Names.ARN("ssm", "parameter"+s.Names.EndpointParameter("*", "*"))},
			},
			Statement{
				Sid: "WhoseEndpointSecret", Reason: "likewise", Actions: []string{"secretsmanager:DescribeSecret"}, Resources: []string{s.Names.ARN("secretsmanager", "secret:"+s.Names.EndpointSecret("*", "*"))},
			},
		), k.fence, with(s.leaveRecovered(), s.neverTheTargets()),
	)
}

// neverTheTargets forbids an exercise what a failover makes, before it is there.
func (s Scope) neverTheTargets() Statement {
	return Statement{
		Sid: "NeverForGood", Reason: "an exercise makes throwaways only", Deny: true, Resources: []string{"*"},
		Actions: []string{"rds:RestoreDBInstanceFromDBSnapshot", "rds:RestoreDBInstanceToPointInTime", "rds:PromoteReadReplica", "rds:AddTagsToResource", "secretsmanager:CreateSecret", "ssm:PutParameter"},
		Conditions: map[string]any{
			"StringEquals": map[string]any{"aws:RequestTag/" + deployed.TagPurpose: deployed.PurposeRecovered},
		},
	}
}

// Failover is what the steps of a failover may: make the targets of the plan, promote its
// replicas, and say where they answer. It deletes nothing but a target that it made
// itself and that never came to life.
func Failover(s Scope) []Statement {
	k := s.ofKinds()
	parameters, secrets := s.Names.ARN("ssm", "parameter"+s.Names.EndpointParameter("*", "*")), s.Names.ARN("secretsmanager", "secret:"+s.Names.EndpointSecret("*", "*"))
	return all(
		k.lookForBackups, k.lookAhead, k.recover, k.await, s.looksAhead(), with(
			Statement{
				Sid: "Endpoint", Reason: "the application finds the recovered database there", Resources: []string{parameters},
				Actions: []string{"ssm:PutParameter", "ssm:GetParameter", "ssm:AddTagsToResource", "ssm:ListTagsForResource"},
			},
			Statement{
				Sid: "EndpointSecret", Reason: "likewise; Secrets Manager adds six characters to its name", Resources: []string{secrets},
				Actions: []string{"secretsmanager:CreateSecret", "secretsmanager:PutSecretValue", "secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret", "secretsmanager:RestoreSecret", "secretsmanager:TagResource"},
			},
			Statement{
				Sid: "AlarmsOfTheRecovered", Reason: "their names begin so", Actions: []string{"cloudwatch:PutMetricAlarm", "cloudwatch:TagResource"},
				Resources: []string{s.Names.RecoveredAlarms()},
			},
		), s.backUpNow(), with(s.deletesNothing()), k.fenceRecovery,
	)
}

// backUpNow has AWS Backup make the first backup of what was recovered at once.
func (s Scope) backUpNow() []Statement {
	if s.Recovery.Vault == "" {
		return nil
	}
	return []Statement{
		{Sid: "BackUpNow", Reason: "the first backup does not wait for its hour", Actions: []string{"backup:StartBackupJob"}, Resources: []string{s.Recovery.Vault}},
		{Sid: "LookAtTheFirstBackup", Reason: "whether it begins; the action has no resource type", Actions: []string{"backup:DescribeBackupJob"}, Resources: []string{"*"}},
		{
			Sid: "AsTheRoleOfBackups", Reason: "AWS Backup acts as it", Actions: []string{"iam:PassRole"}, Resources: []string{s.Names.RoleARN(s.Names.ProtectRole())},
			Conditions: map[string]any{"StringEquals": map[string]any{"iam:PassedToService": backupService}},
		},
	}
}

// deletesNothing: a failover that goes wrong leaves what it made, for people to look
// at. Instances are the fence's.
func (s Scope) deletesNothing() Statement {
	return Statement{
		Sid: "DeletesNothing", Reason: "a failover has nothing to delete", Deny: true, Resources: []string{"*"},
		Actions: []string{"rds:DeleteDBSnapshot", "rds:RemoveTagsFromResource", "secretsmanager:DeleteSecret", "ssm:DeleteParameter", "cloudwatch:DeleteAlarms"},
	}
}

// looksAhead is what validate looks at, and what promote and protect of an exercise do.
func (s Scope) looksAhead() []Statement {
	r := s.Recovery
	list := []Statement{
		{Sid: "Lag", Reason: "how far a replica is behind; the action has no resource type", Actions: []string{"cloudwatch:GetMetricData"}, Resources: []string{"*"}},
		{Sid: "WhoIsTold", Reason: "the topics of the alarms are there", Actions: []string{"sns:GetTopicAttributes"}, Resources: []string{s.Names.PagesARN(), s.Names.TicketsARN()}},
	}
	if r.Vault != "" {
		list = append(
			list,
			Statement{Sid: "LookAtTheVault", Reason: "where backups of what is recovered come to", Actions: []string{"backup:DescribeBackupVault"}, Resources: []string{r.Vault}},
			Statement{Sid: "LookAtTheRules", Reason: "plans are found by listing", Actions: []string{"backup:ListBackupPlans"}, Resources: []string{"*"}},
		)
	}
	if r.Vault != "" && r.Copies {
		list = append(list, Statement{
			Sid: "LookAtCopies", Reason: "whether the rules copy what is recovered; plans have any id", Actions: []string{"backup:GetBackupPlan", "backup:ListBackupSelections", "backup:GetBackupSelection"},
			Resources: []string{s.Names.ARN("backup", "backup-plan:*")},
		})
	}
	look := func(sid, reason, action string, arns []string) {
		if len(arns) > 0 {
			list = append(list, Statement{Sid: sid, Reason: reason, Actions: []string{action}, Resources: arns})
		}
	}
	look("LookAtStacks", "those that the plan names must be there", "cloudformation:DescribeStacks", each(r.Stacks, func(name string) string { return s.Names.ARN("cloudformation", "stack/"+name+"/*") }))
	look("LookAtSecrets", "those that the plan names must be there", "secretsmanager:DescribeSecret", each(r.Secrets, s.secretNamed))
	look("LookAtImages", "those that the plan names must be there", "ecr:DescribeImages", r.Repositories)
	return list
}

// secretNamed is the ARN of a secret of this region, or the pattern of it: six
// characters come after its name.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_iam-permissions.html
func (s Scope) secretNamed(name string) string {
	if isARN(name) {
		return name
	}
	return s.Names.ARN("secretsmanager", "secret:"+name+"-??????")
}

func isARN(text string) bool { return len(text) > 4 && text[:4] == "arn:" }

func each(names []string, of func(string) string) (list []string) {
	for _, name := range names {
		list = append(list, of(name))
	}
	slices.Sort(list)
	return slices.Compact(list)
}
