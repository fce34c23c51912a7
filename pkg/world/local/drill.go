package local

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/sandbox"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

// executionPrefix is the form of Step Functions' ARNs, in a region of our own.
const executionPrefix = "arn:aws:states:local:000000000000:execution:drill:"

// Drill runs one drill to its end. When ctx ends first, the execution is
// stopped and its run cleaned up, as the outside event does on AWS; that has a
// context of its own. What earlier drills left is cleaned up before.
func (w *World) Drill(ctx context.Context, r world.Request) (*world.Outcome, error) {
	if err := w.begin(ctx, r); err != nil {
		return nil, err
	}
	defer w.watcher.watch(nil)
	sandbox.CloseSelf()
	if err := w.ours(); err != nil {
		return nil, err
	}
	if _, err := w.sweep(ctx, world.SweepOptions{}); err != nil {
		return nil, fmt.Errorf("clean up after earlier drills: %w", err)
	}
	name := w.clock.Now().Format("20060102T150405Z") + "-" + randomHex()
	id := executionPrefix + fileName(r.Database) + "-" + name
	if err := w.executions.open(id); err != nil {
		return nil, err
	}
	request := drillstep.Request{
		Database: r.Database, StartedBy: cmp.Or(r.StartedBy, currentUser()), Trigger: r.Trigger, ScheduledTime: r.ScheduledTime, Keep: r.Keep,
	}
	result, err := w.execute(ctx, id, request, w.watcher.history)
	if err != nil {
		return nil, errors.Join(err, w.executions.abandon(id))
	}
	if result.Status == asl.Aborted || result.Status == asl.TimedOut {
		return w.cleanUp(context.WithoutCancel(ctx), id, string(result.Status), w.watcher.history)
	}
	outcome := w.outcome(id, result)
	if outcome.Ending == drill.FailureDirty {
		return outcome, w.executions.abandon(id)
	}
	return outcome, w.executions.settle(id)
}

// cleanUp does what the outside event does on AWS: it runs the machine on the
// run of a closed execution.
func (w *World) cleanUp(ctx context.Context, id, status string, observe func(asl.Event)) (*world.Outcome, error) {
	if err := w.executions.abandon(id); err != nil {
		return nil, err
	}
	cleaner := executionPrefix + "cleanup-" + w.clock.Now().Format("20060102T150405Z") + "-" + randomHex()
	result, err := w.execute(ctx, cleaner, drillstep.Request{CleanUpAfter: id, Status: status}, observe)
	if err != nil {
		return nil, err
	}
	outcome := w.outcome(cleaner, result)
	outcome.Aborted = true
	if outcome.Ending == "" {
		outcome = w.settled(id, result)
	}
	if outcome.Ending == drill.FailureDirty {
		return outcome, nil
	}
	return outcome, w.executions.settle(id)
}

// settled is the outcome of a run that was stopped, and whose clean-up came to
// none of the endings: the run had seen to everything itself, or had not begun. If
// the clean-up does not say that, nobody knows what is left.
func (w *World) settled(id string, cleaned *asl.Result) *world.Outcome {
	o := w.outcome(id, &asl.Result{})
	o.Aborted = true
	var output struct {
		Outcome string `json:"outcome"`
	}
	unread := json.Unmarshal(cleaned.Output, &output)
	switch {
	case unread != nil || output.Outcome != drillstep.Finished:
		o.Ending = drill.FailureDirty
		o.Cause = "it was stopped, and its clean-up did not come to an end: " + cmp.Or(cleaned.Cause, cleaned.Error, string(cleaned.Status))
	case o.Document != nil:
		o.Ending, o.Cause = drill.Ending(o.Document.Ending), o.Document.Cause
	default:
		o.Ending, o.Cause = drill.FailureClean, "it was stopped before it had begun"
	}
	return o
}

