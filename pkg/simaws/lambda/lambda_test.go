package lambda_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/lambda"
	"github.com/aws/aws-sdk-go-v2/service/lambda/types"
	"github.com/aws/smithy-go"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lambda"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

const arn = "arn:aws:lambda:eu-central-1:111122223333:function:check-orders"

func newLab(functions map[string]lambda.Function) (*sdk.Client, *simaws.Cloud) {
	cloud := simaws.New(simaws.Options{Clock: clock.NewVirtual(time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC))},
		map[string]wire.Handler{"lambda": lambda.New(functions)})
	return sdk.NewFromConfig(aws.Config{
		Region: "eu-central-1", HTTPClient: &http.Client{Transport: cloud},
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey("111122223333", "tester"), "secret", ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	}), cloud
}

// echo answers with its name and the payload.
func echo(name string) lambda.Function {
	return func(_ context.Context, payload []byte) ([]byte, string, error) {
		return fmt.Appendf(nil, `{"i":%q,"got":%s}`, name, payload), "", nil
	}
}

func code(err error) string {
	if err == nil {
		return ""
	}
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return fmt.Sprint(err)
}

func TestFunctionsByNameAndQualifier(t *testing.T) {
	functions := map[string]lambda.Function{arn: echo("latest"), arn + ":3": echo("three"), arn + ":live": echo("live")}
	for name, test := range map[string]struct {
		function, qualifier string
		want, version       string
		touched             string
	}{
		"ARN":             {arn, "", "latest", "$LATEST", arn},
		"name":            {"check-orders", "", "latest", "$LATEST", arn},
		"partial ARN":     {"111122223333:function:check-orders", "", "latest", "$LATEST", arn},
		"latest":          {"check-orders", "$LATEST", "latest", "$LATEST", arn},
		"version":         {arn + ":3", "", "three", "3", arn + ":3"},
		"name and number": {"check-orders", "3", "three", "3", arn + ":3"},
		"twice":           {arn + ":3", "3", "three", "3", arn + ":3"},
		"alias":           {arn + ":live", "", "live", "", arn + ":live"},
	} {
		t.Run(name, func(t *testing.T) {
			client, cloud := newLab(functions)
			in := &sdk.InvokeInput{FunctionName: aws.String(test.function), Payload: []byte(`{"run":"x"}`), InvocationType: "RequestResponse"}
			if test.qualifier != "" {
				in.Qualifier = aws.String(test.qualifier)
			}
			out, err := client.Invoke(context.Background(), in)
			if err != nil {
				t.Fatal(err)
			}
			if want := fmt.Sprintf(`{"i":%q,"got":{"run":"x"}}`, test.want); string(out.Payload) != want || out.StatusCode != http.StatusOK || out.FunctionError != nil {
				t.Errorf("got %s, want %s", out.Payload, want)
			}
			if aws.ToString(out.ExecutedVersion) != test.version {
				t.Errorf("version %s", aws.ToString(out.ExecutedVersion))
			}
			if got := cloud.Calls()[0].Resources; len(got) != 1 || got[0] != test.touched {
				t.Errorf("touched %v", got)
			}
		})
	}
}

