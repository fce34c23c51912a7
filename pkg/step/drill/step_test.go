package drillstep_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/step"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// hand is a clock that is moved by hand.
type hand struct{ now time.Time }

func (h *hand) Now() time.Time { return h.now }

// repeated calls a handler twice with the same input and returns the answers.
type repeated struct {
	t        *testing.T
	handlers map[string]step.Handler
}

func (r repeated) twice(function string, in, out any) {
	r.t.Helper()
	input, err := json.Marshal(in)
	if err != nil {
		r.t.Fatal(err)
	}
	first, err := r.handlers[function](context.Background(), input)
	if err != nil {
		r.t.Fatalf("%s: %v", function, err)
	}
	second, err := r.handlers[function](context.Background(), input)
	if err != nil {
		r.t.Fatalf("%s, the second time: %v", function, err)
	}
	if diff := cmp.Diff(string(first), string(second)); diff != "" {
		r.t.Errorf("%s answers differently the second time:\n%s", function, diff)
	}
	if err := json.Unmarshal(second, out); err != nil {
		r.t.Fatal(err)
	}
}

// TestEveryStepTwice walks through a drill by hand, calling every step twice:
// the answers are the same, the effects happen once, the verdict stays.
func TestEveryStepTwice(t *testing.T) {
	clock := &hand{midnight}
	w := newWorld(t, clock)
	r := repeated{t, drillstep.Handlers(w.steps())}
	execution := drillstep.Execution{ID: executionID, StartedAt: midnight}

	var claim drillstep.ClaimSlotOut
	r.twice("claim-slot", drillstep.ClaimSlotIn{Execution: execution, Request: drillstep.Request{Database: "orders/orders-db", ScheduledTime: "s"}}, &claim)
	if claim.Outcome != drillstep.Claimed || claim.Spec.Limits.ExpectedRestoreSeconds != 800 {
		t.Fatalf("claim: %+v", claim)
	}
	run, spec := *claim.Run, *claim.Spec
	var selected drillstep.SelectBackupOut
	r.twice("select-backup", drillstep.SelectBackupIn{Run: run, Spec: spec}, &selected)
	// A backup that appears later does not change what was chosen.
	w.points = append(w.points, drill.RecoveryPoint{ID: "later", TakenAt: midnight, Usable: true})
	r.twice("select-backup", drillstep.SelectBackupIn{Run: run, Spec: spec}, &selected)
	if selected.Point.ID != "backup-1" {
		t.Fatalf("chose %s the third time", selected.Point.ID)
	}
	var started drillstep.StartRestoreOut
	r.twice("start-restore", drillstep.StartRestoreIn{Run: run, Spec: spec, Point: selected.Point}, &started)
	clock.now = clock.now.Add(time.Minute)
	var look drillstep.CheckAvailabilityOut
	r.twice("check-availability", drillstep.CheckAvailabilityIn{Run: run, Spec: spec, Resource: started.Resource, Poll: started.Poll}, &look)
	if look.Available || !look.Poll.LastNoAt.Equal(clock.now) {
		t.Fatalf("first look: %+v", look)
	}
	clock.now = clock.now.Add(w.restoreTakes)
	r.twice("check-availability", drillstep.CheckAvailabilityIn{Run: run, Spec: spec, Resource: started.Resource, Poll: look.Poll}, &look)
	if !look.Available {
		t.Fatalf("second look: %+v", look)
	}
	var prepared drillstep.PrepareLoginOut
	r.twice("prepare-login", drillstep.PrepareLoginIn{Run: run, Spec: spec, Resource: started.Resource}, &prepared)
	var validated drillstep.ValidateDataOut
	r.twice("validate-data", drillstep.ValidateDataIn{Run: run, Spec: spec, Resource: started.Resource, Access: prepared.Access, Progress: &prepared.Progress}, &validated)
	if diff := cmp.Diff([]string{"rows", "deep"}, w.ran); diff != "" || validated.Progress.Next != drillstep.NextDone {
		t.Fatalf("checks, gate first and once each (-want +got):\n%s", diff)
	}
	scope := drillstep.Scope{Execution: execution, Run: &run, Spec: &spec}
	var cleaned drillstep.CleanupOut
	r.twice("cleanup", drillstep.CleanupIn{Scope: scope}, &cleaned)
	var confirmed drillstep.ConfirmRemovalOut
	r.twice("confirm-removal", drillstep.ConfirmRemovalIn{Scope: scope, Poll: &cleaned.Poll}, &confirmed)
	if !confirmed.Waiting {
		t.Fatalf("removal was assumed: %+v", confirmed)
	}
	clock.now = clock.now.Add(w.removalTakes)
	r.twice("confirm-removal", drillstep.ConfirmRemovalIn{Scope: scope, Poll: &confirmed.Poll}, &confirmed)
	if confirmed.Waiting || !confirmed.Removal.Clean {
		t.Fatalf("removal was not seen: %+v", confirmed)
	}
	var recorded drillstep.RecordEvidenceOut
	r.twice("record-evidence", drillstep.RecordEvidenceIn{Scope: scope, Removal: confirmed.Removal}, &recorded)
	if recorded.Ending != drill.Passed || recorded.Evidence != "evidence/nightly" {
		t.Fatalf("evidence: %+v", recorded)
	}
	if rto := w.evidence["nightly"].Verdict.RTO; rto.UncertaintySeconds != w.restoreTakes.Seconds() {
		t.Errorf("RTO %+v: between the two looks lay %s", rto, w.restoreTakes)
	}
	var published drillstep.PublishMetricsOut
	r.twice("publish-metrics", drillstep.PublishMetricsIn{Scope: scope, Ending: recorded.Ending, Removal: confirmed.Removal}, &published)
	var released drillstep.ReleaseSlotOut
	r.twice("release-slot", drillstep.ReleaseSlotIn{Scope: scope}, &released)
	if w.owner != "" || published.Published == 0 {
		t.Errorf("lock of %q, %d metrics", w.owner, published.Published)
	}
}

