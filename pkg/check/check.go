// Package check is what checks of all engines have in common: how a question is
// put by its kind, how a value is read, how it is judged against what is
// expected, and the words of results.
//
// It knows no database. An engine has a package of its own beside the files of
// this one, which reads answers into a Value, and has a table of the kinds that
// it can be asked (Kinds).
//
// A result holds no row: a figure is a number, a time or a boolean, and of a text
// only match or mismatch is told.
package check

import (
	"context"
	"fmt"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Kinds is what sessions of one engine can be asked: a new kind of check is one
// entry of it. An ask fills in the outcome, and what belongs to it.
type Kinds[S Session] map[drill.CheckKind]func(session S, ctx context.Context, c drill.Check, r *drill.CheckResult)

// Session is a connection to a copy.
type Session interface {
	// Ready connects anew where the connection was lost. An error ends the
	// asking; its time counts as the check's.
	Ready(ctx context.Context) error
}

// Run puts one question to a session. A check that could not be put is a result
// with CheckError, a kind that is not in the table among them: passing over it
// in silence would look like a database that was asked. The error is
// Ready's, or ValidationImpossible for a question that was interrupted.
func (k Kinds[S]) Run(ctx context.Context, session S, now clock.Clock, c drill.Check) (drill.CheckResult, error) {
	r := drill.CheckResult{Name: c.Name, Kind: c.Kind, Stage: c.Stage, StartedAt: now.Now(), AnsweredBy: drill.AnsweredByCopy}
	watch := clock.StartStopwatch()
	if err := session.Ready(ctx); err != nil {
		return drill.CheckResult{}, err
	}
	switch ask := k[c.Kind]; {
	case ask != nil:
		ask(session, ctx, c, &r)
	case c.Kind == drill.CheckCustom:
		Fault(&r, "", "a function of the team's own is asked by the machine, not over SQL")
	default:
		Fault(&r, "", fmt.Sprintf("unknown kind of check %q", c.Kind))
	}
	if ctx.Err() != nil {
		return drill.CheckResult{}, &drill.Error{Name: drill.ValidationImpossible, What: fmt.Sprintf("check %q was interrupted", c.Name), Err: context.Cause(ctx)}
	}
	r.Passed = r.Outcome == drill.CheckPassed
	r.Seconds = watch.Elapsed().Seconds()
	return r, nil
}
