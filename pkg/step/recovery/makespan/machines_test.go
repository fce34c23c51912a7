package makespan_test

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/step/recovery/recoverytest"
	"github.com/lifeboat-dr/lifeboat/statemachines"
)

var began = time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC)

// The two machines, read once.
var parent, child = loaded(statemachines.Recovery, recoverystep.ParentFunctions()), loaded(statemachines.RecoveryStep, recoverystep.ChildFunctions())

func loaded(definition []byte, functions map[string]string) *asl.Machine {
	m, err := asl.Load(definition, asl.WithSubstitutions(functions))
	if err != nil {
		panic(err)
	}
	return m
}

// sim runs one recovery through the real machines and handlers in virtual time.
type sim struct {
	clock    *clock.Virtual
	store    *recoverytest.Memory
	handlers map[string]step.Handler
	parents  []*asl.Execution
	children map[string]*asl.Execution
	// latency of one call of a function: half before its effect, half after.
	latency time.Duration

	starts         map[string]int // of names: each is started once
	events, parent int            // of the longest child, and of all parents
	largest        int            // payload, in bytes
	failed         []string
}

func newSim(d drawn, latency time.Duration) *sim {
	s := &sim{clock: clock.NewVirtual(began), store: recoverytest.NewMemory(), children: map[string]*asl.Execution{}, starts: map[string]int{}, latency: latency}
	plans := plan{d.records}
	s.handlers = recoverystep.Handlers(recoverystep.Steps{
		PrepareRecovery:  recoverystep.PrepareRecovery{Store: s.store, Plans: plans, Executions: s, Clock: s.clock},
		StartReady:       recoverystep.StartReady{Store: s.store, Executions: s, Clock: s.clock},
		AwaitEnd:         recoverystep.AwaitEnd{Store: s.store, Executions: s, Clock: s.clock},
		RemoveThrowaways: recoverystep.RemoveThrowaways{Store: s.store, Throwaways: s, Clock: s.clock},
		ReportRecovery:   recoverystep.ReportRecovery{Store: s.store, Evidence: s, Metrics: s, Clock: s.clock},
		ClaimStep:        recoverystep.ClaimStep{Store: s.store, Clock: s.clock},
		RunStep:          recoverystep.RunStep{Store: s.store, Clock: s.clock, Works: recoverystep.Works{recovery.Wait: recoverystep.WorkWait{}}},
		ReleaseStep:      recoverystep.ReleaseStep{Store: s.store, Executions: s, Clock: s.clock},
	})
	return s
}

type plan struct{ steps []recovery.Record }

func (p plan) Recovery(context.Context, string) (recoverystep.Planned, error) {
	return recoverystep.Planned{Deployment: "prod", Workloads: []recovery.Workload{{Name: "w"}}, Steps: p.steps}, nil
}

// Adapters that have nothing to do here.
func (s *sim) Remove(context.Context, recovery.Run, []recovery.Record) error { return nil }
func (s *sim) Remaining(context.Context, recovery.Run, []recovery.Record) ([]recovery.Resource, error) {
	return nil, nil
}
func (s *sim) Record(context.Context, recovery.Report) (string, error) { return "evidence", nil }
func (s *sim) Publish(context.Context, []drill.Metric) error           { return nil }

// StartStep implements recoverystep.Executions.
func (s *sim) StartStep(_ context.Context, name string, in recoverystep.ChildInput) error {
	if s.starts[name]++; s.children[name] != nil {
		return nil
	}
	x, err := child.Start(s.options(name, in, &s.events))
	s.children[name] = x
	return err
}

func (s *sim) options(name string, in any, most *int) asl.Options {
	input, err := json.Marshal(in)
	if err != nil {
		panic(err)
	}
	events := 0
	return asl.Options{
		Input: input, Name: name, Clock: s.clock, Tasks: asl.TaskFunc(s.task),
		Observe: func(e asl.Event) {
			events++
			*most = max(*most, events)
			if e.Type == "ExecutionFailed" || e.Type == "ExecutionTimedOut" {
				s.failed = append(s.failed, name)
			}
		},
	}
}

