package stacks_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdkcloudwatch "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	simcloudwatch "github.com/lifeboat-dr/lifeboat/pkg/simaws/cloudwatch"
	eventbridgesim "github.com/lifeboat-dr/lifeboat/pkg/simaws/eventbridge"
	simkms "github.com/lifeboat-dr/lifeboat/pkg/simaws/kms"
	simrds "github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
	simsqs "github.com/lifeboat-dr/lifeboat/pkg/simaws/sqs"
	"github.com/lifeboat-dr/lifeboat/pkg/world/aws/examine"
	"github.com/lifeboat-dr/lifeboat/pkg/world/template"
)

// ofAccount are the areas of what there is beside roles, stacks and the machine.
var ofAccount = []string{"resource policies", "keys", "service-linked role", "quotas", "subscriptions", "alarms", "drills"}

func (p *patient) examineAccount() doctor.Report { return p.examine(ofAccount...) }

// key is the ARN of the deployment's key in the account.
func (p *patient) key() string {
	return p.Cloud().KMS.KeyOfAlias(p.needs.Names.ARN("kms", "alias/"+p.needs.Names.Prefix()))
}

// withPolicy changes the statements of a resource's policy in the account; what
// undoes it comes back.
func (p *patient) withPolicy(t *testing.T, arn string, change func([]any) []any) func() {
	t.Helper()
	before := p.Account().OfResource(arn)
	var document object
	if err := json.Unmarshal(before, &document); err != nil {
		t.Fatalf("%s: %v", arn, err)
	}
	document["Statement"] = change(document["Statement"].([]any))
	text, err := json.Marshal(document)
	if err != nil {
		t.Fatal(err)
	}
	p.Account().SetPolicy(arn, text)
	return func() { p.Account().SetPolicy(arn, before) }
}

// without the statement of a Sid.
func without(sid string) func([]any) []any {
	return func(list []any) []any {
		return slices.DeleteFunc(list, func(s any) bool { return s.(object)["Sid"] == sid })
	}
}

// with one more statement.
func with(statement string) func([]any) []any {
	return func(list []any) []any {
		var s any
		if err := json.Unmarshal([]byte(statement), &s); err != nil {
			panic(err)
		}
		return append(list, s)
	}
}

// listener is the version of the function that rules tell.
func (p *patient) listener(t *testing.T) string {
	t.Helper()
	for _, arn := range p.Account().WithPolicies() {
		if strings.Contains(arn, deployed.EventListener+":") {
			return arn
		}
	}
	t.Fatal("no version of the listener has a policy")
	return ""
}

// found is what a report is to say of a trouble, in one line.
type found struct {
	area  string
	state doctor.State
	texts []string
}

