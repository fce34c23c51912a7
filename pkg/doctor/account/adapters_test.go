package account_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/cloudwatch"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/eventbridge"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/kms"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/lambda"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/rds"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/s3"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/scheduler"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/sns"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/sqs"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/account"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	simcloudwatch "github.com/lifeboat-dr/lifeboat/pkg/simaws/cloudwatch"
	simeventbridge "github.com/lifeboat-dr/lifeboat/pkg/simaws/eventbridge"
	simkms "github.com/lifeboat-dr/lifeboat/pkg/simaws/kms"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lab"
	simrds "github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
	simscheduler "github.com/lifeboat-dr/lifeboat/pkg/simaws/scheduler"
	simsqs "github.com/lifeboat-dr/lifeboat/pkg/simaws/sqs"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// The adapters serve what the checks declare.
var (
	_ account.KeyFinder          = kms.Keys{}
	_ account.KeyRotation        = kms.Keys{}
	_ account.RuleReader         = eventbridge.Rules{}
	_ account.QueueReader        = sqs.Queues{}
	_ account.SubscriptionReader = sns.Topics{}
	_ account.AlarmReader        = cloudwatch.Alarms{}
	_ account.ScheduleReader     = scheduler.Schedules{}
	_ account.QuotaReader        = rds.Quotas{}
	_ account.ConcurrencyReader  = lambda.Account{}
	_ account.KeysOfPoints       = (*rds.Adapter)(nil)
)

const (
	owner  = "111122223333"
	region = "eu-central-1"
)

// an is an ARN of the account.
func an(service, resource string) string { return wire.ARN(service, region, owner, resource) }

// lies is an account with one of everything. refuse is what every call is answered;
// nil: it is served.
type lies struct {
	*lab.Cloud
	sdk aws.Config
	key string
}

func newAccount(t *testing.T, refuse error) lies {
	t.Helper()
	c := clock.NewVirtual(time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC))
	policies := map[string]string{}
	l := lies{Cloud: lab.New(lab.Options{
		Options:   simaws.Options{Clock: c, Authorise: func(*wire.Call) error { return refuse }},
		Rules:     simeventbridge.Options{Deliver: func(simeventbridge.Rule, simeventbridge.Target, []byte) error { return nil }},
		Scheduler: simscheduler.Options{Deliver: func(simscheduler.Schedule, []byte) error { return nil }},
		Policies: func(arn string) json.RawMessage {
			if text, there := policies[arn]; there {
				return json.RawMessage(text)
			}
			return nil
		},
	})}
	l.sdk = aws.Config{
		Region: region, HTTPClient: &http.Client{Transport: l.Cloud}, Retryer: func() aws.Retryer { return aws.NopRetryer{} },
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey(owner, "doctor"), "secret", ""),
	}
	l.key = l.KMS.AddKey(owner, region, simkms.Key{Aliases: []string{"alias/k"}, Rotated: true})
	l.S3.CreateBucket(owner, region, "b")
	topic := l.SNS.AddTopic(owner, region, "t")
	for i := range 130 { // more than a page
		if _, err := l.SNS.Subscribe(topic, "email", fmt.Sprintf("a%d@example.com", i), i > 0); err != nil {
			t.Fatal(err)
		}
		s := simscheduler.Schedule{
			ARN: an("scheduler", fmt.Sprintf("schedule/g/s%03d", i)), Name: fmt.Sprintf("s%03d", i), Group: "g", Account: owner, Region: region, Enabled: i > 0,
			Expression: "cron(0 3 1 * ? *)", TargetARN: an("states", "stateMachine:m"), RoleARN: "arn:aws:iam::" + owner + ":role/r", Input: `{"database":"d"}`,
		}
		alarm := simcloudwatch.Alarm{
			Name: fmt.Sprintf("l-%03d", i), ARN: an("cloudwatch", fmt.Sprintf("alarm:l-%03d", i)), Account: owner, Region: region, ActionsEnabled: i > 0, Actions: []string{topic},
			Metric: &simcloudwatch.Metric{Namespace: "N", Name: "M"}, Statistic: "Maximum", Comparison: "GreaterThanOrEqualToThreshold", Period: time.Minute, Evaluations: 1, Threshold: 1,
		}
		if err := errors.Join(l.Scheduler.AddSchedule(s), l.Metrics.AddAlarm(alarm)); err != nil {
			t.Fatal(err)
		}
	}
	queue := l.SQS.AddQueue(owner, region, "q", simsqs.Queue{KMSKey: l.key})
	rule := simeventbridge.Rule{ARN: an("events", "rule/r"), Schedule: "rate(5 minutes)", Targets: []simeventbridge.Target{{ID: "T", ARN: an("lambda", "function:f:3"), DeadLetter: an("sqs", "q"), Input: []byte(`{}`)}}}
	if err := errors.Join(l.SQS.Put(queue, "{}", nil), l.Rules.AddRule(rule)); err != nil {
		t.Fatal(err)
	}
	l.RDS.AddInstance(owner, region, simrds.Instance{Identifier: "orders", KMSKey: l.key})
	for _, arn := range []string{l.key, "arn:aws:s3:::b", topic, queue, an("lambda", "function:f"), an("lambda", "function:f:3")} {
		policies[arn] = `{"Statement":"of ` + arn + `"}`
	}
	return l
}

