package recovery_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

var start = time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC)

func at(s int) time.Time   { return start.Add(time.Duration(s) * time.Second) }
func ptr(s int) *time.Time { t := at(s); return &t }

// record of a step in some state.
func record(n int, id string, state recovery.State, after ...string) recovery.Record {
	r := recovery.Record{Number: n, Node: recovery.Node{ID: id, After: after}, Status: recovery.Status{State: state, Attempt: 1}}
	if state != recovery.Waiting {
		r.Status.ReadyAt = ptr(1)
	}
	if state == recovery.Running || state == recovery.Succeeded || state == recovery.Failed {
		r.Status.StartedAt = ptr(2)
	}
	if state == recovery.Succeeded || state == recovery.Failed {
		r.Status.EndedAt = ptr(3)
	}
	if state == recovery.Failed {
		r.Status.Failure = &recovery.Failure{Error: "RestoreFailed", Cause: "no storage"}
	}
	return r
}

func omitted(r recovery.Record, because string) recovery.Record {
	r.Status.State, r.Status.Because, r.Status.EndedAt = recovery.Omitted, because, ptr(3)
	return r
}

func decide(c recovery.Choice, step string, attempt int) recovery.Decision {
	return recovery.Decision{Choice: c, Step: step, Try: attempt, By: "ann", Reason: "seen", At: at(4)}
}

func TestMoves(t *testing.T) {
	const waiting, ready, running, succeeded, failed = recovery.Waiting, recovery.Ready, recovery.Running, recovery.Succeeded, recovery.Failed
	type changes map[string]recovery.State
	cases := map[string]struct {
		reason   string
		run      recovery.Run
		records  []recovery.Record
		changes  changes
		start    []string
		decideBy *time.Time
		over     bool
	}{
		"the beginning": {
			reason:  "what comes after nothing is ready",
			records: []recovery.Record{record(1, "a", waiting), record(2, "b", waiting, "a"), record(3, "c", waiting)},
			changes: changes{"a": ready, "c": ready}, start: []string{"a", "c"},
		},
		"a ready step": {
			reason:  "it is to be started, until it runs: whoever made it ready may have crashed",
			records: []recovery.Record{record(1, "a", ready)},
			changes: changes{}, start: []string{"a"},
		},
		"one of two is there": {
			reason:  "a step waits for all",
			records: []recovery.Record{record(1, "a", succeeded), record(2, "b", running), record(3, "c", waiting, "a", "b")},
			changes: changes{},
		},
		"all are there": {
			reason:  "and a skipped one lets, too",
			records: []recovery.Record{record(1, "a", succeeded), record(2, "b", recovery.Skipped), record(3, "c", waiting, "a", "b")},
			changes: changes{"c": ready}, start: []string{"c"},
		},
		"a failure": {
			reason:  "what is behind it is omitted at once, to the end; the independent goes on",
			records: []recovery.Record{record(1, "a", failed), record(2, "b", waiting, "a"), record(3, "c", waiting, "b"), record(4, "d", running)},
			changes: changes{"b": recovery.Omitted, "c": recovery.Omitted},
		},
		"nothing but a decision": {
			reason:  "a deadline is set when nothing else is to be done",
			run:     recovery.Run{DecisionSeconds: 600},
			records: []recovery.Record{record(1, "a", failed), omitted(record(2, "b", waiting, "a"), "a"), record(3, "c", succeeded)},
			changes: changes{}, decideBy: ptr(610),
		},
		"a deadline that is set": {
			reason:  "stays",
			run:     recovery.Run{DecisionSeconds: 600, DecideBy: ptr(100)},
			records: []recovery.Record{record(1, "a", failed)},
			changes: changes{}, decideBy: ptr(100),
		},
		"a deadline that passed": {
			reason:  "nobody decided: it is over",
			run:     recovery.Run{DecisionSeconds: 600, DecideBy: ptr(10)},
			records: []recovery.Record{record(1, "a", failed)},
			changes: changes{}, over: true,
		},
		"a deadline of an earlier failure": {
			reason:  "while something is done, nothing is to be decided",
			run:     recovery.Run{DecisionSeconds: 600, DecideBy: ptr(5)},
			records: []recovery.Record{record(1, "a", failed), record(2, "b", running)},
			changes: changes{},
		},
		"no time to decide": {
			reason:  "a failure is the end",
			records: []recovery.Record{record(1, "a", failed)},
			changes: changes{}, over: true,
		},
		"all succeeded": {
			reason:  "it is over",
			records: []recovery.Record{record(1, "a", succeeded), record(2, "b", succeeded, "a")},
			changes: changes{}, over: true,
		},
		"no steps": {reason: "there is nothing to wait for", changes: changes{}, over: true},
		"retry": {
			reason:  "once more, and what was omitted waits again",
			run:     recovery.Run{Decisions: []recovery.Decision{decide(recovery.Retry, "a", 1)}},
			records: []recovery.Record{record(1, "a", failed), omitted(record(2, "b", waiting, "a"), "a"), omitted(record(3, "c", waiting, "b"), "a")},
			changes: changes{"a": ready, "b": waiting, "c": waiting}, start: []string{"a"},
		},
		"retry of one of two": {
			reason:  "what waits for the other too stays omitted",
			run:     recovery.Run{Decisions: []recovery.Decision{decide(recovery.Retry, "a", 1)}},
			records: []recovery.Record{record(1, "a", failed), record(2, "x", failed), omitted(record(3, "b", waiting, "a", "x"), "a")},
			changes: changes{"a": ready, "b": recovery.Omitted}, start: []string{"a"},
		},
		"a retry of an earlier attempt": {
			reason:  "has had its effect",
			run:     recovery.Run{DecisionSeconds: 600, Decisions: []recovery.Decision{decide(recovery.Retry, "a", 1)}},
			records: []recovery.Record{func() recovery.Record { r := record(1, "a", failed); r.Status.Attempt = 2; return r }()},
			changes: changes{}, decideBy: ptr(610),
		},
		"skip of a failed step": {
			reason:  "as if it had succeeded",
			run:     recovery.Run{Decisions: []recovery.Decision{decide(recovery.Skip, "a", 1)}},
			records: []recovery.Record{record(1, "a", failed), omitted(record(2, "b", waiting, "a"), "a")},
			changes: changes{"a": recovery.Skipped, "b": ready}, start: []string{"b"},
		},
		"skip of a waiting step": {
			reason:  "what is behind it still waits for nothing else",
			run:     recovery.Run{Decisions: []recovery.Decision{decide(recovery.Skip, "b", 1)}},
			records: []recovery.Record{record(1, "a", running), record(2, "b", waiting, "a"), record(3, "c", waiting, "b")},
			changes: changes{"b": recovery.Skipped, "c": ready}, start: []string{"c"},
		},
		"skip of a running step": {
			reason:  "it ends so itself, at its next look",
			run:     recovery.Run{Decisions: []recovery.Decision{decide(recovery.Skip, "a", 1)}},
			records: []recovery.Record{record(1, "a", running)},
			changes: changes{},
		},
		"abort": {
			reason:  "nothing begins any more; what runs ends itself",
			run:     recovery.Run{Decisions: []recovery.Decision{decide(recovery.Abort, "", 0)}},
			records: []recovery.Record{record(1, "a", running), record(2, "b", waiting, "a"), record(3, "c", ready)},
			changes: changes{"b": recovery.Omitted, "c": recovery.Omitted},
		},
		"abort of what failed": {
			reason:  "nothing is to be decided any more, a retry has no effect",
			run:     recovery.Run{DecisionSeconds: 600, Decisions: []recovery.Decision{decide(recovery.Retry, "a", 1), decide(recovery.Abort, "", 0)}},
			records: []recovery.Record{record(1, "a", failed), omitted(record(2, "b", waiting, "a"), "a")},
			changes: changes{}, over: true,
		},
		"it is over": {
			reason:  "nothing moves; what somebody made ready late is omitted",
			run:     recovery.Run{OverAt: ptr(5), Decisions: []recovery.Decision{decide(recovery.Retry, "a", 1)}},
			records: []recovery.Record{record(1, "a", failed), record(2, "b", ready), omitted(record(3, "c", waiting, "a"), "a")},
			changes: changes{"b": recovery.Omitted}, over: true,
		},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			g, err := recovery.GraphOf(c.records)
			if err != nil {
				t.Fatal(err)
			}
			got := g.Moves(c.run, c.records, at(10))
			states := changes{}
			for id, s := range got.Changes {
				states[id] = s.State
			}
			if diff := cmp.Diff(c.changes, states); diff != "" {
				t.Errorf("%s: changes (-want +got):\n%s", c.reason, diff)
			}
			if diff := cmp.Diff(c.start, got.Start); diff != "" {
				t.Errorf("%s: start (-want +got):\n%s", c.reason, diff)
			}
			if diff := cmp.Diff(c.decideBy, got.DecideBy); diff != "" {
				t.Errorf("%s: decide by (-want +got):\n%s", c.reason, diff)
			}
			if got.Over != c.over {
				t.Errorf("%s: over is %v, want %v", c.reason, got.Over, c.over)
			}
			again := g.Moves(c.run, written(c.records, got.Changes), at(11))
			if len(again.Changes) > 0 {
				t.Errorf("what was done is done again: %v", slices.Collect(maps.Keys(again.Changes)))
			}
		})
	}
}

