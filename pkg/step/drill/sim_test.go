package drillstep_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/rounds"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
	"github.com/lifeboat-dr/lifeboat/statemachines"
)

// sim runs the machine, as it is deployed, with the real steps on the model
// world, in virtual time.
type sim struct {
	world   *world
	clock   clock.Clock
	machine string
}

// result is what a test looks at.
type result struct {
	states             []string // entered, in order
	status, err, cause string
	output             json.RawMessage
	events             []asl.Event
}

func newSim(t *testing.T, faults ...*fault) *sim {
	c := clock.NewVirtual(midnight)
	return simOn(c, c.Sleep, newWorld(t, c, faults...))
}

// quietSim allows faults that do not fire.
func quietSim(faults ...*fault) *sim {
	c := clock.NewVirtual(midnight)
	return simOn(c, c.Sleep, modelWorld(c, faults...))
}

func simOn(c clock.Clock, sleep func(time.Duration), w *world) *sim {
	w.sleep = sleep
	return &sim{world: w, clock: c, machine: string(statemachines.Drill)}
}

func (s *sim) run(t require, executionID string, input any) result {
	t.Helper()
	machine, err := asl.Load([]byte(s.machine), asl.WithSubstitutions(drillstep.Functions()))
	if err != nil {
		t.Fatalf("%v", err)
	}
	text, err := json.Marshal(input)
	if err != nil {
		t.Fatalf("%v", err)
	}
	s.world.running[executionID] = true
	execution, err := machine.Start(asl.Options{
		Input: text, ARN: executionID, Clock: s.clock, Seed: 1, Tasks: s.tasks(),
	})
	if err != nil {
		t.Fatalf("%v", err)
	}
	s.world.listen = func(listener rounds.EventListener) {
		listener.Waker = waker{execution}
		if _, err := listener.Handle(context.Background(), rdsEvent(s.world.resource(drill.Run{Throwaway: drill.ThrowawayName("test", executionID)}).ID)); err != nil {
			t.Fatalf("the event listener: %v", err)
		}
	}
	r, err := execution.Wait(context.Background())
	if err != nil {
		t.Fatalf("%v", err)
	}
	s.world.running[executionID] = false
	got := result{status: string(r.Status), err: r.Error, cause: r.Cause, output: r.Output, events: r.Events}
	for _, e := range r.Events {
		if e.IsEntered() {
			got.states = append(got.states, e.StateName())
		}
	}
	return got
}

type waker struct{ execution *asl.Execution }

func (w waker) SendTaskSuccess(_ context.Context, token string, output json.RawMessage) error {
	return w.execution.SendTaskSuccess(token, output)
}

// rdsEvent is an event as AWS documents it.
func rdsEvent(instance string) rounds.Event {
	detail, _ := json.Marshal(map[string]any{
		"EventCategories": []string{"creation"}, "SourceType": "DB_INSTANCE", "SourceIdentifier": instance, "EventID": "RDS-EVENT-0005",
	})
	return rounds.Event{Source: "aws.rds", DetailType: "RDS DB Instance Event", Detail: detail}
}

// tasks answers as lambda:invoke does.
func (s *sim) tasks() asl.TaskFunc {
	handlers := drillstep.Handlers(s.world.steps())
	return func(ctx context.Context, task asl.Task) (json.RawMessage, error) {
		var call struct {
			FunctionName string
			Payload      json.RawMessage
		}
		if err := json.Unmarshal(task.Arguments, &call); err != nil {
			return nil, err
		}
		if strings.HasPrefix(call.FunctionName, "arn:") {
			out, err := s.world.customGets()
			if err != nil {
				return nil, err
			}
			return json.Marshal(map[string]any{"Payload": out, "StatusCode": 200})
		}
		out, err := handlers[call.FunctionName](ctx, call.Payload)
		if err != nil {
			failed := step.ErrorName(err)
			return nil, &asl.TaskError{Name: failed.Error, Cause: failed.Cause}
		}
		return json.Marshal(map[string]any{"Payload": out, "StatusCode": 200})
	}
}