// accountTroubles are planted alone, each: what undoes it comes back.
var accountTroubles = map[string]struct {
	reason string
	plant  func(*testing.T, *patient) func()
	found  found
	lines  int // that are not ok
}{
	"key's statement": {"alarms could not write to the topics", func(t *testing.T, p *patient) func() {
		return p.withPolicy(t, p.key(), without("ServicesOfThisAccount"))
	}, found{"resource policies", doctor.Wrong, []string{"cloudwatch.amazonaws.com", "kms:GenerateDataKey", "aws kms put-key-policy"}}, 1},
	"bucket's statement": {"evidence could be read in the clear", func(t *testing.T, p *patient) func() {
		return p.withPolicy(t, p.needs.Names.BucketARN(), func([]any) []any { return []any{} })
	}, found{"resource policies", doctor.Wrong, []string{"what it denies is open", "aws s3api put-bucket-policy"}}, 1},
	"topic's statement": {"nobody would be told", func(t *testing.T, p *patient) func() {
		return p.withPolicy(t, p.needs.Names.PagesARN(), func(list []any) []any {
			return slices.DeleteFunc(list, func(s any) bool { return s.(object)["Effect"] == "Allow" })
		})
	}, found{"resource policies", doctor.Wrong, []string{"lifeboat-prod-pages", "sns:Publish", "aws sns set-topic-attributes"}}, 1},
	"version's statement": {"no drill would be woken", func(t *testing.T, p *patient) func() {
		return p.withPolicy(t, p.listener(t), func(list []any) []any { return list[1:] })
	}, found{"resource policies", doctor.Wrong, []string{"events.amazonaws.com may not lambda:InvokeFunction", "aws lambda add-permission", "--source-arn"}}, 1},
	"deny that hits": {"somebody froze the bucket", func(t *testing.T, p *patient) func() {
		return p.withPolicy(t, p.needs.Names.BucketARN(), with(`{"Sid":"Freeze","Effect":"Deny","Principal":"*","Action":"s3:PutObject","Resource":"*"}`))
	}, found{"resource policies", doctor.Wrong, []string{"denies", "record-evidence", "Freeze"}}, 1},
	"deny of somebody else": {"whom it is for nobody knows here", func(t *testing.T, p *patient) func() {
		return p.withPolicy(t, p.needs.Names.BucketARN(), with(`{"Sid":"Audit","Effect":"Deny","Principal":{"AWS":"arn:aws:iam::`+account+`:role/audit"},"Action":"s3:GetObject","Resource":"*"}`))
	}, found{"resource policies", doctor.Unknown, []string{"a Deny", "Audit"}}, 1},
	"everybody reads": {"evidence lies open", func(t *testing.T, p *patient) func() {
		return p.withPolicy(t, p.needs.Names.BucketARN(), with(`{"Sid":"Open","Effect":"Allow","Principal":"*","Action":"s3:GetObject","Resource":"*"}`))
	}, found{"resource policies", doctor.Wrong, []string{"outside of account", "Open"}}, 1},
	"another account writes": {"anybody there could page us", func(t *testing.T, p *patient) func() {
		return p.withPolicy(t, p.needs.Names.TicketsARN(), with(`{"Sid":"Them","Effect":"Allow","Principal":{"AWS":"999988887777"},"Action":"sns:Publish","Resource":"*"}`))
	}, found{"resource policies", doctor.Wrong, []string{"outside of account", "lifeboat-prod-tickets"}}, 1},
	"key disabled": {"nothing is recorded any more", func(_ *testing.T, p *patient) func() {
		p.Cloud().KMS.SetState(p.key(), simkms.Disabled)
		return func() { p.Cloud().KMS.SetState(p.key(), simkms.Enabled) }
	}, found{"keys", doctor.Wrong, []string{"is disabled", "aws kms enable-key"}}, 1},
	"key goes": {"so does the evidence", func(_ *testing.T, p *patient) func() {
		p.Cloud().KMS.SetState(p.key(), simkms.PendingDeletion)
		return func() { p.Cloud().KMS.SetState(p.key(), simkms.Enabled) }
	}, found{"keys", doctor.Wrong, []string{"goes on", "aws kms cancel-key-deletion"}}, 1},
	"key not rotated": {"the template has it rotated", func(_ *testing.T, p *patient) func() {
		p.Cloud().KMS.SetRotation(p.key(), false)
		return func() { p.Cloud().KMS.SetRotation(p.key(), true) }
	}, found{"keys", doctor.Wrong, []string{"not replaced every year", "aws kms enable-key-rotation"}}, 1},
	"alias moved": {"people find another key", func(_ *testing.T, p *patient) func() {
		own, alias := p.key(), "alias/"+p.needs.Names.Prefix()
		other := p.Cloud().KMS.AddKey(p.Where().Account, p.Where().Region, simkms.Key{})
		p.Account().SetPolicy(other, p.Account().OfResource(own))
		p.Cloud().KMS.MoveAlias(alias, other)
		return func() {
			p.Cloud().KMS.MoveAlias(alias, own)
			p.Account().SetPolicy(other, nil)
		}
	}, found{"keys", doctor.Wrong, []string{"the alias names", "aws kms update-alias"}}, 1},
	"quota reached": {"a restore would be refused", func(_ *testing.T, p *patient) func() {
		p.Cloud().RDS.SetQuota(p.Where().Account, p.Where().Region, simrds.Quota{Instances: 0, StorageGiB: 100_000})
		return func() {
			p.Cloud().RDS.SetQuota(p.Where().Account, p.Where().Region, simrds.Quota{Instances: 40, StorageGiB: 100_000})
		}
	}, found{"quotas", doctor.Wrong, []string{"of 0 are in use", "aws service-quotas request-service-quota-increase"}}, 1},
	"new account": {"it may run as few functions as ten, or less", func(_ *testing.T, p *patient) func() {
		p.Cloud().Lambda.SetConcurrency(p.Where().Account, p.Where().Region, 3)
		return func() { p.Cloud().Lambda.SetConcurrency(p.Where().Account, p.Where().Region, 1000) }
	}, found{"quotas", doctor.Wrong, []string{"3 may run", "--service-code lambda"}}, 1},
	"unconfirmed": {"a mail was not answered", func(t *testing.T, p *patient) func() {
		arn, undo := p.unsubscribed(t, p.needs.Names.PagesARN())
		again, err := p.Cloud().SNS.Subscribe(p.needs.Names.PagesARN(), "email", arn, false)
		if err != nil {
			t.Fatal(err)
		}
		return func() {
			p.Cloud().SNS.Unsubscribe(again)
			undo()
		}
	}, found{"subscriptions", doctor.Wrong, []string{"has not confirmed", "aws sns subscribe"}}, 2},
	"unsubscribed": {"somebody left, or was removed", func(t *testing.T, p *patient) func() {
		_, undo := p.unsubscribed(t, p.needs.Names.TicketsARN())
		return undo
	}, found{"subscriptions", doctor.Wrong, []string{"is not subscribed", "aws sns subscribe"}}, 2},
	"schedule disabled": {"no drill is started", func(t *testing.T, p *patient) func() {
		s := p.Cloud().Scheduler.Schedules()[0]
		off := s
		off.Enabled = false
		if err := p.Cloud().Scheduler.AddSchedule(off); err != nil {
			t.Fatal(err)
		}
		return func() { _ = p.Cloud().Scheduler.AddSchedule(s) }
	}, found{"drills", doctor.Wrong, []string{"schedule of", "is disabled", "REVERT_DRIFT"}}, 1},
	"schedule changed": {"drills come once a year", func(t *testing.T, p *patient) func() {
		s := p.Cloud().Scheduler.Schedules()[0]
		rare := s
		rare.Expression = "cron(0 3 1 1 ? *)"
		if err := p.Cloud().Scheduler.AddSchedule(rare); err != nil {
			t.Fatal(err)
		}
		return func() { _ = p.Cloud().Scheduler.AddSchedule(s) }
	}, found{"drills", doctor.Wrong, []string{"schedule of", "was deployed as"}}, 1},
	"rule disabled": {"nobody looks at backups", func(t *testing.T, p *patient) func() {
		rules := p.Cloud().Rules.Rules()
		on := rules[slices.IndexFunc(rules, func(r eventRule) bool { return strings.HasSuffix(r.Name, "monitoring") })]
		off := on
		off.Enabled = false
		if err := p.Cloud().Rules.AddRule(off); err != nil {
			t.Fatal(err)
		}
		return func() { _ = p.Cloud().Rules.AddRule(on) }
	}, found{"drills", doctor.Wrong, []string{"rule lifeboat-prod-monitoring", "is disabled", "aws events enable-rule"}}, 1},
	"a message waits": {"a start reached nobody", func(t *testing.T, p *patient) func() {
		arn := p.needs.Names.ARN("sqs", p.needs.Names.Undelivered())
		if err := p.Cloud().SQS.Put(arn, "{}", nil); err != nil {
			t.Fatal(err)
		}
		return func() {
			p.Cloud().SQS.RemoveQueue(arn)
			p.Cloud().SQS.AddQueue(p.Where().Account, p.Where().Region, p.needs.Names.Undelivered(), simQueue(p.key()))
			if err := p.Pass(time.Hour); err != nil { // until the alarm is over as well
				t.Fatal(err)
			}
		}
	}, found{"drills", doctor.Wrong, []string{"holds 1", "aws sqs receive-message"}}, 1},
	"alarm raised": {"somebody was told, and it is not over", func(t *testing.T, p *patient) func() {
		p.setAlarm(t, "lifeboat-prod-orphans", "ALARM")
		return func() { p.setAlarm(t, "lifeboat-prod-orphans", "OK") }
	}, found{"alarms", doctor.Wrong, []string{"in ALARM", "runbooks/orphans.md"}}, 1},
	"alarm without data": {"nobody knows", func(t *testing.T, p *patient) func() {
		p.setAlarm(t, "lifeboat-prod-orphans", "INSUFFICIENT_DATA")
		return func() { p.setAlarm(t, "lifeboat-prod-orphans", "OK") }
	}, found{"alarms", doctor.Unknown, []string{"INSUFFICIENT_DATA"}}, 1},
	"alarm deleted": {"what it watches happens unseen", func(t *testing.T, p *patient) func() {
		a := p.alarm(t, "lifeboat-prod-orphans")
		p.Cloud().Metrics.RemoveAlarm(a.ARN)
		return func() { p.putAlarm(t, a) }
	}, found{"alarms", doctor.Wrong, []string{"is not there", "REVERT_DRIFT"}}, 1},
	"alarm deaf": {"it cannot go off any more", func(t *testing.T, p *patient) func() {
		a := p.alarm(t, "lifeboat-prod-orphans")
		deaf := a
		deaf.Threshold = 1e12
		p.putAlarm(t, deaf)
		return func() { p.putAlarm(t, a) }
	}, found{"alarms", doctor.Wrong, []string{"its Threshold is 1000000000000, and was deployed as 1", "REVERT_DRIFT"}}, 1},
	"alarm muted": {"it tells nobody", func(t *testing.T, p *patient) func() {
		a := p.alarm(t, "lifeboat-prod-orphans")
		muted := a
		muted.ActionsEnabled = false
		p.putAlarm(t, muted)
		return func() { p.putAlarm(t, a) }
	}, found{"alarms", doctor.Wrong, []string{"its actions are disabled", "aws cloudwatch enable-alarm-actions"}}, 1},
}

