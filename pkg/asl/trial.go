package asl

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
)

// Trial is one attempt of one state, alone: what Step Functions' TestState takes.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html
type Trial struct {
	// State by its name, also of one inside of a Parallel or a Map: names are unique
	// in a machine.
	State     string
	Input     json.RawMessage            // empty: {}
	Variables map[string]json.RawMessage // in scope
	// Context is the whole context object; nil: one is made up.
	Context json.RawMessage
	// Mock is what a Task answers, or the branches of a Parallel or a Map did; nil for
	// every other state.
	Mock *Mock
	// Retries are those that the Retry which matches the error has made before.
	Retries int
	// Now is what expressions take for the time; zero: the beginning of 2026.
	Now  time.Time
	Seed int64
}

// Mock is a result or a failure, never both.
type Mock struct {
	Result  json.RawMessage
	Failure *Failure
	// CausedBy is the state in which the failure of a Parallel or a Map began.
	CausedBy string
}

// TrialStatus says how an attempt came out.
type TrialStatus string

const (
	TrialSucceeded TrialStatus = "SUCCEEDED"
	TrialFailed    TrialStatus = "FAILED"
	TrialRetriable TrialStatus = "RETRIABLE"
	TrialCaught    TrialStatus = "CAUGHT_ERROR"
)

// Tried is what came of an attempt.
type Tried struct {
	Status TrialStatus
	Next   string          // "" where it ends a scope, fails, or is to be made again
	Output json.RawMessage // of one that succeeded or was caught
	Error  string          // of every other, and of one that was caught
	Cause  string
	// Variables in scope afterwards.
	Variables map[string]json.RawMessage
	Arguments json.RawMessage // as they were evaluated; nil where there are none
	Retrier   int             // that retries; -1: none
	Catcher   int             // that caught; -1: none
	// RetryIn is how long until the next attempt. With jitter it is one of many.
	RetryIn time.Duration
	// Waits is how long a Wait state lasts.
	Waits time.Duration
}

// Visit is an attempt of a state in an execution: what it takes to make it again
// alone, and what came of it.
type Visit struct {
	Trial Trial
	Tried Tried
}

// What is wrong with a trial itself, as TestState says it.
var (
	ErrNoSuchState = errors.New("the machine has no state of that name")
	ErrMockNeeded  = errors.New("only a mock can stand for what this state does")
	ErrNoMock      = errors.New("only a Task, a Parallel or a Map can be mocked")
)

// States are the names of all states, those of branches after the one that has
// them, as they stand in the definition.
func (m *Machine) States() []string { return m.scope.names() }

func (s *stateScope) names() (list []string) {
	for _, name := range s.order {
		list = append(list, name)
		for _, inner := range s.states[name].inner() {
			list = append(list, inner.names()...)
		}
	}
	return list
}

// inner scopes of a state.
func (st *state) inner() []*stateScope {
	if st.processor != nil {
		return []*stateScope{st.processor}
	}
	return st.branches
}

// find a state; mapped: it lies in a Map.
func (s *stateScope) find(name string) (found *state, mapped bool) {
	if st := s.states[name]; st != nil {
		return st, false
	}
	for _, st := range s.states {
		for _, inner := range st.inner() {
			if found, mapped := inner.find(name); found != nil {
				return found, mapped || st.kind == typeMap
			}
		}
	}
	return nil, false
}

// About is what there is to know of a state before it is tried.
type About struct {
	Type     string
	Mockable bool     // Task, Parallel, Map
	Token    bool     // a task that waits for a token
	Resource string   // of a Task
	Branches int      // of a Parallel
	Inner    []string // states of its branches, or of its iterations
	Leads    []string // of a Choice: where its choices and its default go, each once
	// Catchers in their order.
	Catchers []Catcher
	// Retriers are the error names of each Retry.
	Retriers [][]string
}

// Catcher of a state.
type Catcher struct {
	Errors []string
	Next   string
}

// About a state; false where there is none of that name.
func (m *Machine) About(name string) (About, bool) {
	st, _ := m.scope.find(name)
	if st == nil {
		return About{}, false
	}
	a := About{Type: string(st.kind), Mockable: st.mockable(), Branches: len(st.branches)}
	if st.task != nil {
		a.Token, a.Resource = st.task.token, st.task.arn
	}
	for _, inner := range st.inner() {
		a.Inner = append(a.Inner, inner.names()...)
	}
	for _, c := range st.catch {
		a.Catchers = append(a.Catchers, Catcher{c.errors, c.next})
	}
	for _, next := range append(nexts(st.choices), st.fallback) {
		if next != "" && !slices.Contains(a.Leads, next) {
			a.Leads = append(a.Leads, next)
		}
	}
	for _, r := range st.retry {
		a.Retriers = append(a.Retriers, r.errors)
	}
	return a, true
}

func nexts(choices []choice) (list []string) {
	for _, c := range choices {
		list = append(list, c.next)
	}
	return list
}

func (st *state) mockable() bool {
	return st.kind == typeTask || st.kind == typeParallel || st.kind == typeMap
}

