package examine

import (
	"context"

	sdk "github.com/aws/aws-sdk-go-v2/aws"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/autoscaling"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/backup"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/cloudformation"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/cloudwatch"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/ecs"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/eventbridge"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/iam"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/kms"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/lambda"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/rds"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/route53"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/s3"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/scheduler"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/sns"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/sqs"
	"github.com/lifeboat-dr/lifeboat/pkg/budget"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/account"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
	"github.com/lifeboat-dr/lifeboat/pkg/world/aws"
)

// area is a check of package account, made when it is its turn.
type area struct {
	name string
	// everywhere: it is looked at from the account of the databases as well, as far as
	// that goes. The others are of the account that lifeboat is deployed in alone.
	everywhere bool
	make       func(*Doctor, session, account.Needs) doctor.Check
}

// areas of an account, in the order in which they are looked at: what is deployed,
// what it may, what it has, and what it does.
var areas = []area{
	{"version", true, func(d *Doctor, s session, n account.Needs) doctor.Check {
		return account.Version(n, d.checkout(), s.stacks())
	}},
	{"permissions", true, func(d *Doctor, s session, n account.Needs) doctor.Check {
		return account.Permissions(n, d.checkout(), s.stacks(), iam.New(s.config, d.o.Pause))
	}},
	{"resource policies", true, func(d *Doctor, s session, n account.Needs) doctor.Check {
		readers := map[string]account.Regions[account.PolicyReader]{}
		for service, reader := range map[string]func(sdk.Config) account.PolicyReader{
			"kms": func(cfg sdk.Config) account.PolicyReader { return kms.New(cfg) }, "s3": func(cfg sdk.Config) account.PolicyReader { return s3.NewPolicies(cfg) },
			"sns": func(cfg sdk.Config) account.PolicyReader { return sns.NewTopics(cfg) }, "sqs": func(cfg sdk.Config) account.PolicyReader { return sqs.New(cfg) },
			"lambda": func(cfg sdk.Config) account.PolicyReader { return lambda.NewAccount(cfg) },
		} {
			readers[service] = regions(s, reader)
		}
		return account.Policies(n, d.checkout(), account.PolicySources{Of: readers, Keys: regions(s, func(cfg sdk.Config) account.KeyFinder { return kms.New(cfg) }), Rules: s.rules(), Stacks: s.stacks(), Points: d.points(s)})
	}},
	{"keys", false, func(d *Doctor, s session, n account.Needs) doctor.Check {
		keys := kms.New(s.config)
		return account.Keys(n, d.checkout(), account.KeySources{Keys: keys, Rotation: keys, Queues: sqs.New(s.config), Points: d.points(s)})
	}},
	{"service-linked role", false, func(d *Doctor, s session, n account.Needs) doctor.Check {
		return account.LinkedRole(n, iam.New(s.config, d.o.Pause))
	}},
	{"quotas", false, func(d *Doctor, s session, n account.Needs) doctor.Check {
		return account.Quotas(n, rds.NewQuotas(s.config), lambda.NewAccount(s.config), d.o.Clock.Now)
	}},
	{"topology", true, func(_ *Doctor, s session, n account.Needs) doctor.Check {
		return account.Topology(n, account.StandbySources{
			Account: s.caller.Account, Replicas: rds.NewReplicas(s.config), Sources: s.automated(), ECS: ecs.New(s.config), Scaling: autoscaling.New(s.config), DNS: route53.New(s.config),
		})
	}},
	{"subscriptions", true, func(d *Doctor, s session, n account.Needs) doctor.Check {
		return account.Subscriptions(n, d.checkout(), regions(s, func(cfg sdk.Config) account.SubscriptionReader { return sns.NewTopics(cfg) }))
	}},
	{"machine", false, func(d *Doctor, s session, n account.Needs) doctor.Check {
		return account.Machine(n, d.checkout(), sfn.NewInspector(s.config, d.o.Pause))
	}},
	{"alarms", true, func(d *Doctor, s session, n account.Needs) doctor.Check {
		alarms := func(cfg sdk.Config) account.AlarmReader { return cloudwatch.NewAlarms(cfg) }
		deployed := account.Regions[account.AlarmReader]{Account: s.caller.Account, In: func(region string) account.AlarmReader { return alarms(n.World.SDK(region)) }}
		return account.Alarms(n, d.checkout(), deployed, regions(s, alarms))
	}},
	{"drills", true, func(d *Doctor, s session, n account.Needs) doctor.Check {
		return account.Overdue(n, d.checkout(), account.DrillSources{
			Proofs: dynamodb.New(s.config, n.Names.Table(), nil), Schedules: scheduler.New(s.config), Rules: s.rules(), Queues: sqs.New(s.config),
		}, d.o.Clock.Now)
	}},
	{"backup settings", true, func(d *Doctor, s session, n account.Needs) doctor.Check {
		return account.BackupSettings(n, d.checkout(), regions(s, func(cfg sdk.Config) account.BackupSettingsReader { return backup.New(cfg) }), budget.Policies(n.Plan))
	}},
	{"backup policy", true, func(d *Doctor, s session, n account.Needs) doctor.Check {
		return account.BackupPolicy(n, d.checkout(), account.BackupSources{
			Backup: regions(s, func(cfg sdk.Config) account.BackupReader { return backup.New(cfg) }), Instances: s.automated(), Next: budget.Preview,
			Keys: regions(s, func(cfg sdk.Config) account.KeyFinder { return kms.New(cfg) }),
		}, budget.Policies(n.Plan), d.o.Clock.Now)
	}},
	{"automated backups", true, func(d *Doctor, s session, n account.Needs) doctor.Check {
		return account.Automated(n, d.checkout(), s.automated(), budget.Policies(n.Plan), d.o.Clock.Now)
	}},
	{"selections", true, func(d *Doctor, s session, n account.Needs) doctor.Check {
		return account.Selections(n, d.checkout(), regions(s, func(cfg sdk.Config) account.SelectionReader { return backup.New(cfg) }), budget.Policies(n.Plan))
	}},
	{"buckets", true, func(d *Doctor, s session, n account.Needs) doctor.Check {
		return account.Buckets(n, d.checkout(), s3.NewKept(s.config))
	}},
	{"unproven", false, func(d *Doctor, s session, n account.Needs) doctor.Check {
		return account.Unproven(n, d.checkout(), s.stacks(), d.drills(s))
	}},
}