// A healthy account has nothing that is not ok; each trouble is found, by itself.
func TestDoctorFindsEachTroubleOfTheAccount(t *testing.T) {
	p := admitted(t, synthesized(t).folder)
	if err := p.Pass(3 * time.Hour); err != nil { // until every round has come, and no alarm waits for it
		t.Fatal(err)
	}
	healthy := p.examineAccount()
	if !healthy.Healthy() {
		t.Fatalf("a healthy account is not: %s", linesOf(healthy))
	}
	goldenText(t, "doctor-account-healthy.txt", linesOf(healthy))
	for name, c := range accountTroubles {
		t.Run(name, func(t *testing.T) {
			undo := c.plant(t, p)
			defer undo()
			n, said := 0, false
			report := p.examineAccount()
			for _, l := range report.Lines {
				if l.State == doctor.OK {
					continue
				}
				n++
				text := strings.Join([]string{l.Subject, l.What, l.Command}, " ")
				said = said || l.Area == c.found.area && l.State == c.found.state && !slices.ContainsFunc(c.found.texts, func(part string) bool { return !strings.Contains(text, part) })
				if l.Command == "" {
					t.Errorf("nothing to do about it: %s", text)
				}
			}
			if !said || n != c.lines {
				t.Errorf("%s: %d lines are not ok, want %d; found %t:\n%s", c.reason, n, c.lines, said, linesOf(report))
			}
		})
	}
}

