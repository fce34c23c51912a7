// Package lambda is the simulated Lambda, as far as functions are invoked and
// answer: a table of Go functions. There are no cold starts, no concurrency
// limits and no timeouts. Asynchronous invocations wait in a queue apart, see
// Asynchronous.
//
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
package lambda

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Function is one function, or one version or alias of it. functionError is
// what X-Amz-Function-Error says (Unhandled, usually) where the function
// failed; the result is then its error as JSON. An err is a failure of the
// service: an *wire.Error as it is, any other as ServiceException.
//
// It runs while the cloud serves the call that invokes it, so it must neither
// call the cloud nor let time pass.
type Function func(ctx context.Context, payload []byte) (result []byte, functionError string, err error)

// Limits of a synchronous call.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
const (
	maxRequestBytes  = 6 << 20
	maxResponseBytes = 6<<20 + 100 // as the message of the error says
)

// Service implements wire.Handler.
type Service struct {
	functions    map[string]Function
	asynchronous *Asynchronous
	policy       func(arn string) json.RawMessage
	concurrency  map[string]int // by account and region
}

// New makes the service of functions by their ARNs. An ARN with a qualifier is
// a version or an alias; one without is $LATEST.
func New(functions map[string]Function) *Service { return &Service{functions: functions} }

// Attach lets calls of the type Event through: the queue takes them. Without one
// they fail as not simulated, because nobody would ever run them.
func (s *Service) Attach(a *Asynchronous) { s.asynchronous = a }

// AddFunction adds a function, or replaces that of the same ARN.
func (s *Service) AddFunction(arn string, f Function) {
	if s.functions == nil {
		s.functions = map[string]Function{}
	}
	s.functions[arn] = f
}

// RemoveFunction removes a function; of an unknown one nothing.
func (s *Service) RemoveFunction(arn string) { delete(s.functions, arn) }

// Resolve implements wire.Handler.
func (s *Service) Resolve(c *wire.Call) string {
	path := wire.Segments(c.HTTP)
	if c.HTTP.Method == http.MethodPost && len(path) == 4 && path[0] == "2015-03-31" && path[1] == "functions" && path[3] == "invocations" {
		return "Invoke"
	}
	if c.HTTP.Method == http.MethodGet && len(path) == 4 && path[0] == "2015-03-31" && path[1] == "functions" && path[3] == "policy" {
		return "GetPolicy"
	}
	if c.HTTP.Method == http.MethodGet && len(path) == 2 && path[0] == "2016-08-19" && path[1] == "account-settings" {
		return "GetAccountSettings"
	}
	return c.HTTP.Method + " " + c.HTTP.URL.Path
}

// Serve implements wire.Handler.
func (s *Service) Serve(c *wire.Call) (wire.Reply, error) {
	switch c.Operation {
	case "GetPolicy":
		return s.getPolicy(c)
	case "GetAccountSettings":
		return s.accountSettings(c)
	case "Invoke":
	default:
		return wire.Reply{}, wire.Unknown("%s has no operation %q", c.Service, c.Operation)
	}
	in, err := parse(c, s.asynchronous != nil)
	if err != nil {
		return wire.Reply{}, err
	}
	found, err := s.find(c, in)
	if err != nil {
		return wire.Reply{}, err
	}
	kind, limit := "RequestResponse", maxRequestBytes
	if in.event {
		kind, limit = "Event", maxAsyncBytes
	}
	if len(c.Body) > limit {
		return wire.Reply{}, &wire.Error{Code: "RequestTooLargeException", Status: http.StatusRequestEntityTooLarge,
			Message: fmt.Sprintf("%d byte payload is too large for the %s invocation type (limit %d bytes)", len(c.Body), kind, limit)}
	}
	payload := c.Body
	if len(payload) == 0 {
		payload = []byte("{}")
	}
	if !json.Valid(payload) {
		return wire.Reply{}, wire.Errorf("InvalidRequestContentException", "Could not parse request body into json")
	}
	reply := wire.Reply{Header: http.Header{}}
	if in.event {
		s.asynchronous.Invoke(found.arn, payload)
		reply.Status = http.StatusAccepted
		return reply, nil
	}
	if found.version != "" {
		reply.Header.Set("X-Amz-Executed-Version", found.version)
	}
	if in.dryRun {
		reply.Status = http.StatusNoContent
		return reply, nil
	}
	result, functionError, err := found.run(c.HTTP.Context(), payload)
	if err != nil {
		return wire.Reply{}, serviceError(err)
	}
	if len(result) > maxResponseBytes {
		functionError = "Unhandled"
		result = fmt.Appendf(nil, `{"errorMessage":"Response payload size exceeded maximum allowed payload size (%d bytes).","errorType":"Function.ResponseSizeTooLarge"}`, maxResponseBytes)
	}
	if functionError != "" {
		reply.Header.Set("X-Amz-Function-Error", functionError)
	}
	reply.Header.Set("Content-Type", "application/json")
	reply.Body = result
	return reply, nil
}

