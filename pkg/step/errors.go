package step

import (
	"encoding/json"
	"errors"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// TaskError is a failed step as the machine sees it: the name that Retry and
// Catch match, and the cause in the form in which Lambda reports it.
type TaskError struct {
	Error string
	Cause string // {"errorMessage": ..., "errorType": ...}
}

// hintMark parts the hint from the message: Lambda has no field for it.
const hintMark = "\nhint: "

// ErrorName maps any error of a step to what the machine sees. One without a
// name of its own is Unexpected.
func ErrorName(err error) TaskError {
	name, message := drill.Unexpected, err.Error()
	var e *drill.Error
	if errors.As(err, &e) {
		name = e.Name
		if e.Hint != "" {
			message += hintMark + e.Hint
		}
	}
	cause, _ := json.Marshal(struct { // two strings always encode
		ErrorMessage string `json:"errorMessage"`
		ErrorType    string `json:"errorType"`
	}{message, string(name)})
	return TaskError{Error: string(name), Cause: string(cause)}
}

// Decoded is a failure as the machine caught it, with message and hint taken
// out of Lambda's form. Any other cause stays as it is.
func Decoded(f *drill.Failure) *drill.Failure {
	if f == nil {
		return nil
	}
	d := *f
	var report struct {
		ErrorMessage *string `json:"errorMessage"`
	}
	if json.Unmarshal([]byte(d.Cause), &report) != nil || report.ErrorMessage == nil {
		return &d
	}
	message, hint, found := strings.Cut(*report.ErrorMessage, hintMark)
	d.Cause = message
	if found {
		d.Hint = hint
	}
	return &d
}
