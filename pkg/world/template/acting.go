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
// was given, for resources of these types.
const (
	functionType = "AWS::Lambda::Function"
	ruleType     = "AWS::Events::Rule"
	scheduleType = "AWS::Scheduler::Schedule"
	alarmType    = "AWS::CloudWatch::Alarm"
	combinedType = "AWS::CloudWatch::CompositeAlarm"
)

// asks are the questions that AWS asks about one property of a resource when it is
// used: the rows of pkg/simaws/onbehalf, with what is used now.
func asks(typ, property, role, self string, values map[string]string) []authz.Question {
	values["Self"] = self
	return authz.OfResource(typ, role, func(path string) bool { return path == property }, values, part(self, 3), part(self, 4))
}

// all asks questions until one is denied. Without any, the table lacks the row,
// and nothing is allowed by silence.
func (w *World) all(questions []authz.Question) error {
	if len(questions) == 0 {
		err := errors.New("pkg/simaws/onbehalf has no row for it")
		w.fail(err)
		return err
	}
	for _, q := range questions {
		var denied *authz.Denied
		err := w.may(q)
		if errors.As(err, &denied) {
			return &wire.Error{Code: "AccessDeniedException", Message: err.Error(), Status: 403}
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// queue is a queue with its key, for questions.
func (w *World) queue(arn string) map[string]string {
	return map[string]string{"Queue": arn, "QueueKey": w.account.KeyOf(arn)}
}

// toTarget is a rule that has matched.
func (w *World) toTarget(r eventbridge.Rule, t eventbridge.Target, event []byte) error {
	if part(t.ARN, 2) == "sns" {
		return w.toTopic(r, t, event)
	}
	if err := w.all(asks(ruleType, "Targets", "", r.ARN, map[string]string{"Function": t.ARN})); err != nil {
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
	if err := w.all(asks(ruleType, "Targets", "", u.Rule.ARN, w.queue(u.Target.DeadLetter))); err != nil {
		return err
	}
	return w.cloud.SQS.Put(u.Target.DeadLetter, string(u.Event), u.Attributes())
}

func (w *World) lostByRule(u eventbridge.Undelivered, err error) {
	w.trouble("rule "+u.Rule.Name, "an event is lost", err)
}

// bySchedule is a schedule whose time has come.
func (w *World) bySchedule(s scheduler.Schedule, input []byte) error {
	asked, err := s.Execution(input)
	if err != nil {
		return err
	}
	group := wire.ARN("scheduler", s.Region, s.Account, "schedule-group/"+s.Group)
	questions := asks(scheduleType, "Target.RoleArn", s.RoleARN, s.ARN, map[string]string{"Group": group})
	if s.KMSKey != "" {
		questions = append(questions, asks(scheduleType, "KmsKeyArn", s.RoleARN, s.ARN, map[string]string{"Key": s.KMSKey})...)
	}
	questions = append(questions, asks(scheduleType, "Target.Arn", s.RoleARN, s.ARN, map[string]string{"Target": asked.StateMachineArn})...)
	if err := w.all(questions); err != nil {
		return err
	}
	_, err = w.start(asked.StateMachineArn, asked.Name, json.RawMessage(asked.Input))
	return err
}

func (w *World) undeliveredBySchedule(u scheduler.Undelivered) error {
	w.trouble("schedule "+u.Schedule.Name, "could not start its target", errors.New(u.Code+": "+u.Message))
	if err := w.all(asks(scheduleType, "Target.DeadLetterConfig", u.Schedule.RoleARN, u.Schedule.ARN, w.queue(u.Schedule.DeadLetter))); err != nil {
		return err
	}
	return w.cloud.SQS.Put(u.Schedule.DeadLetter, u.Body(), u.Attributes())
}

func (w *World) lostBySchedule(u scheduler.Undelivered, err error) {
	w.trouble("schedule "+u.Schedule.Name, "a start is lost", err)
}

func (w *World) undeliveredByFunction(function string, f lambda.Failure) error {
	v, there := w.account.Function(function)
	if !there || v.DeadLetter == "" {
		return errors.New("it has no dead-letter queue")
	}
	if err := w.all(asks(functionType, "DeadLetterConfig", v.Role, unqualified(v.ARN), w.queue(v.DeadLetter))); err != nil {
		return err
	}
	return w.cloud.SQS.Put(v.DeadLetter, string(f.Payload), f.Attributes())
}

func (w *World) lostByFunction(function string, _ lambda.Failure, err error) {
	w.trouble(shortName(function), "what it failed on is lost", err)
}

// start begins an execution; AWS makes up a name where there is none.
func (w *World) start(machine, name string, input json.RawMessage) (*machines.Execution, error) {
	if _, there := w.machines.Machine(machine); !there {
		return nil, &wire.Error{Code: "StateMachineDoesNotExist", Message: "State Machine Does Not Exist: '" + machine + "'"}
	}
	if name == "" {
		w.named++
		name = fmt.Sprintf("%08d-0000-4000-8000-000000000000", w.named)
	}
	if err := sfn.CheckName(name); err != nil {
		return nil, err
	}
	arn := strings.Replace(machine, ":stateMachine:", ":execution:", 1) + ":" + name
	if w.machines.Find(arn) != nil {
		return nil, &wire.Error{Code: "ExecutionAlreadyExists", Message: "Execution Already Exists: '" + arn + "'"}
	}
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
	w.Repeat(x)
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
	subject, body := cloudwatch.Message(c)
	typ := alarmType
	if c.Composite != nil {
		typ = combinedType
	}
	for _, topic := range c.Actions() {
		err := w.all(asks(typ, "AlarmActions", "", c.Alarm.ARN, map[string]string{"Topic": topic, "TopicKey": w.account.KeyOf(topic)}))
		if err == nil {
			err = w.cloud.SNS.Deliver(sns.Message{Topic: topic, Subject: subject, Message: body, At: w.clock.Now(), Publisher: "cloudwatch.amazonaws.com"})
		}
		if err != nil {
			w.trouble("alarm "+c.Alarm.Name, "nobody is told that it is "+c.To, err)
		}
	}
	w.cloud.Bus.Send(cloudwatch.Event(c))
}

// Repeat sends, once more where it was sent, what Step Functions tells of an
// execution that has ended: EventBridge delivers at least once.
func (w *World) Repeat(x *machines.Execution) {
	w.fail(w.cloud.Bus.Put(events.Event{
		Source: "aws.states", DetailType: "Step Functions Execution Status Change", Account: part(x.ARN, 4), Region: part(x.ARN, 3), Resources: []string{x.ARN},
	}, x.Change()))
}
