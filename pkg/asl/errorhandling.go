package asl

import (
	"encoding/json"
	"math"
	"slices"
	"time"
)

// matches reports whether a list of error names stands for this error.
func (e *runError) matches(names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		switch {
		case name == e.Failure.Error:
			return true
		case name == errHeartbeat:
			return e.heartbeat
		case name == errAll:
			return !e.terminal && e.Failure.Error != errRuntime
		case name == errTaskFailed:
			return !e.terminal && e.Failure.Error != errTimeout && e.Failure.Error != errRuntime
		}
		return false
	})
}

// retryDelay finds the retrier for an error and says how long to wait, if it
// has attempts left. counts holds the attempts that each one has used. i is -1
// where none is for this error.
func (v *visit) retryDelay(err *runError, counts []int) (i int, d time.Duration, again bool) {
	for i, r := range v.st.retry {
		if !err.matches(r.errors) {
			continue
		}
		if counts[i] >= r.maxAttempts {
			return i, 0, false
		}
		delay := float64(r.interval) * math.Pow(r.backoff, float64(counts[i]))
		if r.maxDelay > 0 {
			delay = min(delay, float64(r.maxDelay))
		}
		delay = min(delay, float64(math.MaxInt64/2))
		counts[i]++
		if r.jitter {
			delay *= v.x.random.Float64()
		}
		return i, time.Duration(delay), true
	}
	return -1, 0, false
}

// caught finds the catcher for an error and evaluates its way out; without one
// the error goes on.
func (v *visit) caught(err *runError) (outcome, string, error) {
	for _, c := range v.st.catch {
		if !err.matches(c.errors) {
			continue
		}
		output := errorOutput(&err.Failure)
		out, err := v.evaluateExit(c.output, c.assign, output, v.env(extra{"errorOutput", output}))
		return out, c.next, err
	}
	return outcome{}, "", err
}

// errorOutput is $states.errorOutput, and the output of a Catch without one.
func errorOutput(f *Failure) json.RawMessage {
	var members []extra
	if f.Error != "" {
		members = append(members, extra{"Error", quote(f.Error)})
	}
	if f.Cause != "" {
		members = append(members, extra{"Cause", quote(f.Cause)})
	}
	return object(members...)
}
