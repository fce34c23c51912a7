package recovery_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// drawn is a random graph: edges lead from later names to earlier ones, and the
// steps stand in any order.
func drawn(t *rapid.T) []recovery.Record {
	n := rapid.IntRange(1, 25).Draw(t, "steps")
	records := make([]recovery.Record, n)
	for i := range records {
		records[i] = record(0, fmt.Sprintf("w/s%02d", i), recovery.Waiting)
		for j := range i {
			if rapid.IntRange(0, 4).Draw(t, "edge") == 0 {
				records[i].Node.After = append(records[i].Node.After, records[j].Node.ID)
			}
		}
	}
	records = rapid.Permutation(records).Draw(t, "order")
	for i := range records {
		records[i].Number = i + 1
	}
	return records
}

// A world in which anybody acts on the moves at any time, on what they saw some
// time ago, writes some of it and crashes; steps succeed and fail; people decide.
type world struct {
	t       *rapid.T
	g       recovery.Graph
	run     recovery.Run
	records []recovery.Record
	now     time.Time
	ran     map[string]int // executions that did their work, by id and attempt
	started map[string]bool
	stale   []actor
}

type actor struct {
	run     recovery.Run
	records []recovery.Record
}

func (w *world) find(id string) *recovery.Record {
	i := slices.IndexFunc(w.records, func(r recovery.Record) bool { return r.Node.ID == id })
	return &w.records[i]
}

// act on what was seen: conditional writes, up to a crash or a conflict.
func (w *world) act(a actor) {
	m := w.g.Moves(a.run, a.records, w.now)
	crash := rapid.IntRange(0, 2*len(m.Order)).Draw(w.t, "crash before write")
	for n, id := range m.Order {
		seen := a.records[slices.IndexFunc(a.records, func(r recovery.Record) bool { return r.Node.ID == id })]
		r := w.find(id)
		if n == crash || r.Revision != seen.Revision {
			return
		}
		r.Status, r.Revision = m.Changes[id], r.Revision+1
	}
	for _, id := range m.Start {
		w.started[fmt.Sprint(id, w.find(id).Status.Attempt)] = true
	}
	if w.run.Revision != a.run.Revision || w.run.OverAt != nil {
		return
	}
	// Over, as the parent does it: on records that it read after the run.
	switch {
	case m.Over && len(m.Changes) == 0:
		over := w.now
		w.run.OverAt, w.run.DecideBy, w.run.Revision = &over, nil, w.run.Revision+1
	case len(m.Changes) == 0:
		w.run.DecideBy, w.run.Revision = m.DecideBy, w.run.Revision+1
	}
}

func (w *world) look() actor { return actor{w.run, slices.Clone(w.records)} }

// work claims a started execution of a ready step, or ends one that runs.
func (w *world) work() {
	open := []int{}
	for i, r := range w.records {
		if r.Status.State == recovery.Running || r.Status.State == recovery.Ready && w.started[fmt.Sprint(r.Node.ID, r.Status.Attempt)] {
			open = append(open, i)
		}
	}
	if len(open) == 0 {
		return
	}
	r := &w.records[rapid.SampledFrom(open).Draw(w.t, "works")]
	now := w.now
	r.Revision++
	if r.Status.State == recovery.Ready {
		for _, id := range r.Node.After {
			if !w.find(id).Status.State.Lets() {
				w.t.Fatalf("%s began before %s was there", r.Node.ID, id)
			}
		}
		w.ran[fmt.Sprint(r.Node.ID, r.Status.Attempt)]++
		r.Status.State, r.Status.StartedAt = recovery.Running, &now
		return
	}
	r.Status.EndedAt = &now
	switch d := w.run.SkipOf(*r); {
	case d != nil:
		r.Status = recovery.Skipping(r.Status, *d, now)
	case rapid.IntRange(0, 4).Draw(w.t, "fails") == 0:
		r.Status.State, r.Status.Failure = recovery.Failed, &recovery.Failure{Error: "RestoreFailed"}
	default:
		r.Status.State = recovery.Succeeded
	}
}

