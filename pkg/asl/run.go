package asl

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/lifeboat-dr/lifeboat/pkg/asl/jsonata"
)

// runError is a failure on its way to a Retry, a Catch or the end.
type runError struct {
	Failure
	// heartbeat: States.Timeout because of a missed heartbeat; Retry and Catch
	// may also name it States.HeartbeatTimeout.
	heartbeat bool
	// terminal: States.ALL does not match it, only its own name does.
	terminal bool
	// origin is the state in which it began, where that lies in another.
	origin string
}

func (e *runError) Error() string { return e.Failure.Error + ": " + e.Cause }

func failureOf(err error) *Failure {
	var run *runError
	if errors.As(err, &run) {
		return &run.Failure
	}
	return &Failure{Error: errRuntime, Cause: err.Error()}
}

// visit is one stay in one state.
type visit struct {
	x       *Execution
	f       *fiber
	st      *state
	input   json.RawMessage
	before  int64 // the event before StateEntered
	id      int64 // of StateEntered
	entered string
	attempt int
	token   string // of the current attempt

	arguments json.RawMessage // of the current attempt, evaluated
	answer    *Mock           // what it came to; nil where nothing was asked
	mock      *Mock           // of a trial: nothing is asked
	context   json.RawMessage // of a trial: the context object
}

// runScope runs a scope from its first state to its end.
func (x *Execution) runScope(f *fiber, scope *stateScope, input json.RawMessage) (json.RawMessage, error) {
	name := scope.startAt
	for {
		output, next, err := x.visit(f, scope.states[name], input)
		if err != nil || next == "" {
			return output, err
		}
		name, input = next, output
	}
}

func (x *Execution) visit(f *fiber, st *state, input json.RawMessage) (json.RawMessage, string, error) {
	if x.finished {
		return nil, "", errAborted
	}
	x.transitions++
	v := &visit{x: x, f: f, st: st, input: input, before: f.previous}
	v.id = x.record(f, string(st.kind)+"StateEntered", "stateEnteredEventDetails",
		withPayload(map[string]any{"name": st.name}, "input", input))
	v.entered = timestamp(x.options.Clock.Now())
	f.state = &entered{kind: st.kind}
	output, assigned, next, err := v.run()
	if err != nil {
		var run *runError
		if errors.As(err, &run) && run.origin == "" {
			run.origin = st.name
		}
		return nil, "", err
	}
	details := withPayload(map[string]any{"name": st.name}, "output", output)
	if len(assigned) > 0 {
		values := map[string]payload{}
		for _, a := range assigned {
			f.vars.assign(a)
			values[a.name] = payload(a.value)
		}
		details["assignedVariables"], details["assignedVariablesDetails"] = values, notTruncated
	}
	x.record(f, string(st.kind)+"StateExited", "stateExitedEventDetails", details)
	f.state = nil
	return output, next, nil
}

type assignedValue struct {
	name  string
	value json.RawMessage
}

// outcome is what a state hands to the next one.
type outcome struct {
	output   json.RawMessage
	assigned []assignedValue
	failure  *runError // of an attempt that did not succeed
}

func (v *visit) run() (json.RawMessage, []assignedValue, string, error) {
	counts := make([]int, len(v.st.retry))
	for {
		tried, out, err := v.try(counts)
		switch {
		case err != nil:
			return nil, nil, "", err
		case tried.Status == TrialFailed:
			return nil, nil, "", out.failure
		case tried.Status != TrialRetriable:
			return out.output, out.assigned, tried.Next, nil
		}
		if err := v.f.sleep(tried.RetryIn); err != nil {
			return nil, nil, "", err
		}
		v.attempt++
		v.x.transitions++
	}
}

// failed records that a Parallel or Map state gave up. A Map does so even
// where it never began with its items; of a Parallel no such case is recorded.
func (v *visit) failed() {
	if v.st.kind == typeMap || v.f.state.started {
		v.x.record(v.f, string(v.st.kind)+"StateFailed", "", nil)
	}
}

// once makes one attempt.
func (v *visit) once() (outcome, string, error) {
	switch v.st.kind {
	case typePass:
		out, err := v.leave(v.st.output, v.st.assign, v.input, nil)
		return out, v.st.next, err
	case typeSucceed:
		out, err := v.leave(v.st.output, nil, v.input, nil)
		return out, "", err
	case typeFail:
		return outcome{}, "", v.fail()
	case typeChoice:
		return v.choose()
	case typeWait:
		if err := v.wait(); err != nil {
			return outcome{}, "", err
		}
		out, err := v.leave(v.st.output, v.st.assign, v.input, nil)
		return out, v.st.next, err
	case typeTask, typeParallel, typeMap:
	}
	work := map[stateType]func() (json.RawMessage, error){
		typeTask: v.task, typeParallel: v.parallel, typeMap: v.mapItems,
	}[v.st.kind]
	result, err := work()
	if err != nil {
		return outcome{}, "", err
	}
	out, err := v.leave(v.st.output, v.st.assign, result, result)
	return out, v.st.next, err
}

