package template

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/authz"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/cloudwatch"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/eventbridge"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/events"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lambda"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/scheduler"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/sns"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/sqs"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/world/machines"
)

// What AWS's services do by themselves, each as itself or with the role that it
// was given.

// service is a question of a service that acts for a resource of the account.
func service(name, action, resource, source string) authz.Question {
	return authz.Question{
		Principal: name, Action: action, Resource: resource, Owner: part(resource, 4),
		Context: map[string]any{"aws:SourceArn": source, "aws:SourceAccount": part(source, 4)},
	}
}

// all asks questions until one is denied.
func (w *World) all(questions ...authz.Question) error {
	for _, q := range questions {
		if err := w.may(q); err != nil {
			return &wire.Error{Code: "AccessDeniedException", Message: err.Error(), Status: 403}
		}
	}
	return nil
}

// encrypts are the questions of a service that puts something into an encrypted
// queue or topic.
func (w *World) encrypts(principal, into, source string) []authz.Question {
	key := w.account.KeyOf(into)
	if key == "" {
		return nil
	}
	via := part(into, 2) + "." + part(into, 3) + ".amazonaws.com"
	var list []authz.Question
	for _, action := range []string{"kms:GenerateDataKey", "kms:Decrypt"} {
		q := service(principal, action, key, source)
		q.Context["kms:ViaService"], q.Context["kms:EncryptionContext:aws:"+part(into, 2)+":arn"] = via, into
		q.Why = "what is sent to " + shortName(into) + " is encrypted"
		list = append(list, q)
	}
	return list
}

// toTarget is a rule that has matched.
func (w *World) toTarget(r eventbridge.Rule, t eventbridge.Target, event []byte) error {
	if err := w.all(service("events.amazonaws.com", "lambda:InvokeFunction", t.ARN, r.ARN)); err != nil {
		return err
	}
	if _, there := w.account.Function(t.ARN); !there {
		return &wire.Error{Code: "ResourceNotFoundException", Message: "Function not found: " + t.ARN}
	}
	w.async.Invoke(t.ARN, event)
	return nil
}

func (w *World) undeliveredByRule(u eventbridge.Undelivered) error {
	w.trouble("rule "+u.Rule.Name, "could not deliver to "+shortName(u.Target.ARN), errors.New(u.Code+": "+u.Message))
	questions := append([]authz.Question{service("events.amazonaws.com", "sqs:SendMessage", u.Target.DeadLetter, u.Rule.ARN)}, w.encrypts("events.amazonaws.com", u.Target.DeadLetter, u.Rule.ARN)...)
	if err := w.all(questions...); err != nil {
		return err
	}
	return w.cloud.SQS.Put(u.Target.DeadLetter, string(u.Event), u.Attributes())
}

func (w *World) lostByRule(u eventbridge.Undelivered, err error) {
	w.trouble("rule "+u.Rule.Name, "an event is lost", err)
}

// bySchedule is a schedule whose time has come.
func (w *World) bySchedule(s scheduler.Schedule, input []byte) error {
	assume := service("scheduler.amazonaws.com", "sts:AssumeRole", s.RoleARN, groupARN(s))
	questions := []authz.Question{assume}
	if s.KMSKey != "" {
		questions = append(questions, authz.OfResource("AWS::Scheduler::Schedule", s.RoleARN, only("KmsKeyArn"), map[string]string{"Key": s.KMSKey, "Self": s.ARN}, s.Region, s.Account)...)
	}
	questions = append(questions, authz.Question{Principal: s.RoleARN, Action: "states:StartExecution", Resource: s.TargetARN, Owner: part(s.TargetARN, 4)})
	if err := w.all(questions...); err != nil {
		return err
	}
	_, err := w.start(s.TargetARN, input)
	return err
}

// groupARN is what the scheduler says that it acts for.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
func groupARN(s scheduler.Schedule) string {
	return wire.ARN("scheduler", s.Region, s.Account, "schedule-group/"+s.Group)
}

func (w *World) undeliveredBySchedule(u scheduler.Undelivered) error {
	w.trouble("schedule "+u.Schedule.Name, "could not start its target", errors.New(u.Code+": "+u.Message))
	if err := w.all(w.roleSends(u.Schedule.RoleARN, u.Schedule.DeadLetter)...); err != nil {
		return err
	}
	return w.cloud.SQS.Put(u.Schedule.DeadLetter, u.Body(), u.Attributes())
}

