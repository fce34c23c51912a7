package redelivery_test

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/redelivery"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

var start = time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)

func retries(n int) *int { return &n }

func TestHowOftenAndHowLong(t *testing.T) {
	busy := &wire.Error{Code: "ThrottlingException", Status: http.StatusTooManyRequests}
	denied := wire.Errorf("AccessDeniedException", "no")
	for name, test := range map[string]struct {
		policy redelivery.Policy
		// errs are those of the attempts; the last one is that of all others.
		errs     []error
		attempts []time.Duration
		failed   *redelivery.Failure
		at       time.Duration // of the failure
		reason   string
	}{
		"at once":    {errs: []error{nil}, attempts: []time.Duration{0}},
		"third time": {errs: []error{busy, busy, nil}, attempts: []time.Duration{0, time.Second, 3 * time.Second}, reason: "the wait doubles"},
		"forbidden":  {errs: []error{denied}, attempts: []time.Duration{0}, failed: &redelivery.Failure{Err: denied}, reason: "straight to the queue"},
		"forbidden at last": {errs: []error{busy, denied}, attempts: []time.Duration{0, time.Second}, at: time.Second,
			failed: &redelivery.Failure{Err: denied, Retried: 1}},
		"once only": {policy: redelivery.Policy{MaxRetries: retries(0)}, errs: []error{busy}, attempts: []time.Duration{0},
			failed: &redelivery.Failure{Err: busy, Exhausted: redelivery.TooOften}, reason: "zero is no default"},
		"too often": {policy: redelivery.Policy{MaxRetries: retries(2)}, errs: []error{busy}, attempts: []time.Duration{0, time.Second, 3 * time.Second}, at: 3 * time.Second,
			failed: &redelivery.Failure{Err: busy, Retried: 2, Exhausted: redelivery.TooOften}},
		"too old": {policy: redelivery.Policy{MaxAge: time.Minute}, errs: []error{busy}, at: time.Minute,
			attempts: []time.Duration{0, time.Second, 3 * time.Second, 7 * time.Second, 15 * time.Second, 31 * time.Second},
			failed:   &redelivery.Failure{Err: busy, Retried: 5, Exhausted: redelivery.TooOld}, reason: "the next attempt would come after a minute"},
	} {
		t.Run(name, func(t *testing.T) {
			c := clock.NewVirtual(start)
			var attempts []time.Duration
			var failed *redelivery.Failure
			var at time.Duration
			redelivery.Try(c, test.policy, func(number int) error {
				attempts = append(attempts, c.Now().Sub(start))
				if number != len(attempts) {
					t.Errorf("attempt %d is told that it is %d", len(attempts), number)
				}
				return test.errs[min(number, len(test.errs))-1]
			}, func(f redelivery.Failure) { failed, at = &f, c.Now().Sub(start) })
			for c.Step() {
			}
			if diff := cmp.Diff(test.attempts, attempts); diff != "" {
				t.Errorf("%s (-want +got):\n%s", test.reason, diff)
			}
			if diff := cmp.Diff(test.failed, failed, cmpopts.EquateErrors()); diff != "" || at != test.at {
				t.Errorf("%s, at %v (-want +got):\n%s", test.reason, at, diff)
			}
		})
	}
}

func TestDefaults(t *testing.T) {
	c := clock.NewVirtual(start)
	var failed redelivery.Failure
	redelivery.Try(c, redelivery.Policy{}, func(int) error { return errors.New("unreachable") }, func(f redelivery.Failure) { failed = f })
	for c.Step() {
	}
	age := c.Now().Sub(start)
	if failed.Retried != 185 || failed.Exhausted != redelivery.TooOften || age > 24*time.Hour || age < 23*time.Hour {
		t.Errorf("%+v after %v", failed, age)
	}
}

func TestPolicies(t *testing.T) {
	for name, test := range map[string]struct {
		policy redelivery.Policy
		good   bool
	}{
		"defaults":      {redelivery.Policy{}, true},
		"least":         {redelivery.Policy{MaxAge: time.Minute, MaxRetries: retries(0)}, true},
		"most":          {redelivery.Policy{MaxAge: 24 * time.Hour, MaxRetries: retries(185)}, true},
		"too short":     {redelivery.Policy{MaxAge: 59 * time.Second}, false},
		"too long":      {redelivery.Policy{MaxAge: 24*time.Hour + time.Second}, false},
		"not whole":     {redelivery.Policy{MaxAge: 61*time.Second + 1}, false},
		"negative":      {redelivery.Policy{MaxAge: -time.Hour}, false},
		"less than one": {redelivery.Policy{MaxRetries: retries(-1)}, false},
		"too many":      {redelivery.Policy{MaxRetries: retries(186)}, false},
	} {
		if err := test.policy.Check(); (err == nil) != test.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestKinds(t *testing.T) {
	for code, want := range map[string]redelivery.Kind{
		"AccessDeniedException": redelivery.Forbidden, "AccessDenied": redelivery.Forbidden, "KMSAccessDeniedException": redelivery.Forbidden, "AuthorizationError": redelivery.Forbidden,
		"ResourceNotFoundException": redelivery.Missing, "NotFound": redelivery.Missing, "StateMachineDoesNotExist": redelivery.Missing,
		"AWS.SimpleQueueService.NonExistentQueue": redelivery.Missing, "QueueDoesNotExist": redelivery.Missing,
		"ThrottlingException": redelivery.Throttled, "TooManyRequestsException": redelivery.Throttled,
		"ServiceException": redelivery.Other, "ExecutionLimitExceeded": redelivery.Other,
	} {
		err := wire.Errorf(code, "x")
		final := want == redelivery.Forbidden || want == redelivery.Missing
		if got := redelivery.KindOf(err); got != want || redelivery.Final(err) != final {
			t.Errorf("%s: %v", code, got)
		}
	}
	if got := redelivery.KindOf(errors.New("lost")); got != redelivery.Unexpected {
		t.Errorf("what is no answer: %v", got)
	}
}
