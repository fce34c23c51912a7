package constructs

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsscheduler"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// Schedule of the drills of one database.
type Schedule struct {
	Workload, Database string
	Expression         string // cron(...) or rate(...), UTC
}

func (s Schedule) name() string { return s.Workload + "/" + s.Database }

// flexibleMinutes lets starts spread, so that ten databases with one cron line
// do not ask for ten instances in one minute.
const flexibleMinutes = 15

// NewSchedules starts drills. What could not be delivered ends up in the
// queue. EventBridge Scheduler delivers at least once: the machine
// claims the scheduled time, and a second start ends harmlessly.
//
// The target is the universal one, whose input is the request: only it can name
// the execution. The name is that of the database and what the scheduler calls
// this attempt, so a second delivery is a second execution, and no error.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-schedule-context-attributes.html
//
// A schedule carries no key of ours: its payload is the name of a database,
// which its description says as well, and EventBridge Scheduler encrypts it with
// a key of its own. With ours no drill would start once that key, or the role's
// right to it, is lost.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/encryption-rest.html
func NewSchedules(scope constructs.Construct, names Names, key awskms.IKey, queue awssqs.IQueue, schedules []Schedule) {
	scope = constructs.NewConstruct(scope, jsii.String("Schedules"))
	role := NewRole(scope, names.Prefix()+"-schedules", ofSchedules(names, names.Prefix()), []Statement{
		{Sid: "Start", Reason: "drills", Actions: []string{"states:StartExecution"}, Resources: []string{names.MachineARN()}},
		sendUndelivered(names), useQueueKey(names, key),
	})
	group := awsscheduler.NewCfnScheduleGroup(scope, jsii.String("Group"), &awsscheduler.CfnScheduleGroupProps{Name: jsii.String(names.Prefix())})
	for _, s := range schedules {
		schedule := awsscheduler.NewCfnSchedule(within(scope, s.Workload), idOf(s.Database), &awsscheduler.CfnScheduleProps{
			GroupName: group.Name(), Description: jsii.String("restore drill of " + s.name()), ScheduleExpression: jsii.String(s.Expression),
			ScheduleExpressionTimezone: jsii.String("UTC"),
			FlexibleTimeWindow:         &awsscheduler.CfnSchedule_FlexibleTimeWindowProperty{Mode: jsii.String("FLEXIBLE"), MaximumWindowInMinutes: jsii.Number(flexibleMinutes)},
			Target: &awsscheduler.CfnSchedule_TargetProperty{
				Arn:     jsii.String("arn:" + names.Partition() + ":scheduler:::aws-sdk:sfn:startExecution"),
				RoleArn: role.RoleArn(), Input: jsii.String(requestOf(names, s)),
				DeadLetterConfig: &awsscheduler.CfnSchedule_DeadLetterConfigProperty{Arn: queue.QueueArn()},
				RetryPolicy:      &awsscheduler.CfnSchedule_RetryPolicyProperty{MaximumEventAgeInSeconds: jsii.Number(3600), MaximumRetryAttempts: jsii.Number(10)},
			},
		})
		schedule.AddResourceDependency(group, nil)
	}
}

// requestOf is StartExecution's, with what the machine gets as its input. Context
// attributes in angle brackets are filled in by the scheduler, wherever they
// stand, so they must not be escaped.
func requestOf(names Names, s Schedule) string {
	return encoded(struct{ StateMachineArn, Name, Input string }{names.MachineARN(), executionOf(s), inputOf(s)})
}

func inputOf(s Schedule) string {
	return encoded(map[string]string{
		"database": s.name(), "scheduledTime": "<aws.scheduler.scheduled-time>", "trigger": "schedule", "startedBy": "EventBridge Scheduler",
	})
}

// attemptID is what tells two attempts apart. The guide's example has 16
// characters and names no limit; there is room for a UUID.
const (
	attemptID    = "<aws.scheduler.execution-id>"
	attemptChars = 36
	nameChars    = 80 // of an execution
)

var notInNames = regexp.MustCompile(`[^A-Za-z0-9_-]`)

// executionOf is the execution's name: whose drill it is, and which attempt.
func executionOf(s Schedule) string {
	name := notInNames.ReplaceAllString(s.Workload+"-"+s.Database, "-")
	return name[:min(len(name), nameChars-attemptChars-len("-"))] + "-" + attemptID
}

func encoded(v any) string {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(v) // texts always encode
	return strings.TrimSpace(text.String())
}
