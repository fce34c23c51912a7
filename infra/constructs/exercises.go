package constructs

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awsscheduler"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// NewExercises starts exercises of all that declares a recovery, by one schedule of the
// deployment. It is delivered at least once, as those of drills are: the machine claims
// the scheduled time. expression is cron(...) or rate(...), UTC.
func NewExercises(scope constructs.Construct, names Names, key awskms.IKey, queue awssqs.IQueue, expression string) {
	scope = constructs.NewConstruct(scope, jsii.String("Exercises"))
	role := NewRole(scope, names.Exercising(), ofSchedules(names, names.Exercising()), []Statement{
		{Sid: "Start", Reason: "exercises", Actions: []string{"states:StartExecution"}, Resources: []string{names.RecoveryMachineARN()}},
		sendUndelivered(names), useQueueKey(names, key),
	})
	group := awsscheduler.NewCfnScheduleGroup(scope, jsii.String("Group"), &awsscheduler.CfnScheduleGroupProps{Name: jsii.String(names.Exercising())})
	input := encoded(map[string]string{
		"mode": "exercise", "scheduledTime": "<aws.scheduler.scheduled-time>", "trigger": "schedule", "startedBy": "EventBridge Scheduler",
	})
	schedule := awsscheduler.NewCfnSchedule(scope, jsii.String("Exercise"), &awsscheduler.CfnScheduleProps{
		GroupName: group.Name(), Description: jsii.String("exercise of the recovery of " + names.Deployment), ScheduleExpression: jsii.String(expression),
		ScheduleExpressionTimezone: jsii.String("UTC"),
		FlexibleTimeWindow:         &awsscheduler.CfnSchedule_FlexibleTimeWindowProperty{Mode: jsii.String("FLEXIBLE"), MaximumWindowInMinutes: jsii.Number(flexibleMinutes)},
		Target: &awsscheduler.CfnSchedule_TargetProperty{
			Arn:     jsii.String("arn:" + names.Partition() + ":scheduler:::aws-sdk:sfn:startExecution"),
			RoleArn: role.RoleArn(), Input: jsii.String(encoded(struct{ StateMachineArn, Name, Input string }{names.RecoveryMachineARN(), "exercise-" + attemptID, input})),
			DeadLetterConfig: &awsscheduler.CfnSchedule_DeadLetterConfigProperty{Arn: queue.QueueArn()},
			RetryPolicy:      &awsscheduler.CfnSchedule_RetryPolicyProperty{MaximumEventAgeInSeconds: jsii.Number(3600), MaximumRetryAttempts: jsii.Number(10)},
		},
	})
	schedule.AddResourceDependency(group, nil)
}
