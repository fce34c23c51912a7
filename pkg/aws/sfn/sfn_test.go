package sfn_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/mototest"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	simsfn "github.com/lifeboat-dr/lifeboat/pkg/simaws/sfn"
)

const executionPrefix = "arn:aws:states:eu-central-1:111122223333:execution:lifeboat-prod-drill:"

var input = json.RawMessage(`{"database":"orders/orders-db"}`)

func TestStart(t *testing.T) {
	ctx := context.Background()
	tests := map[string]struct {
		reason  string
		machine string
		before  func(t *testing.T, l lab) // the second start
		fault   []simaws.Fault
		want    bool // alreadyRunning
	}{
		"anew":             {"nothing of that name is there", machineARN, func(*testing.T, lab) {}, nil, false},
		"a version":        {"an execution's ARN does not name it", machineARN + ":7", func(*testing.T, lab) {}, nil, false},
		"answer lost":      {"the same name and input find the same execution", machineARN, func(*testing.T, lab) {}, []simaws.Fault{{On: "states:StartExecution", Effective: true}}, false},
		"again":            {"Step Functions gives the same answer", machineARN, func(t *testing.T, l lab) { mustStart(t, l, input) }, nil, false},
		"with other input": {"a name is used once", machineARN, func(t *testing.T, l lab) { mustStart(t, l, json.RawMessage(`{}`)) }, nil, true},
		"after its end": {"a name is used once in 90 days", machineARN + ":7", func(t *testing.T, l lab) {
			mustStart(t, l, input)
			l.backend.executions[0].Status = simsfn.Succeeded
		}, nil, true},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLab(c.fault...)
			c.before(t, l)
			l.clock.Advance(time.Hour)
			arn, startedAt, already, err := l.Start(ctx, c.machine, "run-1", input)
			if err != nil {
				t.Fatal(err)
			}
			if len(l.backend.executions) != 1 {
				t.Fatalf("%s: %d executions", c.reason, len(l.backend.executions))
			}
			x := l.backend.executions[0]
			if arn != executionPrefix+"run-1" || !startedAt.Equal(x.At) || already != c.want {
				t.Errorf("%s: %s at %s, already %v; it was started at %s", c.reason, arn, startedAt, already, x.At)
			}
		})
	}
}

func mustStart(t *testing.T, l lab, input json.RawMessage) {
	t.Helper()
	if _, _, _, err := l.Start(context.Background(), machineARN, "run-1", input); err != nil {
		t.Fatal(err)
	}
}

func TestStartOfAMachineThatIsNotThere(t *testing.T) {
	_, _, _, err := newLab().Start(context.Background(), machineARN+"-2", "run-1", input)
	var e *drill.Error
	if !errors.As(err, &e) || e.Hint == "" || !strings.Contains(e.Error(), machineARN+"-2") {
		t.Errorf("%v", err)
	}
}

func TestDescribeAndClosed(t *testing.T) {
	ctx := context.Background()
	tests := map[string]struct {
		status simsfn.Status
		closed bool
	}{
		"runs": {simsfn.Running, false}, "succeeded": {simsfn.Succeeded, true}, "failed": {simsfn.Failed, true},
		"timed out": {simsfn.TimedOut, true}, "aborted": {simsfn.Aborted, true},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLab()
			mustStart(t, l, input)
			x := l.backend.executions[0]
			want := sfn.Execution{ARN: executionPrefix + "run-1", Status: string(c.status), StartedAt: x.At, Input: input}
			x.Status = c.status
			if c.closed {
				x.Stopped = start.Add(time.Hour)
				want.StoppedAt = x.Stopped
			}
			switch c.status {
			case simsfn.Succeeded:
				x.Output = json.RawMessage(`{"ending":"Passed"}`)
				want.Output = x.Output
			case simsfn.Failed:
				x.Error, x.Cause = "FailureDirty", "something is left"
				want.Error, want.Cause = x.Error, x.Cause
			case simsfn.Running, simsfn.TimedOut, simsfn.Aborted:
			}
			got, err := l.Describe(ctx, executionPrefix+"run-1")
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
			if closed, err := l.Closed(ctx, executionPrefix+"run-1"); closed != c.closed || err != nil {
				t.Errorf("closed %v, %v", closed, err)
			}
			if known, err := l.Known(ctx, executionPrefix+"run-1"); !known || err != nil {
				t.Errorf("known %v, %v", known, err)
			}
		})
	}
	t.Run("nobody knows it", func(t *testing.T) {
		l := newLab()
		if closed, err := l.Closed(ctx, executionPrefix+"forgotten"); !closed || err != nil {
			t.Errorf("%v %v", closed, err)
		}
		if known, err := l.Known(ctx, executionPrefix+"forgotten"); known || err != nil {
			t.Errorf("%v %v", known, err)
		}
		if _, err := l.Describe(ctx, executionPrefix+"forgotten"); err == nil {
			t.Error("it was described")
		}
	})
	t.Run("it cannot be asked", func(t *testing.T) {
		l := newLab(simaws.Fault{On: "states:DescribeExecution", Error: "AccessDeniedException"}, simaws.Fault{On: "states:DescribeExecution", Error: "ThrottlingException", Times: 3})
		for _, want := range []drill.ErrorName{drill.Unexpected, drill.Throttled} {
			// Whoever cannot be asked must not be taken for closed.
			if closed, err := l.Closed(ctx, executionPrefix+"run-1"); closed || drill.NameOf(err) != want {
				t.Errorf("closed %v: %v, want %s", closed, err, want)
			}
		}
	})
}

