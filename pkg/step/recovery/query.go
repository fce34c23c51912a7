package recoverystep

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// CheckSession is one connection to recovered data.
type CheckSession interface {
	// Run puts one question, read-only. A check that could not be run is a result
	// (CheckError) where the next one may still be, and an error where it makes no
	// sense to go on.
	Run(ctx context.Context, check drill.Check) (drill.CheckResult, error)
	Close() error
}

// OpenChecks connects to recovered data. Its error may be NotReady.
type OpenChecks func(ctx context.Context, run drill.Run, spec drill.Spec, res drill.Resource, access drill.Access) (CheckSession, error)

// Query puts checks, inside of a network that reaches the database: it is QueryCopy
// and QueryRecovered. It has all that it needs from the Question, for there is no
// record to read where it is; it writes nothing, and asking it again does no harm.
type Query struct {
	Open  map[string]OpenChecks // by kind of the database
	Clock step.Clock
}

// Question is what is to be asked. Its access names a secret, and never holds one.
type Question struct {
	Run       string    `json:"run"`
	Step      string    `json:"step"`
	StartedAt time.Time `json:"startedAt"` // of the run: ages are counted to it
	// Spec has what the way in needs, and the checks.
	Spec   drill.Spec   `json:"spec"`
	Access drill.Access `json:"access"`
	// Next and Cursor are where the last answer left off.
	Next   int    `json:"next"`
	Cursor string `json:"cursor"`
}

// Answer has what was answered within the time of one call.
type Answer struct {
	Checks []recovery.CheckResult `json:"checks,omitempty"` // those that were put now
	Next   int                    `json:"next"`
	Cursor string                 `json:"cursor,omitempty"`
	Done   bool                   `json:"done,omitempty"` // none is left
	// NotReady is why nobody is let in yet; "": somebody was.
	NotReady string `json:"notReady,omitempty"`
}

// Handle puts checks until all are answered or the time of one call is used up
// (Limits.ValidateSeconds; 0: without end). Errors: ValidationImpossible.
func (q Query) Handle(ctx context.Context, in Question) (Answer, error) {
	began := q.Clock.Now()
	out := Answer{Next: max(in.Next, 0), Cursor: in.Cursor}
	open := q.Open[in.Spec.Kind]
	if open == nil {
		return Answer{}, &drill.Error{Name: drill.InvalidInput, What: fmt.Sprintf("databases of kind %q cannot be asked here", in.Spec.Kind), Hint: "see that the plan and the functions are of one version of lifeboat"}
	}
	run := drill.Run{ID: in.Run, Deployment: in.Spec.Deployment, StartedAt: in.StartedAt}
	session, err := open(ctx, run, in.Spec, drill.Resource{Kind: in.Spec.Kind, ID: in.Access.Endpoint.Host}, in.Access)
	if drill.NameOf(err) == drill.NotReady {
		out.NotReady = err.Error()
		return out, nil
	}
	if err != nil {
		return Answer{}, step.Named(drill.ValidationImpossible, err, "connecting to %s", in.Spec.Name())
	}
	defer func() { _ = session.Close() }() // the answers are in: how it ends takes nothing from them
	budget := drill.Seconds(in.Spec.Limits.ValidateSeconds - in.Spec.Limits.StatementSeconds)
	for put := 0; out.Next < len(in.Spec.Checks); put++ {
		if put > 0 && budget > 0 && q.Clock.Now().Sub(began) >= budget {
			return out, nil
		}
		check := in.Spec.Checks[out.Next]
		check.Cursor = out.Cursor
		result, err := session.Run(ctx, check)
		if err != nil {
			return Answer{}, step.Named(drill.ValidationImpossible, err, "check %q", check.Name)
		}
		if out.Cursor = result.Cursor; result.Unfinished {
			return out, nil
		}
		out.Next, out.Cursor = out.Next+1, ""
		out.Checks = append(out.Checks, CheckOf(result))
	}
	out.Done = true
	return out, nil
}

// CheckOf is what is kept of an answer. One that could not be put, since the database
// does not offer it, proves nothing, and is not called passed.
func CheckOf(r drill.CheckResult) recovery.CheckResult {
	notPut := r.Outcome == drill.CheckSkipped
	return recovery.CheckResult{Name: r.Name, Passed: r.Passed && !notPut, Says: CheckSays(r), NotPut: notPut}
}

// Unput says which checks were not put, for Result.Unproven; "": all were.
func Unput(checks []recovery.CheckResult) string {
	var names []string
	for _, c := range checks {
		if c.NotPut {
			names = append(names, fmt.Sprintf("%q: %s", c.Name, c.Says))
		}
	}
	return strings.Join(names, "; ")
}

// CheckSays tells what a check came to, without a row of the data.
func CheckSays(r drill.CheckResult) string {
	figure := ""
	if r.Figure != nil {
		figure = fmt.Sprint(r.Figure)
	}
	switch {
	case r.Outcome == drill.CheckError:
		return "could not be put: " + cmp.Or(r.Reason, r.Code, "no reason was given")
	case r.Outcome == drill.CheckSkipped:
		return "not put: " + cmp.Or(r.Reason, "the database does not offer it")
	case !r.Passed:
		return fmt.Sprintf("%s, expected %s", cmp.Or(figure, r.Reason, r.Code, "no answer"), cmp.Or(r.Expected, "that it holds"))
	case r.Expected != "":
		return fmt.Sprintf("%s, as expected (%s)", cmp.Or(figure, "passed"), r.Expected)
	}
	return cmp.Or(figure, string(r.Outcome), "passed")
}
