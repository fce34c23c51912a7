package runtimeapi

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"strconv"
	"sync"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
)

// worker is one process of a function, with a Runtime API of its own: so no
// request has to say whose it is.
type worker struct {
	function string
	server   *http.Server
	process  *exec.Cmd
	calls    chan call     // to the process
	exited   chan struct{} // closed when the process has ended

	mu      sync.Mutex
	pending *call
	unfit   bool
}

type call struct {
	id       string
	payload  json.RawMessage
	deadline time.Time
	answer   chan answer // of size 1
}

type answer struct {
	out json.RawMessage
	err error
}

func startWorker(name string, f Function, log func(string)) (*worker, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w := &worker{function: name, calls: make(chan call), exited: make(chan struct{})}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /2018-06-01/runtime/invocation/next", w.next)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/response", w.response)
	mux.HandleFunc("POST /2018-06-01/runtime/invocation/{id}/error", w.failure)
	mux.HandleFunc("POST /2018-06-01/runtime/init/error", w.initFailure)
	w.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	w.process = exec.Command(f.Bootstrap)
	w.process.Env = append([]string{
		"AWS_LAMBDA_RUNTIME_API=" + listener.Addr().String(), "AWS_LAMBDA_FUNCTION_NAME=" + name, "AWS_LAMBDA_LOG_FORMAT=JSON",
	}, f.Env...)
	output, input := io.Pipe()
	w.process.Stdout, w.process.Stderr = input, input
	if err := w.process.Start(); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	go func() { _ = w.server.Serve(listener) }() // ends when the server is closed
	go func() {
		lines := bufio.NewScanner(output)
		for lines.Scan() {
			log(lines.Text())
		}
		_, _ = io.Copy(io.Discard, output) // a line that was too long
	}()
	go func() {
		// How it ended does not matter: it is not used again.
		_ = w.process.Wait()
		_ = input.Close()
		close(w.exited)
	}()
	return w, nil
}

// invoke hands the call over and waits for the answer.
func (w *worker) invoke(ctx context.Context, id string, timeout time.Duration, payload json.RawMessage) (json.RawMessage, error) {
	c := call{id: id, payload: payload, deadline: clock.Real{}.Now().Add(timeout), answer: make(chan answer, 1)}
	handed := w.calls
	for {
		select {
		case handed <- c:
			handed = nil
		case a := <-c.answer:
			return a.out, a.err
		case <-w.exited:
			w.spoil()
			select {
			case a := <-c.answer: // it answered, and ended then: a panic
				return a.out, a.err
			default:
				return nil, &Error{Type: Exited, Message: "RequestId: " + id + " Error: Runtime exited without providing a reason"}
			}
		case <-ctx.Done():
			w.spoil()
			return nil, &Error{Type: TimedOut, Message: fmt.Sprintf("RequestId: %s Error: Task timed out after %.2f seconds", id, timeout.Seconds())}
		}
	}
}

func (w *worker) next(rw http.ResponseWriter, r *http.Request) {
	select {
	case c := <-w.calls:
		w.mu.Lock()
		w.pending = &c
		w.mu.Unlock()
		rw.Header().Set("Lambda-Runtime-Aws-Request-Id", c.id)
		rw.Header().Set("Lambda-Runtime-Deadline-Ms", strconv.FormatInt(c.deadline.UnixMilli(), 10))
		rw.Header().Set("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:local:000000000000:function:"+w.function)
		_, _ = rw.Write(c.payload) // a worker that has died is noticed by its end
	case <-r.Context().Done():
	}
}

func (w *worker) response(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	w.settle(rw, r, answer{out: body})
}

// failure takes an error. One with a stack trace is a panic, after which
// aws-lambda-go ends the process.
func (w *worker) failure(rw http.ResponseWriter, r *http.Request) {
	var report struct {
		Error
		StackTrace []json.RawMessage `json:"stackTrace"`
	}
	if err := json.NewDecoder(r.Body).Decode(&report); err != nil {
		report.Error = Error{Type: "Runtime.Unknown", Message: "the error of the function cannot be read: " + err.Error()}
	}
	if len(report.StackTrace) > 0 {
		w.spoil()
	}
	w.settle(rw, r, answer{err: &report.Error})
}

func (w *worker) initFailure(rw http.ResponseWriter, _ *http.Request) {
	w.spoil()
	rw.WriteHeader(http.StatusAccepted)
}

func (w *worker) settle(rw http.ResponseWriter, r *http.Request, a answer) {
	w.mu.Lock()
	c := w.pending
	w.pending = nil
	w.mu.Unlock()
	if c == nil || c.id != r.PathValue("id") {
		rw.WriteHeader(http.StatusBadRequest)
		return
	}
	rw.WriteHeader(http.StatusAccepted)
	c.answer <- a
}

func (w *worker) spoil() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.unfit = true
}

func (w *worker) broken() bool {
	select {
	case <-w.exited:
		return true
	default:
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.unfit
}

func (w *worker) kill() {
	_ = w.server.Close()
	_ = w.process.Process.Kill() // it may have ended by itself
}
