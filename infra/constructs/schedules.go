package constructs

import (
	"bytes"
	"encoding/json"
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
// A schedule carries no key of ours: its payload is the name of a database,
// which its description says as well, and EventBridge Scheduler encrypts it with
// a key of its own. With ours no drill would start once that key, or the role's
// right to it, is lost.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/encryption-rest.html
func NewSchedules(scope constructs.Construct, names Names, key awskms.IKey, queue awssqs.IQueue, schedules []Schedule) {
	scope = constructs.NewConstruct(scope, jsii.String("Schedules"))
	role := NewRole(scope, names.Prefix()+"-schedules", ofSchedules(names), []Statement{
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
				Arn: jsii.String(names.MachineARN()), RoleArn: role.RoleArn(), Input: jsii.String(inputOf(s)),
				DeadLetterConfig: &awsscheduler.CfnSchedule_DeadLetterConfigProperty{Arn: queue.QueueArn()},
				RetryPolicy:      &awsscheduler.CfnSchedule_RetryPolicyProperty{MaximumEventAgeInSeconds: jsii.Number(3600), MaximumRetryAttempts: jsii.Number(10)},
			},
		})
		schedule.AddResourceDependency(group, nil)
	}
}

// inputOf is what the machine gets. The context attribute in angle brackets is
// filled in by the scheduler, so it must not be escaped.
func inputOf(s Schedule) string {
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	_ = encoder.Encode(map[string]string{ // texts always encode
		"database": s.name(), "scheduledTime": "<aws.scheduler.scheduled-time>", "trigger": "schedule", "startedBy": "EventBridge Scheduler",
	})
	return strings.TrimSpace(text.String())
}
