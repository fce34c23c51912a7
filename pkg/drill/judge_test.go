package drill

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

func at(seconds float64) time.Time { return noon.Add(Seconds(seconds)) }

// good is a drill that passes: selected at 1 s, requested at 2 s, available
// between 11.5 s and 12 s, connected at 13 s, gate check at 15 s, proof check
// at 20 s, removed at 22 s.
func good() Case {
	return Case{
		Run: Run{ID: "run", ExecutionID: "arn:run", Throwaway: "lifeboat-test-1", StartedAt: noon},
		Spec: Spec{
			Workload: "orders", Database: "db", Objectives: Objectives{RTOSeconds: 900, RPOSeconds: 3600},
			Allowances: Allowances{DetectionSeconds: 90, DecisionSeconds: 600, DNSSeconds: 120},
			Checks:     []Check{{Name: "rows", Kind: CheckSQL, Stage: Gate}, {Name: "heap", Kind: CheckHeapRead, Stage: Proof}},
			Reference:  &Reference{Identity: Identity{Database: "orders"}, RunID: "before", RecordedAt: noon.AddDate(0, -1, 0)},
		},
		Facts: []Fact{
			{At: at(1), Kind: FactRecoveryPoint, RecoveryPoint: &RecoveryPoint{ID: "b1", TakenAt: at(-1800), TimeSource: "backup_manifest", Says: Identity{Database: "orders"}}},
			{At: at(2), Kind: FactRestoreRequested, Resource: &Resource{Kind: "postgres-instance", ID: "lifeboat-test-1"}},
			{At: at(12), Kind: FactRestoreObserved, Status: &RestoreStatus{Available: true, ObservedAt: at(12), UnavailableAt: at(11.5)}},
			{At: at(13), Kind: FactPhaseEnded, Note: PhaseConnect},
			{At: at(15), Kind: FactCheckFinished, Check: &CheckResult{Name: "rows", Kind: CheckSQL, Stage: Gate, Outcome: CheckPassed, Passed: true, Reads: ReadsTables}},
			{At: at(20), Kind: FactCheckFinished, Check: &CheckResult{Name: "heap", Kind: CheckHeapRead, Stage: Proof, Outcome: CheckPassed, Passed: true, Reads: ReadsTables}},
			{At: at(20), Kind: FactValidated},
			{At: at(21), Kind: FactRemovalRequested},
			{At: at(22), Kind: FactRemovalObserved},
		},
		Removal: Removal{Clean: true},
	}
}

func without(c Case, kinds ...FactKind) Case {
	c.Facts = slices.DeleteFunc(slices.Clone(c.Facts), func(f Fact) bool { return slices.Contains(kinds, f.Kind) })
	return c
}

func with(c Case, change func(*Case)) Case { change(&c); return c }

func setCheck(name string, outcome CheckOutcome) func(*Case) {
	return func(c *Case) {
		for i, f := range c.Facts {
			if f.Check != nil && f.Check.Name == name {
				r := *f.Check
				r.Outcome, r.Passed, r.Figure, r.Expected = outcome, outcome == CheckPassed, 3, "at least 10"
				c.Facts[i].Check = &r
			}
		}
	}
}

