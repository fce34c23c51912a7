package makespan_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
)

// failing steps fail in their first attempts.
type failing struct{ attempts map[int]int } // by number of the step: how many fail

func (f failing) Do(ctx context.Context, job recoverystep.Job) (recoverystep.Progress, error) {
	p, err := recoverystep.WorkWait{}.Do(ctx, job)
	if err == nil && p.Next == recoverystep.Done && job.Step.Status.Attempt <= f.attempts[job.Step.Number] {
		return p, &drill.Error{Name: drill.InvokeFailed, What: "it fails"}
	}
	return p, err
}

var errCrashed = errors.New("the function was cut off")

// Whatever is cut off, at whichever write, before or after its effect, while steps
// fail, people decide and parents are stopped and replaced: no step is done twice,
// none is forgotten, none begins too early, and it ends.
func TestNothingIsForgottenAndNothingDoneTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := drawSmall(t)
		s := newThin(d)
		fails := failing{map[int]int{}}
		for _, r := range d.records {
			fails.attempts[r.Number] = rapid.SampledFrom([]int{0, 0, 0, 0, 1, 2}).Draw(t, "failing attempts")
		}
		s.works[recovery.Wait] = fails
		crashes(t, s)
		list := decisions(t)
		s.clock.Go(func() { s.people(list) })
		stops := rapid.SliceOfN(rapid.IntRange(1, 900), 0, 3).Draw(t, "parents stopped after s")
		s.clock.Go(func() { s.stopsAndReplaces(stops) })
		for range 1_000_000 {
			if !s.clock.Step() {
				break
			}
		}
		if s.clock.Step() {
			t.Fatalf("it does not end")
		}
		if len(s.trouble) > 0 {
			t.Fatalf("%v", s.trouble)
		}
		checkAll(t, d, s)
	})
}

// drawSmall is a graph of few steps, for there are many ways to crash.
func drawSmall(t *rapid.T) drawn {
	d := drawn{}
	for i := range rapid.IntRange(1, 12).Draw(t, "steps") {
		n := recovery.Node{ID: fmt.Sprintf("w/s%d", i), Kind: recovery.Wait}
		for j := range i {
			if rapid.IntRange(0, 2).Draw(t, "edge") == 0 {
				n.After = append(n.After, d.records[j].Node.ID)
			}
		}
		d.records = append(d.records, recovery.Record{Node: n, Spec: recovery.Spec{WaitSeconds: float64(rapid.IntRange(0, 90).Draw(t, "takes")), TimeoutSeconds: 600}})
	}
	return d.made()
}

// crashes have the function that writes be cut off, before or after the write's
// effect; most writes go well. Each takes a while, so that others read and write
// between a function's read and its write.
func crashes(t *rapid.T, s *thin) {
	at := map[int]bool{}
	for _, n := range rapid.SliceOfN(rapid.IntRange(2, 80), 0, 6).Draw(t, "crashes at write") {
		if rapid.Bool().Draw(t, "after its effect") {
			n = -n // counted by effects
		}
		at[n] = true
	}
	takes := rapid.SliceOfN(rapid.SampledFrom([]time.Duration{0, 10 * time.Millisecond, 60 * time.Millisecond, 300 * time.Millisecond, 2 * time.Second}), 50, 50).Draw(t, "writes take")
	writes, lost := 0, 0
	s.store.Before = func(string) error {
		writes++
		writes := writes
		s.sleep(takes[writes%len(takes)])
		if at[writes] {
			return errCrashed
		}
		return nil
	}
	s.store.After = func(string) error {
		lost++
		if at[-lost] {
			return errCrashed
		}
		return nil
	}
}

// decision of people, so long after the last one.
type decision struct {
	after  time.Duration
	choice recovery.Choice
	number int // of the step that is meant, where none has failed
}

func decisions(t *rapid.T) (list []decision) {
	for range rapid.IntRange(0, 20).Draw(t, "decisions") {
		list = append(list, decision{
			after:  time.Duration(rapid.OneOf(rapid.IntRange(1, 2000), rapid.IntRange(1, 300_000)).Draw(t, "after ms")) * time.Millisecond,
			choice: rapid.SampledFrom([]recovery.Choice{recovery.Retry, recovery.Retry, recovery.Retry, recovery.Skip, recovery.Skip, recovery.Abort}).Draw(t, "choice"),
			number: rapid.IntRange(1, 12).Draw(t, "step"),
		})
	}
	return list
}

// people decide on the first step that failed, or on any.
func (s *thin) people(list []decision) {
	decide := recoverystep.DecideStep{Store: s.store, Executions: s, Clock: s.clock}
	for _, d := range list {
		s.sleep(d.after)
		steps, err := s.store.Steps(context.Background(), "proof")
		if err != nil {
			continue
		}
		about := steps[(d.number-1)%len(steps)]
		for _, r := range steps {
			if r.Status.State == recovery.Failed {
				about = r
			}
		}
		in := recoverystep.DecideStepIn{Run: "proof", Choice: d.choice, Step: about.Node.ID, Try: about.Status.Attempt, By: "ann", Reason: "seen"}
		if d.choice == recovery.Abort {
			in.Step, in.Try = "", 0
		}
		_, _ = call(s, decide.Handle, in) // it may be refused, or cut off
	}
}

// stopsAndReplaces starts the parent, stops it after so many seconds, and has
// another take the run on; the last one goes on to the end. One that has not taken the
// run on yet is not stopped: its function might still do so, after another's had.
func (s *thin) stopsAndReplaces(after []int) {
	l := s.startParent("proof", "{}")
	for i, seconds := range after {
		for s.sleep(time.Duration(seconds) * time.Second); !l.begun; s.sleep(time.Second) {
		}
		run, err := s.store.Run(context.Background(), "proof")
		if err != nil || run.OverAt != nil {
			return
		}
		if rapidly := i%2 == 0; rapidly { // it is gone; else it goes on beside the new one
			l.ended = true
		}
		l = s.startParent(recovery.ParentName("proof", i+2), `{"resume":"proof"}`)
	}
}

// checkAll looks at the end of a run in which anything may have happened.
func checkAll(t fatal, d drawn, s *thin) {
	t.Helper()
	o := s.outcome(t)
	run, steps := o.report.Run, o.report.Steps
	if run.OverAt == nil {
		t.Fatalf("it is not over: %+v", steps)
	}
	byID := map[string]recovery.Status{}
	for _, r := range steps {
		byID[r.Node.ID] = r.Status
	}
	for _, r := range steps {
		if r.Status.State == recovery.Omitted && r.Status.StartedAt != nil && s.claims[recovery.ChildName(run.ID, r)] > 0 {
			t.Fatalf("step %s is omitted, and was worked on", r.Node.ID)
		}
		if r.Status.State.Open() {
			t.Fatalf("it is over, and step %s is %s", r.Node.ID, r.Status.State)
		}
		for _, id := range r.Node.After {
			on := byID[id]
			if r.Status.StartedAt != nil && (!on.State.Lets() || on.EndedAt.After(*r.Status.StartedAt)) {
				t.Fatalf("step %s began at %s before %s was there: %+v", r.Node.ID, r.Status.StartedAt, id, on)
			}
			if r.Status.State == recovery.Omitted && run.Aborted() == nil && byID[r.Status.Because].State != recovery.Failed {
				t.Fatalf("step %s is omitted because of %s, which is %s", r.Node.ID, r.Status.Because, byID[r.Status.Because].State)
			}
		}
	}
	for name, times := range s.claims {
		if times > 1 {
			t.Fatalf("execution %s worked %d times", name, times)
		}
	}
}
