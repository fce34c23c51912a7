package makespan_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/step/recovery/recoverytest"
)

// What everything around the scheduling takes, in the order of what AWS shows: a
// warm function that reads and writes a few items, and a call of StartExecution.
const (
	callTakes  = 100 * time.Millisecond
	startTakes = 30 * time.Millisecond
)

// thin runs one recovery through the real handlers, and walks the states of the two
// machines itself: ten times as fast as the engine, which interprets JSONata. That it
// walks as the machines do TestTheMachinesTakeAsLong shows.
type thin struct {
	clock *clock.Virtual
	store *recoverytest.Memory
	steps recoverystep.Steps
	works recoverystep.Works

	children map[string]string // name -> state, as StepState says
	claims   map[string]int    // by name: how often an execution was let work
	working  map[int]int       // by number of the step: its executions that work now
	tokens   map[string]*life  // of the parents that wait
	trouble  []string
}

func newThin(d drawn) *thin {
	s := &thin{
		clock: clock.NewVirtual(began), store: recoverytest.NewMemory(), children: map[string]string{}, claims: map[string]int{}, working: map[int]int{}, tokens: map[string]*life{},
		works: recoverystep.Works{recovery.Wait: recoverystep.WorkWait{}},
	}
	s.steps = recoverystep.Steps{
		PrepareRecovery: recoverystep.PrepareRecovery{Store: s.store, Plans: d, Executions: s, Clock: s.clock},
		StartReady:      recoverystep.StartReady{Store: s.store, Executions: s, Clock: s.clock},
		AwaitEnd:        recoverystep.AwaitEnd{Store: s.store, Executions: s, Clock: s.clock},
		ClaimStep:       recoverystep.ClaimStep{Store: s.store, Clock: s.clock},
		RunStep:         recoverystep.RunStep{Store: s.store, Clock: s.clock, Works: s.works},
		ReleaseStep:     recoverystep.ReleaseStep{Store: s.store, Executions: s, Clock: s.clock},
	}
	return s
}

// life of a parent.
type life struct {
	process *clock.Process
	begun   bool // it has the run
	ended   bool // somebody stopped it
}

// call is one call of a function.
func call[In, Out any](s *thin, handle func(context.Context, In) (Out, error), in In) (Out, error) {
	s.clock.Sleep(callTakes)
	return handle(context.Background(), in)
}

func (s *thin) sleep(d time.Duration) {
	if d > 0 {
		s.clock.Sleep(d)
	}
}

// StartStep implements recoverystep.Executions.
func (s *thin) StartStep(_ context.Context, name string, in recoverystep.ChildInput) error {
	s.clock.Sleep(startTakes)
	if s.children[name] == "" {
		s.children[name] = "RUNNING"
		s.clock.Go(func() { s.children[name] = s.child(name, in) })
	}
	return nil
}

// child is recovery-step.asl.json.
func (s *thin) child(name string, in recoverystep.ChildInput) string {
	claim, err := call(s, s.steps.ClaimStep.Handle, in)
	if err != nil {
		return "FAILED"
	}
	if !claim.Claimed {
		return "SUCCEEDED"
	}
	s.claims[name]++
	if s.working[in.Step]++; s.working[in.Step] > 1 {
		s.trouble = append(s.trouble, fmt.Sprintf("step %d is worked on by two executions, of which one is %s", in.Step, name))
	}
	released := recoverystep.ReleaseStepIn{ChildInput: in}
	look := recoverystep.RunStepIn{ChildInput: in}
	for {
		out, err := call(s, s.steps.RunStep.Handle, look)
		if err != nil {
			released.Failure = &recovery.Failure{State: "RunStep", Error: "Failed", Cause: err.Error()}
			break
		}
		if out.Next == recoverystep.Done {
			released.Result, released.Skipped = out.Result, out.Skipped
			break
		}
		if out.Next == recoverystep.Failing {
			released.Result, released.Failure = out.Result, out.Failure
			break
		}
		look.State, look.Result, released.Result = out.State, out.Result, out.Result
		at, err := time.Parse(time.RFC3339, out.NextAt)
		if err != nil {
			s.trouble = append(s.trouble, err.Error())
			return "FAILED"
		}
		s.sleep(at.Sub(s.clock.Now()))
	}
	s.working[in.Step]--
	if _, err := call(s, s.steps.ReleaseStep.Handle, released); err != nil {
		return "FAILED"
	}
	return "SUCCEEDED"
}