// Whoever looks three months later finds that no drill has been since. Letting
// them pass would be 26,000 rounds of the monitor.
func TestDoctorFindsDrillsOverdue(t *testing.T) {
	p := admitted(t, synthesized(t).folder)
	later := examinerOf(t, p, func(o *examine.Options) { o.Clock = worldClock{p.World, 90 * 24 * time.Hour} })
	overdue := 0
	for _, l := range linesIn(later, "drills") {
		switch {
		case l.State == doctor.OK:
		case strings.Contains(l.What, "the last verdict is from") && strings.HasPrefix(l.Command, "lifeboat drill --plan lifeboat.yaml --world aws "):
			overdue++
		default:
			t.Errorf("%+v", l)
		}
	}
	if overdue != len(p.Databases()) {
		t.Errorf("%d of %d are overdue", overdue, len(p.Databases()))
	}
}

// A fresh account lacks RDS's own role.
func TestDoctorFindsTheLinkedRoleMissing(t *testing.T) {
	w := open(t, synthesized(t).folder, func(o *template.Options) { o.Scenario.Missing = []string{"linked-role"} })
	lines := newPatient(t, w, needed(t, synthesized(t).folder)).examine("service-linked role").Lines
	if len(lines) != 1 || lines[0].State != doctor.Wrong || lines[0].Command != "aws iam create-service-linked-role --aws-service-name rds.amazonaws.com" {
		t.Errorf("%+v", lines)
	}
}

