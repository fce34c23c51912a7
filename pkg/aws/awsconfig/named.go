package awsconfig

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Named gives an error of the SDK the name that the state machine matches:
// Throttled or Transient where trying again later may help, name otherwise.
// what says what was being done, to what; hint what an operator can do (it is
// left out where trying again is the cure). The cause stays under Unwrap.
//
// nil stays nil, and an error that has a name keeps it.
func Named(err error, name drill.ErrorName, what, hint string) error {
	switch {
	case err == nil:
		return nil
	case drill.NameOf(err) != "":
		return err
	case throttled(err):
		return &drill.Error{Name: drill.Throttled, What: what, Err: err}
	case transient(err):
		return &drill.Error{Name: drill.Transient, What: what, Err: err}
	}
	return &drill.Error{Name: name, What: what, Hint: hint, Err: err}
}

// Code is the error code that the service answered; "" where it answered none.
func Code(err error) string {
	var answered smithy.APIError
	if errors.As(err, &answered) {
		return answered.ErrorCode()
	}
	return ""
}

// throttled knows the codes that the SDK lists, and those that it does not:
// SNS says Throttled, and KMSThrottling where its key is.
func throttled(err error) bool {
	return strings.Contains(Code(err), "Throttl") || retry.IsErrorThrottles(retry.DefaultThrottles).IsErrorThrottle(err) == aws.TrueTernary
}

// transient: the service failed, the connection did, or the time ran out. The
// call may have had its effect. 501 is none: what is not implemented will not
// be so in a minute.
func transient(err error) bool {
	var status interface{ HTTPStatusCode() int }
	if errors.As(err, &status) && status.HTTPStatusCode() >= http.StatusInternalServerError {
		return status.HTTPStatusCode() != http.StatusNotImplemented
	}
	if errors.Is(err, context.Canceled) {
		return false // by our own caller: nobody waits for another attempt
	}
	return errors.Is(err, context.DeadlineExceeded) ||
		retry.IsErrorRetryables(retry.DefaultRetryables).IsErrorRetryable(err) == aws.TrueTernary
}