// roleSends are the questions of a role that puts something into a queue.
func (w *World) roleSends(role, queue string) []authz.Question {
	list := []authz.Question{{Principal: role, Action: "sqs:SendMessage", Resource: queue, Owner: part(queue, 4)}}
	for _, q := range w.encrypts(role, queue, queue) {
		delete(q.Context, "aws:SourceArn")
		delete(q.Context, "aws:SourceAccount")
		list = append(list, q)
	}
	return list
}

func (w *World) lostBySchedule(u scheduler.Undelivered, err error) {
	w.trouble("schedule "+u.Schedule.Name, "a start is lost", err)
}

func (w *World) undeliveredByFunction(function string, f lambda.Failure) error {
	v, there := w.account.Function(function)
	if !there || v.DeadLetter == "" {
		return errors.New("it has no dead-letter queue")
	}
	if err := w.all(w.roleSends(v.Role, v.DeadLetter)...); err != nil {
		return err
	}
	return w.cloud.SQS.Put(v.DeadLetter, string(f.Payload), f.Attributes())
}

func (w *World) lostByFunction(function string, _ lambda.Failure, err error) {
	w.trouble(shortName(function), "what it failed on is lost", err)
}

// start begins an execution that AWS names.
func (w *World) start(machine string, input json.RawMessage) (*machines.Execution, error) {
	if _, there := w.machines.Machine(machine); !there {
		return nil, &wire.Error{Code: "StateMachineDoesNotExist", Message: "State Machine Does Not Exist: '" + machine + "'"}
	}
	w.named++
	name := fmt.Sprintf("%08d-0000-4000-8000-000000000000", w.named)
	arn := strings.Replace(machine, ":stateMachine:", ":execution:", 1) + ":" + name
	w.figure(machine, "ExecutionsStarted")
	if err := w.machines.Start(sfn.Start{ARN: arn, MachineARN: machine, Name: name, Input: input, At: w.clock.Now()}); err != nil {
		return nil, err
	}
	return w.machines.Find(arn), nil
}

// ended is what Step Functions tells of an execution: an event, and figures.
// https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
func (w *World) ended(x *machines.Execution) {
	names := map[string]string{"SUCCEEDED": "ExecutionsSucceeded", "FAILED": "ExecutionsFailed", "TIMED_OUT": "ExecutionsTimedOut", "ABORTED": "ExecutionsAborted"}
	w.figure(x.MachineARN, names[string(x.Result.Status)])
	w.fail(w.cloud.Bus.Put(events.Event{
		Source: "aws.states", DetailType: "Step Functions Execution Status Change", Account: part(x.ARN, 4), Region: part(x.ARN, 3), Resources: []string{x.ARN},
	}, x.Change()))
}

func (w *World) figure(machine, name string) {
	w.cloud.Metrics.Put(part(machine, 4), part(machine, 3), cloudwatch.Metric{Namespace: "AWS/States", Name: name, Dimensions: map[string]string{"StateMachineArn": machine}}, 1, w.clock.Now())
}

// queueChanged is what SQS tells of a queue, every minute while something is in
// it.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
func (w *World) queueChanged(q sqs.Queue, visible int) {
	w.cloud.Metrics.Put(part(q.ARN, 4), part(q.ARN, 3), cloudwatch.Metric{
		Namespace: "AWS/SQS", Name: "ApproximateNumberOfMessagesVisible", Dimensions: map[string]string{"QueueName": shortName(q.ARN)},
	}, float64(visible), w.clock.Now())
}

// alarmChanged carries out the actions of an alarm.
func (w *World) alarmChanged(c cloudwatch.Change) {
	if !c.Alarm.ActionsEnabled {
		return
	}
	actions := map[string][]string{"ALARM": c.Alarm.Actions, "OK": c.Alarm.OKActions, "INSUFFICIENT_DATA": c.Alarm.NoDataActions}[c.To]
	subject, body := cloudwatch.Message(c)
	for _, topic := range actions {
		questions := append([]authz.Question{service("cloudwatch.amazonaws.com", "sns:Publish", topic, c.Alarm.ARN)}, w.encrypts("cloudwatch.amazonaws.com", topic, c.Alarm.ARN)...)
		err := w.all(questions...)
		if err == nil {
			err = w.cloud.SNS.Deliver(sns.Message{Topic: topic, Subject: subject, Message: body, At: w.clock.Now(), Publisher: "cloudwatch.amazonaws.com"})
		}
		if err != nil {
			w.trouble("alarm "+c.Alarm.Name, "nobody is told that it is "+c.To, err)
		}
	}
}
