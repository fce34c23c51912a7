// Package start runs a function in Lambda: it finds what Lambda puts around the
// process, logs every call, and is the boundary at which an error gets its name.
// What fails before the first call ends the process, which Lambda reports as an
// init error.
package start

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"

	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-lambda-go/lambda/messages"
	"github.com/aws/aws-lambda-go/lambdacontext"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/lambdafn"
)

// Function wires a function, serves its invocations and does not return. It
// ends the process where a setting is missing.
func Function(wire func(lambdafn.Env) (lambdafn.Handler, error)) {
	handler, err := wire(process())
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	slog.SetDefault(lambdacontext.NewLogger())
	lambda.Start(boundary{handler})
}

// boundary logs every call with its run, and gives every error its name.
type boundary struct{ handle lambdafn.Handler }

// Invoke implements lambda.Handler.
func (b boundary) Invoke(ctx context.Context, payload []byte) ([]byte, error) {
	log := slog.Default().With("runId", runOf(payload))
	out, err := b.handle(ctx, payload)
	if err != nil {
		failed := Named(err)
		log.ErrorContext(ctx, "failed", "error", failed.Type, "cause", failed.Message)
		return nil, failed
	}
	for _, f := range findingsOf(out) {
		log.WarnContext(ctx, "finding", "code", f.Code, "what", f.What, "hint", f.Hint, "databases", f.Databases)
	}
	log.InfoContext(ctx, "done")
	return out, nil
}

// findingsOf is what a round warns of: nobody reads the answer to a rule's event,
// so it goes to the log. Steps keep their findings in the run record.
func findingsOf(answer []byte) []found {
	var out struct {
		Findings []found `json:"findings"`
	}
	if json.Unmarshal(answer, &out) != nil {
		return nil
	}
	return out.Findings
}

type found struct {
	drill.Finding
	Databases []string `json:"databases"`
}

// hintMark parts the hint from the message: Lambda has no field for it. The
// same mark stands in package step, which takes them apart again.
const hintMark = "\nhint: "

// Named is the error as Lambda reports it. A state machine can match only the
// type name of what the handler returns, and aws-lambda-go takes this type's
// Type for it: https://github.com/aws/aws-lambda-go/blob/main/lambda/errors.go
func Named(err error) messages.InvokeResponse_Error {
	failed := messages.InvokeResponse_Error{Type: string(drill.Unexpected), Message: err.Error()}
	if name := drill.NameOf(err); name != "" {
		failed.Type = string(name)
	}
	if hint := drill.HintOf(err); hint != "" {
		failed.Message += hintMark + hint
	}
	return failed
}

// runOf finds the run's id in what the machine sends; "" where there is none.
func runOf(payload []byte) string {
	var in struct {
		Run struct {
			ID string `json:"id"`
		} `json:"run"`
	}
	if json.Unmarshal(payload, &in) != nil {
		return ""
	}
	return in.Run.ID
}
