// Package lab makes the whole simulated AWS in one call: every service that is
// modelled, over one clock and one bus, tied together as AWS ties them. RDS asks
// KMS and IAM and has its passwords kept by Secrets Manager, events come from one
// bus. Who simulates more than one service takes it from here, the rehearsals as
// well as the tests.
package lab

import (
	"encoding/json"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/autoscaling"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/backup"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/cloudwatch"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/ecr"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/ecs"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/eventbridge"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/events"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/iam"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/kms"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lambda"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/route53"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/s3"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/scheduler"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/secretsmanager"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/sns"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/sqs"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/ssm"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/stacks"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/sts"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Options of a cloud. Of a service's options the caller says what is its own;
// clock, bus and other services are filled in.
type Options struct {
	simaws.Options
	// Deliver decides what becomes of events; nil: each comes once, after a second.
	Deliver func(events.Event) events.Delivery
	// Executions are what runs behind Step Functions; nil: a call to it fails as
	// one that is not simulated.
	Executions sfn.Backend
	Functions  map[string]lambda.Function // by ARN
	// Backup's databases, keys and topics are those of the cloud: without a Notify
	// vaults tell their topics at once.
	Backup  backup.Options
	RDS     rds.Options
	Secrets secretsmanager.Options
	// Rules and Scheduler have nothing to deliver to by themselves: without their
	// Deliver there can be no rules and no schedules.
	Rules     eventbridge.Options
	Scheduler scheduler.Options
	SQS       sqs.Options
	// Policies are those of keys, buckets, topics, queues and functions, by their
	// ARNs, as the services tell them to who asks; nil: none has any but what its
	// service gives it.
	Policies func(arn string) json.RawMessage
}

// Cloud is the simulated AWS with its services, empty at first: what is in them
// Go calls put there. It is an http.Handler and an http.RoundTripper.
type Cloud struct {
	*simaws.Cloud
	Bus *events.Bus

	Backup    *backup.Service
	DNS       *route53.Service
	DynamoDB  *dynamodb.Service
	ECR       *ecr.Service
	ECS       *ecs.Service
	IAM       *iam.Service
	KMS       *kms.Service
	Lambda    *lambda.Service
	Metrics   *cloudwatch.Service
	RDS       *rds.Service
	Rules     *eventbridge.Service
	S3        *s3.Service
	Scheduler *scheduler.Service
	Secrets   *secretsmanager.Service
	SNS       *sns.Service
	SQS       *sqs.Service
	SSM       *ssm.Service
	Scaling   *autoscaling.Service
	Stacks    *stacks.Service
	States    *sfn.Service // nil without executions
}

// New makes a cloud.
func New(o Options) *Cloud {
	if o.Guard == nil {
		o.Guard = &simaws.Guard{}
	}
	// Timers of models wait until no call is served. Those of the bus, of rules and
	// of schedules do not: who listens calls the cloud.
	c, models, served := &Cloud{Bus: events.NewBus(o.Clock, o.Deliver)}, o.Guard.Clock(o.Clock), services{}
	c.DNS = serve(served, "route53", route53.New())
	c.ECR = serve(served, "ecr", ecr.New())
	c.SSM = serve(served, "ssm", ssm.New())
	c.ECS = serve(served, "ecs", ecs.New())
	c.Scaling = serve(served, "autoscaling", autoscaling.New())
	c.DynamoDB = serve(served, "dynamodb", dynamodb.New(dynamodb.Options{}))
	c.IAM = serve(served, "iam", iam.New(models))
	c.KMS = serve(served, "kms", kms.New(kms.Options{Clock: models, Policy: o.Policies}))
	c.Metrics = serve(served, "monitoring", cloudwatch.New(cloudwatch.Options{Clock: models, Live: c.live}))
	c.S3 = serve(served, "s3", s3.New(s3.Options{Policy: o.Policies}))
	c.SNS = serve(served, "sns", sns.NewWith(sns.Options{Clock: models, Policy: o.Policies}))
	o.Rules.Bus, o.Rules.Clock, o.Scheduler.Clock, o.SQS.Clock = c.Bus, o.Clock, o.Clock, models
	o.SQS.Policy = o.Policies
	c.Rules = serve(served, "events", eventbridge.NewWith(o.Rules))
	c.Scheduler = serve(served, "scheduler", scheduler.New(o.Scheduler))
	c.SQS = serve(served, "sqs", sqs.New(o.SQS))
	c.Stacks = serve(served, "cloudformation", stacks.New())
	c.Lambda = serve(served, "lambda", lambda.New(o.Functions))
	c.Lambda.Policies(o.Policies)
	serve(served, "sts", sts.New(sts.Options{}))
	if o.Executions != nil {
		c.States = serve(served, "states", sfn.New(o.Executions))
	}
	o.Secrets.Clock = models
	c.Secrets = serve(served, "secretsmanager", secretsmanager.New(o.Secrets))
	o.RDS.Clock, o.RDS.Bus, o.RDS.UseKey, o.RDS.LinkedRole, o.RDS.Secrets = models, c.Bus, c.KMS.Usable, c.IAM.HasLinkedRoleRDS, c.Secrets
	c.RDS = serve(served, "rds", rds.New(o.RDS))
	o.Backup.Clock, o.Backup.Bus, o.Backup.Databases, o.Backup.Managed = models, c.Bus, databases{c.RDS}, c.KMS.Managed
	if o.Backup.Notify == nil {
		o.Backup.Notify = func(n backup.Notification) {
			// A topic that is gone loses it, as in AWS.
			_ = c.SNS.Deliver(sns.Message{Topic: n.Topic, Subject: n.Subject, Message: n.Message, Attributes: n.Attributes, At: o.Clock.Now(), Publisher: "backup.amazonaws.com"})
		}
	}
	o.Backup.Count = func(account, region, metric, vault string) {
		c.Metrics.Put(account, region, cloudwatch.Metric{Namespace: "AWS/Backup", Name: metric, Dimensions: map[string]string{"BackupVaultName": vault}}, 1, o.Clock.Now())
	}
	c.Backup = serve(served, "backup", backup.NewWith(o.Backup))
	c.Cloud = simaws.New(o.Options, served)
	return c
}

// live are figures that AWS's services publish by themselves and that nobody watches
// with an alarm: they are worked out when they are asked for.
func (c *Cloud) live(account, region string, m cloudwatch.Metric) (float64, bool) {
	if m.Namespace != "AWS/RDS" || m.Name != "ReplicaLag" {
		return 0, false
	}
	return c.RDS.ReplicaLag(account, region, m.Dimensions["DBInstanceIdentifier"])
}

// services by the names under which requests to them are signed.
type services = map[string]wire.Handler

func serve[S wire.Handler](all services, name string, service S) S {
	all[name] = service
	return service
}
