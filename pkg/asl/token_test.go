package asl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
)

// token hands its token to the test and answers at once.
func token(got *string) TaskFunc {
	return func(_ context.Context, task Task) (json.RawMessage, error) {
		*got = task.Token
		return json.RawMessage(`{"handed":true}`), nil
	}
}

const tokenTaskState = `"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken","Arguments":{"FunctionName":"f","Payload":{"token":"{% $states.context.Task.Token %}"}}`

func TestTaskTokens(t *testing.T) {
	const states = `{"T":{` + tokenTaskState + `,"TimeoutSeconds":600,"HeartbeatSeconds":10,"End":true}}`
	cases := map[string]struct {
		reason string
		send   func(x *Execution, v *clock.Virtual, token string) error
		status Status
		error  string
		events string // the end of the history
	}{
		"success": {"the output is the task's result", func(x *Execution, _ *clock.Virtual, k string) error {
			return x.SendTaskSuccess(k, json.RawMessage(`{"a":1}`))
		}, Succeeded, "", "TaskSubmitted TaskSucceeded TaskStateExited ExecutionSucceeded"},
		"failure":   {"error and cause as sent", func(x *Execution, _ *clock.Virtual, k string) error { return x.SendTaskFailure(k, "E", "c") }, Failed, "E", "TaskSubmitted TaskFailed ExecutionFailed"},
		"no answer": {"the heartbeat is missed", func(*Execution, *clock.Virtual, string) error { return nil }, Failed, errTimeout, "TaskSubmitted TaskTimedOut ExecutionFailed"},
		"heartbeats, then success": {"each one starts the time anew", func(x *Execution, v *clock.Virtual, k string) error {
			for range 5 {
				v.Advance(8 * time.Second)
				if err := x.SendTaskHeartbeat(k); err != nil {
					return err
				}
				v.Advance(0)
			}
			return x.SendTaskSuccess(k, json.RawMessage(`1`))
		}, Succeeded, "", "TaskSubmitted TaskSucceeded TaskStateExited ExecutionSucceeded"},
		"heartbeats for ever": {"the time-out holds all the same", func(x *Execution, v *clock.Virtual, k string) error {
			for x.SendTaskHeartbeat(k) == nil {
				v.Advance(9 * time.Second)
			}
			return nil
		}, Failed, errTimeout, "TaskSubmitted TaskTimedOut ExecutionFailed"},
		"unknown token": {"nobody waits for it", func(x *Execution, _ *clock.Virtual, k string) error {
			if err := x.SendTaskSuccess("another", json.RawMessage(`1`)); !errors.Is(err, ErrTaskTimedOut) {
				return fmt.Errorf("got %w", err)
			}
			return x.SendTaskSuccess(k, json.RawMessage(`1`))
		}, Succeeded, "", "TaskSubmitted TaskSucceeded TaskStateExited ExecutionSucceeded"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			v := clock.NewVirtual(epoch)
			var key string
			x, err := machineOf(t, "T", states).Start(Options{Clock: v, Tasks: token(&key)})
			if err != nil {
				t.Fatal(err)
			}
			v.Advance(time.Second)
			if err := c.send(x, v, key); err != nil {
				t.Fatalf("%s: %v", c.reason, err)
			}
			result, err := x.Wait(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if result.Status != c.status || result.Error != c.error || !strings.HasSuffix(types(result.Events), c.events) {
				t.Errorf("%s: %s %s: %s", c.reason, result.Status, result.Error, types(result.Events))
			}
			if err := x.SendTaskSuccess(key, json.RawMessage(`1`)); !errors.Is(err, ErrTaskTimedOut) {
				t.Errorf("a token of an ended execution was taken: %v", err)
			}
		})
	}
}

func TestWaitingForATokenThatNobodyReturnsIsSaid(t *testing.T) {
	var key string
	_, err := machineOf(t, "T", `{"T":{`+tokenTaskState+`,"End":true}}`).Run(context.Background(), Options{Clock: clock.NewVirtual(epoch), Tasks: token(&key)})
	if !errors.Is(err, ErrStalled) {
		t.Errorf("got %v", err)
	}
}