func (w *world) decide() {
	r := rapid.SampledFrom(w.records).Draw(w.t, "about")
	d := decide(rapid.SampledFrom([]recovery.Choice{recovery.Retry, recovery.Retry, recovery.Skip, recovery.Abort}).Draw(w.t, "choice"), r.Node.ID, r.Status.Attempt)
	if d.Choice == recovery.Abort {
		if rapid.IntRange(0, 5).Draw(w.t, "abort") > 0 {
			return
		}
		d.Step = ""
	}
	if run, err := w.g.Decide(w.run, w.records, d); err == nil {
		run.Revision++
		w.run = run
	}
}

// Topological, never twice, all terminal; whoever acts, on whatever they saw, and
// wherever they crash. At its end a step is omitted only for a reason.
func TestWhoeverActsOnTheMoves(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{t: t, records: drawn(t), now: start, ran: map[string]int{}, started: map[string]bool{}, run: recovery.Run{StartedAt: start, DecisionSeconds: 100}}
		var err error
		if w.g, err = recovery.GraphOf(w.records); err != nil {
			t.Fatal(err)
		}
		for range rapid.IntRange(0, 200).Draw(t, "moments") {
			w.now = w.now.Add(time.Second)
			switch rapid.SampledFrom([]string{"look", "act", "work", "work", "decide"}).Draw(t, "what") {
			case "look":
				w.stale = append(w.stale, w.look())
			case "act":
				if len(w.stale) > 0 {
					i := rapid.IntRange(0, len(w.stale)-1).Draw(t, "who")
					w.act(w.stale[i])
					w.stale = slices.Delete(w.stale, i, i+1)
				}
			case "work":
				w.work()
			case "decide":
				w.decide()
			}
		}
		// From here on nobody decides, and the parent looks every minute.
		for rounds := 0; w.run.OverAt == nil; rounds++ {
			if rounds > 2000 {
				t.Fatalf("it does not end: %+v", w.records)
			}
			w.now = w.now.Add(time.Minute)
			w.act(w.look())
			w.work()
		}
		// What somebody wrote late, on what they had seen long ago, is put right.
		for looks := 0; len(w.g.Moves(w.run, w.records, w.now).Changes) > 0; looks++ {
			if looks > 100 {
				t.Fatalf("it is over, and never at rest")
			}
			w.act(w.look())
		}
		for _, r := range w.records {
			s := r.Status
			if s.State.Open() {
				t.Fatalf("it is over, and %s is %s", r.Node.ID, s.State)
			}
			if s.State == recovery.Omitted && w.run.Aborted() == nil && w.find(s.Because).Status.State != recovery.Failed {
				t.Fatalf("%s is omitted because of %s, which is %s", r.Node.ID, s.Because, w.find(s.Because).Status.State)
			}
		}
		for attempt, times := range w.ran {
			if times > 1 {
				t.Fatalf("%s ran %d times", attempt, times)
			}
		}
	})
}

// Nothing that respects the graph is sooner done than the critical path, and a
// schedule that begins every step when it is ready is exactly as long.
func TestTheCriticalPathIsWhatItTakes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := drawn(t)
		takes := map[string]float64{}
		for _, r := range records {
			takes[r.Node.ID] = float64(rapid.IntRange(0, 100).Draw(t, "takes"))
		}
		g, err := recovery.GraphOf(records)
		if err != nil {
			t.Fatal(err)
		}
		path := g.CriticalPath(func(n recovery.Node) float64 { return takes[n.ID] })
		sum := 0.0
		for i, id := range path.Steps {
			n, _ := g.Node(id)
			if sum += takes[id]; i > 0 && !slices.Contains(n.After, path.Steps[i-1]) {
				t.Fatalf("%s does not come after %s", id, path.Steps[i-1])
			}
		}
		if sum != path.Seconds {
			t.Fatalf("the path takes %v, its steps %v", path.Seconds, sum)
		}
		ends, longest := map[string]float64{}, 0.0
		for _, n := range g.Order() {
			begin := 0.0
			for _, id := range n.After {
				begin = max(begin, ends[id])
			}
			ends[n.ID] = begin + takes[n.ID]
			longest = max(longest, ends[n.ID])
		}
		if longest != path.Seconds {
			t.Fatalf("it takes %v, the critical path %v", longest, path.Seconds)
		}
	})
}
