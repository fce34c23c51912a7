package ui

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

// TestProgressInALog: whole lines by the world's own times, whenever they are
// told, and a sign of life in a long restore.
func TestProgressInALog(t *testing.T) {
	start := time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)
	at := func(seconds int, kind world.EventKind, state string) world.Event {
		return world.Event{Kind: kind, At: start.Add(time.Duration(seconds) * time.Second), State: state}
	}
	states := []world.Event{
		at(2, world.Entered, "ClaimSlot"), at(3, world.Left, "ClaimSlot"), at(3, world.Entered, "IsClaimed"), at(3, world.Entered, "StartRestore"),
		{Kind: world.Failed, At: start.Add(4 * time.Second), Error: "Throttled"},
		at(5, world.Entered, "WaitForRestore"), at(35, world.Entered, "CheckAvailability"), at(36, world.Entered, "WaitForRestore"),
		at(66, world.Entered, "CheckAvailability"), at(67, world.Entered, "ValidateData"),
		{Kind: world.Advanced, Check: "heap-read", Done: 3, Total: 7},
		at(70, world.Left, "ValidateData"),
	}
	lines := `     1.00s  ClaimSlot          1.00s
     3.00s  StartRestore       2.00s  Throttled
    1:04.0  WaitForRestore     1:01.0%s
    1:05.0  WaitForRestore     1:02.0
    1:08.0  ValidateData       3.00s  heap-read 3/7
`
	tests := map[string]struct {
		reason string
		start  world.Start
		want   string
		note   string
	}{
		"on this machine": {"what past drills let expect", world.Start{Expected: drillevidence.Expected{Runs: 3, RestoreSeconds: 70}},
			"Drilling shop/db, target RTO 5m0s, restore expected to take 1m10s (median of 3)\n", " of about 1m10s"},
		"on AWS": {"where it can be looked at", world.Start{ExecutionID: "arn:x", Region: "eu-central-1"},
			"Drilling shop/db in eu-central-1, target RTO 5m0s\n  execution arn:x\n", ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var log bytes.Buffer
			p := NewProgress(&log, "shop/db", 300)
			p.Event(world.Event{Kind: world.Started, At: start, Started: &tc.start})
			for _, e := range states {
				p.Event(e)
			}
			p.End()
			if diff := cmp.Diff(tc.want+string(bytes.Replace([]byte(lines), []byte("%s"), []byte(tc.note), 1)), log.String()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

func TestProgressOfADrillThatDidNotBegin(t *testing.T) {
	var log bytes.Buffer
	NewProgress(&log, "shop/db", 300).End()
	if log.Len() > 0 {
		t.Errorf("%q", log.String())
	}
}