func follow(t *testing.T, l lab, after int64) []sfn.Event {
	t.Helper()
	var events []sfn.Event
	for e, err := range l.Follow(context.Background(), executionPrefix+"run-1", after) {
		if err != nil {
			t.Fatal(err)
		}
		events = append(events, e)
	}
	return events
}

func TestFollowSaysWhatHappened(t *testing.T) {
	l := newLab()
	mustStart(t, l, input)
	l.backend.happen("ExecutionStarted", `"executionStartedEventDetails":{"input":"{}"}`)
	l.backend.happen("TaskStateEntered", `"stateEnteredEventDetails":{"name":"ClaimSlot","input":"{}"}`)
	l.backend.happen("LambdaFunctionFailed", `"lambdaFunctionFailedEventDetails":{"error":"SlotBusy","cause":"another"}`)
	l.backend.happen("TaskStateExited", `"stateExitedEventDetails":{"name":"ClaimSlot","output":"{\"outcome\":\"failed\"}"}`)
	l.backend.happen("ExecutionFailed", `"executionFailedEventDetails":{"error":"FailureClean","cause":"busy"}`)
	at := func(id int) time.Time { return start.Add(time.Duration(id) * time.Second) }
	want := []sfn.Event{
		{ID: 1, At: at(1), Type: "ExecutionStarted"},
		{ID: 2, At: at(2), Type: "TaskStateEntered", State: "ClaimSlot"},
		{ID: 3, At: at(3), Type: "LambdaFunctionFailed", Error: "SlotBusy", Cause: "another"},
		{ID: 4, At: at(4), Type: "TaskStateExited", State: "ClaimSlot", Output: json.RawMessage(`{"outcome":"failed"}`)},
		{ID: 5, At: at(5), Type: "ExecutionFailed", Error: "FailureClean", Cause: "busy"},
	}
	if diff := cmp.Diff(want, follow(t, l, 0)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	states, err := l.States(context.Background(), executionPrefix+"run-1")
	if diff := cmp.Diff([]drill.StateVisit{{Name: "ClaimSlot", EnteredAt: at(2)}}, states); diff != "" || err != nil {
		t.Errorf("states: %v\n%s", err, diff)
	}
}

func TestFollowGoesOnWhereItWas(t *testing.T) {
	tests := map[string]struct {
		reason           string
		before, new      int
		requests         int
		after            int64 // -1: the newest of before
		firstID, howMany int64
	}{
		"from the start":   {"1000 events a page", 2500, 0, 3, 0, 1, 2500},
		"nothing new":      {"one request, however long the history", 2500, 0, 1, -1, 0, 0},
		"a little":         {"read from the newest", 2500, 30, 1, -1, 2501, 30},
		"more":             {"100 a page", 2500, 250, 3, -1, 2501, 250},
		"exactly a page":   {"and one more to see that it was all", 200, 100, 2, -1, 201, 100},
		"no events at all": {"an execution whose first event is not there yet", 0, 0, 1, 0, 0, 0},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLab()
			mustStart(t, l, input)
			for range c.before + c.new {
				l.backend.happen("WaitStateEntered", `"stateEnteredEventDetails":{"name":"Wait"}`)
			}
			before := len(l.cloud.Calls())
			after := c.after
			if after < 0 {
				after = int64(c.before)
			}
			events := follow(t, l, after)
			if int64(len(events)) != c.howMany {
				t.Fatalf("%s: %d events, want %d", c.reason, len(events), c.howMany)
			}
			for i, e := range events {
				if e.ID != c.firstID+int64(i) {
					t.Fatalf("event %d has id %d", i, e.ID)
				}
			}
			if got := len(l.cloud.Calls()) - before; got != c.requests {
				t.Errorf("%s: %d requests, want %d", c.reason, got, c.requests)
			}
		})
	}
}

