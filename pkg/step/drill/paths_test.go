package drillstep_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// Pieces of paths.
var (
	claim    = path("ClaimSlot IsClaimed Drill")
	selected = path("SelectBackup StartRestore")
	look     = path("IsAvailable WaitForRestore CheckAvailability")
	askAgain = path("StartRestore IsAvailable WaitToStart")
	validate = path("IsAvailable PrepareLogin IsPrepared ValidateData IsValidated")
	done     = path("Validated") // of the branch
	work     = slices.Concat(selected, look, validate, done)
	// removed is a removal that is confirmed at the second look, nothing one
	// where nothing was there.
	removed = path("Removal Cleanup ConfirmRemoval IsRemoved WaitForRemoval Cleanup ConfirmRemoval IsRemoved RemovalEnded")
	nothing = path("Removal Cleanup ConfirmRemoval IsRemoved RemovalEnded")
	record  = path("RecordEvidence PublishMetrics ReleaseSlot Ending")
)

func path(states string) []string { return strings.Fields(states) }

func states(parts ...[]string) []string { return slices.Concat(parts...) }

func times(n int, part []string) []string { return slices.Repeat(part, n) }

// request is the usual input.
func request() drillstep.Request { return drillstep.Request{Database: "orders/orders-db"} }

func broken(operation string, name drill.ErrorName) *fault {
	return &fault{operation: operation, from: 1, err: &drill.Error{Name: name, What: operation + " is broken", Hint: "mend it"}}
}

