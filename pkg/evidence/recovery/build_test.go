package recoveryevidence_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	recoveryevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/recovery"
)

func TestDocumentOfAnExercise(t *testing.T) {
	d := recoveryevidence.Build(passed(), recoveryevidence.Execution{Host: "here"})
	if d.Ending != "Passed" || d.Mode != "exercise" || d.Cause != "" || d.Start.Parents != 1 || d.Start.LastExecutionID != "" {
		t.Errorf("%+v", d)
	}
	if diff := cmp.Diff([]string{"orders/restore", "orders/endpoint", "orders/check"}, d.CriticalPath); diff != "" {
		t.Errorf("the critical path (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(recoveryevidence.Counts{Steps: 4, Succeeded: 4, Unproven: 1}, d.Counts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	w := d.Workloads[0]
	if *w.RTO.ActualSeconds != 620 || *w.RTO.BudgetSeconds != 3600-780 || *w.ProjectedSeconds != 620+780 || *w.RPO.ActualSeconds != 1800 || w.Declared.DecisionSeconds != 600 {
		t.Errorf("%+v", w)
	}
	if r := d.Resources; len(r) != 1 || r[0].State != recoveryevidence.Removed || r[0].Step != "orders/restore" {
		t.Errorf("%+v", r)
	}
	if s := d.Steps[1]; !s.Critical || *s.Seconds != 599 || *s.StartSeconds != 1 || *s.LossSeconds != 1800 || d.Steps[0].Critical {
		t.Errorf("%+v", s)
	}
}

func TestDocumentOfAFailover(t *testing.T) {
	d := recoveryevidence.Build(failed(), recoveryevidence.Execution{})
	want := recoveryevidence.Counts{Steps: 4, Succeeded: 1, Failed: 1, Omitted: 1, Skipped: 1, Retried: 1}
	if diff := cmp.Diff(want, d.Counts); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if d.Ending != "FailureClean" || d.Start.Parents != 2 || d.Start.LastExecutionID != second || len(d.Decisions) != 2 || len(d.Steps[0].Attempts) != 1 {
		t.Errorf("%+v", d)
	}
	if !strings.Contains(d.Cause, "orders/check") || !strings.Contains(d.Cause, "orders/protect") {
		t.Errorf("the cause names what failed and what was omitted: %s", d.Cause)
	}
	if d.Resources[0].State != recoveryevidence.Recovered {
		t.Errorf("%+v", d.Resources)
	}
}

func TestWhatIsLeftBehind(t *testing.T) {
	d := recoveryevidence.Build(dirty(), recoveryevidence.Execution{})
	if d.Ending != "FailureDirty" || d.Removal.Clean || len(d.Resources) != 2 {
		t.Fatalf("%+v", d)
	}
	for _, r := range d.Resources {
		if r.State != recoveryevidence.Remaining {
			t.Errorf("%+v", r)
		}
	}
	// What a failed step of a failover had made is there half made.
	half := failed()
	half.Steps[2].Status.Result = passed().Steps[1].Status.Result
	half.Steps[2].Status.Result.Resources[0].Throwaway = false
	half.Steps[0].Status.Result.Resources = nil
	if r := recoveryevidence.Build(half, recoveryevidence.Execution{}).Resources; len(r) != 1 || r[0].State != recoveryevidence.Unclear {
		t.Errorf("%+v", r)
	}
}

// An ending that nobody knows is one that needs a person.
func TestUnknownEnding(t *testing.T) {
	r := passed()
	r.Verdict.Ending = "Splendid"
	if d := recoveryevidence.Build(r, recoveryevidence.Execution{}); d.Ending != "FailureDirty" {
		t.Error(d.Ending)
	}
}

// Who has the document cannot log in with it, and names of others are shown as text.
func TestNothingSecretAndNothingForged(t *testing.T) {
	r := failed()
	r.Run.StartedBy = "eve\x1b[2J\u202e"
	text, err := recoveryevidence.Encode(recoveryevidence.Build(r, recoveryevidence.Execution{}))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "\x1b") || strings.Contains(string(text), `"app"`) {
		t.Errorf("%s", text)
	}
}
