// Package sfn starts, follows and describes executions of the state machines,
// and finishes tasks that wait with a token.
//
// Starting is idempotent by the execution's name: a start whose answer was lost
// is repeated and finds the same execution. Nothing here waits or polls.
package sfn

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// api is what this package uses of Step Functions.
type api interface {
	StartExecution(context.Context, *sfn.StartExecutionInput, ...func(*sfn.Options)) (*sfn.StartExecutionOutput, error)
	DescribeExecution(context.Context, *sfn.DescribeExecutionInput, ...func(*sfn.Options)) (*sfn.DescribeExecutionOutput, error)
	GetExecutionHistory(context.Context, *sfn.GetExecutionHistoryInput, ...func(*sfn.Options)) (*sfn.GetExecutionHistoryOutput, error)
	SendTaskSuccess(context.Context, *sfn.SendTaskSuccessInput, ...func(*sfn.Options)) (*sfn.SendTaskSuccessOutput, error)
	SendTaskFailure(context.Context, *sfn.SendTaskFailureInput, ...func(*sfn.Options)) (*sfn.SendTaskFailureOutput, error)
}

// Machines are the state machines of an account and region. They are safe for
// concurrent use.
type Machines struct {
	api       api
	revisions revisions
}

// New returns the machines in the region of the configuration.
func New(cfg aws.Config) *Machines {
	client := sfn.NewFromConfig(cfg)
	return &Machines{api: client, revisions: client}
}

// Execution is one run of a machine, as Describe finds it.
type Execution struct {
	ARN       string
	Status    string // RUNNING, SUCCEEDED, FAILED, TIMED_OUT, ABORTED, PENDING_REDRIVE
	StartedAt time.Time
	StoppedAt time.Time // zero while it runs
	Input     json.RawMessage
	Output    json.RawMessage // nil unless it succeeded
	Error     string          // of one that failed
	Cause     string
}

// Closed reports whether the execution is over.
func (e Execution) Closed() bool {
	return e.Status != string(types.ExecutionStatusRunning) && e.Status != string(types.ExecutionStatusPendingRedrive)
}

// Start starts an execution. The same name and input while that one runs give
// the same execution again, with nothing started and no sign of it.
// alreadyRunning is true, and nothing is started, where the name was used in
// the last 90 days by an execution that is closed, or has another input:
// Describe tells which.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
func (m *Machines) Start(ctx context.Context, machineARN, name string, input json.RawMessage) (executionARN string, startedAt time.Time, alreadyRunning bool, err error) {
	what := fmt.Sprintf("start execution %s of %s", name, machineARN)
	out, err := m.api.StartExecution(ctx, &sfn.StartExecutionInput{StateMachineArn: &machineARN, Name: &name, Input: aws.String(string(input))})
	if err == nil {
		return aws.ToString(out.ExecutionArn), aws.ToTime(out.StartDate).UTC(), false, nil
	}
	var exists *types.ExecutionAlreadyExists
	if !errors.As(err, &exists) {
		return "", time.Time{}, false, named(err, what)
	}
	arn, ok := executionARNOf(machineARN, name)
	if !ok {
		return "", time.Time{}, false, named(err, what)
	}
	there, err := m.Describe(ctx, arn)
	if err != nil {
		return "", time.Time{}, false, err
	}
	return arn, there.StartedAt, true, nil
}

// executionARNOf is where an execution of that name lies; a version or alias of
// the machine is not part of it.
func executionARNOf(machineARN, name string) (string, bool) {
	part := strings.Split(machineARN, ":") // arn:aws:states:region:account:stateMachine:machine[:version]
	if len(part) < 7 || part[5] != "stateMachine" {
		return "", false
	}
	return strings.Join([]string{part[0], part[1], part[2], part[3], part[4], "execution", part[6], name}, ":"), true
}

// Describe returns what is known of an execution. It is eventually consistent,
// and Step Functions forgets an execution 90 days after its end.
func (m *Machines) Describe(ctx context.Context, executionARN string) (Execution, error) {
	out, err := m.api.DescribeExecution(ctx, &sfn.DescribeExecutionInput{ExecutionArn: &executionARN})
	if err != nil {
		return Execution{}, named(err, "describe execution "+executionARN)
	}
	e := Execution{
		ARN: executionARN, Status: string(out.Status), StartedAt: aws.ToTime(out.StartDate).UTC(),
		Input: raw(out.Input), Output: raw(out.Output), Error: aws.ToString(out.Error), Cause: aws.ToString(out.Cause),
	}
	if out.StopDate != nil {
		e.StoppedAt = out.StopDate.UTC()
	}
	return e, nil
}

// Closed reports whether an execution is over. One that does not exist is. An
// operator who redrives a failed execution opens it again: drills are started
// anew instead.
func (m *Machines) Closed(ctx context.Context, executionARN string) (bool, error) {
	e, err := m.Describe(ctx, executionARN)
	var missing *types.ExecutionDoesNotExist
	if errors.As(err, &missing) {
		return true, nil
	}
	return err == nil && e.Closed(), err
}

// Known reports whether an execution exists: Step Functions forgets one 90 days
// after its end.
func (m *Machines) Known(ctx context.Context, executionARN string) (bool, error) {
	_, err := m.Describe(ctx, executionARN)
	var missing *types.ExecutionDoesNotExist
	if errors.As(err, &missing) {
		return false, nil
	}
	return err == nil, err
}

func raw(text *string) json.RawMessage {
	if text == nil {
		return nil
	}
	return json.RawMessage(*text)
}

func named(err error, what string) error {
	hint := "see that the role may do this in Step Functions"
	switch awsconfig.Code(err) {
	case "StateMachineDoesNotExist":
		hint = "deploy lifeboat to this account and region, or name another region"
	case "ExecutionDoesNotExist":
		hint = "see the region and the name; an execution is forgotten 90 days after its end"
	case "ExecutionLimitExceeded":
		hint = "stop executions that are no longer needed, or ask for a higher quota"
	}
	return awsconfig.Named(err, drill.Unexpected, what, hint)
}
