package sfn

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sfn"
	"github.com/aws/aws-sdk-go-v2/service/sfn/types"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Limits of SendTaskFailure, in characters.
// https://docs.aws.amazon.com/step-functions/latest/apireference/API_SendTaskFailure.html
const (
	maxError = 256
	maxCause = 32_768
)

// SendTaskSuccess finishes the task that waits with the token. That nobody
// waits any more, because the task timed out or its execution is over, is
// success. The token is never part of an error.
func (m *Machines) SendTaskSuccess(ctx context.Context, token string, output json.RawMessage) error {
	_, err := m.api.SendTaskSuccess(ctx, &sfn.SendTaskSuccessInput{TaskToken: &token, Output: aws.String(string(output))})
	return waited(err, "finish a waiting task")
}

// SendTaskFailure fails the task that waits with the token, with the name that
// its Catch matches. Nobody waiting is success here as well.
func (m *Machines) SendTaskFailure(ctx context.Context, token, name, cause string) error {
	_, err := m.api.SendTaskFailure(ctx, &sfn.SendTaskFailureInput{
		TaskToken: &token, Error: aws.String(cut(name, maxError)), Cause: aws.String(cut(cause, maxCause)),
	})
	return waited(err, "fail a waiting task")
}

func waited(err error, what string) error {
	var timedOut *types.TaskTimedOut
	var gone *types.TaskDoesNotExist
	if errors.As(err, &timedOut) || errors.As(err, &gone) {
		return nil
	}
	var invalid *types.InvalidToken
	if errors.As(err, &invalid) { // its message may quote the token
		return &drill.Error{Name: drill.Unexpected, What: what + ": the token is not valid in this account and region"}
	}
	return named(err, what)
}

func cut(text string, characters int) string {
	if runes := []rune(text); len(runes) > characters {
		return string(runes[:characters])
	}
	return text
}
