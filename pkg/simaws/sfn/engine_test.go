package sfn_test

import (
	"context"
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
)

const everyKindOfState = `{
  "QueryLanguage": "JSONata", "StartAt": "Remember",
  "States": {
    "Remember": {"Type": "Pass", "Assign": {"run": {"id": "x"}, "list": [1, "two"], "n": 7}, "Output": "{% 'a <text>' %}", "Next": "Each"},
    "Each": {"Type": "Map", "Items": "{% $list %}", "Next": "Both",
      "ItemProcessor": {"StartAt": "One", "States": {"One": {"Type": "Pass", "End": true}}}},
    "Both": {"Type": "Parallel", "Next": "Pause", "Branches": [{"StartAt": "Left", "States": {"Left": {"Type": "Pass", "End": true}}}]},
    "Pause": {"Type": "Wait", "Seconds": 1, "Next": "Choose"},
    "Choose": {"Type": "Choice", "Default": "Work", "Choices": [{"Condition": "{% $n = 8 %}", "Next": "Done"}]},
    "Work": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"FunctionName": "f", "Payload": {"a": 1}}, "TimeoutSeconds": 60, "Next": "Fails"},
    "Fails": {"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke", "Arguments": {"FunctionName": "g", "Payload": {}},
      "Catch": [{"ErrorEquals": ["NoLuck"], "Next": "Mistaken"}], "Next": "Done"},
    "Mistaken": {"Type": "Pass", "Output": "{% $nothing.at.all %}", "End": true},
    "Done": {"Type": "Succeed"}
  }
}`

// TestTheEnginesEventsDecodeInTheSDK: the SDK ignores what it does not know, so
// the details of each event must be there where its type says so.
func TestTheEnginesEventsDecodeInTheSDK(t *testing.T) {
	l := newLab()
	m, err := asl.Load([]byte(everyKindOfState))
	if err != nil {
		t.Fatal(err)
	}
	result, err := m.Run(context.Background(), asl.Options{Clock: l.clock, Tasks: asl.TaskFunc(func(_ context.Context, task asl.Task) (json.RawMessage, error) {
		if task.State == "Fails" {
			return nil, &asl.TaskError{Name: "NoLuck", Cause: "none left"}
		}
		return json.RawMessage(`{"StatusCode":200,"Payload":{"b":2}}`), nil
	})})
	if err != nil || result.Error != "States.QueryEvaluationError" {
		t.Fatalf("%v: %+v", err, result)
	}
	for _, e := range result.Events {
		raw, err := json.Marshal(e)
		if err != nil {
			t.Fatal(err)
		}
		l.backend.events = append(l.backend.events, raw)
	}
	arn := l.start(t, "orders", "{}").ExecutionArn
	out, err := l.GetExecutionHistory(context.Background(), &sdk.GetExecutionHistoryInput{ExecutionArn: arn, MaxResults: 1000})
	if err != nil || len(out.Events) != len(result.Events) {
		t.Fatalf("%v: %d of %d events", err, len(out.Events), len(result.Events))
	}
	for i, e := range out.Events {
		if want := result.Events[i]; e.Id != want.ID || e.PreviousEventId != want.PreviousEventID || string(e.Type) != want.Type || !e.Timestamp.Equal(want.Timestamp) {
			t.Errorf("event %d is %d %s at %s", want.ID, e.Id, e.Type, e.Timestamp)
		}
		checkDetails(t, e)
	}
	if first := out.Events[2].StateExitedEventDetails; *first.Output != `"a <text>"` || first.AssignedVariables["list"] != `[1,"two"]` || first.AssignedVariables["run"] != `{"id":"x"}` {
		t.Errorf("%s, %v", *first.Output, first.AssignedVariables)
	}
}

func checkDetails(t *testing.T, e types.HistoryEvent) {
	t.Helper()
	document := func(what string, text *string) {
		if text == nil || !json.Valid([]byte(*text)) {
			t.Errorf("event %d, %s: %s is %q", e.Id, e.Type, what, aws.ToString(text))
		}
	}
	switch {
	case e.StateEnteredEventDetails != nil:
		document("input", e.StateEnteredEventDetails.Input)
	case e.StateExitedEventDetails != nil:
		document("output", e.StateExitedEventDetails.Output)
	}
	switch e.Type {
	case "ExecutionStarted":
		document("input", e.ExecutionStartedEventDetails.Input)
	case "TaskScheduled":
		document("parameters", e.TaskScheduledEventDetails.Parameters)
	case "TaskSucceeded":
		document("output", e.TaskSucceededEventDetails.Output)
	case "TaskFailed":
		if *e.TaskFailedEventDetails.Error != "NoLuck" || *e.TaskFailedEventDetails.Cause != "none left" {
			t.Errorf("%+v", e.TaskFailedEventDetails)
		}
	case "MapStateStarted":
		if e.MapStateStartedEventDetails.Length != 2 {
			t.Errorf("%+v", e.MapStateStartedEventDetails)
		}
	case "EvaluationFailed":
		if *e.EvaluationFailedEventDetails.State != "Mistaken" {
			t.Errorf("%+v", e.EvaluationFailedEventDetails)
		}
	case "ExecutionFailed":
		if *e.ExecutionFailedEventDetails.Error != "States.QueryEvaluationError" {
			t.Errorf("%+v", e.ExecutionFailedEventDetails)
		}
	}
}
