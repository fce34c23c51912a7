package recoverystep_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
)

func all(state recovery.State) map[string]recovery.State {
	return map[string]recovery.State{"a": state, "b": state, "c": state, "d": state, "e": state}
}

// An exercise of a diamond: the parent loops every minute, is woken at the end, and
// the children start each other.
func TestPassed(t *testing.T) {
	m, _ := newModel(t, diamond())
	m.RemovalTakes = time.Minute
	r := run(t, m, map[string]any{})
	if ending(r) != "Passed" {
		t.Fatalf("%s %s: %s", r.Status, ending(r), r.Cause)
	}
	if diff := cmp.Diff(all(recovery.Succeeded), states(t, m)); diff != "" {
		t.Error(diff)
	}
	got := entered(r)
	want := []string{"PrepareRecovery", "IsPrepared", "Recovering", "Begin"}
	for range 16 { // three steps of five minutes, and the last look a moment before their end
		want = append(want, "StartReady", "IsOver", "AwaitEnd")
	}
	want = append(want, "StartReady", "IsOver", "RecoveringEnded", "IsOurs", "Removal",
		"RemoveThrowaways", "IsRemoved", "WaitForRemoval", "RemoveThrowaways", "IsRemoved", "RemovalEnded", "IsStillOurs", "ReportRecovery", "Ending", "Passed")
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("states:\n%s", diff)
	}
	if len(m.Left) != 0 || len(m.Reports) != 1 || len(m.Metrics) == 0 {
		t.Errorf("left %v, %d reports, %d figures", m.Left, len(m.Reports), len(m.Metrics))
	}
	seconds := m.Reports[0].Verdict.Seconds
	if seconds == nil || *seconds != 900 {
		t.Errorf("took %v s: three steps of 300 s are 900", seconds)
	}
	name := m.Children()[0]
	child, err := m.Execution(name).Wait(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	want = []string{"ClaimStep", "IsClaimed", "Working", "BeginWork"}
	for range 5 {
		want = append(want, "RunStep", "IsDone", "WaitForStep")
	}
	want = append(want, "RunStep", "IsDone", "DidIt", "ReleaseStep", "Released")
	if diff := cmp.Diff(want, entered(child)); diff != "" {
		t.Errorf("%s:\n%s", name, diff)
	}
}

func TestOtherEndings(t *testing.T) {
	for name, c := range map[string]struct {
		reason string
		input  any
		set    func(*model)
		ending string
		says   string
		states map[string]recovery.State
	}{
		"failure": {
			reason: "a step fails, its dependants are omitted, the others finish, and nobody decides",
			input:  map[string]any{}, set: func(w *model) { w.fails["w/b"] = 1 }, ending: "FailureClean", says: "w/b",
			states: map[string]recovery.State{"a": recovery.Succeeded, "b": recovery.Failed, "c": recovery.Succeeded, "d": recovery.Omitted, "e": recovery.Succeeded},
		},
		"timeout": {
			reason: "an attempt has its time",
			input:  map[string]any{}, set: func(w *model) { w.takes["w/d"] = 2 * time.Hour }, ending: "FailureClean", says: "StepTimedOut",
			states: map[string]recovery.State{"a": recovery.Succeeded, "b": recovery.Succeeded, "c": recovery.Succeeded, "d": recovery.Failed, "e": recovery.Succeeded},
		},
		"failover": {
			reason: "confirmed by the deployment's name", set: func(w *model) { w.live = true },
			input: map[string]any{"mode": "failover", "confirm": "test"}, ending: "Passed", states: all(recovery.Succeeded),
		},
		"unconfirmed": {
			reason: "says what to type",
			input:  map[string]any{"mode": "failover"}, ending: "NotConfirmed", says: `{"mode": "failover", "confirm": "test"}`,
		},
		"confirmed for another": {
			reason: "the name is of another deployment",
			input:  map[string]any{"mode": "failover", "confirm": "prod"}, ending: "NotConfirmed", says: `"prod"`,
		},
		"no such mode":     {reason: "a typing error", input: map[string]any{"mode": "fail-over"}, ending: "NotConfirmed", says: "{} starts an exercise"},
		"no such key":      {reason: "a typing error", input: map[string]any{"mod": "failover"}, ending: "NotConfirmed", says: "mod"},
		"not an object":    {reason: "the console takes any JSON", input: "failover", ending: "NotConfirmed", says: "{} starts an exercise"},
		"no such workload": {reason: "a typing error", input: map[string]any{"workload": "x"}, ending: "NotConfirmed", says: `"x"`},
		"other plan":       {reason: "another plan is deployed", input: map[string]any{"planHash": "other"}, ending: "NotConfirmed", says: "hash"},
		"no such run":      {reason: "nothing to resume", input: map[string]any{"resume": "x"}, ending: "NotConfirmed", says: `"x"`},
		"confirm only":     {reason: "half a failover", input: map[string]any{"confirm": "test"}, ending: "NotConfirmed", says: "say which"},
	} {
		t.Run(name, func(t *testing.T) {
			m, w := newModel(t, diamond())
			if c.set != nil {
				c.set(w)
			}
			r := run(t, m, c.input)
			if ending(r) != c.ending || !strings.Contains(r.Cause, c.says) {
				t.Errorf("%s: %s %s: %s; want %s with %q", c.reason, r.Status, ending(r), r.Cause, c.ending, c.says)
			}
			if c.states == nil {
				if len(m.Reports) != 0 || len(m.Children()) != 0 {
					t.Errorf("%s: something was begun", c.reason)
				}
				return
			}
			if diff := cmp.Diff(c.states, states(t, m)); diff != "" {
				t.Error(diff)
			}
			if len(m.Left) != 0 {
				t.Errorf("left behind: %v", m.Left)
			}
		})
	}
}

