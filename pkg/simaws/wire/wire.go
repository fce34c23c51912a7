// Package wire speaks AWS's wire protocols, from the side of the service.
//
// A request becomes a Call; a protocol finds the operation in it, decodes the
// parameters into a Go struct and encodes the result. Everything is strict: an
// operation or a parameter that the simulation does not know is an error that
// names it, never ignored, because a flag that is ignored makes a rehearsal lie.
//
// Protocols: https://smithy.io/2.0/aws/protocols/index.html
package wire

import (
	"fmt"
	"net/http"
	"time"
)

// Call is one request as a service sees it.
type Call struct {
	HTTP      *http.Request
	Body      []byte
	Service   string // of the signature's scope: rds, states, monitoring, ...
	Region    string
	Account   string // of the caller
	Principal string // access key id of the caller: one per role
	Operation string // as Handler.Resolve found it
	Now       time.Time
	// Endpoint is the id of the VPC endpoint that the request passed; "" for none.
	Endpoint string
	// Resources are the ARNs that the call was about, for tests of permissions.
	Resources []string

	plain map[string]any // of PlainCBOR
}

// Touch notes a resource that the call is about.
func (c *Call) Touch(arn string) { c.Resources = append(c.Resources, arn) }

// Reply is what goes back.
type Reply struct {
	Status int // zero: 200
	Header http.Header
	Body   []byte
}

// Handler is a service of the simulation.
type Handler interface {
	// Resolve finds the operation that is asked for; "" where there is none.
	Resolve(c *Call) string
	// Serve runs it. The error is an *Error, or one that the protocol shows as
	// an internal failure.
	Serve(c *Call) (Reply, error)
	// Fail encodes an error.
	Fail(c *Call, err *Error) Reply
}

// Error is what a service answers instead of a result.
type Error struct {
	Code    string // DBInstanceNotFound, ThrottlingException, ...
	Message string
	Status  int // HTTP; zero: 400
	// Fields are further members of the error's body (JSON protocols only).
	Fields map[string]any
}

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// Errorf makes an error with status 400.
func Errorf(code, format string, args ...any) *Error {
	return &Error{Code: code, Message: fmt.Sprintf(format, args...)}
}

// Unknown is the loud failure for what the simulation does not model.
func Unknown(format string, args ...any) *Error {
	return &Error{Code: "NotSimulated", Message: "pkg/simaws: " + fmt.Sprintf(format, args...), Status: http.StatusNotImplemented}
}

// Operation is one operation of a service, over its decoded parameters.
type Operation func(c *Call, decode func(into any) error) (result any, err error)

// Op turns a typed function into an Operation.
func Op[In, Out any](f func(c *Call, in In) (Out, error)) Operation {
	return func(c *Call, decode func(any) error) (any, error) {
		var in In
		if err := decode(&in); err != nil {
			return nil, err
		}
		return f(c, in)
	}
}

// Empty is the result of operations that return nothing.
type Empty struct{}
