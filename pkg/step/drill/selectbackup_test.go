package drillstep_test

import (
	"context"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// What may have a restore refused is noted before it is tried, as a warning: the
// drill goes on, and shows whether it was. What nobody could look at is noted too.
func TestSelectBackupLooksAhead(t *testing.T) {
	w := newWorld(t, &hand{midnight})
	w.ahead = drill.Recoverability{
		Findings: []drill.Finding{{Severity: drill.Failed, Code: drill.VersionNotOffered, What: "it is no longer offered"}, {Severity: drill.Info, Code: "ByTheWay"}},
		Unknown:  []drill.Finding{{Severity: drill.Warning, Code: drill.RecoverabilityUnknown, What: "nobody may ask"}},
	}
	s := drillstep.SelectBackup{Backups: only[drillstep.Backups](w), Ahead: only[drillstep.Foresight](w), Journal: w, Clock: w.clock}
	in := drillstep.SelectBackupIn{Run: drill.Run{ID: "nightly"}, Spec: w.spec}
	for range 2 { // the second time nothing is said again
		out, err := s.Handle(context.Background(), in)
		if err != nil || out.Point.ID != "backup-1" {
			t.Fatalf("%+v, %v", out, err)
		}
	}
	var noted []drill.Finding
	for _, f := range w.facts["nightly"] {
		if f.Kind == drill.FactNoted {
			noted = append(noted, *f.Finding)
		}
	}
	if len(noted) != 3 || noted[0].Code != drill.VersionNotOffered || noted[0].Severity != drill.Warning || noted[1].Severity != drill.Info || noted[2].Code != drill.RecoverabilityUnknown {
		t.Errorf("%+v", noted)
	}
}

// A kind that nobody looks ahead for is drilled all the same.
func TestSelectBackupWithoutForesight(t *testing.T) {
	w := newWorld(t, &hand{midnight})
	s := drillstep.SelectBackup{Backups: only[drillstep.Backups](w), Journal: w, Clock: w.clock}
	if _, err := s.Handle(context.Background(), drillstep.SelectBackupIn{Run: drill.Run{ID: "nightly"}, Spec: w.spec}); err != nil {
		t.Fatal(err)
	}
}
