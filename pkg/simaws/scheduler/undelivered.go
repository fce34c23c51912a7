package scheduler

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/redelivery"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Undelivered is an occurrence that its target did not get.
type Undelivered struct {
	Schedule Schedule
	Due      time.Time // when it was scheduled
	Input    []byte    // what the target was to get, at the last attempt
	// Code and Message are those of the target's answer, or the scheduler's own
	// where there was none.
	Code, Message string
	Err           error  // of the last attempt
	ExecutionID   string // of the last attempt
	Exhausted     string // MaximumRetryAttempts or MaximumEventAgeInSeconds; empty: it was not to be tried again
	Retried       int    // attempts after the first
	At            time.Time
}

func undelivered(s Schedule, due time.Time, id string, f redelivery.Failure, now time.Time) Undelivered {
	u := Undelivered{
		Schedule: s, Due: due, Input: []byte(fill(s, due, id, f.Retried+1)), ExecutionID: id, Err: f.Err, Exhausted: f.Exhausted, Retried: f.Retried, At: now,
		Code: "AWS.Scheduler.InternalServerError", Message: "Unexpected error occurred while processing the request",
	}
	var failed *wire.Error
	if errors.As(f.Err, &failed) {
		u.Code, u.Message = failed.Code, failed.Message
	}
	return u
}

// Attributes are those of the message in the dead-letter queue.
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html#configuring-schedule-dlq-dead-letter-event
func (u Undelivered) Attributes() map[string]string {
	target, _ := u.request()
	all := map[string]string{
		"ERROR_CODE": u.Code, "ERROR_MESSAGE": u.Message, "EXECUTION_ID": u.ExecutionID, "IS_PAYLOAD_TRUNCATED": "false",
		"RETRY_ATTEMPTS": strconv.Itoa(u.Retried), "SCHEDULED_TIME": u.Due.UTC().Format(time.RFC3339),
		"SCHEDULE_ARN": u.Schedule.ARN, "TARGET_ARN": target,
	}
	if u.Exhausted != "" {
		all["EXHAUSTED_RETRY_CONDITION"] = u.Exhausted
	}
	return all
}

// Body is that of the message in the dead-letter queue: the request to the
// target's service.
func (u Undelivered) Body() string {
	_, body := u.request()
	return body
}

// request is the target in the form of a universal one, and its parameters. The
// page shows that for a queue as target, and says it of all; the parameters of
// the others follow from their operations (unproven). A universal target, and one
// that is not known here, stays as it is.
func (u Undelivered) request() (target, body string) {
	s := u.Schedule
	universal := func(operation string, parameters map[string]string) (string, string) {
		text, _ := json.Marshal(parameters) // texts always encode
		return "arn:aws:scheduler:::aws-sdk:" + operation, string(text)
	}
	parts := strings.SplitN(s.TargetARN, ":", 6)
	switch parts[2] {
	case "sqs":
		return universal("sqs:sendMessage", map[string]string{
			"MessageBody": string(u.Input), "QueueUrl": "https://sqs." + parts[3] + ".amazonaws.com/" + parts[4] + "/" + parts[5],
		})
	case "states":
		return universal("sfn:startExecution", map[string]string{"Input": string(u.Input), "StateMachineArn": s.TargetARN})
	case "lambda":
		return universal("lambda:invoke", map[string]string{"FunctionName": s.TargetARN, "InvocationType": "Event", "Payload": string(u.Input)})
	}
	return s.TargetARN, string(u.Input)
}