// Try makes one attempt of one state. The error is about the trial; a state that
// fails is none. It takes no time: a Wait says how long it would.
func (m *Machine) Try(t Trial) (Tried, error) {
	st, mapped := m.scope.find(t.State)
	if st == nil {
		return Tried{}, fmt.Errorf("state %s: %w", t.State, ErrNoSuchState)
	}
	switch {
	case t.Mock == nil && st.mockable():
		return Tried{}, fmt.Errorf("state %s: %w", t.State, ErrMockNeeded)
	case t.Mock != nil && !st.mockable():
		return Tried{}, fmt.Errorf("state %s is a %s: %w", t.State, st.kind, ErrNoMock)
	}
	input := t.Input
	if len(input) == 0 {
		input = json.RawMessage("{}")
	}
	input, err := compact(input)
	if err != nil {
		return Tried{}, fmt.Errorf("the input is not a JSON document: %w", err)
	}
	if t.Now.IsZero() {
		t.Now = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	moving := clock.NewVirtual(t.Now)
	x := &Execution{
		machine: m, options: Options{Clock: moving}.withDefaults(), done: make(chan struct{}), tokens: map[string]*tokenTask{},
		random:  rand.New(rand.NewPCG(uint64(t.Seed), 0x6c696665626f6174)), //nolint:gosec // repeatable on purpose
		started: t.Now, input: input, stopTimeout: func() bool { return false },
	}
	var tried *Tried
	x.root = x.fiber(nil, func(f *fiber) {
		for name, value := range t.Variables {
			f.vars.assign(assignedValue{name, value})
		}
		if mapped { // as TestState does where no context is given
			f.mapItem = &mapItem{0, input}
		}
		v := &visit{x: x, f: f, st: st, input: input, entered: timestamp(t.Now), mock: t.Mock, context: t.Context, attempt: t.Retries}
		f.state = &entered{kind: st.kind}
		counts := make([]int, len(st.retry))
		for i := range counts {
			counts[i] = t.Retries
		}
		if one, _, err := v.try(counts); err == nil {
			tried = &one
		}
	})
	x.post(x.root.resume)
	for tried == nil && moving.Step() { //nolint:revive // the clock does the work
	}
	if tried == nil {
		return Tried{}, fmt.Errorf("state %s: %w", t.State, ErrStalled)
	}
	return *tried, nil
}

// try makes one attempt. counts are the attempts that each Retry has used. The
// error is that of an execution that was given up meanwhile.
func (v *visit) try(counts []int) (Tried, outcome, error) {
	before := v.f.vars.all()
	v.answer, v.arguments, v.token = nil, nil, ""
	entered := v.x.options.Clock.Now()
	out, next, err := v.once()
	t := Tried{Status: TrialSucceeded, Next: next, Retrier: -1, Catcher: -1}
	if v.st.kind == typeWait {
		t.Waits = v.x.options.Clock.Now().Sub(entered)
	}
	retries := 0
	var failure *runError
	if err != nil {
		if !errors.As(err, &failure) {
			return Tried{}, outcome{}, err
		}
		used := append([]int(nil), counts...)
		i, delay, again := v.retryDelay(failure, counts)
		if i >= 0 {
			retries = used[i]
		}
		if again {
			t.Status, t.Retrier, t.RetryIn = TrialRetriable, i, delay
		} else {
			v.failed()
			cause := failure
			t.Catcher = v.catcher(cause)
			out, t.Next, err = v.caught(cause)
			t.Status = TrialCaught
			if err != nil {
				if !errors.As(err, &failure) {
					return Tried{}, outcome{}, err
				}
				t.Status, t.Catcher = TrialFailed, -1
			}
		}
		t.Error, t.Cause = failure.Failure.Error, failure.Cause
	}
	t.Variables, t.Arguments = maps.Clone(before), v.arguments
	if t.Status == TrialSucceeded || t.Status == TrialCaught {
		t.Output = out.output
		for _, a := range out.assigned {
			t.Variables[a.name] = a.value
		}
	}
	out.failure = failure
	if observe := v.x.options.Visited; observe != nil {
		observe(Visit{Trial{
			State: v.st.name, Input: v.input, Variables: before, Context: v.contextObject(v.f.mapItem), Mock: v.answer, Retries: retries, Now: v.x.options.Clock.Now(),
		}, t})
	}
	return t, out, nil
}

// catcher is the index of the one that takes an error; -1: none.
func (v *visit) catcher(err *runError) int {
	for i, c := range v.st.catch {
		if err.matches(c.errors) {
			return i
		}
	}
	return -1
}

// mocked is what a mock stands for.
func (v *visit) mocked() (json.RawMessage, error) {
	if f := v.mock.Failure; f != nil {
		return nil, &runError{Failure: *f, terminal: f.Error == errDataLimit || f.Error == errRuntime}
	}
	result := v.mock.Result
	if len(result) == 0 {
		result = json.RawMessage("null")
	}
	if len(result) > maxPayloadBytes {
		return nil, v.stateTooLarge()
	}
	out, err := compact(result)
	if err != nil {
		return nil, &runError{Failure: Failure{errRuntime, "the mocked result is not JSON: " + err.Error()}}
	}
	return out, nil
}

// answered notes what a Task, or the branches of a Parallel or a Map, came to.
func (v *visit) answered(result json.RawMessage, err error) {
	var failure *runError
	switch {
	case err == nil:
		v.answer = &Mock{Result: result}
	case errors.As(err, &failure) && !failure.heartbeat: // a missed heartbeat has no name of its own to mock
		v.answer = &Mock{Failure: &Failure{failure.Failure.Error, failure.Cause}, CausedBy: failure.origin}
	}
}
