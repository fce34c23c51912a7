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
		choices := rapid.SliceOfN(rapid.SampledFrom([]recovery.Choice{recovery.Retry, recovery.Retry, recovery.Retry, recovery.Skip, "", recovery.Abort}), 30, 30).Draw(t, "choices")
		s.clock.Go(func() { s.people(choices) })
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
// effect: most writes go well.
func crashes(t *rapid.T, s *thin) {
	at := map[int]bool{}
	for _, n := range rapid.SliceOfN(rapid.IntRange(2, 80), 0, 6).Draw(t, "crashes at write") {
		at[n] = rapid.Bool().Draw(t, "after its effect")
	}
	writes := 0
	s.store.Before = func(string) error {
		writes++
		if after, crash := at[writes]; crash && !after {
			return errCrashed
		}
		return nil
	}
	s.store.After = func(string) error {
		if at[writes] {
			return errCrashed
		}
		return nil
	}
}

// people look every two minutes, and decide on the first step that failed.
func (s *thin) people(choices []recovery.Choice) {
	decide := recoverystep.DecideStep{Store: s.store, Executions: s, Clock: s.clock}
	for _, choice := range choices {
		s.sleep(2 * time.Minute)
		run, err := s.store.Run(context.Background(), "proof")
		if err != nil || choice == "" {
			continue
		}
		if run.OverAt != nil {
			return
		}
		steps, err := s.store.Steps(context.Background(), run.ID)
		if err != nil {
			continue
		}
		for _, r := range steps {
			if r.Status.State != recovery.Failed {
				continue
			}
			in := recoverystep.DecideStepIn{Run: run.ID, Choice: choice, Step: r.Node.ID, Try: r.Status.Attempt, By: "ann", Reason: "seen"}
			if choice == recovery.Abort {
				in.Step, in.Try = "", 0
			}
			_, _ = call(s, decide.Handle, in) // it may be refused, or cut off
			break
		}
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
		if r.Status.State.Open() {
			t.Fatalf("it is over, and step %s is %s", r.Node.ID, r.Status.State)
		}
		for _, id := range r.Node.After {
			on := byID[id]
			if r.Status.StartedAt != nil && (!on.State.Lets() || on.EndedAt.After(*r.Status.StartedAt)) {
				t.Fatalf("step %s began before %s was there: %+v", r.Node.ID, id, on)
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