// task answers as lambda:invoke does.
func (s *sim) task(ctx context.Context, task asl.Task) (json.RawMessage, error) {
	var call struct {
		FunctionName string
		Payload      json.RawMessage
	}
	if err := json.Unmarshal(task.Arguments, &call); err != nil {
		return nil, err
	}
	if s.latency > 0 {
		s.clock.Sleep(s.latency / 2)
	}
	out, err := s.handlers[call.FunctionName](ctx, call.Payload)
	if s.latency > 0 {
		s.clock.Sleep(s.latency / 2)
	}
	s.largest = max(s.largest, len(call.Payload), len(out))
	if err != nil {
		failed := step.ErrorName(err)
		return nil, &asl.TaskError{Name: failed.Error, Cause: failed.Cause}
	}
	return json.Marshal(map[string]any{"Payload": out, "StatusCode": 200})
}

// RunningSteps implements recoverystep.Executions.
func (s *sim) RunningSteps(_ context.Context, run string) (map[string]bool, error) {
	running := map[string]bool{}
	for name, x := range s.children {
		if _, _, of := recovery.ParseChild(run, name); of && !over(x) {
			running[name] = true
		}
	}
	return running, nil
}

func over(x *asl.Execution) bool {
	select {
	case <-x.Done():
		return true
	default:
		return false
	}
}

// StepState implements recoverystep.Executions.
func (s *sim) StepState(_ context.Context, name string) (string, error) {
	x := s.children[name]
	switch {
	case x == nil:
		return "", nil
	case !over(x):
		return string(asl.Running), nil
	}
	result, err := x.Wait(context.Background())
	if err != nil {
		return "", err
	}
	return string(result.Status), nil
}

// StartParent implements recoverystep.Executions.
func (s *sim) StartParent(_ context.Context, name string, in recoverystep.Request) error {
	x, err := parent.Start(s.options(name, in, &s.parent))
	s.parents = append(s.parents, x)
	return err
}

// Wake implements recoverystep.Executions.
func (s *sim) Wake(_ context.Context, token string) error {
	for _, x := range s.parents {
		if !over(x) && x.SendTaskSuccess(token, json.RawMessage("{}")) == nil {
			return nil
		}
	}
	return nil
}

// outcome of a recovery.
type outcome struct {
	verdict recovery.Verdict
	seconds float64 // from the start until the last step had ended
	// parentSeconds is from then until the parent had ended, with its report.
	parentSeconds float64
	report        recovery.Case
}

func (s *sim) run(t *testing.T, d drawn) outcome {
	t.Helper()
	name := "proof"
	if err := s.StartParent(context.Background(), name, recoverystep.Request{}); err != nil {
		t.Fatal(err)
	}
	result, err := s.parents[0].Wait(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	for s.clock.Step() { // what the children have yet to do
	}
	if result.Status != asl.Succeeded {
		t.Fatalf("graph %d: the parent ended as %s: %s %s", d.seed, result.Status, result.Error, result.Cause)
	}
	runs, err := s.store.Runs(context.Background(), 2)
	if err != nil || len(runs) != 1 {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	steps, err := s.store.Steps(context.Background(), runs[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.failed) > 0 {
		t.Fatalf("graph %d: executions failed: %s", d.seed, strings.Join(s.failed, ", "))
	}
	o := outcome{report: recovery.Case{Run: runs[0], Steps: steps, Removal: recovery.Removal{Clean: true}}}
	o.verdict = recovery.Judge(o.report)
	for _, r := range steps {
		if r.Status.EndedAt != nil {
			o.seconds = max(o.seconds, r.Status.EndedAt.Sub(began).Seconds())
		}
	}
	ended := result.Events[len(result.Events)-1].Timestamp
	o.parentSeconds = ended.Sub(began).Seconds() - o.seconds
	return o
}
