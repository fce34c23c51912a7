package local

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/machine"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

func examinerIn(t *testing.T, state string) *examiner {
	t.Helper()
	w, err := Open(Options{StateDir: state})
	if err != nil {
		t.Fatal(err)
	}
	return &examiner{World: w, choices: map[string]func() (drill.Choice, error){}}
}

// TestDoctorFindsADrillThatGoesOn, with its process and how long it may take, and
// takes no lock of it: the next step of that drill still has its slot.
func TestDoctorFindsADrillThatGoesOn(t *testing.T) {
	d := examinerIn(t, t.TempDir())
	if found, err := d.running(t.Context()); err != nil || len(found) > 0 {
		t.Fatalf("nothing runs: %+v, %v", found, err)
	}
	at := time.Date(2026, 11, 26, 2, 0, 0, 0, time.UTC)
	execution := executionPrefix + "going-on"
	run := drill.Run{ID: drill.RunID(execution), ExecutionID: execution, StartedAt: at}
	spec := drill.Spec{Workload: "shop", Database: "db", Limits: drill.Limits{RestoreSeconds: 3000, ValidateSeconds: 600}}
	mark, records := &executions{dir: d.executions.dir, mine: map[string]*os.File{}}, d.records
	if err := mark.open(execution); err != nil {
		t.Fatal(err)
	}
	locks := &slots{dir: d.slots.dir, held: map[string]*os.File{}}
	claim := drillstep.SlotRequest{Database: "shop/db", ExecutionID: execution, RunID: run.ID, Now: at}
	if _, err := locks.Claim(context.Background(), claim); err != nil {
		t.Fatal(err)
	}
	if err := records.Append(t.Context(), run.ID, drill.Fact{Kind: drill.FactClaimed, At: at, State: "ClaimSlot", Run: &run, Spec: &spec}); err != nil {
		t.Fatal(err)
	}
	want := machine.Running{RunID: run.ID, Database: "shop/db", PID: os.Getpid(), Began: at, Longest: 2 * time.Hour}
	if found, err := d.running(t.Context()); err != nil || !slices.Equal(found, []machine.Running{want}) {
		t.Errorf("%+v, %v", found, err)
	}
	if duplicate, err := locks.Claim(context.Background(), claim); err != nil || duplicate {
		t.Errorf("the slot is lost: %t, %v", duplicate, err)
	}
	if err := mark.abandon(execution); err != nil {
		t.Fatal(err)
	}
	if found, err := d.running(t.Context()); err != nil || len(found) > 0 {
		t.Errorf("its process is gone: %+v, %v", found, err)
	}
}

// TestDoctorAsksWhoMayWrite, and makes nothing. What may not be written is tried by
// the compiled command, as a user who may not everything.
func TestDoctorAsksWhoMayWrite(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	d := examinerIn(t, state)
	if files, err := d.unwritable(); err != nil || len(files) > 0 {
		t.Errorf("it would be made: %v, %v", files, err)
	}
	if _, err := os.Stat(state); !os.IsNotExist(err) {
		t.Errorf("it was made: %v", err)
	}
}

// TestDoctorOfThisMachine: all checks run here, whatever they find, and a doctor
// leaves nothing.
func TestDoctorOfThisMachine(t *testing.T) {
	state := filepath.Join(t.TempDir(), "state")
	checks, err := Checks(Examination{Options: Options{StateDir: state}, PlanFile: "lifeboat.yaml", Sweep: "lifeboat sweep"})
	if err != nil {
		t.Fatal(err)
	}
	r := doctor.Examine(t.Context(), time.Time{}, "this machine", checks)
	for _, area := range []string{machine.AreaPlan, machine.AreaSandbox, machine.AreaState, machine.AreaPrograms, machine.AreaSpace, machine.AreaClock, machine.AreaTools} {
		if !slices.ContainsFunc(r.Lines, func(l doctor.Line) bool { return l.Area == area }) {
			t.Errorf("nothing of %s", area)
		}
	}
	for _, l := range r.Lines {
		if strings.TrimSpace(l.Subject) == "" || l.What == "" {
			t.Errorf("%+v", l)
		}
	}
	if _, err := os.Stat(state); !os.IsNotExist(err) {
		t.Errorf("something was made: %v", err)
	}
}

// TestDoctorAsksAProgram that is not there, and one that is.
func TestDoctorAsksAProgram(t *testing.T) {
	if _, err := askVersion(t.Context(), "no-such-program-anywhere", "--version"); err == nil {
		t.Error("what is not there has a version")
	}
	if said, err := askVersion(t.Context(), "sh", "-c"); err == nil {
		t.Errorf("what does not run has a version: %q", said)
	}
}
