package template

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/authz"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/cloudformation"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// invokeLatency is that of Lambda around a warm function.
const invokeLatency = 30 * time.Millisecond

// invokesRE is the integration of Lambda, in every partition, with and without a
// token.
var invokesRE = regexp.MustCompile(`^arn:aws[a-z-]*:states:::lambda:invoke(\.waitForTaskToken)?$`)

// tasks runs the tasks of a machine, with its role.
type tasks struct {
	world *World
	role  string
}

// Handle implements asl.TaskHandler. Only Lambda is called by our machines.
// https://docs.aws.amazon.com/step-functions/latest/dg/connect-lambda.html
func (t tasks) Handle(_ context.Context, task asl.Task) (json.RawMessage, error) {
	if !invokesRE.MatchString(task.Resource) {
		return nil, fmt.Errorf("the resource %s is not simulated", task.Resource)
	}
	var call struct {
		FunctionName string
		Payload      json.RawMessage
	}
	if err := json.Unmarshal(task.Arguments, &call); err != nil {
		return nil, fmt.Errorf("the arguments of %s: %w", task.State, err)
	}
	err := t.world.may(authz.Question{Principal: t.role, Action: "lambda:InvokeFunction", Resource: call.FunctionName, Owner: part(call.FunctionName, 4)})
	if err != nil {
		return nil, &asl.TaskError{Name: "Lambda.AWSLambdaException", Cause: err.Error()}
	}
	out, failed, err := t.world.invoke(call.FunctionName, call.Payload)
	if err != nil {
		return nil, &asl.TaskError{Name: lambdaError(err), Cause: err.Error()}
	}
	if failed != nil {
		return nil, &asl.TaskError{Name: failed.Error, Cause: failed.Cause}
	}
	return json.Marshal(map[string]any{"Payload": out, "StatusCode": 200, "ExecutedVersion": "$LATEST"})
}

// lambdaError is the name under which Step Functions shows an error of Lambda.
func lambdaError(err error) string {
	var refused *wire.Error
	if errors.As(err, &refused) {
		return "Lambda." + refused.Code
	}
	return "Lambda.ServiceException"
}

// invoke runs a function: its answer, or how it failed, or why Lambda did not run
// it at all.
func (w *World) invoke(arn string, payload json.RawMessage) (json.RawMessage, *step.TaskError, error) {
	w.clock.Sleep(invokeLatency)
	v, there := w.account.Function(arn)
	if !there {
		if w.isCustom(arn) {
			return json.RawMessage(`{"passed": true}`), nil, nil // the team's own function
		}
		err := &wire.Error{Code: "ResourceNotFoundException", Message: "Function not found: " + arn}
		w.trouble("Lambda", "has no "+shortName(arn), err)
		return nil, nil, err
	}
	if err := w.open(v); err != nil {
		return nil, nil, err
	}
	s := w.code.start(v)
	if s.err != nil {
		w.trouble(shortName(arn), "ends at its start", s.err)
		return nil, &step.TaskError{Error: "Runtime.ExitError", Cause: `{"errorType":"Runtime.ExitError","errorMessage":"RequestId: 00000000-0000-4000-8000-000000000000 Error: Runtime exited with error: exit status 1"}`}, nil
	}
	began := w.clock.Now()
	out, err := s.handle(context.Background(), payload)
	w.log(v)
	took := w.clock.Now().Sub(began)
	w.took = append(w.took, took)
	if took > v.Timeout {
		w.trouble(shortName(arn), "was cut off", fmt.Errorf("it ran for %s, and its timeout is %s", took, v.Timeout))
		return nil, &step.TaskError{Error: "Sandbox.Timedout", Cause: fmt.Sprintf(`{"errorType":"Sandbox.Timedout","errorMessage":"Task timed out after %.2f seconds"}`, v.Timeout.Seconds())}, nil
	}
	if err != nil {
		failed := step.ErrorName(err)
		return nil, &failed, nil
	}
	return out, nil, nil
}

// open has Lambda decrypt the environment with the function's role.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html
func (w *World) open(v cloudformation.Configuration) error {
	if v.Key == "" {
		return nil
	}
	for _, q := range asks(functionType, "KmsKeyArn", v.Role, unqualified(v.ARN), map[string]string{"Key": v.Key}) {
		if err := w.may(q); err != nil {
			return &wire.Error{Code: "KMSAccessDeniedException", Message: "Lambda was unable to decrypt the environment variables because KMS access was denied. " + err.Error()}
		}
	}
	return nil
}

// log has Lambda write the function's lines. Where it may not, they are lost, and
// nobody is told.
func (w *World) log(v cloudformation.Configuration) {
	arn, there := w.account.LogGroup(part(v.ARN, 4), part(v.ARN, 3), v.LogGroup)
	if !there {
		w.trouble(shortName(v.ARN), "its log is lost", fmt.Errorf("there is no log group %q", v.LogGroup))
		return
	}
	for _, q := range asks(functionType, "LoggingConfig", v.Role, unqualified(v.ARN), map[string]string{"Log": arn}) {
		if err := w.may(q); err != nil {
			return // it is among the refusals
		}
	}
}

func unqualified(arn string) string {
	if published(arn) {
		return arn[:strings.LastIndexByte(arn, ':')]
	}
	return arn
}

// isCustom tells whether the plan names a function of the team's own.
func (w *World) isCustom(arn string) bool {
	for _, spec := range w.specs {
		if spec.CustomCheck != nil && spec.CustomCheck.Function == arn {
			return true
		}
	}
	return slices.Contains(w.plan.RecoveryFunctions(), arn)
}

// runAsync runs a function for nobody who waits.
func (w *World) runAsync(arn string, payload []byte) (functionError string, result []byte, err error) {
	out, failed, err := w.invoke(arn, payload)
	if err != nil {
		return "", nil, err
	}
	if failed != nil {
		w.trouble(shortName(arn), "failed", errors.New(failed.Error+": "+failed.Cause))
		return "Unhandled", []byte(failed.Cause), nil
	}
	return "", out, nil
}
