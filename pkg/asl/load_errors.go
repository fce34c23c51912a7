package asl

import (
	"fmt"
	"slices"
	"time"
)

// Names of errors that the engine itself gives or treats specially:
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
const (
	errAll             = "States.ALL"
	errTaskFailed      = "States.TaskFailed"
	errTimeout         = "States.Timeout"
	errHeartbeat       = "States.HeartbeatTimeout"
	errQueryEvaluation = "States.QueryEvaluationError"
	errDataLimit       = "States.DataLimitExceeded"
	errRuntime         = "States.Runtime"
	errNoChoice        = "States.NoChoiceMatched"
	errTooManyFailures = "States.ExceedToleratedFailureThreshold"
)

// Defaults of a retrier, from the Amazon States Language specification.
const (
	defaultInterval    = time.Second
	defaultBackoff     = 2.0
	defaultMaxAttempts = 3
)

func (l *loader) errorHandling(f *fields, st *state) {
	f.list("Retry", func(r *fields) {
		retry := retrier{
			errors:      l.errorNames(r),
			interval:    time.Duration(r.whole("IntervalSeconds", defaultInterval.Seconds(), 1, 99999999)) * time.Second,
			maxAttempts: int(r.whole("MaxAttempts", defaultMaxAttempts, 0, 99999999)),
			maxDelay:    time.Duration(r.whole("MaxDelaySeconds", 0, 1, 31622400)) * time.Second,
			backoff:     r.backoff(),
		}
		if retry.maxDelay != 0 && retry.maxDelay <= retry.interval {
			l.problem(r.at("MaxDelaySeconds"), "it must be greater than IntervalSeconds", "")
		}
		switch strategy := r.text("JitterStrategy"); strategy {
		case "", "NONE":
		case "FULL":
			retry.jitter = true
		default:
			l.problem(r.at("JitterStrategy"), fmt.Sprintf("the strategy %q does not exist", strategy), "FULL or NONE")
		}
		r.text("Comment")
		st.retry = append(st.retry, retry)
	})
	f.list("Catch", func(c *fields) {
		st.catch = append(st.catch, catcher{
			errors: l.errorNames(c), next: c.requiredText("Next"), output: c.template("Output"), assign: c.assign(&st.assignedByCatch),
		})
		c.text("Comment")
	})
	l.allStandsLast(f, "Retry")
	l.allStandsLast(f, "Catch")
}

func (f *fields) backoff() float64 {
	n := f.take("BackoffRate")
	if n == nil {
		return defaultBackoff
	}
	rate, ok := n.number()
	if !ok || rate < 1 {
		f.l.problem(f.at("BackoffRate"), "a number that is at least 1 is expected", "")
		return defaultBackoff
	}
	return rate
}

func (l *loader) errorNames(f *fields) []string {
	n := f.take("ErrorEquals")
	if n == nil || !n.array || len(n.elements) == 0 {
		l.problem(f.at("ErrorEquals"), "a list with at least one error name is expected", "")
		return nil
	}
	var names []string
	for i, e := range n.elements {
		name, ok := e.text()
		if !ok {
			l.problem(fmt.Sprintf("%s[%d]", f.at("ErrorEquals"), i), "a text is expected, this is "+article(e.kind()), "")
			continue
		}
		names = append(names, name)
	}
	if slices.Contains(names, errAll) && len(names) > 1 {
		l.problem(f.at("ErrorEquals"), errAll+" must stand alone", "it matches every name anyway")
	}
	return names
}

// allStandsLast: States.ALL before other entries would leave them unused, and
// AWS refuses it.
func (l *loader) allStandsLast(f *fields, list string) {
	n := f.n.get(list)
	if n == nil {
		return
	}
	for i, e := range n.elements {
		names := e.get("ErrorEquals")
		if names == nil || i == len(n.elements)-1 {
			continue
		}
		for _, name := range names.elements {
			if text, _ := name.text(); text == errAll {
				l.problem(fmt.Sprintf("%s[%d]", f.at(list), i), errAll+" must stand in the last entry", "")
			}
		}
	}
}
