// Package runtimeapi runs compiled Lambda functions on this machine: it is the
// Runtime API that a function's bootstrap talks to.
//
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html
//
// Each call takes an idle worker of the function or starts a new one, so calls
// run side by side as on Lambda. A worker that panics, exits or does not answer
// in time is killed and never used again. Close ends all of them; a worker
// also ends by itself when this process dies, because its next request fails.
package runtimeapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Function is one function as it is deployed.
type Function struct {
	Bootstrap string   // path of its executable
	Env       []string // "NAME=value"; nothing else is passed on
	// Timeout of one call; zero: 3 s, as on Lambda.
	Timeout time.Duration
}

// Error is a function's own error.
type Error struct {
	Type    string `json:"errorType"`
	Message string `json:"errorMessage"`
}

func (e *Error) Error() string { return e.Type + ": " + e.Message }

// Names of the errors that Lambda gives where the function could not:
// https://docs.aws.amazon.com/step-functions/latest/dg/bp-lambda-serviceexception.html
const (
	TimedOut = "Sandbox.Timedout"
	Exited   = "Runtime.ExitError"
)

// Runtime runs functions by their names. It is safe for concurrent use.
type Runtime struct {
	functions map[string]Function
	log       func(function, line string)

	mu     sync.Mutex
	idle   map[string][]*worker
	all    map[*worker]bool
	closed bool
	calls  int
}

// New makes a runtime. log gets what functions write; nil: it is dropped.
func New(functions map[string]Function, log func(function, line string)) *Runtime {
	if log == nil {
		log = func(string, string) {}
	}
	return &Runtime{functions: functions, log: log, idle: map[string][]*worker{}, all: map[*worker]bool{}}
}

// ErrNoFunction: there is no function of that name.
var ErrNoFunction = errors.New("no such function")

// Invoke calls a function. The error is an *Error where the function answered
// with one, timed out or ended.
func (r *Runtime) Invoke(ctx context.Context, name string, payload json.RawMessage) (json.RawMessage, error) {
	f, ok := r.functions[name]
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrNoFunction, name)
	}
	w, id, err := r.take(name, f)
	if err != nil {
		return nil, fmt.Errorf("start function %s: %w", name, err)
	}
	timeout := f.Timeout
	if timeout == 0 {
		timeout = 3 * time.Second
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	out, err := w.invoke(ctx, id, timeout, payload)
	r.giveBack(name, w)
	return out, err
}

// take returns an idle worker, or a new one.
func (r *Runtime) take(name string, f Function) (*worker, string, error) {
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil, "", errors.New("the runtime is closed")
	}
	r.calls++
	id := fmt.Sprintf("00000000-0000-4000-8000-%012d", r.calls)
	if n := len(r.idle[name]); n > 0 {
		w := r.idle[name][n-1]
		r.idle[name] = r.idle[name][:n-1]
		r.mu.Unlock()
		return w, id, nil
	}
	r.mu.Unlock()
	w, err := startWorker(name, f, func(line string) { r.log(name, line) })
	if err != nil {
		return nil, "", err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all[w] = true
	return w, id, nil
}

// giveBack keeps a worker that is fit for another call.
func (r *Runtime) giveBack(name string, w *worker) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if w.broken() || r.closed {
		delete(r.all, w)
		w.kill()
		return
	}
	r.idle[name] = append(r.idle[name], w)
}

// Workers is how many processes there are.
func (r *Runtime) Workers() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.all)
}

// Close ends every worker.
func (r *Runtime) Close() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.closed = true
	for w := range r.all {
		w.kill()
	}
	r.all, r.idle = map[*worker]bool{}, map[string][]*worker{}
}