func TestScheduledTwice(t *testing.T) {
	m, _ := newModel(t, diamond())
	input := map[string]any{"scheduledTime": "2026-11-01T00:00:00Z", "trigger": "schedule"}
	first, err := m.Start("run-1", input)
	if err != nil {
		t.Fatal(err)
	}
	second, err := m.Run("run-2", input)
	if err != nil {
		t.Fatal(err)
	}
	r, err := first.Wait(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if ending(r) != "Passed" || ending(second) != "duplicate" || len(m.Reports) != 1 {
		t.Errorf("first %s, second %s, %d reports", ending(r), ending(second), len(m.Reports))
	}
}

// Two failovers of a workload would fight for one target; when the first is over,
// another may begin.
func TestOneFailoverAtATime(t *testing.T) {
	m, w := newModel(t, diamond())
	w.live = true
	input := map[string]any{"mode": "failover", "confirm": "test"}
	first, err := m.Start("run-1", input)
	if err != nil {
		t.Fatal(err)
	}
	m.Clock.Advance(time.Second)
	second, err := m.Run("run-2", input)
	if err != nil {
		t.Fatal(err)
	}
	r, err := first.Wait(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if ending(r) != "Passed" || ending(second) != "NotConfirmed" || !strings.Contains(second.Cause, "run-1") {
		t.Errorf("first %s, second %s: %s", ending(r), ending(second), second.Cause)
	}
	gave, err := m.Store.Run(t.Context(), "run-2") // whoever reads it tells nobody of a failure
	if err != nil || gave.GaveWay != "run-1" {
		t.Errorf("it gave way to %q: %v", gave.GaveWay, err)
	}
	w.begun = map[string]int{}
	third, err := m.Run("run-3", input)
	if err != nil {
		t.Fatal(err)
	}
	if ending(third) != "Passed" {
		t.Errorf("after it: %s: %s", ending(third), third.Cause)
	}
}

// A decision has its effect at once, and is refused where it cannot be.
func TestDecisions(t *testing.T) {
	for name, c := range map[string]struct {
		reason string
		fails  int
		choice recovery.Choice
		step   string
		ending string
		want   map[string]recovery.State
	}{
		"retry": {reason: "the second attempt succeeds, and what was omitted is done", fails: 1, choice: recovery.Retry, step: "w/b", ending: "Passed", want: all(recovery.Succeeded)},
		"retry in vain": {
			reason: "it fails again, and nobody decides any more", fails: 2, choice: recovery.Retry, step: "w/b", ending: "FailureClean",
			want: map[string]recovery.State{"a": recovery.Succeeded, "b": recovery.Failed, "c": recovery.Succeeded, "d": recovery.Omitted, "e": recovery.Succeeded},
		},
		"skip": {
			reason: "what comes after goes on", fails: 1, choice: recovery.Skip, step: "w/b", ending: "ObjectivesMissed",
			want: map[string]recovery.State{"a": recovery.Succeeded, "b": recovery.Skipped, "c": recovery.Succeeded, "d": recovery.Succeeded, "e": recovery.Succeeded},
		},
		"abort": {
			reason: "it ends at once", fails: 1, choice: recovery.Abort, ending: "FailureClean",
			want: map[string]recovery.State{"a": recovery.Succeeded, "b": recovery.Failed, "c": recovery.Succeeded, "d": recovery.Omitted, "e": recovery.Succeeded},
		},
	} {
		t.Run(name, func(t *testing.T) {
			m, w := newModel(t, diamond())
			w.fails["w/b"] = c.fails
			x, err := m.Start("run-1", map[string]any{})
			if err != nil {
				t.Fatal(err)
			}
			m.Until(func() bool {
				r, err := m.Store.Run(context.Background(), "run-1")
				return err == nil && r.DecideBy != nil
			})
			if _, err := m.Decide(recoverystep.DecideStepIn{Run: "run-1", Choice: recovery.Retry, Step: "w/e", By: "ann", Reason: "why not"}); err == nil {
				t.Error("a step that succeeded was retried")
			}
			in := recoverystep.DecideStepIn{Run: "run-1", Choice: c.choice, Step: c.step, By: "ann", Reason: "it was mended"}
			if c.step != "" {
				in.Try = 1
			}
			for range 2 { // the second time for a lost answer
				if _, err := m.Decide(in); err != nil {
					t.Fatal(err)
				}
			}
			r, err := x.Wait(context.Background())
			if err != nil {
				t.Fatal(err)
			}
			if ending(r) != c.ending {
				t.Errorf("%s: %s: %s", c.reason, ending(r), r.Cause)
			}
			if diff := cmp.Diff(c.want, states(t, m)); diff != "" {
				t.Errorf("%s: %s", c.reason, diff)
			}
			in.By = "bob"
			if _, err := m.Decide(in); err == nil {
				t.Errorf("%s: decided once it was over", c.reason)
			}
		})
	}
}

// A step that runs sees a decision at its next look, a minute later at most.
func TestRunningStepIsSkippedOrAborted(t *testing.T) {
	for choice, want := range map[recovery.Choice]recovery.State{recovery.Skip: recovery.Skipped, recovery.Abort: recovery.Failed} {
		m, w := newModel(t, diamond())
		w.takes["w/e"] = 50 * time.Minute
		x, err := m.Start("run-1", map[string]any{})
		if err != nil {
			t.Fatal(err)
		}
		m.Clock.Advance(20 * time.Minute)
		in := recoverystep.DecideStepIn{Run: "run-1", Choice: choice, By: "ann", Reason: "enough"}
		if choice == recovery.Skip {
			in.Step = "w/e"
		}
		if _, err := m.Decide(in); err != nil {
			t.Fatal(err)
		}
		if _, err := x.Wait(context.Background()); err != nil {
			t.Fatal(err)
		}
		if got := states(t, m)["e"]; got != want {
			t.Errorf("%s: it is %s, not %s", choice, got, want)
		}
		if over := m.Reports[0].Run.OverAt; over == nil || over.Sub(midnight) > 21*time.Minute+time.Second {
			t.Errorf("%s: over at %v", choice, over)
		}
	}
}

func TestDecisionOfAnotherAttemptIsRefused(t *testing.T) {
	m, w := newModel(t, diamond())
	w.fails["w/a"] = 2
	if _, err := m.Start("run-1", map[string]any{}); err != nil {
		t.Fatal(err)
	}
	m.Clock.Advance(6 * time.Minute)
	retry := recoverystep.DecideStepIn{Run: "run-1", Choice: recovery.Retry, Step: "w/a", Try: 1, By: "ann", Reason: "mended"}
	if _, err := m.Decide(retry); err != nil {
		t.Fatal(err)
	}
	m.Clock.Advance(6 * time.Minute)
	late := recoverystep.DecideStepIn{Run: "run-1", Choice: recovery.Skip, Step: "w/a", Try: 1, By: "bob", Reason: "never mind"}
	if _, err := m.Decide(late); err == nil || !strings.Contains(err.Error(), "attempt") {
		t.Errorf("a decision about the first attempt was taken for the second: %v", err)
	}
	if _, err := m.Decide(recoverystep.DecideStepIn{Run: "run-9", Choice: recovery.Abort, By: "bob", Reason: "x"}); err == nil {
		t.Error("there is no such run")
	}
}
