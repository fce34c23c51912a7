package asl

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
)

// task makes one attempt of a Task state.
func (v *visit) task() (json.RawMessage, error) {
	if v.st.task.token {
		v.token = v.x.newToken()
	}
	arguments := json.RawMessage("{}")
	if v.st.task.resourceType == "" {
		arguments = v.input // what a function named by its own ARN gets
	}
	if v.st.arguments != nil {
		var err error
		if arguments, err = v.st.arguments.evaluate(v.env(), "Arguments"); err != nil {
			return nil, v.evaluationFailed(err, v.before)
		}
	}
	if len(arguments) > maxPayloadBytes {
		return nil, v.tooLarge()
	}
	timeout, err := v.whole(v.st.timeout, "TimeoutSeconds", 1, maxSeconds)
	if err != nil {
		return nil, err
	}
	heartbeat, err := v.whole(v.st.heartbeat, "HeartbeatSeconds", 1, maxSeconds)
	if err != nil {
		return nil, err
	}
	v.arguments = arguments
	if v.mock != nil {
		return v.mocked()
	}
	a := &attempt{v: v, arguments: arguments, timeout: seconds(timeout), heartbeat: seconds(heartbeat)}
	return a.run()
}

func (v *visit) tooLarge() error {
	return &runError{Failure: Failure{errDataLimit, fmt.Sprintf(
		"The state/task '%s' returned a result with a size exceeding the maximum number of bytes service limit.", v.taskName())}}
}

func (v *visit) taskName() string {
	if v.st.task.resourceType != "" {
		return v.st.task.resourceType
	}
	return v.st.task.arn
}

// attempt is one attempt of a task on its way through its events.
type attempt struct {
	v         *visit
	arguments json.RawMessage
	timeout   time.Duration // 0: none
	heartbeat time.Duration // 0: none

	wake    func() // resumes the fiber
	settled bool
	stop    []func() // timers
	result  json.RawMessage
	err     error
	beat    func() // starts the heartbeat's time anew
	process *clock.Process
}

func (a *attempt) run() (json.RawMessage, error) {
	v, x := a.v, a.v.x
	a.scheduled()
	ctx, cancelContext := context.WithCancel(x.ctx)
	cancel := func() {
		cancelContext()
		if a.process != nil {
			a.process.Interrupt()
		}
	}
	defer cancel()
	err := v.f.wait(func(wake func()) func() {
		x.post(func() { wake() })
		return cancel
	})
	if err != nil {
		return nil, err
	}
	a.record("Started", nil)
	err = v.f.wait(func(wake func()) func() {
		a.wake = wake
		a.timers()
		a.start(ctx)
		return func() { a.settle(nil, errAborted); cancel() }
	})
	if err != nil {
		return nil, err
	}
	return a.ended()
}

// timers are those of the time-out and the heartbeat. A heartbeat is only
// asked of a task that has a token to send it with.
func (a *attempt) timers() {
	clk := a.v.x.options.Clock
	if a.timeout > 0 {
		stop := clk.AfterFunc(a.timeout, func() {
			a.v.x.post(func() { a.settle(nil, &runError{Failure: Failure{Error: errTimeout}}) })
		})
		a.stop = append(a.stop, func() { stop() })
	}
	if a.heartbeat <= 0 || a.v.token == "" {
		a.beat = func() {}
		return
	}
	stop := func() bool { return true }
	a.beat = func() {
		stop()
		stop = clk.AfterFunc(a.heartbeat, func() {
			a.v.x.post(func() { a.settle(nil, &runError{Failure: Failure{Error: errTimeout}, heartbeat: true}) })
		})
	}
	a.stop = append(a.stop, func() { stop() })
	a.beat()
}