// A call of ValidateData stops before its time is up, and the next goes on.
func TestValidateDataInParts(t *testing.T) {
	clock := &hand{midnight}
	w := newWorld(t, clock)
	w.spec.Checks = nil
	for i := range 5 {
		w.spec.Checks = append(w.spec.Checks, drill.Check{Name: fmt.Sprint(i), Stage: drill.Gate})
	}
	s := w.steps().ValidateData
	s.OpenChecks = only[drillstep.OpenChecks](func(context.Context, drill.Run, drill.Spec, drill.Resource, drill.Access) (drillstep.CheckSession, error) {
		return slow{session{w}, clock, 150 * time.Second}, nil
	})
	in := drillstep.ValidateDataIn{Spec: w.spec}
	var parts []int
	for range 10 {
		out, err := s.Handle(context.Background(), in)
		if err != nil {
			t.Fatal(err)
		}
		parts = append(parts, out.Progress.NextCheck)
		if out.Progress.Next == drillstep.NextDone {
			break
		}
		in.Progress = &out.Progress
	}
	if diff := cmp.Diff([]int{2, 4, 5}, parts); diff != "" {
		t.Errorf("840 s a call, 600 s of them for the last statement, 150 s a check (-want +got):\n%s", diff)
	}
}

type slow struct {
	session
	clock *hand
	takes time.Duration
}

func (s slow) Run(ctx context.Context, c drill.Check) (drill.CheckResult, error) {
	s.clock.now = s.clock.now.Add(s.takes)
	return s.session.Run(ctx, c)
}