// leave evaluates Assign and Output, both with the variables as they were.
func (v *visit) leave(output, assign *template, plain, result json.RawMessage) (outcome, error) {
	return v.evaluateExit(output, assign, plain, v.env(extra{"result", result}))
}

func (v *visit) evaluateExit(output, assign *template, plain json.RawMessage, env jsonata.Env) (outcome, error) {
	out := outcome{output: plain}
	if assign != nil {
		value, err := assign.evaluate(env, "Assign")
		if err != nil {
			return out, v.evaluationFailed(err, v.before)
		}
		members, err := parseNode(value, func(string, string) {})
		if err != nil {
			return out, v.evaluationFailed(err, v.before)
		}
		for _, name := range members.keys {
			out.assigned = append(out.assigned, assignedValue{name, members.members[name].raw()})
		}
	}
	if output != nil {
		value, err := output.evaluate(env, "Output")
		if err != nil {
			return out, v.evaluationFailed(err, v.before)
		}
		out.output = value
	}
	if len(out.output) > maxPayloadBytes {
		return out, v.stateTooLarge()
	}
	return out, v.variablesFit(out.assigned)
}

// stateTooLarge is the failure of a state whose output, or the input it has
// for its branches, exceeds the limit. States.ALL does not match it.
func (v *visit) stateTooLarge() error {
	return &runError{terminal: true, Failure: Failure{errDataLimit, fmt.Sprintf(
		"The state/task '%s' returned a result with a size exceeding the maximum number of bytes service limit.", v.st.name)}}
}

// evaluationFailed records a failed evaluation and makes it an error that
// Retry and Catch see.
func (v *visit) evaluationFailed(err error, previous int64) error {
	var eval *evalError
	if !errors.As(err, &eval) {
		return &runError{terminal: true, Failure: Failure{errRuntime, err.Error()}}
	}
	cause := fmt.Sprintf("An error occurred while executing the state '%s' (entered at the event id #%d). %s", v.st.name, v.id, eval.text)
	details := map[string]any{"error": errQueryEvaluation, "cause": cause, "state": v.st.name}
	if eval.location != "" {
		details["location"] = eval.location
	}
	v.f.previous = v.x.recordAside(previous, "EvaluationFailed", "evaluationFailedEventDetails", details)
	return &runError{Failure: Failure{errQueryEvaluation, cause}}
}

func (v *visit) fail() error {
	failure := Failure{}
	for _, part := range []struct {
		field string
		value *value
		into  *string
	}{{"Error", v.st.errorName, &failure.Error}, {"Cause", v.st.cause, &failure.Cause}} {
		if part.value == nil {
			continue
		}
		raw, err := v.value(part.value, part.field, "string")
		if err != nil {
			return err
		}
		if err := json.Unmarshal(raw, part.into); err != nil {
			return v.evaluationFailed(err, v.before)
		}
	}
	return &runError{Failure: failure}
}

// value evaluates a field that must have one type.
func (v *visit) value(field *value, location, expected string) (json.RawMessage, error) {
	raw := field.literal
	if field.expr != nil {
		var err error
		raw, err = evaluateExpression(field.expr, field.source, v.env(), location)
		if err != nil {
			return nil, v.evaluationFailed(err, v.before)
		}
		if kindOf(raw) != expected {
			return nil, v.evaluationFailed(wrongType(field.source, location, expected, raw), v.before)
		}
	}
	return raw, nil
}

// maxSeconds is the longest wait or time-out: Amazon States Language.
const maxSeconds = 99999999

// whole evaluates a field that must be a whole number; 0 where it is absent.
func (v *visit) whole(field *value, location string, least, most float64) (float64, error) {
	n, err := v.number(field, location, least, most)
	if err == nil && n != math.Trunc(n) {
		return 0, v.evaluationFailed(&evalError{location: location, text: fmt.Sprintf(
			"The value of the field '%s' must be a whole number, but was: %v", location, n)}, v.before)
	}
	return n, err
}

// number evaluates a numeric field; 0 where it is absent.
func (v *visit) number(field *value, location string, least, most float64) (float64, error) {
	if field == nil {
		return 0, nil
	}
	raw, err := v.value(field, location, "number")
	if err != nil {
		return 0, err
	}
	var n float64
	if err := json.Unmarshal(raw, &n); err != nil || n < least || n > most {
		return 0, v.evaluationFailed(&evalError{location: location, text: fmt.Sprintf(
			"The value of the field '%s' must be a number from %.0f to %.0f, but was: %s", location, least, most, raw)}, v.before)
	}
	return n, nil
}
