package recoverystep

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
)

// RunStep calls the Work of the step's kind once.
type RunStep struct {
	Store Store
	Works Works
	Clock step.Clock
}

type RunStepIn struct {
	ChildInput
	State  json.RawMessage  `json:"state"`  // of the last call; null: the first
	Answer *Answered        `json:"answer"` // of what the last call asked for; null: nothing
	Result *recovery.Result `json:"result"` // so far
}

// Answered is Job.State after Call, AskCopy and AskThere: the answer, or why there is
// none, and the State that was left when it was asked for.
type Answered struct {
	Answer json.RawMessage `json:"answer"`
	Error  string          `json:"error,omitempty"`
	Cause  string          `json:"cause,omitempty"`
	Before json.RawMessage `json:"before,omitempty"`
}

type RunStepOut struct {
	Next   Next            `json:"next"`
	State  json.RawMessage `json:"state"`
	NextAt string          `json:"nextAt"` // of Again, for the Wait's Timestamp
	// Result so far; whole with Done.
	Result   *recovery.Result `json:"result"`
	Function string           `json:"function"`
	Payload  json.RawMessage  `json:"payload"`
	// Skipped: somebody decided so meanwhile.
	Skipped bool `json:"skipped"`
	// Failure of Failing.
	Failure *recovery.Failure `json:"failure"`
}

// Failing is what comes next where a call failed that had done something: Result says
// what.
const Failing Next = "failed"

func (s RunStep) Handle(ctx context.Context, in RunStepIn) (RunStepOut, error) {
	job, err := s.job(ctx, in)
	if err != nil {
		return RunStepOut{}, err
	}
	status, spec := job.Step.Status, job.Step.Spec
	done := RunStepOut{Next: Done, Result: in.Result}
	switch {
	case status.State != recovery.Running || status.Attempt != in.Attempt:
		return done, nil // somebody else has ended it: Release finds the same
	case job.Run.SkipOf(job.Step) != nil:
		done.Skipped = true
		return done, nil
	case job.Run.Aborted() != nil:
		return RunStepOut{}, &drill.Error{
			Name: RecoveryAborted, What: fmt.Sprintf("step %s was stopped: %s aborted the recovery: %s", job.Step.Node.ID, job.Run.Aborted().By, job.Run.Aborted().Reason),
		}
	case spec.NotInExercise && job.Run.Mode == recovery.Exercise:
		done.Result = &recovery.Result{Says: "left out", Unproven: "the plan leaves this step out of exercises"}
		return done, nil
	}
	work, known := s.Works[job.Step.Node.Kind]
	if !known {
		return RunStepOut{}, &drill.Error{
			Name: drill.InvalidInput, What: fmt.Sprintf("nothing here does steps of kind %q", job.Step.Node.Kind),
			Hint: "see that the plan and lifeboat are of one version",
		}
	}
	progress, err := work.Do(ctx, job)
	if err == nil {
		var out RunStepOut
		if out, err = s.out(job, in, progress); err == nil {
			return out, nil
		}
	}
	return failing(job, progress, err)
}

// failing ends the attempt and keeps what the same call did and found: an error of a
// function has no room for it. What may pass stays an error, and is asked for again.
func failing(job Job, p Progress, err error) (RunStepOut, error) {
	if name := drill.NameOf(err); p.Result == nil || name == drill.Throttled || name == drill.Transient {
		return RunStepOut{}, err
	}
	named := step.ErrorName(step.Named(drill.Unexpected, err, "step %s", job.Step.Node.ID))
	return RunStepOut{Next: Failing, Result: p.Result, Failure: &recovery.Failure{State: "RunStep", Error: named.Error, Cause: named.Cause}}, nil
}

// needsOthers tells which kinds look at what other steps did: a read of all steps is
// too much for whoever only waits.
func needsOthers(k recovery.Kind) bool {
	return k != recovery.Wait && k != recovery.HTTPCheck
}