func (d *Doctor) checkout() account.Checkout {
	return account.Checkout{PlanFile: d.o.PlanFile, PlanHash: d.o.Plan.Hash(), Version: d.o.Version}
}

// in is the session's configuration in another region.
func (s session) in(region string) sdk.Config {
	cfg := s.config.Copy()
	cfg.Region = region
	return cfg
}

// automated are automated backups, which lie in both regions.
func (s session) automated() account.Regions[account.AutomatedReader] {
	return regions(s, func(cfg sdk.Config) account.AutomatedReader { return rds.NewAutomated(cfg) })
}

// regions are readers of the regions of the caller's account.
func regions[R any](s session, reader func(sdk.Config) R) account.Regions[R] {
	return account.Regions[R]{Account: s.caller.Account, In: func(region string) R { return reader(s.in(region)) }}
}

func (s session) stacks() account.Regions[account.Stacks] {
	return regions(s, func(cfg sdk.Config) account.Stacks { return cloudformation.New(cfg) })
}

func (s session) rules() account.Regions[account.RuleReader] {
	return regions(s, func(cfg sdk.Config) account.RuleReader { return eventbridge.New(cfg) })
}

// points are recovery points, which lie where the databases do as well.
func (d *Doctor) points(s session) *rds.Adapter {
	return rds.New(rds.Options{Config: s.in, Clock: d.o.Clock, Account: s.caller.Account})
}

// drills on record, newest first, as far as they can be read: what cannot is
// told by lifeboat evidence verify.
func (d *Doctor) drills(s session) account.Drills {
	deployment := aws.Open(aws.Options{
		Config: s.config, Deployment: d.o.Plan.Deployment, Account: s.caller.Account, Databases: d.o.Plan.Names(), Clock: d.o.Clock,
	})
	return func(ctx context.Context) (documents []drillevidence.Document, err error) {
		history, err := deployment.History(ctx, world.Query{})
		for _, past := range history.Drills {
			documents = append(documents, past.Document)
		}
		return documents, err
	}
}
