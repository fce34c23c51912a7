// Package simaws is a simulated AWS: one http.Handler that speaks the wire
// protocols of the services that lifeboat uses, so that the real SDK clients
// and compiled Lambda binaries run against it unchanged.
//
// A request is routed by the scope of its signature (region and service), never
// by its host; the signature itself is not verified. The access key tells the
// caller's account and role. Time is that of the clock it is given: with a
// virtual one a restore of an hour takes no time, and the same seed gives the
// same answers.
//
// What is not modelled fails loudly with code NotSimulated (status 501), which
// no SDK retries into silence. Nothing outside of the process is touched,
// unless a restored instance is asked to be a real PostgreSQL.
package simaws

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Options of a cloud.
type Options struct {
	Clock clock.Clock
	// Pause lets the latency of a call pass; nil: calls take no time.
	Pause func(time.Duration)
	// Latency of one call; zero: 40 ms, a typical control-plane answer.
	Latency time.Duration
	Faults  []Fault
	// Authorise refuses a call before it takes effect: a *wire.Error is what the
	// caller gets. Nil: everybody may do everything.
	Authorise func(*wire.Call) error
	// Guard of the models; nil: one of its own, for virtual time.
	Guard *Guard
	// Observe is shown every exchange, for tests of the protocols; may be nil.
	Observe func(Exchange)
}

const defaultLatency = 40 * time.Millisecond

// Cloud is the simulated AWS. It is safe for concurrent use; calls are served
// one at a time.
type Cloud struct {
	o        Options
	guard    *Guard
	services map[string]wire.Handler // by the service name of the signature
	faults   *faults
	calls    []Record
}

// Services are the names under which requests are signed, sorted.
func (c *Cloud) Services() []string { return slices.Sorted(maps.Keys(c.services)) }

// Record is one call that was served.
type Record struct {
	At        time.Time `json:"at"`
	Service   string    `json:"service"`
	Operation string    `json:"operation"`
	Region    string    `json:"region"`
	Account   string    `json:"account"`
	Principal string    `json:"principal"`
	Resources []string  `json:"resources,omitempty"`
	Error     string    `json:"error,omitempty"` // code
}

// Exchange is one call with both bodies.
type Exchange struct {
	Record
	Request      *http.Request
	RequestBody  []byte
	Status       int
	Header       http.Header
	ResponseBody []byte
}

// New makes a cloud of the given services, by the names under which requests
// to them are signed.
func New(o Options, services map[string]wire.Handler) *Cloud {
	if o.Latency == 0 {
		o.Latency = defaultLatency
	}
	if o.Pause == nil {
		o.Pause = func(time.Duration) {}
	}
	if o.Guard == nil {
		o.Guard = &Guard{}
	}
	return &Cloud{o: o, guard: o.Guard, services: services, faults: newFaults(o.Faults)}
}

// Now is the time in the cloud.
func (c *Cloud) Now() time.Time { return c.o.Clock.Now() }

// Calls returns what was served so far.
func (c *Cloud) Calls() []Record {
	c.guard.mu.Lock()
	defer c.guard.mu.Unlock()
	return append([]Record(nil), c.calls...)
}

// UnusedFaults are those that never fired: a test in which one is left did not
// test what it says.
func (c *Cloud) UnusedFaults() []Fault {
	c.guard.mu.Lock()
	defer c.guard.mu.Unlock()
	return c.faults.unused()
}

// AccessKey is the access key id under which a role of an account calls.
func AccessKey(account, role string) string { return "ASIA" + account + role }

type passed struct{} // key of a context's VPC endpoint

// Through has the requests of a context pass a VPC endpoint, whose policy then
// decides as well.
func Through(ctx context.Context, endpoint string) context.Context {
	return context.WithValue(ctx, passed{}, endpoint)
}

func endpointOf(ctx context.Context) string {
	endpoint, _ := ctx.Value(passed{}).(string)
	return endpoint
}

var scopeRE = regexp.MustCompile(`Credential=ASIA([0-9]{12})([^/]*)/[0-9]{8}/([^/]+)/([^/]+)/aws4_request`)

// errLost is what the caller of a call sees whose answer is lost.
var errLost = errors.New("simulated AWS: the connection was lost before the answer came")

// RoundTrip implements http.RoundTripper, for SDK clients in this process.
func (c *Cloud) RoundTrip(r *http.Request) (*http.Response, error) {
	reply, err := c.serve(r)
	if err != nil {
		return nil, err
	}
	return &http.Response{
		StatusCode: reply.Status, Status: fmt.Sprintf("%d %s", reply.Status, http.StatusText(reply.Status)),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: reply.Header, Request: r,
		ContentLength: int64(len(reply.Body)), Body: io.NopCloser(bytes.NewReader(reply.Body)),
	}, nil
}