// startParent starts an execution of recovery.
func (s *thin) startParent(name, request string) *life {
	l := &life{}
	l.process = s.clock.Go(func() { s.parent(l, name, request) })
	return l
}

// parent is recovery.asl.json until it is over.
func (s *thin) parent(l *life, name, request string) {
	in := recoverystep.PrepareRecoveryIn{
		Execution: recoverystep.Execution{ID: "arn:aws:states:local:000000000000:execution:recovery:" + name, StartedAt: s.clock.Now()}, Request: []byte(request),
	}
	prepared, err := call(s, s.steps.PrepareRecovery.Handle, in)
	for err != nil {
		s.sleep(time.Second) // PrepareRecovery's Retry
		prepared, err = call(s, s.steps.PrepareRecovery.Handle, in)
	}
	l.begun = true
	if prepared.Outcome != recoverystep.Begun {
		s.trouble = append(s.trouble, prepared.Says)
		return
	}
	for loops := 0; !l.ended; loops++ {
		out, err := call(s, s.steps.StartReady.Handle, recoverystep.StartReadyIn{Run: prepared.Run, Epoch: prepared.Epoch, Loops: loops})
		if err != nil {
			s.sleep(time.Second) // StartReady's Retry
			continue
		}
		if out.Next != recoverystep.Waits {
			return
		}
		s.await(l, prepared, fmt.Sprintf("%s-%d", name, loops), time.Duration(out.WaitSeconds)*time.Second)
	}
}

// await hands over the token, and waits for it.
func (s *thin) await(l *life, p recoverystep.PrepareRecoveryOut, token string, most time.Duration) {
	until := s.clock.Now().Add(most)
	s.tokens[token] = l
	_, err := call(s, s.steps.AwaitEnd.Handle, recoverystep.AwaitEndIn{Run: p.Run, Epoch: p.Epoch, Token: token})
	if err == nil && s.tokens[token] != nil { // not waked meanwhile
		s.sleep(until.Sub(s.clock.Now()))
	}
	delete(s.tokens, token)
}

// Wake implements recoverystep.Executions.
func (s *thin) Wake(_ context.Context, token string) error {
	if l := s.tokens[token]; l != nil {
		delete(s.tokens, token)
		l.process.Interrupt()
	}
	return nil
}

// RunningSteps implements recoverystep.Executions.
func (s *thin) RunningSteps(context.Context, string) (map[string]bool, error) {
	running := map[string]bool{}
	for name, state := range s.children {
		running[name] = state == "RUNNING"
	}
	return running, nil
}

// StepState implements recoverystep.Executions.
func (s *thin) StepState(_ context.Context, name string) (string, error) {
	return s.children[name], nil
}

// StartParent implements recoverystep.Executions.
func (s *thin) StartParent(context.Context, string, recoverystep.Request) error {
	return errors.New("nobody hands over here")
}

func (s *thin) run(t fatal, d drawn) outcome {
	t.Helper()
	s.startParent("proof", "{}")
	for s.clock.Step() {
	}
	if len(s.trouble) > 0 {
		t.Fatalf("graph %d: %s", d.seed, strings.Join(s.trouble, "; "))
	}
	return s.outcome(t)
}

func (s *thin) outcome(t fatal) outcome {
	t.Helper()
	runs, err := s.store.Runs(context.Background(), 2)
	if err != nil || len(runs) != 1 {
		t.Fatalf("%d runs, %v", len(runs), err)
	}
	steps, err := s.store.Steps(context.Background(), runs[0].ID)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return outcomeOf(recovery.Case{Run: runs[0], Steps: steps, Removal: recovery.Removal{Clean: true}})
}

// fatal is a test's.
type fatal interface {
	Helper()
	Fatalf(format string, args ...any)
}

// Recovery implements recoverystep.Plans.
func (d drawn) Recovery(context.Context, string) (recoverystep.Planned, error) {
	return recoverystep.Planned{Deployment: "prod", Workloads: []recovery.Workload{{Name: "w"}}, Steps: d.records}, nil
}

var began = time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC)

// outcome of a recovery.
type outcome struct {
	verdict recovery.Verdict
	seconds float64 // from the start until the last step had ended
	report  recovery.Case
}

func outcomeOf(c recovery.Case) outcome {
	o := outcome{report: c, verdict: recovery.Judge(c)}
	for _, r := range c.Steps {
		if r.Status.EndedAt != nil {
			o.seconds = max(o.seconds, r.Status.EndedAt.Sub(began).Seconds())
		}
	}
	return o
}