func (s RunStep) job(ctx context.Context, in RunStepIn) (Job, error) {
	run, err := s.Store.Run(ctx, in.Run)
	if err != nil {
		return Job{}, reading(err, in.Run)
	}
	r, err := s.Store.Step(ctx, in.Run, in.Step)
	if err != nil {
		return Job{}, reading(err, in.Run)
	}
	job := Job{Run: run, Step: r, State: in.State, Now: s.Clock.Now()}
	if string(in.State) == "null" {
		job.State = nil
	}
	if in.Answer != nil {
		answer := *in.Answer
		answer.Before = job.State
		if job.State, err = json.Marshal(answer); err != nil {
			return Job{}, fmt.Errorf("the answer to step %s: %w", r.Node.ID, err)
		}
	}
	if needsOthers(r.Node.Kind) {
		if job.Steps, err = s.Store.Steps(ctx, in.Run); err != nil {
			return Job{}, reading(err, in.Run)
		}
	}
	if r.Spec.Database != "" {
		database, err := s.Store.Database(ctx, in.Run, r.Spec.Database)
		if err != nil {
			return Job{}, reading(err, in.Run)
		}
		job.Database = &database
	}
	for _, name := range r.Spec.Databases {
		database, err := s.Store.Database(ctx, in.Run, name)
		if err != nil {
			return Job{}, reading(err, in.Run)
		}
		job.Databases = append(job.Databases, database)
	}
	return job, nil
}

// out is what the machine is told. It looks again at least every so often, for
// somebody may skip or abort meanwhile; and it fails when the attempt's time is up.
func (s RunStep) out(job Job, in RunStepIn, p Progress) (RunStepOut, error) {
	out := RunStepOut{Next: p.Next, State: p.State, Result: p.Result, Function: p.Function, Payload: p.Payload}
	if out.Result == nil {
		out.Result = in.Result
	}
	now := s.Clock.Now()
	deadline := deadlineOf(job.Step)
	switch p.Next {
	case Done:
		return out, nil
	case Again, Call, AskCopy, AskThere:
	case Failing: // what a call comes to, and nothing that a Work says
		fallthrough
	default:
		return RunStepOut{}, &drill.Error{Name: drill.Unexpected, What: fmt.Sprintf("step %s says %q comes next, which nothing does", job.Step.Node.ID, p.Next)}
	}
	if deadline != nil && !now.Before(*deadline) {
		return RunStepOut{}, timedOut(job.Step, out.Result)
	}
	if p.Next != Again {
		return out, nil
	}
	least := sparing(job.Step, now)
	next := now.Add(max(lookEvery, least))
	// A moment that the step names is not passed by for a look that comes just before.
	if p.NextAt != nil && p.NextAt.Before(next.Add(2*least)) {
		next = *p.NextAt
	}
	if next.After(now) && next.Before(now.Add(least)) {
		next = now.Add(least)
	}
	if deadline != nil && deadline.Before(next) {
		next = *deadline
	}
	out.NextAt = timestamp(now, next)
	return out, nil
}

// lookEvery is how long a running step may be without a look: that long a decision
// to skip it or to abort may take to be seen.
const lookEvery = time.Minute

// How often an attempt may be looked at. A look takes 9 events of the 25,000 that a
// history holds, and 21 where it asks a database; retries take more.
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const (
	looksEarly = 200  // in the time that has passed so far, about
	looksInAll = 1500 // in the longest time that an attempt has
)

// sparing is how long the next wait is at least, so that an attempt that takes days
// does not end with its execution's history: it grows with the time that has passed,
// but not above what a decision may have to wait for without need. A look that is due
// at once goes on with something, and does not wait.
func sparing(r recovery.Record, now time.Time) time.Duration {
	if r.Status.StartedAt == nil {
		return 0
	}
	passed := now.Sub(*r.Status.StartedAt)
	return max(0, min(passed/looksEarly, max(lookEvery, drill.Seconds(r.Spec.TimeoutSeconds)/looksInAll)))
}

func deadlineOf(r recovery.Record) *time.Time {
	if r.Status.StartedAt == nil || r.Spec.TimeoutSeconds <= 0 {
		return nil
	}
	at := r.Status.StartedAt.Add(drill.Seconds(r.Spec.TimeoutSeconds))
	return &at
}

func timedOut(r recovery.Record, so *recovery.Result) error {
	what := fmt.Sprintf("step %s was not done after %s", r.Node.ID, drill.Seconds(r.Spec.TimeoutSeconds))
	if so != nil && so.Says != "" {
		what += ": " + so.Says
	}
	return &drill.Error{Name: StepTimedOut, What: what, Hint: "retry it where more time will do; its time is the step's timeout in the plan"}
}

// timestamp is the form that a Wait takes: UTC, rounded up, since a wait that ended
// before its moment would be asked for again. Step Functions cuts off what is below a
// second; short waits there are only on this machine.
// https://docs.aws.amazon.com/step-functions/latest/dg/state-wait.html
func timestamp(now, t time.Time) string {
	unit, form := time.Second, "2006-01-02T15:04:05Z"
	if t.Sub(now) < 2*time.Second {
		unit, form = time.Microsecond, "2006-01-02T15:04:05.000000Z"
	}
	return t.Add(unit - 1).Truncate(unit).UTC().Format(form)
}