// An operator who may read nothing knows nothing, and is told what it takes.
func TestDoctorWithoutPermissionsKnowsNothing(t *testing.T) {
	p := admitted(t, synthesized(t).folder)
	p.Forbid("*")
	for _, l := range p.examineAccount().Lines {
		if l.State != doctor.Unknown || !strings.Contains(l.What, "it takes ") && !strings.Contains(l.What, "is not known") || l.Command == "" {
			t.Errorf("%+v", l)
		}
	}
}

type eventRule = eventbridgesim.Rule

func simQueue(key string) simsqs.Queue {
	return simsqs.Queue{KMSKey: key, Retention: 14 * 24 * time.Hour}
}

// unsubscribed takes the first address of a topic away; what undoes it comes back.
func (p *patient) unsubscribed(t *testing.T, topic string) (address string, undo func()) {
	t.Helper()
	for _, s := range p.Cloud().SNS.Subscriptions() {
		if s.Topic == topic {
			p.Cloud().SNS.Unsubscribe(s.ARN)
			return s.Endpoint, func() { _, _ = p.Cloud().SNS.Subscribe(topic, s.Protocol, s.Endpoint, true) }
		}
	}
	t.Fatal("nobody is subscribed to " + topic)
	return "", nil
}

func (p *patient) alarm(t *testing.T, name string) simcloudwatch.Alarm {
	t.Helper()
	for _, a := range p.Cloud().Metrics.Alarms() {
		if a.Name == name {
			return a.Alarm
		}
	}
	t.Fatal("there is no alarm " + name)
	return simcloudwatch.Alarm{}
}

// putAlarm puts one that is OK: of a new one nothing is known for a while.
func (p *patient) putAlarm(t *testing.T, a simcloudwatch.Alarm) {
	t.Helper()
	if err := p.Cloud().Metrics.AddAlarm(a); err != nil {
		t.Fatal(err)
	}
	p.setAlarm(t, a.Name, "OK")
}

func (p *patient) setAlarm(t *testing.T, name, state string) {
	t.Helper()
	// Right behind an evaluation, so that the next does not undo it while the doctor
	// looks.
	now := p.Now()
	if err := p.Pass(now.Truncate(time.Minute).Add(75 * time.Second).Sub(now)); err != nil {
		t.Fatal(err)
	}
	_, err := sdkcloudwatch.NewFromConfig(p.SDK(p.Where().Region)).SetAlarmState(context.Background(), &sdkcloudwatch.SetAlarmStateInput{
		AlarmName: &name, StateValue: types.StateValue(state), StateReason: aws.String("a test says so"),
	})
	if err != nil {
		t.Fatal(err)
	}
}
