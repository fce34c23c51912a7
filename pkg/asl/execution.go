package asl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
)

// Execution is one run of a machine. Its methods may be called from any
// goroutine.
type Execution struct {
	machine *Machine
	options Options
	ctx     context.Context // of the tasks
	cancel  context.CancelFunc
	done    chan struct{}

	mu       sync.Mutex // of the queue and the tokens; the rest belongs to the loop
	queue    []func()
	draining bool
	kicked   bool
	tokens   map[string]*tokenTask

	started     time.Time
	input       json.RawMessage // compact
	random      *rand.Rand
	root        *fiber
	stopTimeout func() bool
	events      []Event
	transitions int
	finished    bool

	variablesBytes int
	result         Result
}

// Run runs an execution to its end. When ctx ends first the execution is
// aborted. The error is about the call itself, an input that is no JSON or a
// machine with tasks and no handler; a failed execution is a Result.
func (m *Machine) Run(ctx context.Context, o Options) (*Result, error) {
	x, err := m.Start(o)
	if err != nil {
		return nil, err
	}
	return x.Wait(ctx)
}

// Start begins an execution. With a virtual clock nothing happens until
// somebody moves the clock, for instance Wait.
func (m *Machine) Start(o Options) (*Execution, error) {
	o = o.withDefaults()
	input, err := compact(o.Input)
	if err != nil {
		return nil, fmt.Errorf("the input is not a JSON document: %w", err)
	}
	if len(o.Input) > maxPayloadBytes {
		return nil, fmt.Errorf("the input has %d bytes: an execution takes %d at most", len(o.Input), maxPayloadBytes)
	}
	if o.Tasks == nil && m.hasTasks() {
		return nil, errors.New("the machine has Task states, and there is nothing to run them")
	}
	x := &Execution{
		machine: m, options: o, done: make(chan struct{}), tokens: map[string]*tokenTask{},
		random:  rand.New(rand.NewPCG(uint64(o.Seed), 0x6c696665626f6174)), //nolint:gosec // repeatable on purpose
		started: o.Clock.Now(), input: input, stopTimeout: func() bool { return false },
	}
	x.ctx, x.cancel = context.WithCancel(context.Background())
	x.root = x.fiber(nil, func(f *fiber) {
		output, err := x.runScope(f, m.scope, x.input)
		x.end(f, output, err)
	})
	if m.timeoutSeconds > 0 {
		x.stopTimeout = o.Clock.AfterFunc(seconds(m.timeoutSeconds), func() { x.post(x.timeOut) })
	}
	x.post(func() {
		x.record(x.root, "ExecutionStarted", "executionStartedEventDetails",
			withPayload(map[string]any{"roleArn": o.RoleARN}, "input", x.input))
		x.root.previous = 0 // the first state does not follow this event
		x.root.resume()
	})
	return x, nil
}

// ErrStalled says that an execution in virtual time waits for something that
// no timer will bring, such as a task token that nobody returns.
var ErrStalled = errors.New("the execution waits for something that will not happen by itself")

// Wait returns when the execution has ended. When ctx ends first the execution
// is aborted. With a virtual clock, Wait moves it.
func (x *Execution) Wait(ctx context.Context) (*Result, error) {
	virtual, ok := x.options.Clock.(*clock.Virtual)
	if !ok {
		select {
		case <-x.done:
		case <-ctx.Done():
			x.Abort("Aborted", context.Cause(ctx).Error())
			<-x.done
		}
		return &x.result, nil
	}
	for !x.isDone() {
		if ctx.Err() != nil {
			x.Abort("Aborted", context.Cause(ctx).Error())
			ctx = context.Background()
		}
		if !virtual.Step() {
			return nil, ErrStalled
		}
	}
	virtual.Advance(0) // tasks that were cancelled come to their end
	return &x.result, nil
}

// Done is closed when the execution has ended.
func (x *Execution) Done() <-chan struct{} { return x.done }

func (x *Execution) isDone() bool {
	select {
	case <-x.done:
		return true
	default:
		return false
	}
}

