package authz_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/authz"
)

// What is asked of a resource: its role, the services that work for it, and who
// deploys it.
func TestOfResource(t *testing.T) {
	const queue, key = "arn:aws:sqs:" + region + ":" + account + ":undelivered", keyARN
	const rule = "arn:aws:events:" + region + ":" + account + ":rule/a"
	for name, c := range map[string]struct {
		reason string
		typ    string
		has    []string
		values map[string]string
		want   []string // "principal action", the role as role
	}{
		"schedule": {
			reason: "its target, its queue, its key, its trust", typ: "AWS::Scheduler::Schedule", has: []string{"Target.Arn", "Target.RoleArn", "Target.DeadLetterConfig", "KmsKeyArn"},
			values: map[string]string{"Self": "arn:s", "Group": "arn:g", "Target": "arn:m", "Queue": queue, "QueueKey": key, "Key": key},
			want:   []string{"role kms:Decrypt", "role kms:Decrypt", "role kms:GenerateDataKey", "role sqs:SendMessage", "role states:StartExecution", "scheduler.amazonaws.com sts:AssumeRole"},
		},
		"queue that is not encrypted": {
			reason: "no key is asked of", typ: "AWS::Scheduler::Schedule", has: []string{"Target.DeadLetterConfig"},
			values: map[string]string{"Queue": queue, "QueueKey": "", "Key": key}, want: []string{"role sqs:SendMessage"},
		},
		"its own key": {
			reason: "where no other is named, it is the queue's too", typ: "AWS::Scheduler::Schedule", has: []string{"Target.DeadLetterConfig"},
			values: map[string]string{"Queue": queue, "Key": key}, want: []string{"role kms:Decrypt", "role kms:GenerateDataKey", "role sqs:SendMessage"},
		},
		"only the log": {
			reason: "what is used now is asked for now", typ: "AWS::Lambda::Function", has: []string{"LoggingConfig"},
			values: map[string]string{"Log": "arn:aws:logs:" + region + ":" + account + ":log-group:a:*"}, want: []string{"role logs:CreateLogStream", "role logs:PutLogEvents"},
		},
		"rule": {
			reason: "EventBridge works without a role", typ: "AWS::Events::Rule", has: []string{"Targets"},
			values: map[string]string{"Self": rule, "Function": "arn:f", "Queue": queue, "QueueKey": key},
			want:   []string{"events.amazonaws.com kms:Decrypt", "events.amazonaws.com kms:GenerateDataKey", "events.amazonaws.com lambda:InvokeFunction", "events.amazonaws.com sqs:SendMessage"},
		},
		"alarm": {
			reason: "CloudWatch publishes to an encrypted topic", typ: "AWS::CloudWatch::Alarm", has: []string{"AlarmActions"},
			values: map[string]string{"Self": "arn:a", "Topic": topic, "TopicKey": key},
			want:   []string{"cloudwatch.amazonaws.com kms:Decrypt", "cloudwatch.amazonaws.com kms:GenerateDataKey", "cloudwatch.amazonaws.com sns:Publish"},
		},
		"log group": {
			reason: "the region's service encrypts it", typ: "AWS::Logs::LogGroup", has: []string{"KmsKeyId"}, values: map[string]string{"Self": "arn:l:*", "Key": key},
			want: []string{
				"logs.eu-central-1.amazonaws.com kms:Decrypt", "logs.eu-central-1.amazonaws.com kms:Encrypt", "logs.eu-central-1.amazonaws.com kms:GenerateDataKey",
				"logs.eu-central-1.amazonaws.com kms:ReEncryptFrom", "logs.eu-central-1.amazonaws.com kms:ReEncryptTo",
			},
		},
		"deployer": {
			reason: "who deploys passes the role on", typ: "AWS::StepFunctions::StateMachine", has: []string{"RoleArn"},
			values: map[string]string{"Self": "arn:m", "Deployer": "arn:d"}, want: []string{"arn:d iam:PassRole", "states.amazonaws.com sts:AssumeRole"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, q := range authz.OfResource(c.typ, tester, func(path string) bool { return slices.Contains(c.has, path) }, c.values, region, account) {
				got = append(got, strings.Replace(q.Principal, tester, "role", 1)+" "+q.Action)
				if q.Why == "" || q.Source == "" || strings.Contains(q.Resource, "$") || q.Owner != account {
					t.Errorf("%+v", q)
				}
				for key, value := range q.Context {
					if text, ok := value.(string); !ok || strings.Contains(text, "${") || strings.HasSuffix(text, ":*") {
						t.Errorf("%s: %s %v", q, key, value)
					}
				}
			}
			slices.Sort(got)
			if !slices.Equal(got, c.want) {
				t.Errorf("%s:\n%q, want\n%q", c.reason, got, c.want)
			}
		})
	}
}

