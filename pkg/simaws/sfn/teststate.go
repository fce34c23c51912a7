package sfn

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

type testIn struct {
	Definition         string
	StateName          *string
	Input              *string
	Variables          *string
	Context            *string
	RoleArn            *string
	InspectionLevel    string
	RevealSecrets      bool
	Mock               *mockIn
	StateConfiguration *struct {
		RetrierRetryCount        *int
		ErrorCausedByState       *string
		MapIterationFailureCount *int
		MapItemReaderData        *string
	}
}

type mockIn struct {
	Result      *string
	ErrorOutput *struct {
		Error *string
		Cause *string
	}
	FieldValidationMode string
}

type testOut struct {
	Status         string      `json:"status"`
	NextState      string      `json:"nextState,omitempty"`
	Output         *string     `json:"output,omitempty"`
	Error          *string     `json:"error,omitempty"`
	Cause          *string     `json:"cause,omitempty"`
	InspectionData *inspection `json:"inspectionData,omitempty"`
}

type inspection struct {
	Input          string        `json:"input"`
	AfterArguments *string       `json:"afterArguments,omitempty"`
	Result         *string       `json:"result,omitempty"`
	Variables      *string       `json:"variables,omitempty"`
	ErrorDetails   *errorDetails `json:"errorDetails,omitempty"`
}

type errorDetails struct {
	CatchIndex                  *int `json:"catchIndex,omitempty"`
	RetryIndex                  *int `json:"retryIndex,omitempty"`
	RetryBackoffIntervalSeconds *int `json:"retryBackoffIntervalSeconds,omitempty"`
}

// Limits of TestState.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_TestState.html
const (
	maxDefinition = 1 << 20
	longestTest   = 5 * time.Minute
)

func invalid(format string, a ...any) error { return wire.Errorf("ValidationException", format, a...) }

// test makes one attempt of one state of a machine, by the engine.
// https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html
func (s *Service) test(c *wire.Call, in testIn) (testOut, error) {
	machine, about, err := stateOf(in)
	if err != nil {
		return testOut{}, err
	}
	trial, err := trialOf(in, about)
	if err != nil {
		return testOut{}, err
	}
	trial.Now = c.Now
	tried, err := machine.Try(trial)
	if err != nil {
		return testOut{}, invalid("%s", err)
	}
	if tried.Waits > longestTest {
		tried = asl.Tried{Status: asl.TrialFailed, Error: "States.Timeout", Retrier: -1, Catcher: -1}
	}
	if s.Differ != nil {
		s.Differ(trial.State, &tried)
	}
	return answered(in, trial, tried), nil
}

// stateOf finds the state to test.
func stateOf(in testIn) (*asl.Machine, asl.About, error) {
	if in.Definition == "" || len(in.Definition) > maxDefinition {
		return nil, asl.About{}, invalid("1 validation error detected: Value at 'definition' failed to satisfy constraint: Member must have length between 1 and %d", maxDefinition)
	}
	if in.StateName == nil {
		return nil, asl.About{}, wire.Unknown("states TestState: the definition of a single state is not simulated: give a machine's, and stateName")
	}
	machine, err := asl.Load([]byte(in.Definition))
	if err != nil {
		return nil, asl.About{}, wire.Errorf("InvalidDefinition", "Invalid State Machine Definition: '%s'", err)
	}
	about, known := machine.About(*in.StateName)
	if !known {
		return nil, asl.About{}, invalid("State '%s' does not exist in the state machine definition", *in.StateName)
	}
	return machine, about, nil
}

// trialOf reads a request strictly.
func trialOf(in testIn, about asl.About) (asl.Trial, error) {
	t := asl.Trial{State: *in.StateName, Input: json.RawMessage("{}")}
	if in.Input != nil {
		t.Input = json.RawMessage(*in.Input)
	}
	switch {
	case in.InspectionLevel != "" && in.InspectionLevel != "INFO" && in.InspectionLevel != "DEBUG":
		return t, invalid("The inspection level '%s' is not that of this state: TRACE is of HTTP tasks", in.InspectionLevel)
	case in.RevealSecrets && in.Mock != nil:
		return t, invalid("revealSecrets cannot be used with a mock")
	case len(t.Input) > maxPayloadBytes:
		return t, tooLong("input", maxPayloadBytes)
	case !json.Valid(t.Input):
		return t, wire.Errorf("InvalidExecutionInput", "Invalid State Machine Execution Input: it is not a JSON document")
	case in.Context != nil && in.Mock == nil:
		return t, invalid("context may only be specified if a mock is specified")
	}
	if in.Variables != nil {
		if len(*in.Variables) > maxPayloadBytes {
			return t, tooLong("variables", maxPayloadBytes)
		}
		if json.Unmarshal([]byte(*in.Variables), &t.Variables) != nil || t.Variables == nil {
			return t, invalid("variables must be a JSON object")
		}
	}
	if in.Context != nil {
		var members map[string]json.RawMessage
		if len(*in.Context) > maxPayloadBytes {
			return t, tooLong("context", maxPayloadBytes)
		}
		if json.Unmarshal([]byte(*in.Context), &members) != nil || members == nil {
			return t, invalid("context must be a JSON object")
		}
		t.Context = json.RawMessage(*in.Context)
	}
	return t, configure(&t, in, about)
}

