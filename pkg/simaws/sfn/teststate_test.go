package sfn_test

import (
	"context"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const tested = `{"QueryLanguage":"JSONata","StartAt":"Ask","States":{
	"Ask":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke","Arguments":{"FunctionName":"f","Payload":{"id":"{% $states.context.Execution.Id %}"}},
		"Retry":[{"ErrorEquals":["Busy"],"IntervalSeconds":2}],"Catch":[{"ErrorEquals":["States.ALL"],"Next":"Work"}],
		"Assign":{"answer":"{% $states.result.Payload %}"},"Next":"Work"},
	"Work":{"Type":"Parallel","Next":"Pick","Branches":[{"StartAt":"Token","States":{
		"Token":{"Type":"Task","Resource":"arn:aws:states:::lambda:invoke.waitForTaskToken","Arguments":{"FunctionName":"f","Payload":{"t":"{% $states.context.Task.Token %}"}},"End":true}}}]},
	"Pick":{"Type":"Choice","Choices":[{"Condition":"{% $answer = 1 %}","Next":"Pause"}],"Default":"Ask"},
	"Pause":{"Type":"Wait","Seconds":600,"Next":"Done"},
	"Done":{"Type":"Succeed"}}}`

func request(state string, change func(*sdk.TestStateInput)) *sdk.TestStateInput {
	in := &sdk.TestStateInput{Definition: aws.String(tested), StateName: &state, InspectionLevel: types.InspectionLevelDebug}
	change(in)
	return in
}

func result(text string) *types.MockInput { return &types.MockInput{Result: &text} }

func failure(name string) *types.MockInput {
	return &types.MockInput{ErrorOutput: &types.MockErrorOutput{Error: &name, Cause: aws.String("c")}}
}

var role = aws.String("arn:aws:iam::111122223333:role/drill")

func TestStateByTheEngine(t *testing.T) {
	tests := map[string]struct {
		reason string
		in     *sdk.TestStateInput
		want   sdk.TestStateOutput
	}{
		"result": {
			"the payload is assigned",
			request("Ask", func(in *sdk.TestStateInput) {
				in.Mock, in.Context = result(`{"Payload":1}`), aws.String(`{"Execution":{"Id":"x"}}`)
			}),
			sdk.TestStateOutput{Status: "SUCCEEDED", NextState: aws.String("Work"), Output: aws.String(`{"Payload":1}`), InspectionData: &types.InspectionData{
				Input: aws.String("{}"), AfterArguments: aws.String(`{"FunctionName":"f","Payload":{"id":"x"}}`), Result: aws.String(`{"Payload":1}`), Variables: aws.String(`{"answer":1}`),
			}},
		},
		"retried": {
			"after twice as long",
			request("Ask", func(in *sdk.TestStateInput) {
				in.Mock, in.StateConfiguration = failure("Busy"), &types.TestStateConfiguration{RetrierRetryCount: aws.Int32(1)}
				in.Context = aws.String(`{"Execution":{"Id":"x"}}`)
			}),
			sdk.TestStateOutput{Status: "RETRIABLE", Error: aws.String("Busy"), Cause: aws.String("c"), InspectionData: &types.InspectionData{
				Input: aws.String("{}"), AfterArguments: aws.String(`{"FunctionName":"f","Payload":{"id":"x"}}`), ErrorDetails: &types.InspectionErrorDetails{RetryIndex: aws.Int32(0), RetryBackoffIntervalSeconds: aws.Int32(4)},
			}},
		},
		"choice": {
			"with a role, and no mock",
			request("Pick", func(in *sdk.TestStateInput) { in.RoleArn, in.Variables = role, aws.String(`{"answer":1}`) }),
			sdk.TestStateOutput{Status: "SUCCEEDED", NextState: aws.String("Pause"), Output: aws.String("{}"), InspectionData: &types.InspectionData{Input: aws.String("{}"), Variables: aws.String(`{"answer":1}`)}},
		},
		"long wait": {
			"a test ends after five minutes",
			request("Pause", func(in *sdk.TestStateInput) { in.RoleArn = role }),
			sdk.TestStateOutput{Status: "FAILED", Error: aws.String("States.Timeout"), InspectionData: &types.InspectionData{Input: aws.String("{}")}},
		},
		"token": {
			"what the holder of the token sends is no API's",
			request("Token", func(in *sdk.TestStateInput) {
				in.Mock, in.Context = result(`"woken"`), aws.String(`{"Task":{"Token":"t"}}`)
			}),
			sdk.TestStateOutput{Status: "SUCCEEDED", Output: aws.String(`"woken"`), InspectionData: &types.InspectionData{
				Input: aws.String("{}"), AfterArguments: aws.String(`{"FunctionName":"f","Payload":{"t":"t"}}`), Result: aws.String(`"woken"`),
			}},
		},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := newLab().TestState(context.Background(), c.in)
			if err != nil {
				t.Fatal(err)
			}
			options := cmpopts.IgnoreUnexported(sdk.TestStateOutput{}, types.InspectionData{}, types.InspectionErrorDetails{})
			if diff := cmp.Diff(&c.want, got, options, cmpopts.IgnoreFields(sdk.TestStateOutput{}, "ResultMetadata")); diff != "" {
				t.Errorf("%s (-want +got):\n%s", c.reason, diff)
			}
		})
	}
}

