package drill

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func setReads(name string, reads Reads, why string) func(*Case) {
	return func(c *Case) {
		for i, f := range c.Facts {
			if f.Check != nil && f.Check.Name == name {
				r := *f.Check
				r.Reads, r.ReadsWhy = reads, why
				c.Facts[i].Check = &r
			}
		}
	}
}

func TestChecksThatAskNothing(t *testing.T) {
	custom := func(c *Case) {
		c.Spec.Checks, c.Spec.CustomCheck = nil, &CustomCheck{Name: "rows"}
		c.Facts[4].Check.Kind, c.Facts[4].Check.Reads = CheckCustom, ReadsUnknown
		c.Facts = append(c.Facts[:5], c.Facts[6:]...)
	}
	tests := map[string]struct {
		reason  string
		changes []func(*Case)
		ending  Ending
		codes   []string
	}{
		"gate asks nothing":  {"the proof checks did ask", []func(*Case){setReads("rows", ReadsNothing, "")}, Passed, []string{"GateAsksNothing"}},
		"proof asks nothing": {"the gate did ask", []func(*Case){setReads("heap", ReadsNothing, "")}, Passed, nil},
		"nothing asked": {"nothing was proven", []func(*Case){setReads("rows", ReadsNothing, ""), setReads("heap", ReadsNothing, "")},
			FailureClean, []string{"NothingAsked", "GateAsksNothing"}},
		"nothing asked, proof skipped": {"a check that did not run asked nothing", []func(*Case){setReads("rows", ReadsNothing, ""), setCheck("heap", CheckSkipped)},
			FailureClean, []string{"NothingAsked", "CheckSkipped", "GateAsksNothing"}},
		"not known":   {"said, not judged", []func(*Case){setReads("rows", ReadsUnknown, "track_counts is off"), setReads("heap", ReadsNothing, "")}, Passed, []string{"ReadsUnknown"}},
		"custom only": {"a function of the team's own does not tell, and that is no warning", []func(*Case){custom}, Passed, []string{"ReadsUnknown"}},
		"gate failed": {"who fails has asked", []func(*Case){setReads("rows", ReadsNothing, ""), setCheck("rows", CheckFailed)}, ObjectivesMissed, []string{"CheckFailed"}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			c := good()
			for _, change := range tc.changes {
				change(&c)
			}
			v := Judge(c)
			var codes []string
			for _, f := range v.Findings {
				codes = append(codes, f.Code)
			}
			if diff := cmp.Diff(tc.codes, codes); diff != "" || v.Ending != tc.ending {
				t.Errorf("%s: ended %s, findings (-want +got):\n%s", tc.reason, v.Ending, diff)
			}
		})
	}
}

func TestTheSumIsJudged(t *testing.T) {
	tests := map[string]struct {
		reason     string
		rto        float64
		allowances Allowances
		ending     Ending
	}{
		"within":            {"15 s measured and 810 s declared reach 825 s", 825, Allowances{90, 600, 120}, Passed},
		"above":             {"together they are above", 824, Allowances{90, 600, 120}, ObjectivesMissed},
		"nothing declared":  {"nothing is added", 15, Allowances{}, Passed},
		"allowances alone":  {"they leave nothing", 800, Allowances{90, 600, 120}, ObjectivesMissed},
		"no target":         {"what was not declared is not judged", 0, Allowances{90, 600, 120}, Passed},
		"measured is above": {"by itself", 14, Allowances{}, ObjectivesMissed},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			v := Judge(with(good(), func(c *Case) { c.Spec.Objectives.RTOSeconds, c.Spec.Allowances = tc.rto, tc.allowances }))
			if v.Ending != tc.ending || v.RTO.Met != (tc.ending == Passed) {
				t.Errorf("%s: ended %s, met %t", tc.reason, v.Ending, v.RTO.Met)
			}
			if *v.RTO.ActualSeconds != 15 {
				t.Errorf("measured %v: what is declared is in it", *v.RTO.ActualSeconds)
			}
		})
	}
}
