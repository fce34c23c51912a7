// Package redelivery is how EventBridge's rules and EventBridge Scheduler try
// again to hand something to a target: with exponential backoff, until it is
// too old or was tried too often. What a permission or the lack of the target
// forbids is not tried again.
//
// That retries double from a second to eight minutes is unproven: AWS says
// exponential backoff, and that both limits are met by default at 24 hours and
// 185 retries, which these figures do within half an hour. AWS adds jitter; this
// does not, so that the same run has the same times.
//
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-retry-policy.html
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-rule-dlq.html
// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html
package redelivery

import (
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Limits of a policy, and the defaults, which are the greatest.
const (
	minAge     = time.Minute
	maxAge     = 24 * time.Hour
	maxRetries = 185

	firstWait   = time.Second
	longestWait = 8 * time.Minute
)

// Why trying ended, as the attribute EXHAUSTED_RETRY_CONDITION says it.
const (
	TooOften = "MaximumRetryAttempts"
	TooOld   = "MaximumEventAgeInSeconds"
)

// Policy is how long and how often something is tried.
type Policy struct {
	MaxAge     time.Duration // zero: 24 hours
	MaxRetries *int          // nil: 185; zero: it is tried once
}

// Check refuses what AWS would.
func (p Policy) Check() error {
	if p.MaxAge != 0 && (p.MaxAge < minAge || p.MaxAge > maxAge || p.MaxAge%time.Second != 0) {
		return wire.Errorf("ValidationException", "MaximumEventAgeInSeconds: %v is not between %v and %v in whole seconds", p.MaxAge, minAge, maxAge)
	}
	if p.MaxRetries != nil && (*p.MaxRetries < 0 || *p.MaxRetries > maxRetries) {
		return wire.Errorf("ValidationException", "MaximumRetryAttempts: %d is not between 0 and %d", *p.MaxRetries, maxRetries)
	}
	return nil
}

// Limits are the age and the retries, with the defaults.
func (p Policy) Limits() (age time.Duration, retries int) {
	age, retries = maxAge, maxRetries
	if p.MaxAge != 0 {
		age = p.MaxAge
	}
	if p.MaxRetries != nil {
		retries = *p.MaxRetries
	}
	return age, retries
}

// Failure is what was tried in vain.
type Failure struct {
	Err       error  // of the last attempt
	Retried   int    // attempts after the first
	Exhausted string // TooOften or TooOld; empty: it was not to be tried again
}

// Try attempts something now, and again until it succeeds or the policy is at
// its end. attempt is told its number, from 1. Nothing stops it on the way.
func Try(c clock.Clock, p Policy, attempt func(number int) error, failed func(Failure)) {
	age, retries := p.Limits()
	end := c.Now().Add(age)
	var try func(retried int)
	try = func(retried int) {
		err := attempt(retried + 1)
		switch wait := Backoff(retried+1, firstWait, longestWait); {
		case err == nil:
		case Final(err):
			failed(Failure{Err: err, Retried: retried})
		case retried >= retries:
			failed(Failure{Err: err, Retried: retried, Exhausted: TooOften})
		case c.Now().Add(wait).After(end):
			c.AfterFunc(end.Sub(c.Now()), func() { failed(Failure{Err: err, Retried: retried, Exhausted: TooOld}) })
		default:
			c.AfterFunc(wait, func() { try(retried + 1) })
		}
	}
	try(0)
}

// Backoff is the wait before the nth retry: it doubles from first to longest.
func Backoff(n int, first, longest time.Duration) time.Duration {
	wait := first
	for ; n > 1 && wait < longest; n-- {
		wait *= 2
	}
	return min(wait, longest)
}

// Kind of an error, as far as it decides what becomes of a delivery.
type Kind int

const (
	Other      Kind = iota
	Forbidden       // by a policy, or by a key's
	Missing         // the target is not there
	Throttled       // the target has too much to do
	Unexpected      // no answer of a service
)

// Final says that an error is not worth another attempt.
func Final(err error) bool {
	kind := KindOf(err)
	return kind == Forbidden || kind == Missing
}

// KindOf sorts by code: services have each their own.
func KindOf(err error) Kind {
	var failed *wire.Error
	if !errors.As(err, &failed) {
		return Unexpected
	}
	switch code := failed.Code; {
	case strings.Contains(code, "AccessDenied"), code == "AuthorizationError", code == "UnauthorizedOperation":
		return Forbidden
	case strings.Contains(code, "NotFound"), strings.Contains(code, "DoesNotExist"), strings.Contains(code, "NonExistent"):
		return Missing
	case strings.Contains(code, "Throttl"), strings.Contains(code, "TooManyRequests"), failed.Status == http.StatusTooManyRequests:
		return Throttled
	}
	return Other
}
