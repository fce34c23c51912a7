package constructs

import (
	"strings"

	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
)

// rdsInstance is what functions need for instances of RDS.
func (s Scope) rdsInstance() kindPermissions {
	return kindPermissions{
		lookForBackups:  []Statement{s.lookBackups()},
		lookAtAutomated: []Statement{s.lookAtAutomated()},
		lookAhead:       []Statement{s.offers()},
		preflight:       slices.Concat([]Statement{s.quotasAndGroups(), s.linkedRole()}, s.lookAtKeys()),
		restore:         slices.Concat([]Statement{s.preflight(), s.linkedRole()}, s.restore(), s.keys()),
		lookAtCopies:    []Statement{s.look()},
		listCopies:      []Statement{s.list()},
		await:           []Statement{s.events(), s.lookAtSource()},
		makeLogin:       s.login(),
		readPassword:    []Statement{s.secret()},
		logIn:           s.tokenLogin(),
		remove:          []Statement{s.remove()},
		fence:           s.fence(),
		recover:         s.recoverInto(),
		fenceRecovery:   s.fenceRecovery(),
		readRecovered:   s.recoveredSecret(),
	}
}

// instanceARN is that of an instance that is drilled.
// RDS keeps identifiers in lower case, and who compares ARNs minds the case:
// a selection of AWS Backup with another one selects nothing, and no job fails.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html
func instanceARN(names Names, identifier string) string {
	return names.ARN("rds", "db:"+strings.ToLower(identifier))
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

// lookAtAutomated is for how far back points in time lie, where the instances are and
// where their automated backups are replicated to.
func (s Scope) lookAtAutomated() Statement {
	return Statement{
		Sid: "LookAtAutomatedBackups", Reason: "instances have any name, and so have their automated backups",
		Actions:   []string{"rds:DescribeDBInstances", "rds:DescribeDBInstanceAutomatedBackups"},
		Resources: []string{s.Names.AnyARN("rds", "*", s.Names.Account, "*")},
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

// lookAtSource is for the words of a failure: no backup says which parameter
// group its source has.
func (s Scope) lookAtSource() Statement {
	return Statement{
		Sid: "LookAtSource", Reason: "why the copy does not start with its parameters", Actions: []string{"rds:DescribeDBInstances"},
		Resources: []string{s.Names.AnyARN("rds", s.PrimaryRegion, s.Names.Account, "db:*")},
	}
}

func (s Scope) preflight() Statement {
	return Statement{
		Sid: "Preflight", Reason: "DescribeAccountAttributes has no resource type; the others are looked up by name",
		Actions:   []string{"rds:DescribeAccountAttributes", "rds:DescribeDBSubnetGroups", "rds:DescribeDBParameterGroups", "rds:DescribeOptionGroups"},
		Resources: []string{"*"},
	}
}

// offers has the option groups too: what a backup cannot be restored without is in
// its own, whatever name that has.
func (s Scope) offers() Statement {
	return Statement{
		Sid: "LookAhead", Reason: "what a region offers and for how long has no resource type; an option group is looked up by the name that a backup has",
		Actions:   []string{"rds:DescribeDBMajorEngineVersions", "rds:DescribeDBEngineVersions", "rds:DescribeOrderableDBInstanceOptions", "rds:DescribeOptionGroups"},
		Resources: []string{"*"},
	}
}

// quotasAndGroups are what preflight asks, without the option groups that offers
// has.
func (s Scope) quotasAndGroups() Statement {
	return Statement{
		Sid: "Preflight", Reason: "DescribeAccountAttributes has no resource type; the others are looked up by name, also those of the source",
		Actions:   []string{"rds:DescribeAccountAttributes", "rds:DescribeDBSubnetGroups", "rds:DescribeDBParameterGroups"},
		Resources: []string{"*"},
	}
}

func (s Scope) linkedRole() Statement {
	return Statement{
		Sid: "LinkedRole", Reason: "a fresh account lacks it, and the restore fails late", Actions: []string{"iam:GetRole"},
		Resources: []string{s.Names.AnyARN("iam", "", s.Names.Account, "role/aws-service-role/rds.amazonaws.com/AWSServiceRoleForRDS")},
	}
}

// restore may make a copy of our name with our tag and the plan's, never public,
// in our isolated subnets, from any recovery point.
func (s Scope) restore() []Statement {
	copyOnly, tagOnly := s.tagged(), s.tagged()
	copyOnly["Bool"] = map[string]any{"rds:PubliclyAccessible": "false"}
	tagOnly["Bool"] = map[string]any{"rds:TagsFromRequest": "true"}
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
			Resources: []string{s.Names.Throwaways()}, Conditions: tagOnly,
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
