package dynamodb_test

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

func TestNotices(t *testing.T) {
	table, ctx := newLab().table(), context.Background()
	const x, y = "arn:x", "arn:y"
	claim := func(at time.Time) (drill.Noticed, bool) {
		t.Helper()
		before, mine, err := table.ClaimNotice(ctx, x, noon, at, at.Add(-10*time.Minute))
		if err != nil {
			t.Fatal(err)
		}
		return before, mine
	}
	if n, err := table.Notice(ctx, x); err != nil || n.State != drill.NoticeNone {
		t.Fatalf("%+v %v", n, err)
	}
	if before, mine := claim(noon); !mine || before.State != drill.NoticeNone {
		t.Errorf("the first: %+v", before)
	}
	if before, mine := claim(noon.Add(9 * time.Minute)); mine || before.State != drill.NoticeSending {
		t.Errorf("somebody is about to: %+v", before)
	}
	if before, mine := claim(noon.Add(11 * time.Minute)); !mine || before.State != drill.NoticeSending {
		t.Errorf("whoever was about to was cut off: %+v", before)
	}
	failed := drill.Noticed{Execution: x, State: drill.NoticeFailed, At: noon.Add(12 * time.Minute)}
	if err := table.KeepNotice(ctx, failed); err != nil {
		t.Fatal(err)
	}
	if _, mine := claim(noon.Add(12 * time.Minute)); !mine {
		t.Error("nothing was sent")
	}
	sent := drill.Noticed{Execution: x, State: drill.NoticeSent, At: noon.Add(13 * time.Minute), CleanUp: y}
	if err := table.KeepNotice(ctx, sent); err != nil {
		t.Fatal(err)
	}
	if _, mine := claim(noon.Add(24 * time.Hour)); mine {
		t.Error("it was sent")
	}
	if _, mine, err := table.ClaimNotice(ctx, y, noon, noon, noon); !mine || err != nil {
		t.Fatal(err)
	}
	if err := table.KeepNotice(ctx, drill.Noticed{Execution: y, State: drill.NoticeSent, At: noon}); err != nil {
		t.Fatal(err)
	}
	if _, mine, err := table.ClaimNotice(ctx, y, noon.Add(time.Hour), noon.Add(time.Hour), noon); !mine || err != nil {
		t.Errorf("it was redriven and ended again: %v", err)
	}
	if err := table.KeepNotice(ctx, drill.Noticed{Execution: y, State: drill.NoticeFailed, At: noon}); err != nil {
		t.Fatal(err)
	}
	all, err := table.Notices(ctx)
	if diff := cmp.Diff(map[string]drill.Noticed{x: sent, y: {Execution: y, State: drill.NoticeFailed, At: noon}}, all); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// Of two that find the same, one tells.
func TestANoticeIsClaimedOnce(t *testing.T) {
	lab, ctx := newLab(), context.Background()
	mine := 0
	for range 2 {
		if _, ok, err := lab.table().ClaimNotice(ctx, "arn:x", noon, noon, noon.Add(-10*time.Minute)); err != nil {
			t.Fatal(err)
		} else if ok {
			mine++
		}
	}
	if mine != 1 {
		t.Errorf("%d of two", mine)
	}
}
