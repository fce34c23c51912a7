package sim

import (
	"context"
	"fmt"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// modelledSession answers checks without a database: as the scenario says, and
// otherwise as each check expects.
type modelledSession struct {
	answers  map[string]Answer
	endpoint drill.Endpoint
	now      func() time.Time
	sleep    func(time.Duration)
	started  time.Time   // of the drill
	lost     func() bool // the connection: the copy was stopped
}

const (
	checkTakes = 200 * time.Millisecond
	readTakes  = 4 * time.Minute // of a deep read
)

// Run implements step.CheckSession.
func (s modelledSession) Run(_ context.Context, check drill.Check) (drill.CheckResult, error) {
	answer, known := s.answers[check.Name], modelled[check.Kind]
	r := drill.CheckResult{Name: check.Name, Kind: check.Kind, Stage: check.Stage, StartedAt: s.now(), Outcome: answer.Outcome}
	if known.reads == nil {
		r.Outcome, r.Reason = drill.CheckError, fmt.Sprintf("unknown kind of check %q", check.Kind)
		return r, nil
	}
	if s.lost() {
		return drill.CheckResult{}, &drill.Error{Name: drill.ValidationImpossible, What: "the connection to the copy is lost"}
	}
	s.sleep(answer.Takes.or(known.takes))
	if s.lost() { // PostgreSQL ends every session when it shuts down: admin_shutdown
		r.Outcome, r.Code, r.Reason, r.Seconds = drill.CheckError, "57P01", "the server ended the session", s.now().Sub(r.StartedAt).Seconds()
		return r, nil
	}
	r.Seconds = s.now().Sub(r.StartedAt).Seconds()
	if r.Outcome == "" {
		r.Outcome = drill.CheckPassed
	}
	r.Passed = r.Outcome == drill.CheckPassed
	r.Reads = known.reads(check)
	r.Figure, r.Expected = answer.Figure, expectation(check.Expect)
	if r.Figure == nil && r.Passed {
		r.Figure = s.expected(check.Expect, &r)
	}
	if r.Outcome == drill.CheckError {
		r.Code, r.Reason = "XX000", "simulated: the check could not be run"
	}
	return r, nil
}

// expected is a figure that the expectation accepts.
func (s modelledSession) expected(e *drill.Expect, r *drill.CheckResult) any {
	switch {
	case e == nil:
		return nil
	case e.Min != nil:
		return *e.Min
	case e.Max != nil:
		return *e.Max
	case e.MaxAgeSeconds != nil:
		age := *e.MaxAgeSeconds / 2
		r.DataAgeSeconds = &age
		return s.started.Add(-drill.Seconds(age)).Format(time.RFC3339)
	case e.Rows != nil && e.Rows.Min != nil:
		return *e.Rows.Min
	}
	switch equals := e.Equals.(type) {
	case float64, bool:
		return equals
	}
	return nil
}

func expectation(e *drill.Expect) string {
	switch {
	case e == nil:
		return ""
	case e.Min != nil && e.Max != nil:
		return fmt.Sprintf("between %v and %v", *e.Min, *e.Max)
	case e.Min != nil:
		return fmt.Sprintf("at least %v", *e.Min)
	case e.Max != nil:
		return fmt.Sprintf("at most %v", *e.Max)
	case e.MaxAgeSeconds != nil:
		return fmt.Sprintf("at most %v s old", *e.MaxAgeSeconds)
	}
	return "as declared"
}

// modelled is what the model answers: as long as it takes, and what it read. A
// new kind is one entry, and one that is missing is an error, as in an engine.
var modelled = map[drill.CheckKind]struct {
	takes time.Duration
	reads func(drill.Check) drill.Reads
}{
	drill.CheckSQL:      {checkTakes, readsByText},
	drill.CheckHeapRead: {readTakes, always(drill.ReadsTables)},
	drill.CheckAmcheck:  {readTakes, always(drill.ReadsTables)},
	drill.CheckIndexes:  {checkTakes, always(drill.ReadsNothing)},
}

func always(r drill.Reads) func(drill.Check) drill.Reads {
	return func(drill.Check) drill.Reads { return r }
}

// readsByText is what the text of a check lets expect: the model has no server
// to ask.
func readsByText(check drill.Check) drill.Reads {
	if plan.AsksNothing(check.SQL) {
		return drill.ReadsNothing
	}
	return drill.ReadsTables
}

// Endpoint is for the team's own function.
func (s modelledSession) Endpoint() drill.Endpoint { return s.endpoint }

// Close implements step.CheckSession.
func (s modelledSession) Close() error { return nil }
