package aws_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/record"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

func TestHistory(t *testing.T) {
	tests := map[string]struct {
		reason string
		query  world.Query
		want   []string
		reads  int
	}{
		"all":            {"newest first", world.Query{}, []string{"two-4", "one-4", "two-3", "one-3", "two-2", "one-2", "two-1", "one-1"}, 8},
		"a limit":        {"no more is read than is asked for", world.Query{Limit: 2}, []string{"two-4", "one-4"}, 2},
		"a workload":     {"its databases", world.Query{Name: "shop", Limit: 1}, []string{"two-4"}, 1},
		"a database":     {"the others are read and passed over", world.Query{Name: "shop/one", Limit: 2}, []string{"one-4", "one-3"}, 4},
		"nobody's drill": {"there is none", world.Query{Name: "shop/three"}, nil, 8},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			c := newCloud(t)
			before := c.reads()
			h, err := c.world().History(ctx, tc.query)
			if err != nil || len(h.Unreadable) > 0 {
				t.Fatal(err, h.Unreadable)
			}
			var got []string
			for _, d := range h.Drills {
				got = append(got, d.Document.ID)
				if d.Evidence != "s3://"+names.Bucket()+"/evidence/"+d.Document.ID+".json" || d.Report != "" {
					t.Errorf("%s lies at %q, its page at %q", d.Document.ID, d.Evidence, d.Report)
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
			if reads := c.reads() - before; reads != tc.reads {
				t.Errorf("%s: %d documents were read, want %d", tc.reason, reads, tc.reads)
			}
		})
	}
}

// reads are how many objects were read so far.
func (c *cloud) reads() int {
	n := 0
	for _, call := range c.cloud.Calls() {
		if call.Operation == "GetObject" {
			n++
		}
	}
	return n
}

func TestHistoryTellsWhatIsNoEvidence(t *testing.T) {
	c := newCloud(t)
	c.clock.Advance(240 * time.Hour)
	if _, err := c.bucket.Put(ctx, "evidence/scribble.json", "application/json", []byte("{")); err != nil {
		t.Fatal(err)
	}
	h, err := c.world().History(ctx, world.Query{Limit: 1})
	if err != nil || len(h.Unreadable) != 1 || len(h.Drills) != 1 {
		t.Errorf("%+v, %v", h, err)
	}
}

func TestHistoryThatCannotBeRead(t *testing.T) {
	c := newCloud(t, simaws.Fault{On: "s3:GetObject", Times: -1, Error: "AccessDenied", Status: 403})
	_, err := c.world().History(ctx, world.Query{})
	var unavailable record.Unavailable
	if !errors.As(err, &unavailable) {
		t.Errorf("%v", err)
	}
}
