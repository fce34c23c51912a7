package dynamodb_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/record"
)

// TestAnnouncements are kept in the order of recording, each once, and those of
// a database whose name begins the same are its own.
func TestAnnouncements(t *testing.T) {
	ctx, l := context.Background(), newLab()
	next := func(id, sum string, hours int) record.Next {
		return record.Next{Link: record.Link{ID: id, SHA256: sum}, RecordedAt: noon.Add(time.Duration(hours) * time.Hour).UTC()}
	}
	want := []record.Next{next("b", "1", 1), next("b", "2", 2), next("a", "3", 3)}
	for _, n := range []record.Next{want[2], want[0], want[1], want[1]} {
		if err := l.table().Announce(ctx, "orders/orders-db", n); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.table().Announce(ctx, "orders/orders-db-2", next("c", "4", 4)); err != nil {
		t.Fatal(err)
	}
	got, err := l.table().Announced(ctx, "orders/orders-db")
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if none, err := l.table().Announced(ctx, "orders/other"); err != nil || len(none) > 0 {
		t.Errorf("%v, %v", none, err)
	}
}
