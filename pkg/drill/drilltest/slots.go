package drilltest

import (
	"context"
	"strings"
	"sync"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Slots are the locks, as the steps want them.
type Slots interface {
	Claim(ctx context.Context, r drill.SlotRequest) (duplicate bool, err error)
	Release(ctx context.Context, database, executionID string) error
}

// TwoProcesses share one store of locks, which is empty.
type TwoProcesses struct {
	One, Two Slots
	// CutOff ends the first process and with it the executions that claimed
	// through it: they are closed, and have released nothing. The second
	// process goes on.
	CutOff func(executionIDs ...string)
}

// SlotTests are the tests of locks.
var SlotTests = map[string]struct {
	Reason string
	Test   func(t *testing.T, p TwoProcesses)
}{
	"one owner":                {"another execution is told who has the lock", oneOwner},
	"claimed again":            {"a claim whose answer was lost is repeated, and is one claim", claimedAgain},
	"released":                 {"a released lock is free; releasing twice, or another's, does nothing", released},
	"cut off":                  {"the lock of a closed execution is taken over", cutOff},
	"databases apart":          {"each database has a lock of its own", databasesApart},
	"duplicate while it runs":  {"a second start for the same time is a duplicate, not busy", duplicateWhileRunning},
	"duplicate long after":     {"a time is claimed for ever, also with a manual drill in between", duplicateLongAfter},
	"duplicate of one cut off": {"the time was claimed, however the execution ended", duplicateOfCutOff},
	"busy claims no time":      {"a start that found the lock taken has claimed nothing", busyClaimsNoTime},
	"many at once":             {"of several that claim at once exactly one has the lock", manyAtOnce},
	"twins at once":            {"of several starts for one time one drills, and the others are duplicates or busy", twinsAtOnce},
}

func mustClaim(t *testing.T, s Slots, r drill.SlotRequest) {
	t.Helper()
	if duplicate, err := s.Claim(context.Background(), r); duplicate || err != nil {
		t.Fatalf("%s was not given the lock: duplicate %v, %v", r.RunID, duplicate, err)
	}
}

func mustBeBusy(t *testing.T, s Slots, r drill.SlotRequest, owner string) {
	t.Helper()
	duplicate, err := s.Claim(context.Background(), r)
	if duplicate || drill.NameOf(err) != drill.SlotBusy {
		t.Fatalf("%s: want SlotBusy, got duplicate %v, %v", r.RunID, duplicate, err)
	}
	if !strings.Contains(err.Error(), owner) || !strings.Contains(err.Error(), r.Database) {
		t.Errorf("the owner %s of %s is not named: %v", owner, r.Database, err)
	}
}

func mustBeDuplicate(t *testing.T, s Slots, r drill.SlotRequest) {
	t.Helper()
	if duplicate, err := s.Claim(context.Background(), r); !duplicate || err != nil {
		t.Fatalf("%s for %s: want a duplicate, got %v, %v", r.RunID, r.ScheduledTime, duplicate, err)
	}
}

func mustRelease(t *testing.T, s Slots, execution string) {
	t.Helper()
	if err := s.Release(context.Background(), database, ExecutionARN(execution)); err != nil {
		t.Fatal(err)
	}
}

func oneOwner(t *testing.T, p TwoProcesses) {
	mustClaim(t, p.One, claim("run-a", ""))
	mustBeBusy(t, p.One, claim("run-b", ""), "run-a")
	mustBeBusy(t, p.Two, claim("run-b", ""), "run-a")
}

func claimedAgain(t *testing.T, p TwoProcesses) {
	for range 3 {
		mustClaim(t, p.One, claim("run-a", "03:00"))
	}
	mustRelease(t, p.One, "run-a")
	mustClaim(t, p.Two, claim("run-b", ""))
}

func released(t *testing.T, p TwoProcesses) {
	mustRelease(t, p.One, "run-a") // of one that has none
	mustClaim(t, p.One, claim("run-a", ""))
	mustRelease(t, p.One, "run-b")
	mustRelease(t, p.Two, "run-b")
	mustBeBusy(t, p.Two, claim("run-b", ""), "run-a")
	mustRelease(t, p.One, "run-a")
	mustClaim(t, p.Two, claim("run-b", ""))
	mustRelease(t, p.One, "run-a") // again, when it is another's
	mustBeBusy(t, p.One, claim("run-c", ""), "run-b")
}

func cutOff(t *testing.T, p TwoProcesses) {
	mustClaim(t, p.One, claim("run-a", ""))
	p.CutOff(ExecutionARN("run-a"))
	mustClaim(t, p.Two, claim("run-b", ""))
}

func databasesApart(t *testing.T, p TwoProcesses) {
	mustClaim(t, p.One, claim("run-a", "03:00"))
	other := claim("run-b", "03:00")
	other.Database = database + "-2"
	mustClaim(t, p.Two, other)
}

func duplicateWhileRunning(t *testing.T, p TwoProcesses) {
	mustClaim(t, p.One, claim("run-a", "03:00"))
	mustBeDuplicate(t, p.Two, claim("run-b", "03:00"))
	mustBeBusy(t, p.Two, claim("run-c", "04:00"), "run-a")
}

func duplicateLongAfter(t *testing.T, p TwoProcesses) {
	mustClaim(t, p.One, claim("run-a", "03:00"))
	mustRelease(t, p.One, "run-a")
	mustClaim(t, p.One, claim("manual", ""))
	mustBeDuplicate(t, p.Two, claim("run-b", "03:00"))
	mustRelease(t, p.One, "manual")
	mustBeDuplicate(t, p.Two, claim("run-b", "03:00"))
	mustClaim(t, p.Two, claim("run-c", "04:00"))
}

func duplicateOfCutOff(t *testing.T, p TwoProcesses) {
	mustClaim(t, p.One, claim("run-a", "03:00"))
	p.CutOff(ExecutionARN("run-a"))
	mustBeDuplicate(t, p.Two, claim("run-b", "03:00"))
	mustClaim(t, p.Two, claim("manual", ""))
	mustRelease(t, p.Two, "manual")
	mustBeDuplicate(t, p.Two, claim("run-b", "03:00"))
}

func busyClaimsNoTime(t *testing.T, p TwoProcesses) {
	mustClaim(t, p.One, claim("manual", ""))
	mustBeBusy(t, p.Two, claim("run-a", "03:00"), "manual")
	mustRelease(t, p.One, "manual")
	mustClaim(t, p.Two, claim("run-b", "03:00"))
}

// race lets several executions claim through both processes at once.
func race(t *testing.T, p TwoProcesses, scheduled string) (winners, duplicates int) {
	var mu sync.Mutex
	var group sync.WaitGroup
	for i, name := range []string{"run-a", "run-b", "run-c", "run-d", "run-e", "run-f"} {
		group.Go(func() {
			duplicate, err := []Slots{p.One, p.Two}[i%2].Claim(context.Background(), claim(name, scheduled))
			mu.Lock()
			defer mu.Unlock()
			switch {
			case duplicate:
				duplicates++
			case err == nil:
				winners++
			case drill.NameOf(err) != drill.SlotBusy:
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	group.Wait()
	return winners, duplicates
}

func manyAtOnce(t *testing.T, p TwoProcesses) {
	if winners, _ := race(t, p, ""); winners != 1 {
		t.Errorf("%d have the lock", winners)
	}
}

func twinsAtOnce(t *testing.T, p TwoProcesses) {
	if winners, _ := race(t, p, "03:00"); winners != 1 {
		t.Errorf("%d have the lock", winners)
	}
	mustBeDuplicate(t, p.Two, claim("late", "03:00"))
}
