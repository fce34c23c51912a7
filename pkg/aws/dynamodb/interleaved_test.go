package dynamodb_test

import (
	"context"
	"fmt"
	"net/http"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/drill/drilltest"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// interleaved is the table as one process sees it; before its call of the given
// number (from 0) it lets somebody else do something.
func (l lab) interleaved(call int, other func()) *dynamodb.Table {
	mine := l
	mine.cfg.HTTPClient = doer(func(r *http.Request) (*http.Response, error) {
		if call == 0 {
			other()
		}
		call--
		return (&http.Client{Transport: l.cloud}).Do(r)
	})
	return mine.table(dead)
}

// dead is an execution that was cut off with its lock.
var dead = drilltest.ExecutionARN("dead")

// TestClaimInterleaved lets another execution in between any two calls of a
// claim for 03:00.
func TestClaimInterleaved(t *testing.T) {
	ctx := context.Background()
	tests := map[string]struct {
		reason    string
		scheduled string // of the other
		releases  bool
	}{
		"twin":                     {"one of the two drills, and the other knows that it is a duplicate", "03:00", false},
		"twin that is soon over":   {"the same: a time is claimed once, however short the drill", "03:00", true},
		"manual":                   {"one of the two has the lock, and the other is told so", "", false},
		"manual that is soon over": {"both drill, one after the other, unless the manual one was told that it must wait", "", true},
	}
	for name, c := range tests {
		for i := range 8 {
			call, over := i/2, []string{"", " over a dead one"}[i%2]
			t.Run(fmt.Sprintf("%s before call %d%s", name, call, over), func(t *testing.T) {
				l := newLab()
				if over != "" {
					if _, err := l.table().Claim(ctx, request("dead", "")); err != nil {
						t.Fatal(err)
					}
				}
				var came, theirs bool
				table := l.interleaved(call, func() {
					came = true
					duplicate, err := l.table(dead).Claim(ctx, request("other", c.scheduled))
					if theirs = err == nil && !duplicate; !theirs && drill.NameOf(err) != drill.SlotBusy && !duplicate {
						t.Errorf("the other: %v", err)
					}
					if c.scheduled != "" && err != nil {
						t.Errorf("the twin is not told that it is one: %v", err)
					}
					if theirs && c.releases {
						mustRelease(t, l.table(), "other")
					}
				})
				duplicate, err := table.Claim(ctx, request("run-a", "03:00"))
				if !came {
					t.Fatal("a claim takes fewer calls")
				}
				ours := err == nil && !duplicate
				switch {
				case c.scheduled != "" && (ours == theirs || err != nil):
					t.Errorf("%s: ours %v, theirs %v, %v", c.reason, ours, theirs, err)
				case c.scheduled == "" && !c.releases && (ours == theirs || !ours && drill.NameOf(err) != drill.SlotBusy):
					t.Errorf("%s: ours %v, theirs %v, %v", c.reason, ours, theirs, err)
				case c.scheduled == "" && c.releases && !ours:
					t.Errorf("%s: %v", c.reason, err)
				}
				// Whoever was refused has kept no lock.
				if ours {
					mustRelease(t, l.table(), "run-a")
				}
				if theirs {
					mustRelease(t, l.table(), "other")
				}
				if duplicate, err := l.table().Claim(ctx, request("next", "04:00")); duplicate || err != nil {
					t.Errorf("the lock is not free: %v %v", duplicate, err)
				}
			})
		}
	}
}

func mustRelease(t *testing.T, table *dynamodb.Table, execution string) {
	t.Helper()
	if err := table.Release(context.Background(), "orders/orders-db", drilltest.ExecutionARN(execution)); err != nil {
		t.Fatal(err)
	}
}

// TestClaimOfOneThatHasNotWrittenItsTime: the first has the lock and is about
// to write its time.
func TestClaimOfOneThatHasNotWrittenItsTime(t *testing.T) {
	ctx := context.Background()
	l := newLab()
	var duplicate bool
	var err error
	first := l.interleaved(3, func() { duplicate, err = l.table().Claim(ctx, request("twin", "03:00")) })
	if _, err := first.Claim(ctx, request("run-a", "03:00")); err != nil {
		t.Fatal(err)
	}
	if !duplicate || err != nil {
		t.Errorf("the twin: duplicate %v, %v", duplicate, err)
	}
}

func TestAppendInterleaved(t *testing.T) {
	ctx := context.Background()
	for call := range 3 { // the fact that is there, the write, and what the next append reads
		t.Run(fmt.Sprint(call), func(t *testing.T) {
			l := newLab()
			table := l.interleaved(call, func() {
				if err := drillstep.FactsIn(l.table()).Append(ctx, "run", drill.Fact{At: noon, State: "B"}); err != nil {
					t.Error(err)
				}
			})
			for range 2 {
				if err := drillstep.FactsIn(table).Append(ctx, "run", drill.Fact{At: noon, State: "A"}); err != nil {
					t.Fatal(err)
				}
			}
			facts, err := drillstep.FactsIn(l.table()).Facts(ctx, "run")
			count := map[string]int{}
			for _, f := range facts {
				count[f.State]++
			}
			if err != nil || count["A"] != 2 || count["B"] != 1 {
				t.Errorf("%v, %v", count, err)
			}
		})
	}
}
