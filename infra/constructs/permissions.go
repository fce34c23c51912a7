package constructs

import (
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// Statement is one permission of a function, with its reason.
type Statement struct {
	Sid       string
	Reason    string
	Actions   []string
	Resources []string
	// NotResources is everything but these; instead of Resources.
	NotResources []string
	Conditions   map[string]any
	Deny         bool
}

// Scope is what permissions are cut to.
type Scope struct {
	Names         Names
	PrimaryRegion string
	// Keys of recovery points, as far as the plan names them.
	Keys plan.RecoveryKeys
	// CustomFunctions are the teams' own.
	CustomFunctions []string
	// Sources are the instances that live where copies are made, ARNs.
	Sources []string
	// Users are the database users that log in with IAM tokens.
	Users []string
}

// ours is the tag condition of everything lifeboat made: the resource carries
// the tag of this deployment.
func (s Scope) ours() map[string]any {
	return map[string]any{"StringEquals": map[string]any{"aws:ResourceTag/" + deployed.TagDeployment: s.Names.Deployment}}
}

// Permissions of every function, by its name. A function that is not in the
// table may do nothing but write its log.
func Permissions(s Scope) map[string][]Statement {
	return map[string][]Statement{
		deployed.ClaimSlot:         {s.record("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:Query"), s.executions()},
		deployed.SelectBackup:      {s.record("dynamodb:PutItem", "dynamodb:Query"), s.lookBackups()},
		deployed.StartRestore:      slices.Concat([]Statement{s.record("dynamodb:PutItem", "dynamodb:Query"), s.look(), s.lookBackups(), s.preflight(), s.linkedRole()}, s.restore(), s.keys()),
		deployed.CheckAvailability: {s.record("dynamodb:PutItem", "dynamodb:Query"), s.look(), s.events()},
		deployed.AwaitEvent:        {s.record("dynamodb:PutItem")},
		deployed.ValidateData:      slices.Concat([]Statement{s.record("dynamodb:PutItem", "dynamodb:Query"), s.look(), s.secret(), s.network()}, s.login(), s.tokenLogin(), s.fence()),
		deployed.Cleanup:           slices.Concat([]Statement{s.record("dynamodb:PutItem", "dynamodb:Query"), s.look(), s.remove()}, s.fence()),
		deployed.ConfirmRemoval:    {s.record("dynamodb:PutItem", "dynamodb:Query"), s.look(), s.lookBackups()},
		deployed.RecordEvidence:    {s.record("dynamodb:PutItem", "dynamodb:Query"), s.evidence(), s.states()},
		deployed.PublishMetrics:    {s.record("dynamodb:PutItem", "dynamodb:Query"), s.metrics()},
		deployed.ReleaseSlot:       {s.record("dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:Query")},
		deployed.BackupMonitor:     {s.record("dynamodb:Query"), s.lookBackups(), s.metrics()},
		deployed.Sweeper:           slices.Concat([]Statement{s.list(), s.executions(), s.remove(), s.metrics()}, s.fence()),
		deployed.Dispatcher:        {s.record("dynamodb:GetItem", "dynamodb:PutItem"), s.start(), s.executions(), s.metrics()},
		deployed.EventListener:     {s.record("dynamodb:GetItem", "dynamodb:DeleteItem"), s.tokens(), s.start()},
	}
}

func (s Scope) record(actions ...string) Statement {
	return Statement{Sid: "RunRecord", Reason: "run records, locks and tokens", Actions: actions, Resources: []string{s.Names.TableARN()}}
}

func (s Scope) executions() Statement {
	return Statement{
		Sid: "LookAtExecutions", Reason: "whether one is closed decides about its lock, its copy, its name", Actions: []string{"states:DescribeExecution"},
		Resources: []string{s.Names.ARN("states", "execution:"+s.Names.Machine()+":*")},
	}
}

// lookBackups lists recovery points. The describe calls of RDS take resources,
// but the source has any name, so it is every instance of the account.
func (s Scope) lookBackups() Statement {
	return Statement{
		Sid: "LookForBackups", Reason: "recovery points have any name, and belong to any source",
		Actions:   []string{"rds:DescribeDBSnapshots", "rds:DescribeDBInstances", "rds:DescribeDBInstanceAutomatedBackups"},
		Resources: []string{s.Names.AnyARN("rds", "*", s.Names.Account, "*"), s.Names.AnyARN("rds", "*", "*", "snapshot:*")},
	}
}

func (s Scope) look() Statement {
	return Statement{
		Sid: "LookAtCopies", Reason: "the state of the copy", Actions: []string{"rds:DescribeDBInstances"},
		Resources: []string{s.Names.Throwaways()},
	}
}

// list finds copies by their tags, which a call by name does not show.
func (s Scope) list() Statement {
	return Statement{
		Sid: "ListCopies", Reason: "what outlived its execution is found by listing", Actions: []string{"rds:DescribeDBInstances"},
		Resources: []string{s.Names.ARN("rds", "db:*")},
	}
}

func (s Scope) events() Statement {
	return Statement{
		Sid: "Events", Reason: "the action has no resource type: the moment of availability, narrowed", Actions: []string{"rds:DescribeEvents"}, Resources: []string{"*"},
	}
}

func (s Scope) preflight() Statement {
	return Statement{
		Sid: "Preflight", Reason: "DescribeAccountAttributes has no resource type; the others are looked up by name",
		Actions:   []string{"rds:DescribeAccountAttributes", "rds:DescribeDBSubnetGroups", "rds:DescribeDBParameterGroups", "rds:DescribeOptionGroups"},
		Resources: []string{"*"},
	}
}

func (s Scope) linkedRole() Statement {
	return Statement{
		Sid: "LinkedRole", Reason: "a fresh account lacks it, and the restore fails late", Actions: []string{"iam:GetRole"},
		Resources: []string{s.Names.AnyARN("iam", "", s.Names.Account, "role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS")},
	}
}

// restore may make a copy of our name with our tag, never public, in our
// isolated subnets, from any recovery point.
func (s Scope) restore() []Statement {
	copyOnly := map[string]any{
		"Bool":                      map[string]any{"rds:PubliclyAccessible": "false"},
		"StringEquals":              map[string]any{"aws:RequestTag/" + deployed.TagDeployment: s.Names.Deployment},
		"ForAllValues:StringEquals": map[string]any{"aws:TagKeys": deployed.CopyTags},
	}
	statements := []Statement{
		{
			Sid: "RestoreIntoOurName", Reason: "the copy", Actions: []string{"rds:RestoreDBInstanceFromDBSnapshot", "rds:RestoreDBInstanceToPointInTime"},
			Resources: []string{s.Names.Throwaways()}, Conditions: copyOnly,
		},
		{
			Sid: "RestoreFrom", Reason: "what the copy is made from and with",
			Actions: []string{"rds:RestoreDBInstanceFromDBSnapshot", "rds:RestoreDBInstanceToPointInTime"},
			Resources: []string{
				s.Names.AnyARN("rds", "*", "*", "snapshot:*"), s.Names.ARN("rds", "auto-backup:*"), s.Names.ARN("rds", "subgrp:"+s.Names.SubnetGroup()),
				s.Names.ARN("rds", "pg:*"), s.Names.ARN("rds", "og:*"),
			},
		},
		{
			Sid: "TagOnCreate", Reason: "tags are part of the restore call", Actions: []string{"rds:AddTagsToResource"},
			Resources: []string{s.Names.Throwaways()},
			Conditions: map[string]any{
				"StringEquals": map[string]any{"aws:RequestTag/" + deployed.TagDeployment: s.Names.Deployment},
				"Bool":         map[string]any{"rds:TagsFromRequest": "true"},
			},
		},
	}
	if len(s.Sources) > 0 {
		statements = append(statements, Statement{
			Sid: "PointInTimeFrom", Reason: "a point in time is restored from the instance itself; its own name is taken, so it cannot be the target",
			Actions: []string{"rds:RestoreDBInstanceToPointInTime"}, Resources: s.Sources,
		})
	}
	return statements
}

// login has RDS make the password of the copy, which it does in the caller's
// name. Nobody but RDS can make a secret of that name: others' have no "!". The
// key aws/secretsmanager has an id that nobody knows beforehand, and in a fresh
// account none at all; DescribeKey tells what a key is and opens nothing.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html#rds-secrets-manager-permissions
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
func (s Scope) login() []Statement {
	return []Statement{
		{
			Sid: "ManagedPassword", Reason: "RDS makes the password of the copy", Actions: []string{"rds:ModifyDBInstance"},
			Resources: []string{s.Names.Throwaways()}, Conditions: s.ours(),
		},
		{
			Sid: "SecretOfThePassword", Reason: "RDS makes its secret in the caller's name", Actions: []string{"secretsmanager:CreateSecret", "secretsmanager:TagResource"},
			Resources: []string{s.managedSecrets()},
		},
		{
			Sid: "KeyOfThePassword", Reason: "RDS looks at the key aws/secretsmanager in the caller's name", Actions: []string{"kms:DescribeKey"},
			Resources: []string{s.anyKey()},
		},
	}
}

func (s Scope) managedSecrets() string { return s.Names.ARN("secretsmanager", "secret:rds!db-*") }

func (s Scope) anyKey() string { return s.Names.ARN("kms", "key/*") }

// tokenLogin names users, not copies: their resource id is known only after the
// restore.
func (s Scope) tokenLogin() []Statement {
	if len(s.Users) == 0 {
		return nil
	}
	var users []string
	for _, user := range s.Users {
		users = append(users, s.Names.ARN("rds-db", "dbuser:*/"+user))
	}
	return []Statement{{Sid: "TokenLogin", Reason: "the user that the plan names, on a copy whose id nobody knows yet", Actions: []string{"rds-db:connect"}, Resources: users}}
}

func (s Scope) secret() Statement {
	return Statement{
		Sid: "Password", Reason: "the password of the copy, which RDS named", Actions: []string{"secretsmanager:GetSecretValue"},
		Resources:  []string{s.managedSecrets()},
		Conditions: map[string]any{"ArnLike": map[string]any{"aws:ResourceTag/aws:rds:primaryDBInstanceArn": s.Names.Throwaways()}},
	}
}

func (s Scope) network() Statement {
	return Statement{
		Sid: "InsideTheNetwork", Reason: "Lambda makes network interfaces for the one function inside, as its guide has it",
		Actions: []string{
			"ec2:CreateNetworkInterface", "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DeleteNetworkInterface",
			"ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses",
		},
		Resources: []string{"*"},
	}
}

func (s Scope) remove() Statement {
	return Statement{
		Sid: "RemoveCopies", Reason: "ours by name and by tag", Actions: []string{"rds:DeleteDBInstance", "rds:ModifyDBInstance"},
		Resources: []string{s.Names.Throwaways()}, Conditions: s.ours(),
	}
}

// fence forbids what the allows do not give, so that nobody widens them by
// mistake: modifying, deleting and tagging outside of our names, and what has
// our name without our tag. Restores are not in it: a point-in-time restore is
// authorised on its source as well.
func (s Scope) fence() []Statement {
	actions := []string{"rds:DeleteDBInstance", "rds:ModifyDBInstance", "rds:AddTagsToResource", "rds:RemoveTagsFromResource", "rds:DeleteDBSnapshot"}
	return []Statement{
		{Sid: "NothingElseByName", Reason: "production is sacred", Deny: true, Actions: actions, NotResources: []string{s.Names.Throwaways()}},
		{Sid: "NothingElseByTag", Reason: "production is sacred", Deny: true, Actions: []string{"rds:DeleteDBInstance", "rds:ModifyDBInstance"}, Resources: []string{s.Names.AnyARN("rds", "*", "*", "db:*")},
			Conditions: map[string]any{"StringNotEquals": map[string]any{"aws:ResourceTag/" + deployed.TagDeployment: s.Names.Deployment}}},
	}
}

func (s Scope) evidence() Statement {
	return Statement{
		Sid: "Evidence", Reason: "written once, never replaced", Actions: []string{"s3:PutObject", "s3:PutObjectRetention", "s3:GetObject"},
		Resources: []string{s.Names.BucketARN() + "/*"},
	}
}

// states are those that the execution has entered: its evidence lists them.
func (s Scope) states() Statement {
	return Statement{
		Sid: "StatesOfTheRun", Reason: "evidence lists the states that were entered", Actions: []string{"states:GetExecutionHistory"},
		Resources: []string{s.Names.ARN("states", "execution:"+s.Names.Machine()+":*")},
	}
}

func (s Scope) metrics() Statement {
	return Statement{
		Sid: "Metrics", Reason: "PutMetricData has no resource type: cut to the namespace", Actions: []string{"cloudwatch:PutMetricData"}, Resources: []string{"*"},
		Conditions: map[string]any{"StringEquals": map[string]any{"cloudwatch:namespace": "Lifeboat"}},
	}
}

func (s Scope) tokens() Statement {
	return Statement{
		Sid: "Wake", Reason: "SendTaskSuccess has no resource type here: a token names its own task", Actions: []string{"states:SendTaskSuccess"}, Resources: []string{"*"},
	}
}

func (s Scope) start() Statement {
	return Statement{Sid: "StartTheMachine", Reason: "drills that are due, and the clean-up of a run that was cut off", Actions: []string{"states:StartExecution"}, Resources: []string{s.Names.MachineARN()}}
}