func TestJudgeEndings(t *testing.T) {
	failed := func(name ErrorName) *Failure {
		return &Failure{State: "SelectBackup", Error: string(name), Cause: "why"}
	}
	afterSelect := []FactKind{FactRestoreRequested, FactRestoreObserved, FactPhaseEnded, FactCheckFinished, FactValidated}
	tests := map[string]struct {
		reason string
		c      Case
		ending Ending
		codes  []string
	}{
		"passed":     {"all as planned", good(), Passed, nil},
		"rpo missed": {"the backup came back and is too old", with(good(), func(c *Case) { c.Spec.Objectives.RPOSeconds = 1799 }), ObjectivesMissed, []string{"RPOMissed"}},
		"rto missed": {"it came back too late", with(good(), func(c *Case) { c.Spec.Objectives.RTOSeconds = 14 }), ObjectivesMissed, []string{"RTOMissed"}},
		"both missed": {"every finding is listed", with(good(), func(c *Case) {
			c.Spec.Objectives = Objectives{RTOSeconds: 1, RPOSeconds: 1}
		}), ObjectivesMissed, []string{"RPOMissed", "RTOMissed"}},
		"rpo unsure": {"judged at its oldest: 1800 + 1801 > 3600", with(good(), func(c *Case) {
			c.Facts[0].RecoveryPoint.UncertaintySeconds = 1801
		}), ObjectivesMissed, []string{"RPOMissed"}},
		"rpo just sure enough": {"1800 + 1800 reach 3600", with(good(), func(c *Case) {
			c.Facts[0].RecoveryPoint.UncertaintySeconds = 1800
		}), Passed, nil},
		"clock skew": {"a backup from the future is flagged", with(good(), func(c *Case) {
			c.Facts[0].RecoveryPoint.TakenAt = at(500)
		}), Passed, []string{"ClockSkew"}},
		"clock skew beyond the target": {"the skew is the uncertainty", with(good(), func(c *Case) {
			c.Facts[0].RecoveryPoint.TakenAt = at(3601)
		}), ObjectivesMissed, []string{"RPOMissed", "ClockSkew"}},
		"taken while choosing": {"fresher than the start is age zero", with(good(), func(c *Case) {
			c.Facts[0].RecoveryPoint.TakenAt = at(0.5)
		}), Passed, nil},
		"unknown time": {"an RPO cannot be judged", with(good(), func(c *Case) {
			c.Facts[0].RecoveryPoint.TakenAt = time.Time{}
		}), FailureClean, []string{"BackupTimeUnknown"}},
		"gate failed":   {"it ran, and the data are not good enough", with(good(), setCheck("rows", CheckFailed)), ObjectivesMissed, []string{"CheckFailed"}},
		"proof failed":  {"a damaged page counts as much", with(good(), setCheck("heap", CheckFailed)), ObjectivesMissed, []string{"CheckFailed"}},
		"gate not run":  {"nothing was proven", with(good(), setCheck("rows", CheckError)), FailureClean, []string{"CheckNotRun"}},
		"proof skipped": {"what the programs do not offer weakens the proof", with(good(), setCheck("heap", CheckSkipped)), Passed, []string{"CheckSkipped"}},
		"gate skipped":  {"a gate was not passed", with(good(), setCheck("rows", CheckSkipped)), FailureClean, []string{"CheckNotRun"}},
		"all skipped": {"nothing was proven", with(with(good(), setCheck("heap", CheckSkipped)), func(c *Case) {
			c.Spec.Checks = c.Spec.Checks[1:]
			c.Facts = slices.DeleteFunc(c.Facts, func(f Fact) bool { return f.Check != nil && f.Check.Name == "rows" })
		}), FailureClean, []string{"NoChecks", "CheckSkipped"}},
		"check forgotten": {"a check without a result is no pass", without(good(), FactCheckFinished), FailureClean, []string{"CheckNotRun", "CheckNotRun"}},
		"no checks": {"a restore alone proves nothing", with(without(good(), FactCheckFinished), func(c *Case) {
			c.Spec.Checks = nil
		}), FailureClean, []string{"NoChecks"}},
		"no backup": {"could not be proven", with(without(good(), append(afterSelect, FactRecoveryPoint)...), func(c *Case) {
			c.Failure = failed(NoUsableBackup)
		}), FailureClean, []string{"NoUsableBackup"}},
		"failed and rpo missed": {"gravest first, all listed", with(without(good(), afterSelect...), func(c *Case) {
			c.Failure = failed(RestoreRefused)
			c.Spec.Objectives.RPOSeconds = 1
		}), FailureClean, []string{"RestoreRefused", "RPOMissed"}},
		"left behind": {"wins over all", with(good(), func(c *Case) {
			c.Failure = failed(RestoreFailed)
			c.Removal = Removal{Remaining: []Resource{{Kind: "postgres-instance", ID: "lifeboat-test-1"}}}
		}), FailureDirty, []string{"RemovalUnconfirmed", "RestoreFailed"}},
		"nothing known about removal": {"not confirmed is not clean", with(good(), func(c *Case) { c.Removal = Removal{} }), FailureDirty, []string{"RemovalUnconfirmed"}},
		"kept":                        {"on request is not left behind", with(good(), func(c *Case) { c.Removal = Removal{Clean: true, Kept: true} }), Passed, []string{"Kept"}},
		"record incomplete":           {"evidence with holes proves nothing", with(good(), func(c *Case) { c.Removal.RecordError = "disk full" }), FailureClean, []string{"RecordIncomplete"}},
		"no targets":                  {"what was not declared is not judged", with(good(), func(c *Case) { c.Spec.Objectives = Objectives{} }), Passed, nil},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			v := Judge(tc.c)
			var codes []string
			for _, f := range v.Findings {
				codes = append(codes, f.Code)
				if f.What == "" {
					t.Errorf("finding %s says nothing", f.Code)
				}
			}
			if v.Ending != tc.ending {
				t.Errorf("%s: ended %s, want %s", tc.reason, v.Ending, tc.ending)
			}
			if diff := cmp.Diff(tc.codes, codes); diff != "" {
				t.Errorf("%s: findings (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

func TestJudgeFigures(t *testing.T) {
	v := Judge(good())
	if v.RPO.ActualSeconds == nil || *v.RPO.ActualSeconds != 1800 {
		t.Errorf("RPO is %v, want 1800", v.RPO.ActualSeconds)
	}
	if v.RTO.ActualSeconds == nil || *v.RTO.ActualSeconds != 15 || v.RTO.UncertaintySeconds != 0.5 {
		t.Errorf("RTO is %v give or take %v, want 15 and 0.5: proof checks and removal do not count", v.RTO.ActualSeconds, v.RTO.UncertaintySeconds)
	}
	if v.RTO.TargetSeconds != 900 || v.RTO.BudgetSeconds != 900-90-600-120 {
		t.Errorf("the target is %v and the budget %v, want the service's 900 and what the allowances leave of it", v.RTO.TargetSeconds, v.RTO.BudgetSeconds)
	}
	want := []Phase{
		{Phase: PhaseSelect, StartedAt: at(0), Seconds: 1, InRTO: true},
		{Phase: PhaseStart, StartedAt: at(1), Seconds: 1, InRTO: true},
		{Phase: PhaseRestore, StartedAt: at(2), Seconds: 10, InRTO: true, UncertaintySeconds: 0.5},
		{Phase: PhaseConnect, StartedAt: at(12), Seconds: 1, InRTO: true},
		{Phase: PhaseValidate, StartedAt: at(13), Seconds: 2, InRTO: true},
		{Phase: PhaseProof, StartedAt: at(15), Seconds: 5},
		{Phase: PhaseRemove, StartedAt: at(21), Seconds: 1},
	}
	if diff := cmp.Diff(want, v.Phases); diff != "" {
		t.Errorf("phases (-want +got):\n%s", diff)
	}
}

func TestAvailability(t *testing.T) {
	tests := map[string]struct {
		reason    string
		provider  time.Time
		available time.Time
		unsure    time.Duration
	}{
		"no timestamp":    {"the interval is what is known", time.Time{}, at(12), 500 * time.Millisecond},
		"inside":          {"it narrows the interval", at(11.7), at(11.7), 0},
		"before":          {"it contradicts an observation", at(11.4), at(12), 500 * time.Millisecond},
		"after":           {"clocks differ", at(12.1), at(12), 500 * time.Millisecond},
		"at the last yes": {"the end belongs to it", at(12), at(12), 0},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			got, unsure := availability(RestoreStatus{ObservedAt: at(12), UnavailableAt: at(11.5), AvailableAt: tc.provider}, at(2))
			if !got.Equal(tc.available) || unsure != tc.unsure {
				t.Errorf("%s: %s give or take %s, want %s and %s", tc.reason, got, unsure, tc.available, tc.unsure)
			}
		})
	}
}

// Every step may run twice, so every fact may be there twice.
func TestJudgeIgnoresRepetition(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := good()
		var repeated []Fact
		for _, f := range c.Facts {
			repeated = append(repeated, f)
			if rapid.Bool().Draw(t, "twice") {
				repeated = append(repeated, f)
			}
		}
		want := Judge(c)
		c.Facts = repeated
		if diff := cmp.Diff(want, Judge(c)); diff != "" {
			t.Fatalf("repetition changes the verdict:\n%s", diff)
		}
	})
}