// start hands the task to the handler: a goroutine of its own or, in virtual
// time, a process of the clock.
func (a *attempt) start(ctx context.Context) {
	v := a.v
	task := Task{
		Resource: v.st.task.arn, State: v.st.name, Attempt: v.attempt, Arguments: a.arguments, Token: v.token, Timeout: a.timeout,
	}
	if v.token != "" {
		v.x.expect(v.token, a)
	}
	handle := func() {
		result, err := v.x.options.Tasks.Handle(ctx, task)
		v.x.post(func() { a.handled(result, err) })
	}
	if virtual, ok := v.x.options.Clock.(*clock.Virtual); ok {
		v.x.post(func() {
			if !a.settled {
				a.process = virtual.Go(handle)
			}
		})
		return
	}
	go handle()
}

// handled takes the handler's answer: the result, or, for a task with a token,
// that the token has been handed over.
func (a *attempt) handled(result json.RawMessage, err error) {
	if a.settled {
		return
	}
	if err == nil {
		result, err = a.checked(result)
	}
	if a.v.token == "" || err != nil {
		a.settle(result, err)
		return
	}
	a.record("Submitted", withPayload(map[string]any{}, "output", result))
}

func (a *attempt) checked(result json.RawMessage) (json.RawMessage, error) {
	if len(result) == 0 {
		result = json.RawMessage("null")
	}
	if len(result) > maxPayloadBytes {
		return nil, a.v.tooLarge()
	}
	result, err := compact(result)
	if err != nil {
		return nil, &TaskError{Name: errRuntime, Cause: "the result of the task is not JSON: " + err.Error()}
	}
	return result, nil
}

// settle ends the attempt, once.
func (a *attempt) settle(result json.RawMessage, err error) {
	if a.settled {
		return
	}
	a.settled, a.result, a.err = true, result, err
	for _, stop := range a.stop {
		stop()
	}
	if a.v.token != "" {
		a.v.x.forget(a.v.token)
	}
	a.wake()
}

// ended records how the attempt came out.
func (a *attempt) ended() (json.RawMessage, error) {
	if a.err == nil {
		a.v.answered(a.result, nil)
		a.record("Succeeded", withPayload(map[string]any{}, "output", a.result))
		return a.result, nil
	}
	run := taskFailure(a.err)
	a.v.answered(nil, run)
	if run.Failure.Error == errTimeout && run.Cause == "" {
		a.record("TimedOut", map[string]any{"error": errTimeout})
		return nil, run
	}
	a.record("Failed", withFailure(map[string]any{}, &run.Failure))
	return nil, run
}

func taskFailure(err error) *runError {
	var run *runError
	if errors.As(err, &run) {
		return run
	}
	var named *TaskError
	if errors.As(err, &named) {
		return &runError{Failure: Failure{named.Name, named.Cause}}
	}
	return &runError{Failure: Failure{errTaskFailed, err.Error()}}
}

// record appends one of the events of a task: those of a service integration,
// or, for a function's own ARN, those of a Lambda function.
func (a *attempt) record(what string, details map[string]any) {
	v, res := a.v, a.v.st.task
	if res.resourceType == "" {
		field := ""
		if details != nil {
			field = "lambdaFunction" + what + "EventDetails"
		}
		v.x.record(v.f, "LambdaFunction"+what, field, details)
		return
	}
	if details == nil {
		details = map[string]any{}
	}
	details["resource"], details["resourceType"] = res.action, res.resourceType
	v.x.record(v.f, "Task"+what, "task"+what+"EventDetails", details)
}

func (a *attempt) scheduled() {
	details := map[string]any{}
	if a.timeout > 0 {
		details["timeoutInSeconds"] = int64(a.timeout / time.Second)
	}
	if a.v.st.task.resourceType == "" {
		details["resource"] = a.v.st.task.arn
		a.record("Scheduled", withPayload(details, "input", a.arguments))
		return
	}
	if a.heartbeat > 0 {
		details["heartbeatInSeconds"] = int64(a.heartbeat / time.Second)
	}
	details["region"] = region(a.v.x.options.ARN)
	details["parameters"] = payload(a.arguments)
	a.record("Scheduled", details)
}

// region is the fourth part of an ARN.
func region(arn string) string {
	if parts := strings.Split(arn, ":"); len(parts) > 3 {
		return parts[3]
	}
	return localRegion
}
