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
}

// ours is the tag condition of everything lifeboat made: the resource carries
// the tag of this deployment.
func (s Scope) ours() map[string]any {
	return map[string]any{"StringEquals": map[string]any{"aws:ResourceTag/" + deployed.TagDeployment: s.Names.Deployment}}
}

// Permissions of every function, by its name: what it needs around any drill,
// and what it does with databases of the plan's kinds. A function that is not in
// the table may do nothing but write its log.
func Permissions(s Scope) map[string][]Statement {
	k := s.ofKinds()
	all := slices.Concat[[]Statement]
	with := func(statements ...Statement) []Statement { return statements }
	return map[string][]Statement{
		deployed.ClaimSlot:         with(s.record("dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:Query"), s.executions()),
		deployed.SelectBackup:      all(with(s.record("dynamodb:PutItem", "dynamodb:Query")), k.lookForBackups),
		deployed.StartRestore:      all(with(s.record("dynamodb:PutItem", "dynamodb:Query")), k.lookAtCopies, k.lookForBackups, k.restore),
		deployed.CheckAvailability: all(with(s.record("dynamodb:PutItem", "dynamodb:Query")), k.lookAtCopies, k.await),
		deployed.AwaitEvent:        with(s.record("dynamodb:PutItem")),
		deployed.ValidateData:      all(with(s.record("dynamodb:PutItem", "dynamodb:Query")), k.lookAtCopies, k.readPassword, with(s.network()), k.login, k.fence),
		deployed.Cleanup:           all(with(s.record("dynamodb:PutItem", "dynamodb:Query")), k.lookAtCopies, k.remove, k.fence),
		deployed.ConfirmRemoval:    all(with(s.record("dynamodb:PutItem", "dynamodb:Query")), k.lookAtCopies, k.lookForBackups),
		deployed.RecordEvidence:    with(s.record("dynamodb:PutItem", "dynamodb:Query"), s.evidence(), s.states()),
		deployed.PublishMetrics:    with(s.record("dynamodb:PutItem", "dynamodb:Query"), s.metrics()),
		deployed.ReleaseSlot:       with(s.record("dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:Query")),
		deployed.BackupMonitor:     all(with(s.record("dynamodb:Query")), k.lookForBackups, with(s.metrics())),
		deployed.Sweeper:           all(k.listCopies, with(s.executions()), k.remove, with(s.metrics()), k.fence),
		deployed.Dispatcher:        with(s.record("dynamodb:GetItem", "dynamodb:PutItem"), s.start(), s.executions(), s.metrics()),
		deployed.EventListener:     with(s.record("dynamodb:GetItem", "dynamodb:DeleteItem"), s.tokens(), s.start()),
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
