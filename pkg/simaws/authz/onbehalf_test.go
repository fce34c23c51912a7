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
		"Function": "arn:aws:lambda:" + region + ":" + account + ":function:a", "Target": "arn:aws:states:" + region + ":" + account + ":stateMachine:a", "Self": "arn:self",
	}
	for _, arn := range values {
		all.resources[arn] = policy(to(everybody, allow("*", "*")), to(`{"Service":["lambda.amazonaws.com","scheduler.amazonaws.com","states.amazonaws.com","events.amazonaws.com","cloudwatch.amazonaws.com","delivery.logs.amazonaws.com","logs.`+region+`.amazonaws.com","vpc-flow-logs.amazonaws.com"]}`, allow("*", "*")))
	}
	all.resources[tester] = policy(`{"Effect":"Allow","Principal":{"Service":["lambda.amazonaws.com","scheduler.amazonaws.com","states.amazonaws.com","vpc-flow-logs.amazonaws.com"]},"Action":"sts:AssumeRole"}`)
	n := 0
	for _, typ := range []string{
		"AWS::Lambda::Function", "AWS::Scheduler::Schedule", "AWS::StepFunctions::StateMachine", "AWS::Events::Rule", "AWS::CloudWatch::Alarm", "AWS::Logs::LogGroup",
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