// What RecordEvidence adds to the record leaves the verdict as it was: the metrics
// are published of the record after it.
func TestTheRecordingChangesNoVerdict(t *testing.T) {
	failed := good()
	failed.Failure = &Failure{State: "ValidateData", Error: string(RestoreFailed), Cause: "it stopped"}
	for name, c := range map[string]Case{"good": good(), "failed": failed, "not removed": with(good(), func(c *Case) { c.Removal.Clean = false })} {
		want := Judge(c)
		if c.Failure != nil {
			c.Facts = append(c.Facts, Fact{At: at(23), State: "RecordEvidence", Kind: FactFailed, Failure: c.Failure})
		}
		c.Facts = append(c.Facts, Fact{At: at(23), State: "RecordEvidence", Kind: FactEvidenceRecorded, Note: "s3://evidence/run.json"})
		if diff := cmp.Diff(want, Judge(c)); diff != "" {
			t.Errorf("%s:\n%s", name, diff)
		}
	}
}

// The ending is that of the gravest finding, and the RTO is the sum of the
// phases that count, whatever is missing.
func TestJudgeProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := good()
		c.Facts = slices.DeleteFunc(c.Facts, func(Fact) bool { return rapid.IntRange(0, 4).Draw(t, "lost") == 0 })
		c.Removal.Clean = rapid.Bool().Draw(t, "clean")
		if rapid.Bool().Draw(t, "failed") {
			c.Failure = &Failure{Error: string(RestoreFailed)}
		}
		v := Judge(c)
		if (v.Ending == FailureDirty) != !c.Removal.Clean {
			t.Fatalf("clean is %t and the ending %s", c.Removal.Clean, v.Ending)
		}
		if v.Ending == Passed && (c.Failure != nil || len(v.Checks) < len(c.Spec.Checks)) {
			t.Fatalf("passed without proof: %+v", v)
		}
		if v.RTO.ActualSeconds != nil && len(v.Phases) >= 5 && v.Phases[4].Phase == PhaseValidate {
			sum := 0.0
			for _, p := range v.Phases {
				if p.InRTO {
					sum += p.Seconds
				}
			}
			if diff := cmp.Diff(sum, *v.RTO.ActualSeconds, cmpopts.EquateApprox(0, 1e-6)); diff != "" {
				t.Fatalf("phases do not add up to the RTO: %s", diff)
			}
		}
		if cause := Cause(v, 200); len(cause) > 200 || strings.TrimSpace(cause) == "" {
			t.Fatalf("cause is %q", cause)
		}
	})
}

func TestMetrics(t *testing.T) {
	c := good()
	c.Spec.Deployment = "prod"
	counts := map[string]float64{}
	for _, m := range Metrics(c.Spec, Judge(c), ObjectivesMissed) {
		if m.Unit == "Count" {
			counts[m.Name] = m.Value
		}
		if ofAll := len(m.Dimensions) == 1 && strings.HasPrefix(m.Name, "Drill"); len(m.Dimensions) != 3 && !ofAll {
			t.Errorf("%s has dimensions %v", m.Name, m.Dimensions)
		}
	}
	want := map[string]float64{"DrillPassed": 0, "DrillObjectivesMissed": 1, "DrillFailureClean": 0, "DrillFailureDirty": 0}
	if diff := cmp.Diff(want, counts); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}