// Fail implements wire.Handler.
func (s *Service) Fail(_ *wire.Call, e *wire.Error) wire.Reply {
	switch e.Code {
	case "ResourceNotFoundException", "ServiceException":
		return wire.RESTFail(e, "Message") // the service's model has both spellings
	}
	return wire.RESTFail(e, "message")
}

var (
	nameRE    = regexp.MustCompile(`^(?:arn:aws[a-z-]*:lambda:([a-z0-9-]+):)?(?:([0-9]{12}):)?(?:function:)?([a-zA-Z0-9-_]+)(?::(\$LATEST|[a-zA-Z0-9-_]+))?$`)
	versionRE = regexp.MustCompile(`^[0-9]+$`)
)

// target is a function that was found.
type target struct {
	run          Function
	arn, version string // version: empty of an alias
}

// find looks up a function by its name, its partial or its whole ARN, with the
// qualifier of either place.
func (s *Service) find(c *wire.Call, in invocation) (target, error) {
	part := nameRE.FindStringSubmatch(in.function)
	if part == nil {
		return target{}, wire.Errorf("InvalidParameterValueException", "%s is no name of a function", in.function)
	}
	region, account, name, qualifier := part[1], part[2], part[3], part[4]
	if in.qualifier != "" {
		if qualifier != "" && qualifier != in.qualifier {
			return target{}, wire.Errorf("InvalidParameterValueException", "The derived qualifier from the function name does not match the specified qualifier.")
		}
		qualifier = in.qualifier
	}
	if region == "" {
		region = c.Region
	}
	if account == "" {
		account = c.Account
	}
	arn := wire.ARN("lambda", region, account, "function:"+name)
	key := arn
	if qualifier != "" && qualifier != "$LATEST" {
		key += ":" + qualifier
	}
	c.Touch(key)
	f, ok := s.functions[key]
	switch {
	case account != c.Account:
		denied := wire.Denied(c, "AccessDeniedException", "lambda:InvokeFunction", key)
		denied.Status = http.StatusForbidden
		return target{}, denied
	case region != c.Region:
		return target{}, notFound(fmt.Sprintf("Functions from '%s' are not reachable in this region ('%s')", region, c.Region))
	case !ok:
		return target{}, notFound("Function not found: " + key)
	case key == arn:
		return target{f, key, "$LATEST"}, nil
	case versionRE.MatchString(qualifier):
		return target{f, key, qualifier}, nil
	}
	return target{f, key, ""}, nil // which version an alias stands for nobody has said
}

func notFound(message string) error {
	return &wire.Error{Code: "ResourceNotFoundException", Message: message, Status: http.StatusNotFound, Fields: map[string]any{"Type": "User"}}
}

func serviceError(err error) error {
	var failed *wire.Error
	if errors.As(err, &failed) {
		return failed
	}
	return &wire.Error{Code: "ServiceException", Message: err.Error(), Status: http.StatusInternalServerError}
}