// TestPaths asserts the exact list of states for every path.
func TestPaths(t *testing.T) {
	unnamed := errors.New("connection refused")
	tests := map[string]struct {
		reason  string
		prepare func(*world)
		request any
		faults  []*fault
		edit    func(string) string // of the machine's text
		want    []string
		finding string // code of the gravest
		cause   string // contained in the execution's cause
	}{
		"passed": {
			reason: "the way of every good drill",
			want:   states(claim, work, removed, record, path("Passed")),
		},
		"kept": {
			reason:  "on request the copy stays",
			request: drillstep.Request{Database: "orders/orders-db", Keep: true},
			want:    states(claim, work, nothing, record, path("Passed")), finding: "Kept",
		},
		"duplicate start": {
			reason:  "schedules deliver at least once",
			prepare: func(w *world) { w.scheduled["2026-03-01T03:00:00Z"] = "arn:x:first" },
			request: drillstep.Request{Database: "orders/orders-db", ScheduledTime: "2026-03-01T03:00:00Z"},
			want:    path("ClaimSlot IsClaimed AlreadyClaimed"),
		},
		"slot busy": {
			reason:  "another drill's lock and copy are not touched",
			prepare: func(w *world) { w.owner, w.running["arn:x:other"] = "arn:x:other", true },
			want:    states(path("ClaimSlot"), nothing, record, path("FailureClean")), finding: "SlotBusy", cause: "arn:x:other",
		},
		"unknown database": {
			reason:  "the names there are, are listed",
			request: drillstep.Request{Database: "orders/oders-db"},
			want:    states(path("ClaimSlot"), nothing, record, path("FailureClean")), finding: "UnknownDatabase", cause: "orders/orders-db",
		},
		"another plan is deployed": {
			reason: "nobody drills what they do not see", request: drillstep.Request{Database: "orders/orders-db", PlanHash: "local-hash"},
			want: states(path("ClaimSlot"), nothing, record, path("FailureClean")), finding: "PlanMismatch", cause: "local-hash",
		},
		"the same plan is deployed": {
			reason: "the usual case", request: drillstep.Request{Database: "orders/orders-db", PlanHash: "plan-hash"},
			want: states(claim, work, removed, record, path("Passed")),
		},
		"input not understood": {
			reason: "a misspelt field is not ignored", request: map[string]any{"databse": "orders/orders-db"},
			want: states(path("ClaimSlot"), nothing, record, path("FailureClean")), finding: "InvalidInput",
		},
		"the event comes": {
			reason:  "it ends the wait early, looking decides",
			prepare: func(w *world) { w.awaitEvents(w.restoreTakes + time.Second) },
			want:    states(claim, selected, path("IsAvailable AwaitEvent CheckAvailability"), validate, done, removed, record, path("Passed")),
		},
		"the event is lost": {
			reason:  "it costs the time to the next look",
			prepare: func(w *world) { w.awaitEvents() },
			want:    states(claim, selected, path("IsAvailable AwaitEvent CheckAvailability"), validate, done, removed, record, path("Passed")),
		},
		"an event comes early": {
			reason:  "it only costs a look",
			prepare: func(w *world) { w.awaitEvents(10*time.Second, w.restoreTakes+time.Second) },
			want:    states(claim, selected, times(2, path("IsAvailable AwaitEvent CheckAvailability")), validate, done, removed, record, path("Passed")),
		},
		"an event comes twice": {
			reason:  "nobody waits for the second",
			prepare: func(w *world) { w.awaitEvents(w.restoreTakes+time.Second, w.restoreTakes+2*time.Second) },
			want:    states(claim, selected, path("IsAvailable AwaitEvent CheckAvailability"), validate, done, removed, record, path("Passed")),
		},
		"the token cannot be kept": {
			reason:  "then it is a plain wait",
			prepare: func(w *world) { w.awaitEvents() },
			faults:  []*fault{{operation: "PutToken", from: 1, err: unnamed}},
			want:    states(claim, selected, path("IsAvailable AwaitEvent WaitForRestore CheckAvailability"), validate, done, removed, record, path("Passed")),
		},
		"the login takes a while": {
			reason: "it is waited for, and not counted",
			faults: []*fault{{operation: "Open", from: 1, times: 2, err: &drill.Error{Name: drill.NotReady, What: "the password is being made"}}},
			want: states(claim, selected, look, path("IsAvailable"), times(2, path("PrepareLogin IsPrepared ValidateData IsValidated WaitForLogin")),
				path("PrepareLogin IsPrepared ValidateData IsValidated Validated"), removed, record, path("Passed")),
		},
		"the login never comes": {
			reason: "nothing was proven",
			faults: []*fault{{operation: "Open", from: 1, err: &drill.Error{Name: drill.NotReady, What: "the password is being made"}}},
			want: states(claim, selected, look, path("IsAvailable"), times(118, path("PrepareLogin IsPrepared ValidateData IsValidated WaitForLogin")),
				path("PrepareLogin IsPrepared ValidateData GiveUp"), removed, record, path("FailureClean")), finding: "ValidationImpossible",
		},
		"the password is being made": {
			reason: "the provider makes it, nobody tries to get in meanwhile, and the time is not counted",
			faults: []*fault{{operation: "PrepareLogin", from: 1, times: 2, err: &drill.Error{Name: drill.NotReady, What: "the password is being made"}}},
			want: states(claim, selected, look, path("IsAvailable"), times(2, path("PrepareLogin IsPrepared WaitForLogin")),
				path("PrepareLogin IsPrepared ValidateData IsValidated Validated"), removed, record, path("Passed")),
		},
		"the password never comes": {
			reason: "nothing was proven",
			faults: []*fault{{operation: "PrepareLogin", from: 1, err: &drill.Error{Name: drill.NotReady, What: "the password is being made"}}},
			want: states(claim, selected, look, path("IsAvailable"), times(118, path("PrepareLogin IsPrepared WaitForLogin")),
				path("PrepareLogin GiveUp"), removed, record, path("FailureClean")), finding: "ValidationImpossible",
		},
		"the copy is not isolated any more": {
			reason: "nobody is let in to it", faults: []*fault{broken("PrepareLogin", drill.RestoreFailed)},
			want: states(claim, selected, look, path("IsAvailable PrepareLogin GiveUp"), removed, record, path("FailureClean")), finding: "RestoreFailed",
		},
		"custom check passed": {
			reason:  "it is asked between the gate and the proof checks",
			prepare: func(w *world) { w.custom(`{"passed": true, "figure": 12}`, nil) },
			want: states(claim, selected, look, validate, path("CustomCheck PrepareLogin IsPrepared ValidateData IsValidated Validated"),
				removed, record, path("Passed")),
		},
		"custom check failed": {
			reason:  "the copy is not good enough",
			prepare: func(w *world) { w.custom(`{"passed": false, "reason": "the total is wrong"}`, nil) },
			want: states(claim, selected, look, validate, path("CustomCheck PrepareLogin IsPrepared ValidateData IsValidated Validated"),
				removed, record, path("ObjectivesMissed")), finding: "CheckFailed", cause: "the total is wrong",
		},
		"custom check cannot be asked": {
			reason:  "nothing was proven",
			prepare: func(w *world) { w.custom("", &asl.TaskError{Name: "RuntimeError", Cause: "it panicked"}) },
			want: states(claim, selected, look, validate, path("CustomCheck PrepareLogin IsPrepared ValidateData IsValidated Validated"),
				removed, record, path("FailureClean")), finding: "CheckNotRun",
		},
		"custom check answers nonsense": {
			reason:  "a misspelt answer is not a pass",
			prepare: func(w *world) { w.custom(`{"ok": true}`, nil) },
			want: states(claim, selected, look, validate, path("CustomCheck PrepareLogin IsPrepared ValidateData IsValidated Validated"),
				removed, record, path("FailureClean")), finding: "CheckNotRun",
		},
		"a deep read takes several calls": {
			reason:  "each goes on where the one before left off",
			prepare: func(w *world) { w.unfinished = 2 },
			want: states(claim, selected, look, path("IsAvailable"), times(3, path("PrepareLogin IsPrepared ValidateData IsValidated")), done,
				removed, record, path("Passed")),
		},
		"RPO missed": {
			reason: "the restore is measured all the same", prepare: func(w *world) { w.spec.Objectives.RPOSeconds = 60 },
			want: states(claim, work, removed, record, path("ObjectivesMissed")), finding: "RPOMissed", cause: "RPOMissed",
		},
		"RTO missed": {
			reason: "it came back too late", prepare: func(w *world) { w.spec.Objectives.RTOSeconds = 60 },
			want: states(claim, work, removed, record, path("ObjectivesMissed")), finding: "RTOMissed",
		},
		"gate check failed": {
			reason: "it came back and is not good enough", prepare: func(w *world) { w.checks["rows"] = drill.CheckFailed },
			want: states(claim, work, removed, record, path("ObjectivesMissed")), finding: "CheckFailed", cause: "rows",
		},
		"proof check failed": {
			reason: "a damaged page counts as much", prepare: func(w *world) { w.checks["deep"] = drill.CheckFailed },
			want: states(claim, work, removed, record, path("ObjectivesMissed")), finding: "CheckFailed", cause: "deep",
		},
		"check could not be run": {
			reason: "nothing was proven; whether somebody stopped the copy is looked at", prepare: func(w *world) { w.checks["rows"] = drill.CheckError },
			want: states(claim, selected, look, path("IsAvailable"), times(2, path("PrepareLogin IsPrepared ValidateData IsValidated")), done,
				removed, record, path("FailureClean")), finding: "CheckNotRun",
		},
		"no backup": {
			reason: "it cannot be found", prepare: func(w *world) { w.points = nil },
			want: states(claim, path("SelectBackup GiveUp"), nothing, record, path("FailureClean")), finding: "NoUsableBackup",
		},
		"no usable backup": {
			reason: "it cannot be read", prepare: func(w *world) { w.points[0].Usable, w.points[0].Reason = false, "cut short" },
			want: states(claim, path("SelectBackup GiveUp"), nothing, record, path("FailureClean")), finding: "NoUsableBackup", cause: "cut short",
		},
		"restore refused": {
			reason: "it cannot be started, so nothing is waited for", faults: []*fault{broken("StartRestore", drill.RestoreRefused)},
			want: states(claim, selected, path("GiveUp"), nothing, record, path("FailureClean")), finding: "RestoreRefused",
		},
		"restore's answer lost": {
			reason:  "what appeared all the same is removed",
			faults:  []*fault{{operation: "StartRestore", from: 1, err: unnamed, after: true}},
			prepare: func(w *world) { w.spec.Limits.LateCreationSeconds = 100 },
			want: states(claim, selected, path("GiveUp"),
				path("Removal"), times(2, path("Cleanup ConfirmRemoval IsRemoved WaitForRemoval")), path("Cleanup ConfirmRemoval IsRemoved RemovalEnded"),
				record, path("FailureClean")), finding: "RestoreRefused",
		},
		"no capacity": {
			reason: "it is asked for again until the time is up; what was refused made nothing, so nothing is waited for", faults: []*fault{broken("StartRestore", drill.NoCapacity)},
			prepare: func(w *world) { w.spec.Limits.StartSeconds, w.spec.Limits.LateCreationSeconds = 300, 900 },
			want:    states(claim, path("SelectBackup"), times(5, askAgain), path("StartRestore GiveUp"), nothing, record, path("FailureClean")),
			finding: "NoCapacity", cause: "refused 6 times",
		},
		"no capacity for minutes": {
			reason:  "the wait counts, and is said",
			faults:  []*fault{{operation: "StartRestore", from: 1, times: 3, err: &drill.Error{Name: drill.NoCapacity, What: "none is free", Hint: "another class"}}},
			prepare: func(w *world) { w.spec.Limits.StartSeconds = 1800 },
			want:    states(claim, path("SelectBackup"), times(3, askAgain), path("StartRestore"), look, validate, done, removed, record, path("Passed")), finding: "WaitedToStart",
		},
		"no capacity until too late": {
			reason:  "in a disaster the capacity would be missing as well",
			faults:  []*fault{{operation: "StartRestore", from: 1, times: 3, err: &drill.Error{Name: drill.NoCapacity, What: "none is free"}}},
			prepare: func(w *world) { w.spec.Limits.StartSeconds, w.spec.Objectives.RTOSeconds = 1800, 390 },
			want:    states(claim, path("SelectBackup"), times(3, askAgain), path("StartRestore"), look, validate, done, removed, record, path("ObjectivesMissed")),
			finding: "RTOMissed", cause: "waiting for the provider to begin (NoCapacity)",
		},
		"no capacity where nobody waits": {
			reason: "without a limit of its own it ends at once", faults: []*fault{broken("StartRestore", drill.NoCapacity)},
			want: states(claim, selected, path("GiveUp"), nothing, record, path("FailureClean")), finding: "NoCapacity",
		},
		"an answer lost, then no capacity": {
			reason: "what the first call may have made is looked for, whatever the others were told",
			faults: []*fault{
				{operation: "StartRestore", from: 1, times: 1, err: &drill.Error{Name: drill.Transient, What: "lost"}},
				{operation: "StartRestore", from: 2, err: &drill.Error{Name: drill.NoCapacity, What: "none is free"}},
			},
			prepare: func(w *world) { w.spec.Limits.StartSeconds, w.spec.Limits.LateCreationSeconds = 120, 100 },
			want: states(claim, path("SelectBackup"), times(2, askAgain), path("StartRestore GiveUp"),
				path("Removal"), times(2, path("Cleanup ConfirmRemoval IsRemoved WaitForRemoval")), path("Cleanup ConfirmRemoval IsRemoved RemovalEnded"),
				record, path("FailureClean")), finding: "NoCapacity",
		},
		"capacity ends after the copy was made": {
			reason: "a copy that ends without a machine has the same name",
			faults: []*fault{{operation: "RestoreStatus", from: 1, err: &drill.Error{Name: drill.NoCapacity, What: "insufficient-capacity"}}},
			want:   states(claim, selected, look, path("GiveUp"), removed, record, path("FailureClean")), finding: "NoCapacity",
		},
		"busy source, a fresh snapshot": {
			reason: "it is taken instead, and the other one is named", prepare: func(w *world) { w.busy("backup-1"); w.add("snapshot", 50*time.Minute) },
			want: states(claim, work, removed, record, path("Passed")), finding: "BackupPassedOver",
		},
		"busy source, an old snapshot": {
			reason: "it would miss the RPO, so the source is waited for", prepare: func(w *world) {
				w.busy("backup-1")
				w.add("snapshot", 2*time.Hour)
				w.spec.Limits.StartSeconds = 120
			},
			want: states(claim, path("SelectBackup"), times(2, askAgain), path("StartRestore GiveUp"), nothing, record, path("FailureClean")), finding: "SourceBusy",
		},
		"busy source, a fresh snapshot without an answer": {
			reason: "the copy may have been made from it: no other one is asked for again", prepare: func(w *world) {
				w.busy("backup-1")
				w.add("snapshot", 50*time.Minute)
			},
			faults: []*fault{{operation: "StartRestore", from: 2, times: 1, err: &drill.Error{Name: drill.Transient, What: "lost"}, after: true}},
			want:   states(claim, work, removed, record, path("Passed")), finding: "BackupPassedOver",
		},
		"failing expression in the Wait for the provider": {
			reason: "the branch's Catch leads to clean-up", faults: []*fault{broken("StartRestore", drill.NoCapacity)},
			prepare: func(w *world) { w.spec.Limits.StartSeconds = 300 },
			edit:    replace(waitToStart, strings.Replace(waitToStart, "$poll.nextAt", "$nowhere", 1)),
			want:    states(claim, path("SelectBackup"), askAgain, nothing, record, path("FailureClean")), finding: "States.QueryEvaluationError",
		},
		"restore failed while waiting": {
			reason: "it started and ended badly", faults: []*fault{{operation: "RestoreStatus", from: 2, err: &drill.Error{Name: drill.RestoreFailed, What: "incompatible-restore"}}},
			prepare: func(w *world) { w.restoreTakes = 20 * time.Minute },
			want:    states(claim, selected, look, path("IsAvailable WaitForRestore CheckAvailability GiveUp"), removed, record, path("FailureClean")), finding: "RestoreFailed", cause: "incompatible-restore",
		},
		"never available": {
			reason: "the limit ends it", prepare: func(w *world) { w.restoreTakes, w.spec.Limits.RestoreSeconds = 24*time.Hour, 290 },
			want: states(claim, selected, look, path("IsAvailable WaitForRestore CheckAvailability GiveUp"), removed, record, path("FailureClean")), finding: "RestoreTimedOut",
		},
		"connection refused": {
			reason: "the checks could not be put", faults: []*fault{{operation: "Open", from: 1, err: unnamed}},
			want: states(claim, selected, look, path("IsAvailable PrepareLogin IsPrepared ValidateData GiveUp"), removed, record, path("FailureClean")), finding: "ValidationImpossible",
		},
		"validation error": {
			reason: "the second check could not be run, nor a while later", faults: []*fault{{operation: "Run", from: 2, err: unnamed}},
			want: states(claim, selected, look, path("IsAvailable PrepareLogin IsPrepared ValidateData IsValidated WaitForLogin PrepareLogin IsPrepared ValidateData GiveUp"), removed, record, path("FailureClean")), finding: "ValidationImpossible",
		},
		"throttled": {
			reason: "a retry is no path of its own", faults: []*fault{
				{operation: "RecoveryPoints", from: 1, times: 2, err: &drill.Error{Name: drill.Throttled, What: "Rate exceeded"}},
				{operation: "StartRestore", from: 1, times: 1, err: &drill.Error{Name: drill.Transient, What: "lost"}, after: true},
				{operation: "Record", from: 1, times: 1, err: &drill.Error{Name: drill.Transient, What: "lost"}, after: true},
			},
			want: states(claim, work, removed, record, path("Passed")),
		},
		"a step hangs": {
			reason: "its timeout ends it, after one retry", faults: []*fault{{operation: "RecoveryPoints", from: 1, err: unnamed, hang: time.Hour}},
			want: states(claim, path("SelectBackup GiveUp"), nothing, record, path("FailureClean")), finding: "States.Timeout",
		},
		"failing expression in a Wait": {
			reason: "the branch's Catch leads to clean-up", edit: replace(waitForRestore, strings.Replace(waitForRestore, "$poll.nextAt", "$nowhere", 1)),
			want: states(claim, selected, path("IsAvailable WaitForRestore"), removed, record, path("FailureClean")), finding: "States.QueryEvaluationError",
		},
		"no time in a Wait": {
			reason: "nor is a text that is no time the end of everything", edit: replace(waitForRestore, strings.Replace(waitForRestore, "$poll.nextAt", "'soon'", 1)),
			want: states(claim, selected, path("IsAvailable WaitForRestore"), removed, record, path("FailureClean")), finding: "States.QueryEvaluationError",
		},
		"failing expression in a Choice": {
			reason: "the branch's Catch leads to clean-up", edit: replace("{% $available = true %}", "{% $available > 'x' %}"),
			want: states(claim, selected, path("IsAvailable"), removed, record, path("FailureClean")), finding: "States.QueryEvaluationError",
		},
		"failing expression in the removal's Wait": {
			reason: "evidence is recorded all the same", edit: replace("{% $states.input.poll.nextAt %}", "{% $nowhere %}"),
			want: states(claim, work, path("Removal Cleanup ConfirmRemoval IsRemoved WaitForRemoval"), record, path("FailureDirty")), finding: "RemovalUnconfirmed",
		},
		"failing expression in the removal's Choice": {
			reason: "evidence is recorded all the same", edit: replace("{% $states.input.waiting = true %}", "{% $states.input.waiting > 'x' %}"),
			want: states(claim, work, path("Removal Cleanup ConfirmRemoval IsRemoved"), record, path("FailureDirty")), finding: "RemovalUnconfirmed",
		},
		"clean-up failed": {
			reason: "it is tried until the time is up, and what is left is named", faults: []*fault{broken("Remove", drill.CleanupFailed)},
			prepare: func(w *world) { w.spec.Limits.RemovalSeconds, w.spec.Limits.LateCreationSeconds = 90, 0 },
			want: states(claim, work, path("Removal"), times(2, path("Cleanup ConfirmRemoval IsRemoved WaitForRemoval")), path("Cleanup ConfirmRemoval IsRemoved RemovalEnded"),
				record, path("FailureDirty")), finding: "RemovalUnconfirmed", cause: drill.ThrowawayName("test", executionID),
		},
		"clean-up failed once": {
			reason: "what was observed decides, not what was asked", faults: []*fault{{operation: "Remove", from: 1, times: 1, err: unnamed}},
			want: states(claim, work, path("Removal"), times(2, path("Cleanup ConfirmRemoval IsRemoved WaitForRemoval")), path("Cleanup ConfirmRemoval IsRemoved RemovalEnded"),
				record, path("Passed")),
		},
		"removal not confirmed": {
			reason: "not confirmed is not clean", faults: []*fault{{operation: "Remaining", from: 1, err: unnamed}},
			want: states(claim, work, path("Removal Cleanup ConfirmRemoval RemovalEnded"), record, path("FailureDirty")), finding: "RemovalUnconfirmed",
		},
		"evidence failed": {
			reason: "nothing is proven without it", faults: []*fault{broken("Record", drill.EvidenceFailed)},
			want: states(claim, work, removed, record, path("FailureClean")), cause: "EvidenceFailed",
		},
		"evidence and clean-up failed": {
			reason: "the page names what may be left", faults: []*fault{broken("Record", drill.EvidenceFailed), broken("Remaining", drill.CleanupFailed)},
			want: states(claim, work, path("Removal Cleanup ConfirmRemoval RemovalEnded"), record, path("FailureDirty")), cause: "RemovalUnconfirmed",
		},
		"metrics failed": {
			reason: "the evidence stands", faults: []*fault{broken("Publish", drill.MetricsFailed)},
			want: states(claim, work, removed, record, path("Passed")),
		},
		"lock not released": {
			reason: "it is taken over from the closed execution", faults: []*fault{{operation: "Release", from: 1, err: unnamed}},
			want: states(claim, work, removed, record, path("Passed")),
		},
		"claim failed": {
			reason: "nothing was created", faults: []*fault{{operation: "Claim", from: 1, err: unnamed}},
			want: states(path("ClaimSlot"), nothing, record, path("FailureClean")), finding: "Unexpected",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			s := newSim(t, tc.faults...)
			if tc.prepare != nil {
				tc.prepare(s.world)
			}
			if tc.edit != nil {
				s.machine = tc.edit(s.machine)
			}
			input := tc.request
			if input == nil {
				input = request()
			}
			owner := s.world.owner
			got := s.run(t, executionID, input)
			if diff := cmp.Diff(tc.want, got.states); diff != "" {
				t.Fatalf("%s: states (-want +got):\n%s", tc.reason, diff)
			}
			checkOutcome(t, s, got, owner)
			if !strings.Contains(got.cause, tc.cause) {
				t.Errorf("%s: the cause %q does not name %q", tc.reason, got.cause, tc.cause)
			}
			findings := s.world.evidence["nightly"].Verdict.Findings
			if tc.finding != "" && (len(findings) == 0 || findings[0].Code != tc.finding) {
				t.Errorf("%s: findings %+v, want %s first", tc.reason, findings, tc.finding)
			}
		})
	}
}

// waitForRestore and waitToStart are the ends of those states in the machine's text.
const (
	waitForRestore = `"{% $poll.nextAt %}",
              "Next": "CheckAvailability"`
	waitToStart = `"{% $poll.nextAt %}",
              "Next": "StartRestore"`
)

func replace(old, by string) func(string) string {
	return func(machine string) string {
		if strings.Count(machine, old) != 1 {
			panic(old + " is not once in the machine")
		}
		return strings.Replace(machine, old, by, 1)
	}
}
