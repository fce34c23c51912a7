package stacks_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
)

// Both machines of recoveries are looked at, state by state, and what starts exercises,
// by who has no more than docs/doctor.md shows.
func TestDoctorOfARecovery(t *testing.T) {
	a := shaped(t, "recovery")
	p := newPatient(t, open(t, a.folder, nil), needed(t, a.folder))
	report := p.examine("machine")
	for _, l := range report.Lines {
		if l.State != doctor.OK {
			t.Errorf("%s %s: %s\n%s", l.State, l.Subject, l.What, l.Command)
		}
	}
	for _, arn := range []string{p.needs.Names.RecoveryMachineARN(), p.needs.Names.RecoveryStepMachineARN()} {
		m, err := p.MachineOf(arn)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.ContainsFunc(report.Lines, func(l doctor.Line) bool { return l.Subject == arn }) {
			t.Errorf("nothing is said of %s", arn)
		}
		for _, state := range m.Loaded.States() {
			subject := state + " (" + arn[strings.LastIndexByte(arn, ':')+1:] + ")"
			if !slices.ContainsFunc(report.Lines, func(l doctor.Line) bool { return l.Subject == subject }) {
				t.Errorf("%s was not asked about", subject)
			}
		}
	}
	drills := p.examine("drills")
	if !slices.ContainsFunc(drills.Lines, func(l doctor.Line) bool { return l.Subject == "schedule of exercises" && l.State == doctor.OK }) {
		t.Errorf("the schedule of exercises is not there:\n%s", linesOf(drills))
	}
	page, err := os.ReadFile("../../docs/doctor.md")
	if err != nil {
		t.Fatal(err)
	}
	p.Restrict(policyRE.FindSubmatch(page)[1])
	if diff := cmp.Diff(report.Lines, p.examine("machine").Lines); diff != "" {
		t.Errorf("without more than that (-want +got):\n%s", diff)
	}
}