func TestWhatGoesWrong(t *testing.T) {
	big := `"` + strings.Repeat("x", 6<<20) + `"`
	functions := map[string]lambda.Function{
		arn: echo("latest"),
		arn + "-failing": func(context.Context, []byte) ([]byte, string, error) {
			return nil, "", errors.New("out of luck")
		},
		arn + "-throttled": func(context.Context, []byte) ([]byte, string, error) {
			return nil, "", &wire.Error{Code: "TooManyRequestsException", Message: "Rate Exceeded.", Status: http.StatusTooManyRequests}
		},
	}
	for name, test := range map[string]struct {
		in           sdk.InvokeInput
		want, reason string
	}{
		"gone":          {sdk.InvokeInput{FunctionName: aws.String(arn + "-x")}, "ResourceNotFoundException", ""},
		"no version":    {sdk.InvokeInput{FunctionName: aws.String(arn + ":4")}, "ResourceNotFoundException", ""},
		"disagreement":  {sdk.InvokeInput{FunctionName: aws.String(arn + ":4"), Qualifier: aws.String("3")}, "InvalidParameterValueException", "two qualifiers"},
		"no name":       {sdk.InvokeInput{FunctionName: aws.String("a b")}, "InvalidParameterValueException", ""},
		"other region":  {sdk.InvokeInput{FunctionName: aws.String(strings.Replace(arn, "eu-central-1", "eu-west-1", 1))}, "ResourceNotFoundException", ""},
		"other account": {sdk.InvokeInput{FunctionName: aws.String(strings.Replace(arn, "111122223333", "444455556666", 1))}, "AccessDeniedException", ""},
		"no JSON":       {sdk.InvokeInput{FunctionName: aws.String(arn), Payload: []byte("{")}, "InvalidRequestContentException", ""},
		"too large":     {sdk.InvokeInput{FunctionName: aws.String(arn), Payload: []byte(big)}, "RequestTooLargeException", "6 MB"},
		"failing":       {sdk.InvokeInput{FunctionName: aws.String(arn + "-failing")}, "ServiceException", "the service failed, not the function"},
		"throttled":     {sdk.InvokeInput{FunctionName: aws.String(arn + "-throttled")}, "TooManyRequestsException", "an error of the wire goes out as it is"},
		"event":         {sdk.InvokeInput{FunctionName: aws.String(arn), InvocationType: types.InvocationTypeEvent}, "NotSimulated", "nobody waits for it here"},
		"tail":          {sdk.InvokeInput{FunctionName: aws.String(arn), LogType: types.LogTypeTail}, "NotSimulated", "headers that are not simulated fail"},
		"context":       {sdk.InvokeInput{FunctionName: aws.String(arn), ClientContext: aws.String("e30=")}, "NotSimulated", "the same"},
	} {
		t.Run(name, func(t *testing.T) {
			client, _ := newLab(functions)
			_, err := client.Invoke(context.Background(), &test.in)
			if code(err) != test.want {
				t.Errorf("%s: got %v, want %s", test.reason, err, test.want)
			}
			var api smithy.APIError
			if errors.As(err, &api) && api.ErrorMessage() == "" {
				t.Error("the message is lost")
			}
		})
	}
}

func TestAFunctionsOwnError(t *testing.T) {
	client, _ := newLab(map[string]lambda.Function{arn: func(context.Context, []byte) ([]byte, string, error) {
		return []byte(`{"errorMessage":"no rows","errorType":"CheckFailed"}`), "Unhandled", nil
	}})
	out, err := client.Invoke(context.Background(), &sdk.InvokeInput{FunctionName: aws.String(arn)})
	if err != nil || aws.ToString(out.FunctionError) != "Unhandled" || !strings.Contains(string(out.Payload), "CheckFailed") || out.StatusCode != http.StatusOK {
		t.Errorf("%v: %+v", err, out)
	}
}

func TestAnAnswerThatIsTooLarge(t *testing.T) {
	for size, tooLarge := range map[int]bool{6<<20 + 100: false, 6<<20 + 101: true} {
		client, _ := newLab(map[string]lambda.Function{arn: func(context.Context, []byte) ([]byte, string, error) {
			return bytes.Repeat([]byte("1"), size), "", nil
		}})
		out, err := client.Invoke(context.Background(), &sdk.InvokeInput{FunctionName: aws.String(arn)})
		if err != nil || (out.FunctionError != nil) != tooLarge || strings.Contains(string(out.Payload), "ResponseSizeTooLarge") != tooLarge {
			t.Errorf("%d bytes: %v, %s", size, err, aws.ToString(out.FunctionError))
		}
	}
}

func TestDryRunRunsNothing(t *testing.T) {
	client, _ := newLab(map[string]lambda.Function{arn: func(context.Context, []byte) ([]byte, string, error) {
		t.Error("it ran")
		return nil, "", nil
	}})
	out, err := client.Invoke(context.Background(), &sdk.InvokeInput{FunctionName: aws.String(arn), InvocationType: types.InvocationTypeDryRun})
	if err != nil || out.StatusCode != http.StatusNoContent || len(out.Payload) != 0 {
		t.Errorf("%v: %+v", err, out)
	}
}

func TestWithoutPayload(t *testing.T) {
	client, _ := newLab(map[string]lambda.Function{arn: echo("latest")})
	out, err := client.Invoke(context.Background(), &sdk.InvokeInput{FunctionName: aws.String(arn)})
	if err != nil || string(out.Payload) != `{"i":"latest","got":{}}` {
		t.Errorf("%v: %s", err, out.Payload)
	}
}

func TestUnknownOperationFails(t *testing.T) {
	client, _ := newLab(nil)
	if _, err := client.GetFunction(context.Background(), &sdk.GetFunctionInput{FunctionName: aws.String(arn)}); code(err) != "NotSimulated" {
		t.Errorf("got %v", err)
	}
}
