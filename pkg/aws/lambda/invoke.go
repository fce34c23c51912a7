package lambda

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/service/lambda"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// invokeTimeout is how long an answer may take: lifeboat's functions end within
// five minutes.
const invokeTimeout = 6 * time.Minute

// patient waits for an answer as long as a function may take; other calls end
// in seconds.
func patient(cfg aws.Config) aws.Config {
	if client, ok := cfg.HTTPClient.(*awshttp.BuildableClient); ok {
		cfg.HTTPClient = client.WithTimeout(invokeTimeout)
	}
	return cfg
}

// invoking is what Invoke uses of Lambda.
type invoking interface {
	Invoke(context.Context, *lambda.InvokeInput, ...func(*lambda.Options)) (*lambda.InvokeOutput, error)
}

// Invoke calls a function, waits for its answer and reads it into Out. A call
// whose answer was lost is repeated: call only what may run twice.
//
// Where the function itself fails, the error has the name, the message and the
// hint that it gave; Unexpected where it gave none.
func Invoke[Out any](ctx context.Context, f *Functions, function string, in any) (out Out, err error) {
	payload, err := json.Marshal(in)
	if err != nil {
		return out, fmt.Errorf("invoke %s: %w", function, err)
	}
	answer, err := f.invoking.Invoke(ctx, &lambda.InvokeInput{FunctionName: &function, Payload: payload})
	if err != nil {
		return out, awsconfig.Named(err, drill.Unexpected, "invoke "+function, "see that lifeboat is deployed there, and that you may invoke its functions: docs/deploy.md")
	}
	if answer.FunctionError != nil {
		return out, failed(function, answer.Payload)
	}
	if err := json.Unmarshal(answer.Payload, &out); err != nil {
		return out, fmt.Errorf("the answer of %s: %w", function, err)
	}
	return out, nil
}

// hintMark parts the hint from the message of a function's error; packages step
// and lambdafn/start write it.
const hintMark = "\nhint: "

// failed reads the error of a function.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-sync.html
func failed(function string, payload []byte) error {
	var report struct {
		Message string `json:"errorMessage"`
		Type    string `json:"errorType"`
	}
	if json.Unmarshal(payload, &report) != nil || report.Type == "" {
		report.Type, report.Message = string(drill.Unexpected), strings.TrimSpace(report.Message+" "+string(payload))
	}
	message, hint, _ := strings.Cut(report.Message, hintMark)
	return &drill.Error{Name: drill.ErrorName(report.Type), What: function + " failed: " + message, Hint: hint}
}