// Abort stops the execution, as StopExecution does: no Catch sees it.
func (x *Execution) Abort(name, cause string) {
	x.post(func() {
		if x.finished {
			return
		}
		f := &Failure{Error: name, Cause: cause}
		x.abortTree(x.root)
		x.root.previous = 0 // as for the first state: it follows none
		x.finish(Aborted, f, nil, "ExecutionAborted", "executionAbortedEventDetails", withFailure(map[string]any{}, f))
	})
}

func (x *Execution) timeOut() {
	if x.finished {
		return
	}
	x.abortTree(x.root)
	x.finish(TimedOut, &Failure{Error: errTimeout}, nil, "ExecutionTimedOut", "executionTimedOutEventDetails", map[string]any{})
}

// end records how the machine's own scope came out.
func (x *Execution) end(f *fiber, output json.RawMessage, err error) {
	if x.finished || errors.Is(err, errAborted) {
		return
	}
	if err == nil {
		x.finish(Succeeded, &Failure{}, output, "ExecutionSucceeded", "executionSucceededEventDetails",
			withPayload(map[string]any{}, "output", output))
		return
	}
	failure := failureOf(err)
	x.finish(Failed, failure, nil, "ExecutionFailed", "executionFailedEventDetails", withFailure(map[string]any{}, failure))
}

func (x *Execution) finish(status Status, failure *Failure, output json.RawMessage, event, field string, details map[string]any) {
	x.record(x.root, event, field, details)
	x.finished = true
	x.result = Result{
		Status: status, Output: output, Error: failure.Error, Cause: failure.Cause, Events: x.events, Transitions: x.transitions,
	}
	x.stopTimeout()
	x.cancel()
	close(x.done)
}

// post puts work into the queue and sees that somebody does it. Work is done
// one piece at a time, in order.
func (x *Execution) post(work func()) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.queue = append(x.queue, work)
	if x.draining || x.kicked {
		return
	}
	x.kicked = true
	x.options.Clock.AfterFunc(0, x.drain)
}

func (x *Execution) drain() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.kicked = false
	if x.draining { // a task that lets virtual time pass: the outer call goes on
		return
	}
	x.draining = true
	for len(x.queue) > 0 {
		work := x.queue[0]
		x.queue = x.queue[1:]
		x.mu.Unlock()
		work()
		x.mu.Lock()
	}
	x.draining = false
}

// record appends an event that follows the fiber's last one.
func (x *Execution) record(f *fiber, event, field string, details map[string]any) int64 {
	id := x.recordAside(f.previous, event, field, details)
	f.previous = id
	return id
}

// recordAside appends an event that no other will follow.
func (x *Execution) recordAside(previous int64, event, field string, details map[string]any) int64 {
	if x.finished {
		return 0
	}
	id := int64(len(x.events) + 1)
	if id == maxHistoryEvents && !strings.HasPrefix(event, "Execution") {
		x.historyFull(previous)
		return 0
	}
	e := Event{ID: id, PreviousEventID: previous, Type: event, Timestamp: x.options.Clock.Now(), details: field, Details: details}
	x.events = append(x.events, e)
	if x.options.Observe != nil {
		x.options.Observe(e)
	}
	return id
}

// historyFull ends the execution with the last event that fits.
func (x *Execution) historyFull(previous int64) {
	failure := &Failure{Error: errRuntime, Cause: fmt.Sprintf("The execution reached the maximum number of history events (%d).", maxHistoryEvents)}
	x.root.previous = previous
	x.finish(Failed, failure, nil, "ExecutionFailed", "executionFailedEventDetails", withFailure(map[string]any{}, failure))
	x.post(func() { x.abortTree(x.root) })
}

// abortTree unwinds a fiber and everything that it started. It must not be
// called by a fiber of that tree.
func (x *Execution) abortTree(f *fiber) {
	if f.state != nil {
		for _, c := range f.state.children {
			if !c.done {
				c.done = true
				x.abortTree(c.fiber)
			}
		}
	}
	f.abort()
}

func (m *Machine) hasTasks() bool { return m.scope.hasTasks() }

func (s *stateScope) hasTasks() bool {
	for _, st := range s.states {
		if st.kind == typeTask || st.processor != nil && st.processor.hasTasks() {
			return true
		}
		for _, b := range st.branches {
			if b.hasTasks() {
				return true
			}
		}
	}
	return false
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
