package drillevidence_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/record"
)

// archive is a store that keeps for good, and its index; failing is the call
// that is refused once.
type archive struct {
	objects   map[string]string
	index     map[string]drill.HistoryEntry // newest of each database
	added     int
	announced []string
	failing   string
}

func (a *archive) fails(call string) error {
	if a.failing != call {
		return nil
	}
	a.failing = ""
	return errors.New(call + " refused")
}

func (a *archive) Put(_ context.Context, key, _ string, body []byte) (string, error) {
	kind := key[strings.LastIndexByte(key, '.')+1:]
	if err := a.fails("put " + kind); err != nil {
		return "", err
	}
	if there, ok := a.objects[key]; ok && there != string(body) {
		return "", fmt.Errorf("%s is there with another body", key)
	}
	a.objects[key] = string(body)
	return "s3://evidence/" + key, nil
}

func (a *archive) Get(_ context.Context, key string) ([]byte, error) {
	body, ok := a.objects[key]
	if !ok {
		return nil, errors.New(key + " is not there")
	}
	return []byte(body), nil
}

func (a *archive) Newest(_ context.Context, database string) (drill.HistoryEntry, bool, error) {
	e, ok := a.index[database]
	return e, ok, a.fails("newest")
}

func (a *archive) Announce(_ context.Context, database string, next record.Next) error {
	if err := a.fails("announce"); err != nil {
		return err
	}
	a.announced = append(a.announced, database+" "+next.ID)
	return nil
}

func (a *archive) AddHistory(_ context.Context, e drill.HistoryEntry) error {
	if err := a.fails("add"); err != nil {
		return err
	}
	a.index[e.Database] = e
	a.added++
	return nil
}

func newArchive() *archive {
	return &archive{objects: map[string]string{}, index: map[string]drill.HistoryEntry{}}
}

func TestRecorderCompletesWhatWasCutOff(t *testing.T) {
	for _, failing := range []string{"newest", "announce", "put json", "put html", "add"} {
		t.Run(failing, func(t *testing.T) {
			a := newArchive()
			a.failing = failing
			r := drillevidence.Recorder{Documents: a, Index: a, Render: drillevidence.Render}
			in := passed().input()
			if _, err := r.Record(t.Context(), in); drill.NameOf(err) != drill.EvidenceFailed || !strings.Contains(err.Error(), "refused") {
				t.Fatalf("want EvidenceFailed with its cause, got %v", err)
			}
			location, err := r.Record(t.Context(), in)
			if err != nil {
				t.Fatal(err)
			}
			again, err := r.Record(t.Context(), in)
			if again != location || err != nil {
				t.Errorf("recorded again: %s, %v; want %s", again, err, location)
			}
			if len(a.objects) != 2 || len(a.index) != 1 {
				t.Errorf("%d objects, %d entries: want the document, its report and one entry", len(a.objects), len(a.index))
			}
			if len(a.announced) == 0 || a.announced[0] != "orders/orders-db "+in.ID {
				t.Errorf("announced: %q", a.announced)
			}
		})
	}
}

func second(s story) story {
	s.run.ID = "second"
	return s
}

func TestRecorderLinksToTheDocumentBefore(t *testing.T) {
	a := newArchive()
	r := drillevidence.Recorder{Documents: a, Index: a}
	first, second := passed().input(), second(passed()).input()
	for _, in := range []drill.EvidenceInput{first, second} {
		if _, err := r.Record(t.Context(), in); err != nil {
			t.Fatal(err)
		}
	}
	d, err := drillevidence.Decode([]byte(a.objects["evidence/second.json"]))
	if err != nil {
		t.Fatal(err)
	}
	want := drillevidence.SHA256([]byte(a.objects["evidence/"+first.ID+".json"]))
	if d.Previous == nil || d.Previous.ID != first.ID || d.Previous.SHA256 != want {
		t.Errorf("previous: %+v, want %s with %s", d.Previous, first.ID, want)
	}
}

func TestRecorderRefusesAnotherStoryUnderTheSameID(t *testing.T) {
	a := newArchive()
	r := drillevidence.Recorder{Documents: a, Index: a}
	in := passed().input()
	if _, err := r.Record(t.Context(), in); err != nil {
		t.Fatal(err)
	}
	in.Verdict.Ending = drill.FailureDirty
	if _, err := r.Record(t.Context(), in); !errors.Is(err, drillevidence.ErrDifferent) {
		t.Errorf("want ErrDifferent, got %v", err)
	}
}

func TestRecorderKeepsWhetherAnEventToldTheEnd(t *testing.T) {
	for _, told := range []bool{false, true} {
		s := passed()
		for i := range s.facts {
			if st := s.facts[i].Status; st != nil && st.Available {
				s.facts[i].Status.ToldByEvent = told
			}
		}
		a := newArchive()
		if _, err := (drillevidence.Recorder{Documents: a, Index: a}).Record(t.Context(), s.input()); err != nil {
			t.Fatal(err)
		}
		e := a.index["orders/orders-db"]
		if e.ToldByEvent != told || e.RestoreSeconds == nil {
			t.Errorf("told %t: entry %+v", told, e)
		}
	}
}