// Policies are read by their ARNs, those of versions apart from their functions';
// nothing there, and no policy, are alike.
func TestPoliciesAreRead(t *testing.T) {
	l, ctx := newAccount(t, nil), context.Background()
	for name, c := range map[string]struct {
		of          account.PolicyReader
		there, gone string
	}{
		"kms":     {kms.New(l.sdk), l.key, an("kms", "key/none")},
		"s3":      {s3.NewPolicies(l.sdk), "arn:aws:s3:::b", "arn:aws:s3:::none"},
		"sns":     {sns.NewTopics(l.sdk), an("sns", "t"), an("sns", "none")},
		"sqs":     {sqs.New(l.sdk), an("sqs", "q"), an("sqs", "none")},
		"lambda":  {lambda.NewAccount(l.sdk), an("lambda", "function:f"), an("lambda", "function:none")},
		"version": {lambda.NewAccount(l.sdk), an("lambda", "function:f:3"), an("lambda", "function:f:4")},
	} {
		t.Run(name, func(t *testing.T) {
			text, err := c.of.Policy(ctx, c.there)
			if want := `{"Statement":"of ` + c.there + `"}`; err != nil || string(text) != want {
				t.Errorf("%s, %v", text, err)
			}
			if text, err := c.of.Policy(ctx, c.gone); err != nil || text != nil {
				t.Errorf("nothing there: %s, %v", text, err)
			}
		})
	}
}

func TestAccountIsRead(t *testing.T) {
	l, ctx := newAccount(t, nil), context.Background()
	key, there, err := kms.New(l.sdk).Key(ctx, "alias/k")
	if err != nil || !there || key.ARN != l.key || key.State != "Enabled" || key.AWSManaged {
		t.Errorf("%+v, %t, %v", key, there, err)
	}
	l.KMS.SetState(l.key, simkms.PendingDeletion)
	if key, _, err := kms.New(l.sdk).Key(ctx, l.key); err != nil || key.State != "PendingDeletion" || key.Deletion.IsZero() {
		t.Errorf("%+v, %v", key, err)
	}
	if rotates, err := kms.New(l.sdk).Rotates(ctx, l.key); err != nil || !rotates {
		t.Errorf("%t, %v", rotates, err)
	}
	if q, there, err := sqs.New(l.sdk).Queue(ctx, an("sqs", "q")); err != nil || !there || q != (seen.Queue{Messages: 1, Key: l.key}) {
		t.Errorf("%+v, %t, %v", q, there, err)
	}
	list, there, err := sns.NewTopics(l.sdk).Subscriptions(ctx, an("sns", "t"))
	if err != nil || !there || len(list) != 130 || list[0] != (seen.Subscription{Protocol: "email", Endpoint: "a0@example.com"}) || !list[1].Confirmed {
		t.Errorf("%d, %t, %v", len(list), there, err)
	}
	r, there, err := eventbridge.New(l.sdk).Rule(ctx, "r")
	if err != nil || !there || r.Enabled || r.Expression != "rate(5 minutes)" || r.Targets["T"] != (seen.Target{ARN: an("lambda", "function:f:3"), DeadLetter: an("sqs", "q"), Input: `{}`}) {
		t.Errorf("%+v, %t, %v", r, there, err)
	}
	schedules, err := scheduler.New(l.sdk).Schedules(ctx, "g")
	if err != nil || len(schedules) != 130 || schedules[0].Enabled || schedules[1].Input != `{"database":"d"}` || schedules[1].Expression != "cron(0 3 1 * ? *)" {
		t.Errorf("%d, %v", len(schedules), err)
	}
	alarms, err := cloudwatch.NewAlarms(l.sdk).Alarms(ctx, "l-")
	if err != nil || len(alarms) != 130 || alarms[0].ActionsEnabled || alarms[1].State != "INSUFFICIENT_DATA" || len(alarms[1].Actions) != 1 {
		t.Errorf("%d, %v", len(alarms), err)
	}
	if quotas, err := rds.NewQuotas(l.sdk).Quotas(ctx); err != nil || quotas["DBInstances"] != (seen.Quota{Used: 1, Max: 40}) {
		t.Errorf("%v, %v", quotas, err)
	}
	l.Lambda.SetConcurrency(owner, region, 10)
	if most, err := lambda.NewAccount(l.sdk).Concurrency(ctx); err != nil || most != 10 {
		t.Errorf("%d, %v", most, err)
	}
}