func TestCleanUpAfter(t *testing.T) {
	ctx := context.Background()
	claimed := func(t *testing.T) (*world, drillstep.ClaimSlot) {
		w := newWorld(t, &hand{midnight})
		if _, err := w.steps().ClaimSlot.Handle(ctx, drillstep.ClaimSlotIn{
			Execution: drillstep.Execution{ID: executionID, StartedAt: midnight}, Request: drillstep.Request{Database: "orders/orders-db", Keep: true},
		}); err != nil {
			t.Fatal(err)
		}
		return w, w.steps().ClaimSlot
	}
	fact := func(w *world, f drill.Fact) { w.facts["nightly"] = append(w.facts["nightly"], f) }
	tests := map[string]struct {
		reason  string
		happen  func(*world)
		outcome string
		err     drill.ErrorName
		failure string
		keep    bool
	}{
		"cut off":  {"what it left is removed", func(*world) {}, drillstep.CleanUp, "", "Stopped", false},
		"running":  {"only a closed execution's run is adopted", func(w *world) { w.running[executionID] = true }, "", drill.SlotBusy, "", false},
		"no claim": {"nothing was created", func(w *world) { clear(w.facts) }, drillstep.Finished, "", "", false},
		"settled": {"it saw to everything itself", func(w *world) {
			fact(w, drill.Fact{Kind: drill.FactRemovalObserved})
			fact(w, drill.Fact{Kind: drill.FactEvidenceRecorded})
			fact(w, drill.Fact{Kind: drill.FactSlotReleased})
		}, drillstep.Finished, "", "", false},
		"kept": {"a copy kept on request stays", func(w *world) {
			fact(w, drill.Fact{Kind: drill.FactKept})
		}, drillstep.CleanUp, "", "Stopped", true},
		"dirty": {"its own failure is told again", func(w *world) {
			fact(w, drill.Fact{Kind: drill.FactFailed, Failure: &drill.Failure{Error: "RestoreFailed"}})
			fact(w, drill.Fact{Kind: drill.FactRemovalAbandoned})
			fact(w, drill.Fact{Kind: drill.FactEvidenceRecorded})
			fact(w, drill.Fact{Kind: drill.FactSlotReleased})
		}, drillstep.CleanUp, "", "RestoreFailed", false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w, s := claimed(t)
			tc.happen(w)
			out, err := s.Handle(ctx, drillstep.ClaimSlotIn{
				Execution: drillstep.Execution{ID: "arn:x:cleaner", StartedAt: midnight}, Request: drillstep.Request{CleanUpAfter: executionID, Status: "ABORTED"},
			})
			if drill.NameOf(err) != tc.err || out.Outcome != tc.outcome {
				t.Fatalf("%s: %+v, %v", tc.reason, out, err)
			}
			if tc.outcome != drillstep.CleanUp {
				return
			}
			if out.Failure == nil || out.Failure.Error != tc.failure || out.Run.ExecutionID != executionID || out.Spec.Keep != tc.keep {
				t.Errorf("%s: failure %+v, run %+v, keep %t", tc.reason, out.Failure, out.Run, out.Spec.Keep)
			}
		})
	}
}

func TestErrorName(t *testing.T) {
	tests := map[string]struct {
		reason  string
		err     error
		name    string
		message string
	}{
		"named":   {"the name is API", &drill.Error{Name: drill.RestoreFailed, What: "x"}, "RestoreFailed", "x"},
		"wrapped": {"a name inside is found", fmt.Errorf("y: %w", &drill.Error{Name: drill.Throttled, What: "x"}), "Throttled", "y: x"},
		"hint":    {"the hint travels", &drill.Error{Name: drill.SlotBusy, What: "x", Hint: "wait"}, "SlotBusy", "x\nhint: wait"},
		"unnamed": {"any other error has a name too", errors.New("z"), "Unexpected", "z"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got := step.ErrorName(tc.err)
			var cause map[string]string
			if err := json.Unmarshal([]byte(got.Cause), &cause); err != nil {
				t.Fatal(err)
			}
			want := map[string]string{"errorType": tc.name, "errorMessage": tc.message}
			if diff := cmp.Diff(want, cause); diff != "" || got.Error != tc.name {
				t.Errorf("%s: %s (-want +got):\n%s", tc.reason, got.Error, diff)
			}
		})
	}
}

// A name that a step does not know is refused, not ignored.
func TestHandlersDecodeStrictly(t *testing.T) {
	handlers := drillstep.Handlers(newWorld(t, &hand{midnight}).steps())
	for name, input := range map[string]string{
		"unknown field": `{"execution":{"id":"x","startedAt":"2026-01-01T00:00:00Z"},"request":{"databse":"orders"}}`,
		"wrong type":    `{"request":3}`,
		"two documents": `{} {}`,
		"nothing":       ``,
	} {
		if _, err := handlers["claim-slot"](context.Background(), json.RawMessage(input)); drill.NameOf(err) != drill.InvalidInput {
			t.Errorf("%s: %v, want InvalidInput", name, err)
		}
	}
}

// State name = file of the step = function's name.
func TestFunctionsAreNamedAfterStates(t *testing.T) {
	handlers := drillstep.Handlers(drillstep.Steps{})
	functions := drillstep.Functions()
	for state, function := range functions {
		if handlers[function] == nil {
			t.Errorf("%s has no handler %s", state, function)
		}
		if strings.ReplaceAll(function, "-", "") != strings.ToLower(state) {
			t.Errorf("function of %s is called %s", state, function)
		}
		if file := strings.ToLower(state) + ".go"; !slices.ContainsFunc(files(t), func(f string) bool { return f == file }) {
			t.Errorf("%s has no file %s", state, file)
		}
	}
	if len(handlers) != len(functions) {
		t.Errorf("%d handlers for %d functions", len(handlers), len(functions))
	}
}

func files(t *testing.T) []string {
	entries, err := os.ReadDir(".")
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}