func written(records []recovery.Record, changes map[string]recovery.Status) []recovery.Record {
	records = slices.Clone(records)
	for i, r := range records {
		if s, changed := changes[r.Node.ID]; changed {
			records[i].Status = s
		}
	}
	return records
}

func TestARetryKeepsWhatWasAndWhatIsThere(t *testing.T) {
	failed := record(1, "a", recovery.Failed)
	made := []recovery.Resource{{Kind: "rds:db", ID: "shop-dr"}}
	failed.Status.Result = &recovery.Result{Says: "half of it", Resources: made}
	g, err := recovery.GraphOf([]recovery.Record{failed})
	if err != nil {
		t.Fatal(err)
	}
	run := recovery.Run{Decisions: []recovery.Decision{decide(recovery.Retry, "a", 1)}}
	got := g.Moves(run, []recovery.Record{failed}, at(10)).Changes["a"]
	want := recovery.Status{
		State: recovery.Ready, Attempt: 2, ReadyAt: ptr(10),
		Earlier: []recovery.Attempt{{StartedAt: ptr(2), EndedAt: ptr(3), Failure: failed.Status.Failure}},
		Result:  &recovery.Result{Resources: made},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTheLongestWayAheadBeginsFirst(t *testing.T) {
	expecting := func(r recovery.Record, seconds float64) recovery.Record {
		r.Node.ExpectedSeconds = seconds
		return r
	}
	records := []recovery.Record{
		expecting(record(1, "short", recovery.Waiting), 10), expecting(record(2, "long", recovery.Waiting), 600),
		expecting(record(3, "chain", recovery.Waiting), 20), expecting(record(4, "end", recovery.Waiting, "chain"), 900),
		record(5, "unknown", recovery.Ready), record(6, "other", recovery.Ready),
	}
	g, err := recovery.GraphOf(records)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"chain", "long", "short", "unknown", "other"}, g.Moves(recovery.Run{}, records, at(1)).Start); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
