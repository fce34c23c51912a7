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
	Names Names
	// Kinds of databases that the plan has; for others nothing is allowed.
	Kinds         []string
	PrimaryRegion string
	// Keys of recovery points, as far as the plan names them.
	Keys plan.RecoveryKeys
	// CustomFunctions are the teams' own.
	CustomFunctions []string
	// Sources are the instances that live where copies are made, ARNs.
	Sources []string
	// Users are the database users that log in with IAM tokens.
	Users []string
	// Jobs of AWS Backup are looked at: rules back something up.
	Jobs bool
	// Vaults are those of this account in which the plan wants recovery points, ARNs.
	Vaults []string
	// Buckets may be backed up as well: by their tags.
	Buckets bool
	// Tags are those of copies beside lifeboat's own.
	Tags []plan.CopyTag
	// Recovery is what the recoveries of the plan are about; nil: it declares none.
	Recovery *Recovery
}

// ours is the tag condition of everything lifeboat made: the resource carries
// the tag of this deployment.
func (s Scope) ours() map[string]any {
	return map[string]any{"StringEquals": map[string]any{"aws:ResourceTag/" + deployed.TagDeployment: s.Names.Deployment}}
}

// tagged are the tags with which a copy may be made: lifeboat's and the plan's,
// with the values that the plan has, and no other. Which database's value goes
// with which other cannot be said: a condition has one key.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_tags.html
func (s Scope) tagged() map[string]any {
	const value = "aws:RequestTag/"
	keys := slices.Clone(deployed.CopyTags)
	always, some := map[string]any{value + deployed.TagDeployment: s.Names.Deployment}, map[string]any{}
	for _, tag := range s.Tags {
		keys = append(keys, tag.Key)
		if tag.Every {
			always[value+tag.Key] = tag.Values
		} else {
			some[value+tag.Key] = tag.Values
		}
	}
	conditions := map[string]any{"StringEquals": always, "ForAllValues:StringEquals": map[string]any{"aws:TagKeys": keys}}
	if len(some) > 0 {
		conditions["StringEqualsIfExists"] = some
	}
	return conditions
}

// Permissions of every function, by its name.
func Permissions(s Scope) map[string][]Statement {
	k, permissions := s.ofKinds(), map[string][]Statement{}
	for _, f := range functionList {
		permissions[f.name] = f.may(s, k)
	}
	if s.Recovery == nil {
		return permissions
	}
	for name, more := range besideDrills {
		permissions[name] = append(permissions[name], more(s)...)
	}
	for _, f := range recoveryFunctions {
		permissions[f.name] = f.may(s, k)
	}
	return permissions
}

func (s Scope) record(actions ...string) Statement {
	return Statement{Sid: "RunRecord", Reason: "run records, locks and tokens", Actions: actions, Resources: []string{s.Names.TableARN()}}
}

// journal is what a step needs of the run record: to read it and to append.
func (s Scope) journal() Statement { return s.record("dynamodb:PutItem", "dynamodb:Query") }

// watches lets the monitor remember since when it watches a database, and nothing
// else of the run record.
func (s Scope) watches() Statement {
	return Statement{
		Sid: "WatchedSince", Reason: "since when each database is watched", Actions: []string{"dynamodb:PutItem"}, Resources: []string{s.Names.TableARN()},
		Conditions: map[string]any{"ForAllValues:StringEquals": map[string]any{"dynamodb:LeadingKeys": []string{"watched"}}},
	}
}

func (s Scope) executions() Statement {
	return Statement{
		Sid: "LookAtExecutions", Reason: "whether one is closed decides about its lock, its copy, its name", Actions: []string{"states:DescribeExecution"},
		Resources: []string{s.Names.ARN("states", "execution:"+s.Names.Machine()+":*")},
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

func (s Scope) evidence() Statement {
	return Statement{
		Sid: "Evidence", Reason: "written once, never replaced", Actions: []string{"s3:PutObject", "s3:PutObjectRetention", "s3:GetObject"},
		Resources: []string{s.Names.BucketARN() + "/*"},
	}
}

func (s Scope) readEvidence() Statement {
	return Statement{
		Sid: "ReadEvidence", Reason: "the message says what the evidence says", Actions: []string{"s3:GetObject"}, Resources: []string{s.Names.BucketARN() + "/evidence/*"},
	}
}

func (s Scope) lookBack() Statement {
	return Statement{Sid: "ListExecutions", Reason: "those that ended badly and no event told of", Actions: []string{"states:ListExecutions"}, Resources: []string{s.Names.MachineARN()}}
}

func (s Scope) tell() Statement {
	return Statement{Sid: "Tell", Reason: "people are told how drills ended", Actions: []string{"sns:Publish"}, Resources: []string{s.Names.PagesARN(), s.Names.TicketsARN()}}
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
