package sfn

import (
	"context"
	"encoding/json"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
)

// inspecting is what looking at a machine takes. None of it changes anything.
type inspecting interface {
	DescribeStateMachine(context.Context, *sfn.DescribeStateMachineInput, ...func(*sfn.Options)) (*sfn.DescribeStateMachineOutput, error)
	ValidateStateMachineDefinition(context.Context, *sfn.ValidateStateMachineDefinitionInput, ...func(*sfn.Options)) (*sfn.ValidateStateMachineDefinitionOutput, error)
	TestState(context.Context, *sfn.TestStateInput, ...func(*sfn.Options)) (*sfn.TestStateOutput, error)
}

// Inspector looks at machines and asks Step Functions what their states do. It is
// not safe for concurrent use.
type Inspector struct {
	api   inspecting
	pause func(context.Context, time.Duration) error
}

// NewInspector makes one. It makes no call. pause waits between two tests of
// states; nil: it does not wait.
func NewInspector(cfg aws.Config, pause func(context.Context, time.Duration) error) *Inspector {
	if pause == nil {
		pause = func(context.Context, time.Duration) error { return nil }
	}
	return &Inspector{sfn.NewFromConfig(cfg), pause}
}

// Machine is what is deployed under an ARN. The error is a *seen.Unread.
func (i *Inspector) Machine(ctx context.Context, arn string) (seen.Machine, error) {
	out, err := i.api.DescribeStateMachine(ctx, &sfn.DescribeStateMachineInput{StateMachineArn: &arn})
	if err != nil {
		return seen.Machine{}, seen.Cannot(err, "the state machine "+arn, "states:DescribeStateMachine on "+arn)
	}
	m := seen.Machine{ARN: arn, Role: aws.ToString(out.RoleArn), Definition: aws.ToString(out.Definition), LogLevel: string(types.LogLevelOff)}
	if l := out.LoggingConfiguration; l != nil {
		m.LogLevel, m.LogData = string(l.Level), l.IncludeExecutionData
		for _, d := range l.Destinations {
			if d.CloudWatchLogsLogGroup != nil {
				m.LogGroups = append(m.LogGroups, aws.ToString(d.CloudWatchLogsLogGroup.LogGroupArn))
			}
		}
	}
	return m, nil
}

// Validate has Step Functions read a definition: whether a machine can be made of
// it, and what it says of it. There are no pages: of more than 100 findings the
// first 100 come, and more is true.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_ValidateStateMachineDefinition.html
func (i *Inspector) Validate(ctx context.Context, definition string) (ok bool, found []seen.Diagnostic, more bool, err error) {
	out, err := i.api.ValidateStateMachineDefinition(ctx, &sfn.ValidateStateMachineDefinitionInput{
		Definition: &definition, Severity: types.ValidateStateMachineDefinitionSeverityWarning, Type: types.StateMachineTypeStandard, MaxResults: 100,
	})
	if err != nil {
		return false, nil, false, seen.Cannot(err, "what Step Functions says of the definition", "states:ValidateStateMachineDefinition")
	}
	for _, d := range out.Diagnostics {
		found = append(found, seen.Diagnostic{
			Error: d.Severity == types.ValidateStateMachineDefinitionSeverityError,
			Code:  aws.ToString(d.Code), Message: aws.ToString(d.Message), Location: aws.ToString(d.Location),
		})
	}
	return out.Result == types.ValidateStateMachineDefinitionResultCodeOk, found, aws.ToBool(out.Truncated), nil
}

// apart is how long lies between two tests: ten in a second. AWS names no rate of
// its own for TestState.
const apart = 100 * time.Millisecond

// Try has Step Functions make one attempt of one state. With a mock nothing is
// called and no role is needed; what is mocked must fit the model of the API that
// the state calls. Without one, only states that call nothing are to be tried.
// https://docs.aws.amazon.com/step-functions/latest/dg/test-state-isolation.html
func (i *Inspector) Try(ctx context.Context, t seen.Try) (seen.Tried, error) {
	if err := i.pause(ctx, apart); err != nil {
		return seen.Tried{}, err
	}
	permission := "states:TestState"
	in := &sfn.TestStateInput{
		Definition: &t.Definition, StateName: &t.State, Input: some(t.Input), Variables: some(t.Variables), InspectionLevel: types.InspectionLevelDebug,
	}
	if t.Mocked() {
		in.Context, in.Mock = some(t.Context), &types.MockInput{FieldValidationMode: types.MockResponseValidationModeStrict, Result: some(t.Result)}
		if t.Error != "" {
			in.Mock.ErrorOutput = &types.MockErrorOutput{Error: aws.String(cut(t.Error, maxError)), Cause: aws.String(cut(t.Cause, maxCause))}
			in.StateConfiguration = &types.TestStateConfiguration{RetrierRetryCount: aws.Int32(int32(t.Retries))} //nolint:gosec // a few
			if t.CausedBy != "" {
				in.StateConfiguration.ErrorCausedByState = &t.CausedBy
			}
		}
	} else {
		in.RoleArn = &t.Role
		permission += ", and iam:PassRole on " + t.Role
	}
	out, err := i.api.TestState(ctx, in)
	if err != nil {
		return seen.Tried{}, seen.Cannot(err, "what Step Functions does in "+t.State, permission)
	}
	tried := seen.Tried{
		Status: string(out.Status), Next: aws.ToString(out.NextState), Output: raw(out.Output), Error: aws.ToString(out.Error), Cause: aws.ToString(out.Cause),
	}
	if out.InspectionData != nil {
		tried.Variables = raw(out.InspectionData.Variables)
	}
	return tried, nil
}

func some(text json.RawMessage) *string {
	if text == nil {
		return nil
	}
	return aws.String(string(text))
}
