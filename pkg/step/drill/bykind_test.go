package drillstep_test

import (
	"context"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// A kind that nothing here drills is refused by every step that would reach for
// an adapter, by name, with those there are, and before anything is written.
func TestKindWithoutAdapter(t *testing.T) {
	w := newWorld(t, &hand{midnight})
	w.spec.Kind = "dynamodb-table"
	run, spec := drill.Run{ID: "nightly"}, w.spec
	scope := drillstep.Scope{Run: &run, Spec: &spec}
	s, ctx := w.steps(), context.Background()
	for name, call := range map[string]func() error{
		"SelectBackup": func() error {
			_, err := s.SelectBackup.Handle(ctx, drillstep.SelectBackupIn{Run: run, Spec: spec})
			return err
		},
		"StartRestore": func() error {
			_, err := s.StartRestore.Handle(ctx, drillstep.StartRestoreIn{Run: run, Spec: spec})
			return err
		},
		"CheckAvailability": func() error {
			_, err := s.CheckAvailability.Handle(ctx, drillstep.CheckAvailabilityIn{Run: run, Spec: spec})
			return err
		},
		"ValidateData": func() error {
			_, err := s.ValidateData.Handle(ctx, drillstep.ValidateDataIn{Run: run, Spec: spec})
			return err
		},
		"Cleanup": func() error {
			_, err := s.Cleanup.Handle(ctx, drillstep.CleanupIn{Scope: scope})
			return err
		},
		"ConfirmRemoval": func() error {
			_, err := s.ConfirmRemoval.Handle(ctx, drillstep.ConfirmRemovalIn{Scope: scope})
			return err
		},
	} {
		err := call()
		if drill.NameOf(err) != drill.InvalidInput || !strings.Contains(err.Error(), spec.Kind) || !strings.Contains(drill.HintOf(err), modelKind) {
			t.Errorf("%s: %v (hint %q)", name, err, drill.HintOf(err))
		}
	}
	if len(w.facts["nightly"]) > 0 {
		t.Errorf("written: %+v", w.facts["nightly"])
	}
}