func (w *World) execute(ctx context.Context, id string, request drillstep.Request, observe func(asl.Event)) (*asl.Result, error) {
	input, err := json.Marshal(request)
	if err != nil {
		return nil, fmt.Errorf("start the drill: %w", err)
	}
	var mu sync.Mutex
	var visited []drillevidence.State
	states := func() []drillevidence.State {
		mu.Lock()
		defer mu.Unlock()
		return append([]drillevidence.State(nil), visited...)
	}
	return w.machine.Run(ctx, asl.Options{
		Input: input, ARN: id, Name: drill.RunID(id), Clock: w.clock,
		Seed:  w.clock.Now().UnixNano(), // only the jitter of retries depends on it
		Tasks: w.tasks(drillstep.Handlers(w.steps(states))),
		Observe: func(e asl.Event) {
			if e.IsEntered() {
				mu.Lock()
				visited = append(visited, drillevidence.State{Name: e.StateName(), EnteredAt: e.Timestamp})
				mu.Unlock()
			}
			if observe != nil {
				observe(e)
			}
		},
	})
}

// tasks answers as the Lambda integration does.
func (w *World) tasks(handlers map[string]step.Handler) asl.TaskFunc {
	return func(ctx context.Context, task asl.Task) (json.RawMessage, error) {
		var call struct {
			FunctionName string
			Payload      json.RawMessage
		}
		if err := json.Unmarshal(task.Arguments, &call); err != nil {
			return nil, fmt.Errorf("read the arguments of %s: %w", task.State, err)
		}
		handle := handlers[call.FunctionName]
		if handle == nil {
			return nil, fmt.Errorf("%s calls the function %q, which does not exist", task.State, call.FunctionName)
		}
		w.pause("before", call.FunctionName)
		out, err := unbroken(ctx, handle, call.Payload)
		w.pause("after", call.FunctionName)
		if err != nil {
			failed := step.ErrorName(err)
			return nil, &asl.TaskError{Name: failed.Error, Cause: failed.Cause}
		}
		return json.Marshal(map[string]any{"Payload": out, "StatusCode": 200})
	}
}

// unbroken calls a step as Lambda does: one that panics has failed, and the
// machine goes on to the removal.
func unbroken(ctx context.Context, handle step.Handler, payload json.RawMessage) (out json.RawMessage, err error) {
	defer func() {
		if broken := recover(); broken != nil {
			debug.PrintStack() // for a report; it is nothing for the evidence
			err = fmt.Errorf("lifeboat broke: %v", broken)
		}
	}()
	return handle(ctx, payload)
}

func (w *World) pause(when, function string) {
	if w.options.Pause != nil {
		w.options.Pause(when, function)
	}
}

// outcome reads how an execution ended. The four endings are the names of the
// errors of the Fail states, and of the Succeed state's output.
func (w *World) outcome(id string, result *asl.Result) *world.Outcome {
	o := &world.Outcome{
		ExecutionID: id, Error: result.Error, Cause: result.Cause, Ending: drill.Ending(result.Error),
		Hint: "see that the state folder can be written and the disk is not full",
	}
	if result.Status == asl.Succeeded {
		var output struct {
			Ending  drill.Ending `json:"ending"`
			Outcome string       `json:"outcome"`
		}
		if json.Unmarshal(result.Output, &output) == nil {
			o.Ending, o.Duplicate = output.Ending, output.Outcome == drillstep.Duplicate
		}
	}
	runID := drill.RunID(id)
	if document, err := w.evidence.Read(runID); err == nil {
		o.Document, o.Evidence, o.Report = &document, w.evidence.Path(runID), w.evidence.ReportPath(runID)
	}
	o.Connect = w.connect(runID)
	return o
}

// connect tells how to reach the copy, where the run kept it.
func (w *World) connect(runID string) string {
	facts, err := w.records.Facts(context.Background(), runID)
	if err != nil {
		return ""
	}
	var run *drill.Run
	var spec *drill.Spec
	kept := false
	for _, f := range facts {
		if f.Kind == drill.FactClaimed {
			run, spec = f.Run, f.Spec
		}
		kept = kept || f.Kind == drill.FactKept
	}
	if !kept || run == nil || spec == nil {
		return ""
	}
	return w.database.ConnectHint(*run, *spec, w.options.SweepKept)
}

func randomHex() string {
	var b [3]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}
