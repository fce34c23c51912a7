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
	make func(*Doctor, session, account.Needs) doctor.Check
}

// areas of an account, in the order in which they are looked at: what is deployed,
// what it may, what it has, and what it does.
var areas = []area{
	{"version", func(d *Doctor, s session, n account.Needs) doctor.Check {
		return account.Version(n, d.checkout(), cloudformation.New(s.config))
	}},
	{"permissions", func(d *Doctor, s session, n account.Needs) doctor.Check {
		return account.Permissions(n, d.checkout(), cloudformation.New(s.config), iam.New(s.config, d.o.Pause))
	}},
	{"resource policies", func(d *Doctor, s session, n account.Needs) doctor.Check {
		keys := kms.New(s.config)
		readers := map[string]account.PolicyReader{
			"kms": keys, "s3": s3.NewPolicies(s.config), "sns": sns.NewTopics(s.config), "sqs": sqs.New(s.config), "lambda": lambda.NewAccount(s.config),
		}
		return account.Policies(n, account.PolicySources{Of: readers, Keys: keys, Rules: eventbridge.New(s.config), Points: d.points(s)})
	}},
	{"keys", func(d *Doctor, s session, n account.Needs) doctor.Check {
		keys := kms.New(s.config)
		return account.Keys(n, d.checkout(), account.KeySources{Keys: keys, Rotation: keys, Queues: sqs.New(s.config), Points: d.points(s)})
	}},
	{"service-linked role", func(d *Doctor, s session, n account.Needs) doctor.Check {
		return account.LinkedRole(n, iam.New(s.config, d.o.Pause))
	}},
	{"quotas", func(d *Doctor, s session, n account.Needs) doctor.Check {
		return account.Quotas(n, rds.NewQuotas(s.config), lambda.NewAccount(s.config), d.o.Clock.Now)
	}},
	{"topology", func(_ *Doctor, s session, n account.Needs) doctor.Check {
		return account.Topology(n, account.StandbySources{
			Replicas: rds.NewReplicas(s.config), ECS: ecs.New(s.config), Scaling: autoscaling.New(s.config), DNS: route53.New(s.config),
		})
	}},
	{"subscriptions", func(_ *Doctor, s session, n account.Needs) doctor.Check {
		return account.Subscriptions(n, sns.NewTopics(s.config))
	}},
	{"machine", func(d *Doctor, s session, n account.Needs) doctor.Check {
		return account.Machine(n, d.checkout(), sfn.NewInspector(s.config, d.o.Pause))
	}},
	{"alarms", func(_ *Doctor, s session, n account.Needs) doctor.Check {
		return account.Alarms(n, cloudwatch.NewAlarms(n.World.SDK(n.Names.Region)), cloudwatch.NewAlarms(s.config))
	}},
	{"drills", func(d *Doctor, s session, n account.Needs) doctor.Check {
		return account.Overdue(n, d.checkout(), account.DrillSources{
			Proofs: dynamodb.New(s.config, n.Names.Table(), nil), Schedules: scheduler.New(s.config), Rules: eventbridge.New(s.config), Queues: sqs.New(s.config),
		}, d.o.Clock.Now)
	}},
	{"backup settings", func(d *Doctor, s session, n account.Needs) doctor.Check {
		return account.BackupSettings(n, d.checkout(), account.Regions[account.BackupSettingsReader]{Account: s.caller.Account, In: func(region string) account.BackupSettingsReader {
			return backup.New(s.in(region))
		}}, budget.Policies(n.Plan))
	}},
	{"backup policy", func(d *Doctor, s session, n account.Needs) doctor.Check {
		return account.BackupPolicy(n, d.checkout(), account.BackupSources{
			Backup: account.Regions[account.BackupReader]{Account: s.caller.Account, In: func(region string) account.BackupReader {
				return backup.New(s.in(region))
			}}, Instances: s.automated(), Next: budget.Preview,
		}, budget.Policies(n.Plan), d.o.Clock.Now)
	}},
	{"automated backups", func(d *Doctor, s session, n account.Needs) doctor.Check {
		return account.Automated(n, d.checkout(), s.automated(), budget.Policies(n.Plan), d.o.Clock.Now)
	}},
	{"selections", func(_ *Doctor, s session, n account.Needs) doctor.Check {
		return account.Selections(n, account.Regions[account.SelectionReader]{Account: s.caller.Account, In: func(region string) account.SelectionReader {
			return backup.New(s.in(region))
		}}, budget.Policies(n.Plan))
	}},
	{"buckets", func(d *Doctor, s session, n account.Needs) doctor.Check {
		return account.Buckets(n, d.checkout(), s3.NewKept(s.config))
	}},
	{"unproven", func(d *Doctor, s session, n account.Needs) doctor.Check {
		return account.Unproven(n, d.checkout(), cloudformation.New(s.config), d.drills(s))
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
	return account.Regions[account.AutomatedReader]{Account: s.caller.Account, In: func(region string) account.AutomatedReader {
		return rds.NewAutomated(s.in(region))
	}}
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