// ServeHTTP implements http.Handler, for compiled binaries.
func (c *Cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	reply, err := c.serve(r)
	if err != nil {
		panic(http.ErrAbortHandler) // the caller sees a closed connection
	}
	for name, values := range reply.Header {
		w.Header()[name] = values
	}
	w.WriteHeader(reply.Status)
	_, _ = w.Write(reply.Body) // a caller that has gone does not matter
}

func (c *Cloud) serve(r *http.Request) (wire.Reply, error) {
	if err := r.Context().Err(); err != nil {
		return wire.Reply{}, err
	}
	var body []byte
	if r.Body != nil {
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return wire.Reply{}, err
		}
		_ = r.Body.Close() // it was read to its end
	}
	c.o.Pause(c.o.Latency)
	c.guard.mu.Lock()
	reply, err := c.answer(r, body)
	c.guard.mu.Unlock()
	var lost *lostAnswer
	if errors.As(err, &lost) {
		c.o.Pause(lost.after)
		return wire.Reply{}, errLost
	}
	return reply, err
}

func (c *Cloud) answer(r *http.Request, body []byte) (wire.Reply, error) {
	scope := scopeRE.FindStringSubmatch(r.Header.Get("Authorization"))
	if scope == nil {
		return plain(http.StatusForbidden, "pkg/simaws: the request is not signed with a key of simaws.AccessKey: "+r.Method+" "+r.URL.String()), nil
	}
	call := &wire.Call{
		HTTP: r, Body: body, Account: scope[1], Principal: scope[2], Region: scope[3], Service: scope[4], Now: c.o.Clock.Now(),
		Endpoint: endpointOf(r.Context()),
	}
	service, ok := c.services[call.Service]
	if !ok {
		return plain(http.StatusNotImplemented, "pkg/simaws: service "+call.Service+" is not simulated"), nil
	}
	call.Operation = service.Resolve(call)
	reply, err := c.run(service, call)
	var failed *wire.Error
	if errors.As(err, &failed) {
		if failed.Status == 0 {
			failed.Status = http.StatusBadRequest
		}
		reply, err = service.Fail(call, failed), nil
	}
	var lost *lostAnswer
	if err != nil && !errors.As(err, &lost) {
		failed = &wire.Error{Code: "InternalFailure", Message: "pkg/simaws: " + err.Error(), Status: http.StatusInternalServerError}
		reply, err = service.Fail(call, failed), nil
	}
	if reply.Status == 0 {
		reply.Status = http.StatusOK
	}
	if reply.Header == nil {
		reply.Header = http.Header{}
	}
	c.note(call, failed, lost, reply)
	return reply, err
}

// run serves a call unless a fault or a refusal comes first, and spoils the answer
// where a fault comes after: also that of a call that was refused.
func (c *Cloud) run(service wire.Handler, call *wire.Call) (wire.Reply, error) {
	fault := c.faults.next(call.Service + ":" + call.Operation)
	if fault != nil && !fault.Effective {
		return wire.Reply{}, fault.err()
	}
	reply, err := c.served(service, call)
	if fault != nil && (err == nil || refused(err)) {
		return wire.Reply{}, fault.err()
	}
	return reply, err
}

func (c *Cloud) served(service wire.Handler, call *wire.Call) (wire.Reply, error) {
	if c.o.Authorise != nil {
		if err := c.o.Authorise(call); err != nil {
			return wire.Reply{}, err
		}
	}
	return service.Serve(call)
}

// refused: the service answered with an error. What is not modelled is no answer,
// and is not hidden.
func refused(err error) bool {
	var answer *wire.Error
	return errors.As(err, &answer) && answer.Status != http.StatusNotImplemented
}

func (c *Cloud) note(call *wire.Call, failed *wire.Error, lost *lostAnswer, reply wire.Reply) {
	record := Record{
		At: call.Now, Service: call.Service, Operation: call.Operation, Region: call.Region,
		Account: call.Account, Principal: call.Principal, Resources: call.Resources,
	}
	if failed != nil {
		record.Error = failed.Code
	}
	if lost != nil {
		record.Error = "AnswerLost"
	}
	c.calls = append(c.calls, record)
	if c.o.Observe != nil {
		c.o.Observe(Exchange{
			Record: record, Request: call.HTTP, RequestBody: call.Body,
			Status: reply.Status, Header: reply.Header, ResponseBody: reply.Body,
		})
	}
}

func plain(status int, text string) wire.Reply {
	return wire.Reply{Status: status, Header: http.Header{"Content-Type": {"text/plain"}}, Body: []byte(strings.TrimSpace(text) + "\n")}
}
