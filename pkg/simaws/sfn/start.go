package sfn

import (
	"encoding/json"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// maxPayloadBytes is the limit of inputs and outputs.
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const maxPayloadBytes = 256 << 10

type startIn struct {
	StateMachineArn string
	Name            *string
	Input           *string
}

type startOut struct {
	ExecutionArn string     `json:"executionArn"`
	StartDate    wire.Epoch `json:"startDate"`
}

// start is idempotent while an execution of the same name and input runs.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
func (s *Service) start(c *wire.Call, in startIn) (startOut, error) {
	m, v, err := s.findMachine(c, in.StateMachineArn)
	if err != nil {
		return startOut{}, err
	}
	input := "{}"
	if in.Input != nil {
		input = *in.Input
	}
	if err := checkInput(input); err != nil {
		return startOut{}, err
	}
	if in.Name == nil {
		s.named++
		made := fmt.Sprintf("00000000-0000-4000-8000-%012d", s.named)
		in.Name = &made
	}
	name := *in.Name
	if err := CheckName(name); err != nil {
		return startOut{}, err
	}
	arn := strings.Replace(m.ARN, ":stateMachine:", ":execution:", 1) + ":" + name
	if x, ok := s.backend.Execution(arn); ok {
		if x.Status == Running && string(x.Input) == input && x.Version == v.Number {
			return startOut{arn, wire.Epoch(x.At)}, nil
		}
		return startOut{}, wire.Errorf("ExecutionAlreadyExists", "Execution Already Exists: '%s'", arn)
	}
	begun := Start{ARN: arn, MachineARN: m.ARN, Version: v.Number, Name: name, Input: json.RawMessage(input), At: c.Now}
	if err := s.backend.Start(begun); err != nil {
		return startOut{}, err
	}
	return startOut{arn, wire.Epoch(c.Now)}, nil
}

func checkInput(input string) error {
	if len(input) > maxPayloadBytes {
		return tooLong("input", maxPayloadBytes)
	}
	if !json.Valid([]byte(input)) {
		return wire.Errorf("InvalidExecutionInput", "Invalid State Machine Execution Input: it is not a JSON document")
	}
	return nil
}

// CheckName applies the rules of execution names. The length is a constraint
// of the service's model, the characters are a rule of the service.
func CheckName(name string) error {
	if n := utf8.RuneCountInString(name); n < 1 || n > 80 {
		return wire.Errorf("ValidationException", "1 validation error detected: Value '%s' at 'name' failed to satisfy constraint: "+
			"Member must have length between 1 and 80", name)
	}
	bad := func(r rune) bool {
		return unicode.IsSpace(r) || unicode.IsControl(r) || strings.ContainsRune("<>{}[]?*\"#%\\^|~`$&,;:/", r) ||
			r == utf8.RuneError || r == '\uFFFE' || r == '\uFFFF' || r == '\U0010FFFF'
	}
	if strings.ContainsFunc(name, bad) {
		return wire.Errorf("InvalidName", "Invalid Name: '%s'", name)
	}
	return nil
}

func tooLong(member string, limit int) error {
	return wire.Errorf("ValidationException", "1 validation error detected: Value at '%s' failed to satisfy constraint: "+
		"Member must have length less than or equal to %d", member, limit)
}

type stopIn struct {
	ExecutionArn string
	Error        *string
	Cause        *string
}

type stopOut struct {
	StopDate wire.Epoch `json:"stopDate"`
}

// stop of an execution that has ended changes nothing and tells when it did.
func (s *Service) stop(c *wire.Call, in stopIn) (stopOut, error) {
	x, err := s.findExecution(c, in.ExecutionArn)
	if err != nil {
		return stopOut{}, err
	}
	if x.Status != Running {
		return stopOut{wire.Epoch(x.Stopped)}, nil
	}
	failure, cause, err := checkFailure(in.Error, in.Cause)
	if err != nil {
		return stopOut{}, err
	}
	if err := s.backend.Stop(x.ARN, failure, cause); err != nil {
		return stopOut{}, err
	}
	return stopOut{wire.Epoch(c.Now)}, nil
}

// checkFailure applies the limits of an error's name and cause.
func checkFailure(failure, cause *string) (string, string, error) {
	var f, why string
	if failure != nil {
		f = *failure
	}
	if cause != nil {
		why = *cause
	}
	switch {
	case utf8.RuneCountInString(f) > 256:
		return "", "", tooLong("error", 256)
	case utf8.RuneCountInString(why) > 32768:
		return "", "", tooLong("cause", 32768)
	}
	return f, why, nil
}