func TestFollowEndsAtAnError(t *testing.T) {
	l := newLab()
	var errs int
	for _, err := range l.Follow(context.Background(), executionPrefix+"forgotten", 0) {
		if drill.NameOf(err) != drill.Unexpected {
			t.Errorf("%v", err)
		}
		errs++
	}
	if errs != 1 {
		t.Errorf("%d errors", errs)
	}
}

func TestWaitingTasks(t *testing.T) {
	const token = "AQCAAAAAKgAAAAMAAAAAAAAAASecret"
	tests := map[string]struct {
		reason string
		noTask error
		want   drill.ErrorName
	}{
		"waits":     {"", nil, ""},
		"timed out": {"nobody waits any more", simsfn.ErrTaskTimedOut, ""},
		"is gone":   {"nobody waits any more", simsfn.ErrTaskDoesNotExist, ""},
		"no token":  {"something is wrong", simsfn.ErrInvalidToken, drill.Unexpected},
		"trouble":   {"not the task's", errors.New("broken"), drill.Transient},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLab()
			l.backend.noTask = c.noTask
			for what, err := range map[string]error{
				"success": l.SendTaskSuccess(context.Background(), token, json.RawMessage(`{}`)),
				"failure": l.SendTaskFailure(context.Background(), token, strings.Repeat("E", 300), strings.Repeat("ä", 40_000)),
			} {
				if drill.NameOf(err) != c.want {
					t.Errorf("%s: %s: %v", what, c.reason, err)
				}
				if strings.Contains(fmt.Sprint(err), token) {
					t.Errorf("%s: the token is in the error: %v", what, err)
				}
			}
		})
	}
	l := newLab()
	if err := l.SendTaskFailure(context.Background(), token, "NotReady", "not yet"); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"[" + token + " NotReady not yet]"}, l.backend.finished); diff != "" {
		t.Error(diff)
	}
}

// TestAgainstMoto: moto lists executions as running and never runs them; it has
// a history without details, and knows no task tokens.
func TestAgainstMoto(t *testing.T) {
	cfg := mototest.Start(t)
	ctx := context.Background()
	client := sdk.NewFromConfig(cfg)
	made, err := client.CreateStateMachine(ctx, &sdk.CreateStateMachineInput{
		Name: aws.String("drill"), RoleArn: aws.String("arn:aws:iam::123456789012:role/drill"),
		Definition: aws.String(`{"StartAt":"A","States":{"A":{"Type":"Pass","End":true}}}`),
	})
	if err != nil {
		t.Fatal(err)
	}
	machines := sfn.New(cfg)
	arn, startedAt, already, err := machines.Start(ctx, *made.StateMachineArn, "run-1", input)
	if err != nil || already {
		t.Fatalf("already %v, %v", already, err)
	}
	again, at, already, err := machines.Start(ctx, *made.StateMachineArn, "run-1", json.RawMessage(`{}`))
	if err != nil || !already || again != arn || !at.Equal(startedAt) {
		t.Errorf("the same name with another input: %s %s %v %v; first %s %s", again, at, already, err, arn, startedAt)
	}
	if closed, err := machines.Closed(ctx, arn); closed || err != nil {
		t.Errorf("running: %v %v", closed, err)
	}
	if closed, err := machines.Closed(ctx, arn+"-2"); !closed || err != nil {
		t.Errorf("one that nobody knows: %v %v", closed, err)
	}
	if _, err := client.StopExecution(ctx, &sdk.StopExecutionInput{ExecutionArn: &arn}); err != nil {
		t.Fatal(err)
	}
	if closed, err := machines.Closed(ctx, arn); !closed || err != nil {
		t.Errorf("stopped: %v %v", closed, err)
	}
}

// Step Functions as others model it: an execution runs the definition of its
// start, and says so.
func TestDefinitionsOnMoto(t *testing.T) {
	cfg, ctx := mototest.Start(t), context.Background()
	client, machines := sdk.NewFromConfig(cfg), sfn.New(cfg)
	definition := `{"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}`
	made, err := client.CreateStateMachine(ctx, &sdk.CreateStateMachineInput{
		Name: aws.String("drill"), Definition: &definition, RoleArn: aws.String("arn:aws:iam::123456789012:role/r"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.StartExecution(ctx, &sdk.StartExecutionInput{StateMachineArn: made.StateMachineArn, Name: aws.String("one")}); err != nil {
		t.Fatal(err)
	}
	list, err := machines.Executions(ctx, *made.StateMachineArn)
	if err != nil || len(list) != 1 || list[0].StartedAt.IsZero() {
		t.Fatalf("%+v, %v", list, err)
	}
	if got, _, err := machines.DefinitionOf(ctx, list[0].ARN); err != nil || got != definition {
		t.Errorf("%s, %v", got, err)
	}
}
