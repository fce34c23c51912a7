package ui

import (
	"bytes"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	recoveryevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

var noon = time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)

func at(seconds int) *time.Time {
	t := noon.Add(time.Duration(seconds) * time.Second)
	return &t
}

func typed(words ...string) string { return "lifeboat recover " + strings.Join(words, " ") }

// failing is a run in which a step failed, and a decision is wanted.
func failing() world.Recovery {
	return world.Recovery{
		Run: recovery.Run{
			ID: "r1", Mode: recovery.Exercise, StartedAt: noon, DecideBy: at(600),
			Workloads: []recovery.Workload{{Name: "shop", RTOSeconds: 900}},
		},
		Steps: []recovery.Record{
			{Number: 1, Node: recovery.Node{ID: "shop/restore", Kind: recovery.Restore}, Status: recovery.Status{
				State: recovery.Succeeded, Attempt: 1, StartedAt: at(0), EndedAt: at(30), Result: &recovery.Result{Says: "restored it"},
			}},
			{Number: 2, Node: recovery.Node{ID: "shop/warm", Kind: recovery.Invoke, After: []string{"shop/restore"}}, Status: recovery.Status{
				State: recovery.Failed, Attempt: 2, StartedAt: at(40), EndedAt: at(45), Failure: &recovery.Failure{Error: "InvokeFailed", Cause: "it said \x1b[2Jno"},
			}},
			{Number: 3, Node: recovery.Node{ID: "shop/serves", Kind: recovery.HTTPCheck, After: []string{"shop/warm"}}, Status: recovery.Status{
				State: recovery.Omitted, Attempt: 1, EndedAt: at(45), Because: "shop/warm",
			}},
		},
		Seen: *at(50),
	}
}

func TestRecoveryInALog(t *testing.T) {
	var out bytes.Buffer
	show := NewRecovery(&out, typed)
	show.Look(failing())
	show.Look(failing()) // nothing has changed: nothing is said twice
	show.End()
	text := out.String()
	for _, want := range []string{
		"Exercising the recovery of shop (RTO 15m0s): 3 steps, run r1\n",
		"succeeded  shop/restore  30.00s  restored it\n",
		"failed     shop/warm     5.00s  attempt 2  InvokeFailed: it said ",
		"omitted    shop/serves   because of shop/warm\n",
		"lifeboat recover retry r1 shop/warm --attempt 2 --reason TEXT\n",
		"lifeboat recover skip r1 shop/warm --attempt 2 --reason TEXT\n",
		"lifeboat recover abort r1 --reason TEXT\n",
	} {
		if strings.Count(text, want) != 1 {
			t.Errorf("%q is there %d times in\n%s", want, strings.Count(text, want), text)
		}
	}
	if strings.Contains(text, "\x1b") {
		t.Error("what a command said reaches the terminal")
	}
}

func TestRecoveryTableKeepsToItsRoom(t *testing.T) {
	now := failing()
	for range 100 {
		s := now.Steps[0]
		s.Number = len(now.Steps) + 1
		s.Node.ID = "shop/restore-" + strings.Repeat("x", len(now.Steps))
		s.Status.Result = &recovery.Result{Says: strings.Repeat("long ", 100)}
		now.Steps = append(now.Steps, s)
	}
	lines := recoveryTable(now, false, 80, 10)
	if len(lines) > 10 {
		t.Errorf("%d lines, where there is room for 10", len(lines))
	}
	for _, line := range lines {
		if n := utf8.RuneCountInString(line); n > 80 {
			t.Errorf("%d columns, where there is room for 80: %s", n, line)
		}
	}
	text := strings.Join(lines, "\n")
	if !strings.Contains(text, "failed") || !strings.Contains(text, "more steps") {
		t.Errorf("what failed is hidden:\n%s", text)
	}
}

func TestRecoveryStatus(t *testing.T) {
	tests := map[string]struct {
		reason string
		change func(*world.Recovery)
		want   string
	}{
		"decision": {"what can be decided is said as it is to be typed", func(*world.Recovery) {}, "lifeboat recover retry r1 shop/warm --attempt 2 --reason TEXT"},
		"cut off":  {"somebody has to resume it", func(r *world.Recovery) { r.CutOff = true }, "lifeboat recover resume r1\n"},
		"gave way": {"and nothing else of it", func(r *world.Recovery) {
			r.Run.OverAt, r.Run.Ending, r.Run.GaveWay = at(60), recovery.FailureClean, "r0"
		}, "failover r0 had the workload, and was not over.\n  lifeboat recover status r0\n"},
		"over": {"how it ended", func(r *world.Recovery) { r.Run.OverAt, r.Run.Ending = at(60), recovery.FailureClean }, "\nFailureClean\n"},
		"decided": {"who decided what, and why", func(r *world.Recovery) {
			r.Run.Decisions = []recovery.Decision{{Choice: recovery.Skip, Step: "shop/warm", By: "ann", Reason: "cold will do", At: noon}}
		}, "by ann: skip shop/warm, because: cold will do"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			now := failing()
			tc.change(&now)
			var out bytes.Buffer
			RecoveryStatus(&out, now, typed, false)
			if !strings.Contains(out.String(), tc.want) {
				t.Errorf("%s: no %q in\n%s", tc.reason, tc.want, out.String())
			}
		})
	}
}

// Runbooks send people to this summary for what is left, and for which step made it.
func TestSummaryNamesWhatIsThere(t *testing.T) {
	var out bytes.Buffer
	RecoverySummary(&out, recoveryevidence.Document{Ending: recovery.FailureDirty, Resources: []recoveryevidence.Resource{
		{Kind: "rds:db", ID: "orders-recovered", Step: "orders/restore", State: recoveryevidence.Recovered},
		{Kind: "rds:db", ID: "stock\x1b[2J", Step: "orders/stock", State: recoveryevidence.Unclear},
		{Kind: "rds:db", ID: "copy-1", State: recoveryevidence.Remaining},
		{Kind: "rds:db", ID: "copy-2", Step: "orders/gone", State: recoveryevidence.Removed},
	}}, "", "", false)
	text := out.String()
	for _, want := range []string{"recovered  rds:db orders-recovered, of orders/restore\n", "unclear  rds:db stock", ", of orders/stock\n", "remaining  rds:db copy-1, of a step that nobody knows\n"} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not say %q:\n%s", want, text)
		}
	}
	if strings.Contains(text, "copy-2") || strings.Contains(text, "\x1b") {
		t.Errorf("what is gone is no matter, and no name reaches the terminal:\n%s", text)
	}
}