func TestStateRefuses(t *testing.T) {
	tests := map[string]struct {
		in   *sdk.TestStateInput
		want string
	}{
		"no machine":             {request("Ask", func(in *sdk.TestStateInput) { in.Definition = aws.String(`{"StartAt":"A"}`) }), "InvalidDefinition"},
		"no such state":          {request("Nowhere", func(in *sdk.TestStateInput) { in.Mock = result(`{}`) }), "ValidationException"},
		"input":                  {request("Done", func(in *sdk.TestStateInput) { in.RoleArn, in.Input = role, aws.String(`{`) }), "InvalidExecutionInput"},
		"variables":              {request("Done", func(in *sdk.TestStateInput) { in.RoleArn, in.Variables = role, aws.String(`[]`) }), "ValidationException"},
		"mocked choice":          {request("Pick", func(in *sdk.TestStateInput) { in.Mock = result(`{}`) }), "ValidationException"},
		"no role":                {request("Pick", func(*sdk.TestStateInput) {}), "ValidationException"},
		"context without a mock": {request("Pick", func(in *sdk.TestStateInput) { in.RoleArn, in.Context = role, aws.String(`{}`) }), "ValidationException"},
		"token without a mock":   {request("Token", func(in *sdk.TestStateInput) { in.RoleArn = role }), "ValidationException"},
		"parallel without one":   {request("Work", func(in *sdk.TestStateInput) { in.RoleArn = role }), "ValidationException"},
		"two branches of one":    {request("Work", func(in *sdk.TestStateInput) { in.Mock = result(`[1,2]`) }), "ValidationException"},
		"whose failure":          {request("Work", func(in *sdk.TestStateInput) { in.Mock = failure("E") }), "ValidationException"},
		"no result of Lambda's":  {request("Ask", func(in *sdk.TestStateInput) { in.Mock = result(`{"StatusCode":"200"}`) }), "ValidationException"},
		"mock that is no JSON":   {request("Ask", func(in *sdk.TestStateInput) { in.Mock = result(`{`) }), "ValidationException"},
		"mock of both": {request("Ask", func(in *sdk.TestStateInput) {
			in.Mock = failure("E")
			in.Mock.Result = aws.String(`{}`)
		}), "ValidationException"},
		"trace": {request("Done", func(in *sdk.TestStateInput) {
			in.RoleArn, in.InspectionLevel = role, types.InspectionLevelTrace
		}), "ValidationException"},
	}
	for name, c := range tests {
		if _, err := newLab().TestState(context.Background(), c.in); code(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	loose := request("Ask", func(in *sdk.TestStateInput) {
		in.Mock, in.Context = result(`{"StatusCode":"200"}`), aws.String(`{"Execution":{"Id":"x"}}`)
		in.Mock.FieldValidationMode = types.MockResponseValidationModeNone
	})
	if _, err := newLab().TestState(context.Background(), loose); err != nil {
		t.Errorf("nobody looks at the result: %v", err)
	}
}

func TestValidation(t *testing.T) {
	l := newLab()
	ask := func(definition string, most int32) *sdk.ValidateStateMachineDefinitionOutput {
		t.Helper()
		out, err := l.ValidateStateMachineDefinition(context.Background(), &sdk.ValidateStateMachineDefinitionInput{Definition: &definition, MaxResults: most, Severity: "WARNING"})
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	if out := ask(tested, 0); out.Result != "OK" || len(out.Diagnostics) != 0 || *out.Truncated {
		t.Errorf("%+v", out)
	}
	if out := ask(`{`, 0); out.Result != "FAIL" || *out.Diagnostics[0].Code != "INVALID_JSON_DESCRIPTION" {
		t.Errorf("%+v", out)
	}
	if out := ask(`{"QueryLanguage":"JSONata","StartAt":"A","States":{"B":{"Type":"Pass"},"C":{"Type":"Pass"}}}`, 1); out.Result != "FAIL" || len(out.Diagnostics) != 1 || !*out.Truncated {
		t.Errorf("%+v", out)
	}
	if _, err := l.ValidateStateMachineDefinition(context.Background(), &sdk.ValidateStateMachineDefinitionInput{Definition: aws.String("{}"), MaxResults: 101}); code(err) != "ValidationException" {
		t.Error(err)
	}
}
