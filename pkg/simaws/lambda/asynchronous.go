package lambda

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// How asynchronous invocations are retried.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html
const (
	maxAge           = 6 * time.Hour
	firstWait        = time.Second // after a throttle or an error of the service; doubles
	longestWait      = 5 * time.Minute
	maxMessageBytes  = 1 << 10 // of ErrorMessage
	maxAsyncBytes    = 1 << 20
	afterFirstError  = time.Minute
	afterSecondError = 2 * time.Minute
)

// AsyncOptions of asynchronous invocation.
type AsyncOptions struct {
	Clock clock.Clock
	// Go runs an attempt, which may take time; nil: as it is called, from a timer.
	Go func(func())
	// Run runs a function to its end, and says as Function does what came of it.
	Run func(function string, payload []byte) (functionError string, result []byte, err error)
	// DeadLetter puts an event into the function's dead-letter queue or topic. An
	// error means that it could not, or that there is none; nil: there is none.
	DeadLetter func(function string, f Failure) error
	// Lost is told of an event that is gone, and why; may be nil.
	Lost func(function string, f Failure, err error)
}

// Failure is an event that Lambda has given up.
type Failure struct {
	RequestID string
	Payload   []byte // the body of the dead letter
	Code      int    // HTTP status of the last attempt: 200 where the function failed
	Message   string // the first KiB of the error
	Attempts  int
	At        time.Time
}

// Attributes are those of the message in the dead-letter queue.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq
func (f Failure) Attributes() map[string]string {
	return map[string]string{"RequestID": f.RequestID, "ErrorCode": strconv.Itoa(f.Code), "ErrorMessage": f.Message}
}

// Asynchronous is Lambda's queue of events. It runs each at least once, and
// again where that fails: a failing function after one and after two minutes;
// after a throttle or an error of the service with growing waits until the event
// is six hours old. Any other refusal (a function that is gone, say) is not
// repeated; that is unproven. It works in virtual time only. Limits and
// destinations of a function's own (EventInvokeConfig) are not simulated.
type Asynchronous struct {
	o     AsyncOptions
	count int
}

// NewAsynchronous makes the queue.
func NewAsynchronous(o AsyncOptions) *Asynchronous {
	if o.Go == nil {
		o.Go = func(f func()) { f() }
	}
	return &Asynchronous{o: o}
}

// Invoke takes an event for a function, by its ARN with or without qualifier,
// and returns at once: the function runs from a timer of this very moment.
func (a *Asynchronous) Invoke(function string, payload []byte) {
	a.count++
	e := &event{
		queue: a, function: function, id: fmt.Sprintf("00000000-0000-4000-a000-%012d", a.count), payload: payload,
		expires: a.o.Clock.Now().Add(maxAge), throttle: firstWait,
	}
	e.after(0)
}

// event is one that is not done with.
type event struct {
	queue    *Asynchronous
	function string
	id       string
	payload  []byte
	expires  time.Time
	attempts int
	failed   int           // attempts in which the function failed
	throttle time.Duration // the next wait for the service
}

func (e *event) after(wait time.Duration) {
	e.queue.o.Clock.AfterFunc(wait, func() { e.queue.o.Go(e.attempt) })
}

func (e *event) attempt() {
	e.attempts++
	functionError, result, err := e.queue.o.Run(e.function, e.payload)
	switch {
	case err != nil:
		code := statusOf(err)
		if code != http.StatusTooManyRequests && code < http.StatusInternalServerError {
			e.giveUp(code, messageOf(err))
			return
		}
		wait := e.throttle
		e.throttle = min(2*e.throttle, longestWait)
		e.again(wait, code, messageOf(err))
	case functionError == "":
	default:
		e.failed++
		waits := []time.Duration{afterFirstError, afterSecondError}
		if e.failed > len(waits) {
			e.giveUp(http.StatusOK, errorMessage(result))
			return
		}
		e.again(waits[e.failed-1], http.StatusOK, errorMessage(result))
	}
}

// again waits, unless the event is too old by then.
func (e *event) again(wait time.Duration, code int, message string) {
	o := e.queue.o
	if left := e.expires.Sub(o.Clock.Now()); wait > left {
		o.Clock.AfterFunc(left, func() { e.giveUp(code, message) })
		return
	}
	e.after(wait)
}

func (e *event) giveUp(code int, message string) {
	o := e.queue.o
	f := Failure{RequestID: e.id, Payload: e.payload, Code: code, Message: cut(message), Attempts: e.attempts, At: o.Clock.Now()}
	err := errors.New("the function has no dead-letter queue")
	if o.DeadLetter != nil {
		err = o.DeadLetter(e.function, f)
	}
	if err != nil && o.Lost != nil {
		o.Lost(e.function, f, err)
	}
}

func statusOf(err error) int {
	var failed *wire.Error
	switch {
	case !errors.As(err, &failed):
		return http.StatusInternalServerError
	case failed.Status == 0:
		return http.StatusBadRequest
	}
	return failed.Status
}

func messageOf(err error) string {
	var failed *wire.Error
	if errors.As(err, &failed) {
		return failed.Message
	}
	return err.Error()
}

// errorMessage is that of a function's error, or all of it.
func errorMessage(result []byte) string {
	var failure struct {
		ErrorMessage string `json:"errorMessage"`
	}
	if json.Unmarshal(result, &failure) == nil && failure.ErrorMessage != "" {
		return failure.ErrorMessage
	}
	return string(result)
}

// cut keeps whole characters. No attribute of a message is empty.
func cut(message string) string {
	if message == "" {
		return "Unknown"
	}
	if len(message) <= maxMessageBytes {
		return message
	}
	n := maxMessageBytes
	for n > 0 && !utf8.RuneStart(message[n]) {
		n--
	}
	return message[:n]
}