// What is not there is no error.
func TestNothingIsThere(t *testing.T) {
	l, ctx := newAccount(t, nil), context.Background()
	if _, there, err := kms.New(l.sdk).Key(ctx, "alias/none"); there || err != nil {
		t.Errorf("%t, %v", there, err)
	}
	if _, there, err := sqs.New(l.sdk).Queue(ctx, an("sqs", "none")); there || err != nil {
		t.Errorf("%t, %v", there, err)
	}
	if _, there, err := sns.NewTopics(l.sdk).Subscriptions(ctx, an("sns", "none")); there || err != nil {
		t.Errorf("%t, %v", there, err)
	}
	if _, there, err := eventbridge.New(l.sdk).Rule(ctx, "none"); there || err != nil {
		t.Errorf("%t, %v", there, err)
	}
	if list, err := scheduler.New(l.sdk).Schedules(ctx, "none"); len(list) > 0 || err != nil {
		t.Errorf("%v, %v", list, err)
	}
}

// Whoever may not read is told what it takes; who asked too much, to wait.
func TestAccountIsNotRead(t *testing.T) {
	for code, is := range map[string]func(*seen.Unread) bool{"AccessDeniedException": (*seen.Unread).Denied, "ThrottlingException": (*seen.Unread).Throttled} {
		l, ctx := newAccount(t, &wire.Error{Code: code, Message: "no", Status: http.StatusBadRequest}), context.Background()
		errs := map[string]error{}
		note := func(name string, err error) { errs[name] = err }
		_, _, err := kms.New(l.sdk).Key(ctx, "alias/k")
		note("key", err)
		_, err = kms.New(l.sdk).Rotates(ctx, l.key)
		note("rotation", err)
		_, _, err = sqs.New(l.sdk).Queue(ctx, an("sqs", "q"))
		note("queue", err)
		_, _, err = sns.NewTopics(l.sdk).Subscriptions(ctx, an("sns", "t"))
		note("subscriptions", err)
		_, _, err = eventbridge.New(l.sdk).Rule(ctx, "r")
		note("rule", err)
		_, err = scheduler.New(l.sdk).Schedules(ctx, "g")
		note("schedules", err)
		_, err = cloudwatch.NewAlarms(l.sdk).Alarms(ctx, "l-")
		note("alarms", err)
		_, err = rds.NewQuotas(l.sdk).Quotas(ctx)
		note("quotas", err)
		_, err = lambda.NewAccount(l.sdk).Concurrency(ctx)
		note("concurrency", err)
		for name, of := range map[string]account.PolicyReader{"kms": kms.New(l.sdk), "s3": s3.NewPolicies(l.sdk), "sns": sns.NewTopics(l.sdk), "sqs": sqs.New(l.sdk), "lambda": lambda.NewAccount(l.sdk)} {
			_, err = of.Policy(ctx, map[string]string{"kms": l.key, "s3": "arn:aws:s3:::b", "lambda": an("lambda", "function:f"), "sqs": an("sqs", "q"), "sns": an("sns", "t")}[name])
			note("policy of "+name, err)
		}
		for name, err := range errs {
			var unread *seen.Unread
			if !errors.As(err, &unread) || !is(unread) || unread.Permission == "" || unread.What == "" {
				t.Errorf("%s, %s: %v", code, name, err)
			}
		}
	}
}

// The keys of recovery points are those of automated backups and of the newest
// snapshot.
func TestKeysOfPoints(t *testing.T) {
	l := newAccount(t, nil)
	a := rds.New(rds.Options{Config: func(string) aws.Config { return l.sdk }, Account: owner})
	specs := []drill.Spec{{Place: drill.Place{PrimaryRegion: region}, RDS: &drill.RDSSource{Instance: "Orders"}}, {}}
	for i, key := range []string{"old", "new"} {
		l.RDS.AddSnapshot(owner, region, simrds.Snapshot{Identifier: key, Instance: "orders", KMSKey: an("kms", "key/"+key), Created: time.Date(2026, 10, 1+i, 0, 0, 0, 0, time.UTC)})
	}
	keys, err := a.KeysOfPoints(context.Background(), specs)
	if err != nil || len(keys) == 0 || keys[len(keys)-1] != an("kms", "key/new") {
		t.Errorf("%v, %v", keys, err)
	}
}
