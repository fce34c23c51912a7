package dynamodb_test

import (
	"context"
	"testing"
	"time"
)

func TestWatermark(t *testing.T) {
	table, ctx := newLab().table(), context.Background()
	if at, err := table.Dispatched(ctx); err != nil || !at.IsZero() {
		t.Fatalf("of a table without one: %v %v", at, err)
	}
	for _, want := range []time.Time{noon, noon.Add(time.Minute)} {
		if err := table.SetDispatched(ctx, want); err != nil {
			t.Fatal(err)
		}
		if at, err := table.Dispatched(ctx); err != nil || !at.Equal(want) {
			t.Errorf("%v %v, want %v", at, err, want)
		}
	}
}