// configure takes over the mock and what stands for other attempts.
func configure(t *asl.Trial, in testIn, about asl.About) (err error) {
	switch {
	case in.Mock != nil && !about.Mockable:
		return invalid("A mock can only be specified for Task, Map, or Parallel states, and '%s' is a %s", t.State, about.Type)
	case in.Mock == nil && (about.Token || about.Type == "Parallel" || about.Type == "Map" || strings.Contains(about.Resource, ".sync")):
		return invalid("State '%s' can only be tested with a mock", t.State)
	case in.Mock == nil && about.Type == "Task":
		return wire.Unknown("states TestState: a Task without a mock really calls its service, which is not simulated")
	case in.Mock == nil && (in.RoleArn == nil || *in.RoleArn == ""):
		return invalid("roleArn must be specified when no mock is")
	}
	caused := ""
	if c := in.StateConfiguration; c != nil {
		if n := c.RetrierRetryCount; n != nil {
			if t.Retries = *n; t.Retries < 0 {
				return invalid("retrierRetryCount must not be negative")
			}
		}
		if c.ErrorCausedByState != nil {
			caused = *c.ErrorCausedByState
		}
		if c.MapIterationFailureCount != nil || c.MapItemReaderData != nil {
			return wire.Unknown("states TestState: tolerated failures and item readers of a Map are not simulated")
		}
	}
	if in.Mock == nil {
		return nil
	}
	t.Mock, err = in.Mock.read(t.State, about, caused)
	return err
}

// read checks a mock.
func (m mockIn) read(state string, about asl.About, caused string) (*asl.Mock, error) {
	if !slices.Contains([]string{"", "STRICT", "PRESENT", "NONE"}, m.FieldValidationMode) {
		return nil, invalid("Value '%s' at 'mock.fieldValidationMode' failed to satisfy constraint: one of STRICT, PRESENT, NONE", m.FieldValidationMode)
	}
	if (m.Result == nil) == (m.ErrorOutput == nil) {
		return nil, invalid("exactly one of mock.result and mock.errorOutput must be specified")
	}
	if m.ErrorOutput != nil {
		name, cause, err := checkFailure(m.ErrorOutput.Error, m.ErrorOutput.Cause)
		if err != nil {
			return nil, err
		}
		// "you must specify which sub-state caused the error"
		if about.Type != "Task" && !slices.Contains(about.Inner, caused) {
			return nil, invalid("stateConfiguration.errorCausedByState must name a state within '%s'", state)
		}
		return &asl.Mock{Failure: &asl.Failure{Error: name, Cause: cause}, CausedBy: caused}, nil
	}
	if len(*m.Result) > maxPayloadBytes {
		return nil, tooLong("mock.result", maxPayloadBytes)
	}
	result := json.RawMessage(*m.Result)
	if !json.Valid(result) {
		return nil, invalid("mock.result is not a JSON document")
	}
	return &asl.Mock{Result: result}, fits(result, state, about, m.FieldValidationMode)
}

// fits holds a mocked result to what the state could come to.
func fits(result json.RawMessage, state string, about asl.About, mode string) error {
	switch about.Type {
	case "Parallel":
		var branches []json.RawMessage
		if json.Unmarshal(result, &branches) != nil || len(branches) != about.Branches {
			return invalid("The mocked result of '%s' must be a JSON array with one element for each of its %d branches", state, about.Branches)
		}
	case "Map":
		if first := bytes.TrimSpace(result)[0]; first != '[' && first != '{' {
			return invalid("The mocked result of '%s' must be a JSON array or a JSON object", state)
		}
	case "Task":
		// What a token's task comes to is what its holder sends: no API's.
		if mode != "NONE" && !about.Token && strings.HasSuffix(about.Resource, ":lambda:invoke") {
			return invoked(result)
		}
	}
	return nil
}

// invoked is whether a result is one of Lambda's Invoke, of which no member is
// required. The payload is a blob, which Step Functions decodes: any JSON.
// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_ResponseSyntax
func invoked(result json.RawMessage) error {
	var out struct {
		StatusCode      *int
		FunctionError   *string
		ExecutedVersion *string
		LogResult       *string
	}
	if err := json.Unmarshal(result, &out); err != nil {
		var member *json.UnmarshalTypeError
		if errors.As(err, &member) && member.Field != "" {
			return invalid("The mocked result does not conform to the API model of lambda:invoke: %s must not be a %s", member.Field, member.Value)
		}
		return invalid("The mocked result does not conform to the API model of lambda:invoke: it must be a JSON object")
	}
	return nil
}

// answered is the answer about an attempt.
func answered(in testIn, trial asl.Trial, t asl.Tried) testOut {
	out := testOut{Status: string(t.Status), NextState: t.Next}
	if t.Output != nil {
		out.Output = text(t.Output)
	}
	if t.Status != asl.TrialSucceeded {
		out.Error, out.Cause = some(t.Error), some(t.Cause)
	}
	if in.InspectionLevel != "DEBUG" {
		return out
	}
	variables, _ := json.Marshal(t.Variables) // raw messages that were decoded before
	i := &inspection{Input: string(trial.Input), AfterArguments: text(t.Arguments)}
	if len(t.Variables) > 0 {
		i.Variables = text(variables)
	}
	if trial.Mock != nil {
		i.Result = text(trial.Mock.Result)
	}
	switch {
	case t.Retrier >= 0:
		seconds := int(t.RetryIn / time.Second)
		i.ErrorDetails = &errorDetails{RetryIndex: &t.Retrier, RetryBackoffIntervalSeconds: &seconds}
	case t.Catcher >= 0:
		i.ErrorDetails = &errorDetails{CatchIndex: &t.Catcher}
	}
	out.InspectionData = i
	return out
}

func text(raw json.RawMessage) *string {
	if raw == nil {
		return nil
	}
	t := string(raw)
	return &t
}

func some(t string) *string {
	if t == "" {
		return nil
	}
	return &t
}