// Every question of the table is one that IAM can be asked: with everything
// allowed, the answer is yes.
func TestEveryRowCanBeAsked(t *testing.T) {
	all := policies{roles: map[string]string{tester: policy(allow("*", "*"))}, resources: map[string]string{}}
	values := map[string]string{
		"Key": keyARN, "Deployer": tester, "Queue": "arn:aws:sqs:" + region + ":" + account + ":undelivered", "Topic": topic,
		"Log": "arn:aws:logs:" + region + ":" + account + ":log-group:a", "Group": "arn:aws:scheduler:" + region + ":" + account + ":schedule-group/a",
		"Function": "arn:aws:lambda:" + region + ":" + account + ":function:a", "Target": "arn:aws:states:" + region + ":" + account + ":stateMachine:a", "Self": "arn:self", "RoleTopic": topic, "RoleTopicKey": keyARN,
	}
	for _, arn := range values {
		all.resources[arn] = policy(to(everybody, allow("*", "*")), to(`{"Service":["lambda.amazonaws.com","scheduler.amazonaws.com","states.amazonaws.com","events.amazonaws.com","cloudwatch.amazonaws.com","delivery.logs.amazonaws.com","logs.`+region+`.amazonaws.com","vpc-flow-logs.amazonaws.com"]}`, allow("*", "*")))
	}
	all.resources[tester] = policy(`{"Effect":"Allow","Principal":{"Service":["lambda.amazonaws.com","scheduler.amazonaws.com","states.amazonaws.com","events.amazonaws.com","vpc-flow-logs.amazonaws.com"]},"Action":"sts:AssumeRole"}`)
	n := 0
	for _, typ := range []string{
		"AWS::Lambda::Function", "AWS::Scheduler::Schedule", "AWS::StepFunctions::StateMachine", "AWS::Events::Rule", "AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm", "AWS::Logs::LogGroup",
		"AWS::EC2::FlowLog", "AWS::DynamoDB::Table",
	} {
		for _, q := range authz.OfResource(typ, tester, func(string) bool { return true }, values, region, account) {
			n++
			answer, err := evaluator.Ask(q, all)
			if err != nil {
				t.Errorf("%s: %v", typ, err)
			} else if !answer.Allowed {
				t.Errorf("%s: %s: %+v", typ, q, answer)
			}
		}
	}
	if n < 60 {
		t.Errorf("only %d questions", n)
	}
}

// A key of a topic or queue may be named by its id or an alias: the policies that
// are asked are the key's.
func TestAKeyByAnotherName(t *testing.T) {
	const queue, id = "arn:aws:sqs:" + region + ":" + account + ":undelivered", "11111111-1111-1111-1111-111111111111"
	const alarms, arnOf = "cloudwatch.amazonaws.com", "arn:aws:kms:" + region + ":" + account + ":"
	lets := policy(to(`{"Service":["`+alarms+`","events.amazonaws.com"]}`, when(`{"ForAnyValue:StringEquals":{"kms:ResourceAliases":"alias/alerts"}}`, allow("kms:*", "*"))), to(root, allow("kms:*", "*")))
	known := facts{aliases: map[string][]string{keyARN: {"alias/alerts"}}}
	p := policies{
		roles:     map[string]string{tester: policy(allow("sns:Publish", "*"), allow("sqs:SendMessage", "*"), allow("kms:*", keyARN))},
		resources: map[string]string{keyARN: lets, topic: policy(to(everybody, allow("sns:Publish", topic))), queue: policy(to(everybody, allow("sqs:SendMessage", queue)))},
	}
	for name, c := range map[string]struct {
		reason string
		key    string
		f      authz.Facts
		want   string // part of the error, of each question about the key
	}{
		"ARN of an alias":  {reason: "it is found", key: arnOf + "alias/alerts", f: known},
		"alias":            {reason: "it is found where the resource is", key: "alias/alerts", f: known},
		"id":               {reason: "it is one of the account", key: id, f: known},
		"unknown alias":    {reason: "nothing can be asked of no key", key: "alias/other", f: known, want: "there is no key of which " + arnOf + "alias/other is an alias"},
		"another region's": {reason: "an alias has a region", key: "arn:aws:kms:eu-west-1:" + account + ":alias/else", f: known, want: "there is no key"},
		"no keys":          {reason: "nobody looks aliases up", key: "alias/alerts", f: struct{ authz.Facts }{known}, want: "which key the alias stands for nobody says"},
	} {
		t.Run(name, func(t *testing.T) {
			a := authz.New(evaluator, p, c.f)
			asked := 0
			for typ, values := range map[string]map[string]string{
				"AWS::CloudWatch::Alarm":   {"Self": "arn:a", "Topic": topic, "TopicKey": c.key},
				"AWS::Events::Rule":        {"Self": "arn:a", "Queue": queue, "QueueKey": c.key},
				"AWS::Scheduler::Schedule": {"Self": "arn:a", "Queue": queue, "Key": c.key},
			} {
				has := func(path string) bool {
					return slices.Contains([]string{"AlarmActions", "Targets", "Target.DeadLetterConfig"}, path)
				}
				for _, q := range authz.OfResource(typ, tester, has, values, region, account) {
					err := a.May(q)
					if !strings.HasPrefix(q.Action, "kms:") {
						continue
					}
					asked++
					if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
						t.Errorf("%s: %s: %v, want %q", c.reason, q, err, c.want)
					}
				}
			}
			if asked != 6 || len(a.Refused()) != 0 {
				t.Errorf("%d questions about the key, refused %v", asked, a.Refused())
			}

			// The same of a call: the cloud tells the key as the topic has it.
			f := known
			f.keys = map[string]string{topic: c.key}
			var all authz.Facts = f
			if _, ok := c.f.(facts); !ok {
				all = struct{ authz.Facts }{f}
			}
			w := newWorld(t, p, f)
			w.auth.Facts = all
			err := calls["publish"](w)
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("%s: publish: %v, want %q", c.reason, err, c.want)
			}
		})
	}
}
