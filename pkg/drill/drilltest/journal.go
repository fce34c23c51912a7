package drilltest

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Journal is the run record, as the steps want it.
type Journal interface {
	Append(ctx context.Context, runID string, fact drill.Fact) error
	Facts(ctx context.Context, runID string) ([]drill.Fact, error)
}

// Journals are the tests of a journal; each gets one that is empty.
var Journals = map[string]struct {
	Reason string
	Test   func(t *testing.T, j Journal)
}{
	"empty":           {"a run without a record has no facts, which is no error", emptyJournal},
	"order":           {"facts come back whole, in the order in which they were appended", journalOrder},
	"runs apart":      {"one run's record is not another's, also where its name begins the same", journalsApart},
	"many":            {"more facts than one answer of a service holds", manyFacts},
	"several at once": {"a step that was given up on may still be writing: nothing is lost", concurrentAppends},
	"the same again":  {"a step that is repeated appends its fact again: it is there at least once", sameFactAgain},
	"large":           {"a spec with many checks is one fact", largeFact},
}

func emptyJournal(t *testing.T, j Journal) {
	if facts, err := j.Facts(context.Background(), "none"); err != nil || len(facts) != 0 {
		t.Errorf("%v, %v", facts, err)
	}
}

func note(state, text string) drill.Fact {
	return drill.Fact{At: noon, State: state, Kind: drill.FactNoted, Note: text}
}

func mustAppend(t *testing.T, j Journal, run string, facts ...drill.Fact) {
	t.Helper()
	for _, f := range facts {
		if err := j.Append(context.Background(), run, f); err != nil {
			t.Fatal(err)
		}
	}
}

func mustHave(t *testing.T, j Journal, run string, want ...drill.Fact) {
	t.Helper()
	got, err := j.Facts(context.Background(), run)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(want, got) {
		t.Errorf("the record of %s\nwant %+v\ngot  %+v", run, want, got)
	}
}

func journalOrder(t *testing.T, j Journal) {
	seconds := 2.5
	facts := []drill.Fact{
		{At: noon, State: "ClaimSlot", Kind: drill.FactClaimed, Run: &drill.Run{ID: "run", StartedAt: noon}, Spec: &drill.Spec{Database: "orders-db", Workload: "größte"}},
		{At: noon.Add(time.Nanosecond), State: "B", Kind: drill.FactCheckFinished, Check: &drill.CheckResult{Name: "€ 1 < 2 & \"x\"\n", Figure: 1e21, DataAgeSeconds: &seconds, StartedAt: noon}},
		note("C", ""), note("A", "earlier in the alphabet"),
	}
	mustAppend(t, j, "run", facts...)
	mustHave(t, j, "run", facts...)
}

func journalsApart(t *testing.T, j Journal) {
	mustAppend(t, j, "run", note("A", "of run"))
	mustAppend(t, j, "run-2", note("A", "of run-2"))
	mustHave(t, j, "run", note("A", "of run"))
	mustHave(t, j, "run-2", note("A", "of run-2"))
}

func manyFacts(t *testing.T, j Journal) {
	// 1.2 MB: an answer of DynamoDB holds one.
	var facts []drill.Fact
	for i := range 12 {
		facts = append(facts, note("A", fmt.Sprintf("%d %0100000d", i, 0)))
	}
	mustAppend(t, j, "run", facts...)
	mustHave(t, j, "run", facts...)
}

func concurrentAppends(t *testing.T, j Journal) {
	const writers, each = 3, 4
	var group sync.WaitGroup
	for w := range writers {
		group.Go(func() {
			for i := range each {
				if err := j.Append(context.Background(), "run", note(fmt.Sprint(w), fmt.Sprint(i))); err != nil {
					t.Error(err)
				}
			}
		})
	}
	group.Wait()
	facts, err := j.Facts(context.Background(), "run")
	if err != nil {
		t.Fatal(err)
	}
	for w := range writers {
		var got []string
		for _, f := range facts {
			if f.State == fmt.Sprint(w) {
				got = append(got, f.Note)
			}
		}
		if got = slices.Compact(got); !slices.Equal(got, []string{"0", "1", "2", "3"}) {
			t.Errorf("of writer %d: %v", w, got)
		}
	}
}

func sameFactAgain(t *testing.T, j Journal) {
	mustAppend(t, j, "run", note("A", "one"), note("A", "one"))
	facts, err := j.Facts(context.Background(), "run")
	if err != nil || len(facts) < 1 || len(facts) > 2 {
		t.Errorf("%v, %v", facts, err)
	}
}

func largeFact(t *testing.T, j Journal) {
	spec := &drill.Spec{Database: "orders-db"}
	for i := range 1000 {
		spec.Checks = append(spec.Checks, drill.Check{Name: fmt.Sprintf("check %d", i), SQL: fmt.Sprintf("select %0100d", i)})
	}
	fact := drill.Fact{At: noon, State: "ClaimSlot", Kind: drill.FactClaimed, Spec: spec}
	mustAppend(t, j, "run", fact)
	mustHave(t, j, "run", fact)
}
