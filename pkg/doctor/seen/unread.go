package seen

import (
	"errors"
	"fmt"
	"strings"
)

// Unread is why something could not be read: whatever it is, nobody knows now.
type Unread struct {
	What string // "the policy of arn:..."
	// Permission is what it takes: "kms:GetKeyPolicy on arn:...".
	Permission string
	Err        error
}

// Cannot makes an Unread; nil of nil.
func Cannot(err error, what, permission string) error {
	if err == nil {
		return nil
	}
	return &Unread{what, permission, err}
}

func (u *Unread) Error() string { return fmt.Sprintf("read %s: %v", u.What, u.Err) }

// Unwrap gives the cause.
func (u *Unread) Unwrap() error { return u.Err }

// code is that of the service's answer.
func (u *Unread) code() string {
	var answered interface{ ErrorCode() string }
	if errors.As(u.Err, &answered) {
		return answered.ErrorCode()
	}
	return ""
}

// Denied is whether whoever asks lacks the permission. Services word it
// differently: AccessDenied, AccessDeniedException, AuthorizationError.
func (u *Unread) Denied() bool {
	code := u.code()
	return strings.Contains(code, "AccessDenied") || strings.Contains(code, "Authoriz") || strings.Contains(code, "UnauthorizedOperation")
}

// Throttled is whether the service has heard too much of late.
func (u *Unread) Throttled() bool {
	code := u.code()
	return strings.Contains(code, "Throttl") || code == "TooManyRequestsException" || code == "RequestLimitExceeded" || code == "SlowDown"
}

// Why says it in a line.
func (u *Unread) Why() string {
	switch {
	case u.Denied():
		return "may not read " + u.What + ": it takes " + u.Permission
	case u.Throttled():
		return "could not read " + u.What + ": AWS was asked too much of late; ask again in some minutes"
	}
	return "could not read " + u.What + ": " + u.Err.Error()
}

func lastOf(arn string) string { return arn[strings.LastIndexAny(arn, ":/")+1:] }
