package drillevidence_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
)

const day = 24 * time.Hour

// took is a run whose restore took that long, recorded on a day.
func took(id string, days, seconds float64) drillevidence.Document {
	s := passed()
	for i := range s.facts {
		if status := s.facts[i].Status; status != nil && status.Available {
			available := *status
			available.ObservedAt, available.UnavailableAt = at(0.121+seconds), time.Time{}
			s.facts[i].Status = &available
		}
	}
	return named(s, id, days)
}

func TestHistoryFeedsTheNextRun(t *testing.T) {
	s := newStore(t)
	write(t, s,
		took("a", 1, 4), took("b", 2, 8), took("c", 3, 6), // the median of three is the middle one
		named(noBackup(), "never-available", 4), named(dirty(), "failed", 5))
	other := passed()
	other.spec.Database = "stock-db"
	write(t, s, named(other, "other", 6))
	if err := os.WriteFile(s.Path("torn"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}

	past, err := s.Past(t.Context(), "orders/orders-db")
	var torn drillevidence.Problem
	if !errors.As(err, &torn) || torn.Path != s.Path("torn") {
		t.Errorf("a file that cannot be read may be of this database, and nothing says so: %v", err)
	}
	if past.Reference == nil || past.Reference.SystemIdentifier != "7381234567890123456" || past.Reference.RunID != "c" {
		t.Errorf("the newest good drill saw something else than %+v", past.Reference)
	}
	approximately := cmpopts.EquateApprox(0, 1e-6)
	if diff := cmp.Diff([]drill.PastRestore{{Seconds: 6}, {Seconds: 8}, {Seconds: 4}}, past.Restores, approximately); diff != "" {
		t.Errorf("newest first:\n%s", diff)
	}
	e, err := s.Expected(t.Context(), "orders/orders-db")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(6.0, e.RestoreSeconds, approximately); diff != "" || e.Runs != 3 {
		t.Errorf("%d runs:\n%s", e.Runs, diff)
	}
	if diff := cmp.Diff(0.062, e.PhaseSeconds[drill.PhaseSelect], approximately); diff != "" {
		t.Error(diff)
	}
	none, err := s.Expected(t.Context(), "orders/nothing")
	if err != nil || none.Runs != 0 || none.RestoreSeconds != 0 {
		t.Errorf("a database without history: %+v, %v", none, err)
	}
}

func TestHistoryIsTheLastTenRuns(t *testing.T) {
	s := newStore(t)
	for i := range 14 {
		seconds := 100.0 // of old runs, when the database was larger
		if i >= 4 {
			seconds = float64(i)
		}
		write(t, s, took(fmt.Sprintf("run-%02d", i), float64(i), seconds))
	}
	// A run that was cut off is recorded once by itself, once by who cleaned up.
	adopted := took("run-13", 20, 13)
	adopted.ID = "cleaned-up-after"
	write(t, s, adopted)
	e, err := s.Expected(t.Context(), "orders/orders-db")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(8.5, e.RestoreSeconds, cmpopts.EquateApprox(0, 1e-6)); diff != "" || e.Runs != 10 {
		t.Errorf("%d runs; the median of 4 to 13:\n%s", e.Runs, diff)
	}
}

func TestHistoryStopsWhenAsked(t *testing.T) {
	s := newStore(t)
	write(t, s, passed().document())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.Past(ctx, "orders/orders-db"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

// Whether a drill was good is not known where its ending is not.
func TestAnEndingThatIsNotKnownIsNoReference(t *testing.T) {
	s := newStore(t)
	odd := passed().document()
	odd.Ending = "Splendid"
	write(t, s, odd)
	past, err := s.Past(t.Context(), "orders/orders-db")
	if err != nil || past.Reference != nil {
		t.Errorf("%+v, %v", past.Reference, err)
	}
}
