package rounds

import (
	"context"
	"encoding/json"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

const ended = "arn:aws:states:eu-west-1:123456789012:execution:drill:nightly"

// runs are the records of runs, and the clean-ups that were started.
type runs struct {
	facts   []drill.Fact
	err     error
	asked   string
	cleaned []string
}

func (r *runs) Facts(_ context.Context, runID string) ([]drill.Fact, error) {
	r.asked = runID
	return r.facts, r.err
}

func (r *runs) CleanUpAfter(_ context.Context, execution, status string) error {
	r.cleaned = append(r.cleaned, execution+" "+status)
	return nil
}

// A clean-up is an execution with its own graph, states and cost, and somebody
// asks what was wrong: it starts only where something was left.
func TestCleanUpsStartOnlyWhereSomethingIsLeft(t *testing.T) {
	claimed := drill.Fact{Kind: drill.FactClaimed, Run: &drill.Run{}, Spec: &drill.Spec{}}
	gone, left := drill.Fact{Kind: drill.FactRemovalObserved}, drill.Fact{Kind: drill.FactRemovalObserved, Remaining: []drill.Resource{{ID: "copy"}}}
	kept, evidence, released := drill.Fact{Kind: drill.FactKept}, drill.Fact{Kind: drill.FactEvidenceRecorded}, drill.Fact{Kind: drill.FactSlotReleased}
	record := func(facts ...drill.Fact) *runs { return &runs{facts: facts} }
	tests := map[string]struct {
		reason, status string
		runs           *runs
		cleaned        bool
		doubt          string
	}{
		"cut off":               {"nobody else removes it", "ABORTED", record(claimed), true, ""},
		"timed out":             {"the same", "TIMED_OUT", record(claimed, left), true, ""},
		"failed in between":     {"Step Functions gave up on it", "FAILED", record(claimed), true, ""},
		"an ending":             {"FailureClean and ObjectivesMissed have removed and recorded", "FAILED", record(claimed, left, gone, evidence, released), false, ""},
		"dirty":                 {"what stayed may go now", "FAILED", record(claimed, left, evidence, released), true, ""},
		"dirty, nothing left":   {"a record that is not understood, say", "FAILED", record(claimed, gone, evidence, released), false, ""},
		"no evidence":           {"it is written now", "FAILED", record(claimed, gone, released), true, ""},
		"the lock":              {"it is given back now", "FAILED", record(claimed, gone, evidence), true, ""},
		"kept":                  {"on request", "FAILED", record(claimed, kept, evidence, released), false, ""},
		"never begun":           {"another drill was running, or the plan has no such database", "FAILED", record(), false, ""},
		"stopped at the end":    {"by somebody, after everything", "ABORTED", record(claimed, gone, evidence, released), false, ""},
		"record cannot be read": {"the clean-up itself looks once more", "FAILED", &runs{err: errors.New("throttled")}, true, "throttled"},
		"succeeded":             {"not asked for, and not cleaned up after", "SUCCEEDED", record(claimed), false, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			detail, err := json.Marshal(map[string]string{"executionArn": ended, "status": tc.status})
			if err != nil {
				t.Fatal(err)
			}
			listener := EventListener{Deployment: "prod", Records: tc.runs, Cleaner: tc.runs}
			out, err := listener.Handle(t.Context(), Event{Source: "aws.states", Detail: detail})
			want := EventListenerOut{Doubt: tc.doubt}
			if tc.cleaned {
				want.CleanedUp = ended
			}
			if diff := cmp.Diff(want, out); diff != "" || err != nil {
				t.Errorf("%s: %v (-want +got):\n%s", tc.reason, err, diff)
			}
			if (len(tc.runs.cleaned) == 1 && tc.runs.cleaned[0] == ended+" "+tc.status) != tc.cleaned {
				t.Errorf("%s: %v", tc.reason, tc.runs.cleaned)
			}
			if tc.runs.asked != "nightly" && tc.status != "SUCCEEDED" {
				t.Errorf("the record of %q was read", tc.runs.asked)
			}
		})
	}
}

func TestEventsOfNoExecution(t *testing.T) {
	for _, detail := range []string{`{}`, `[]`, `{"status":"FAILED"}`} {
		r := &runs{}
		if _, err := (EventListener{Records: r, Cleaner: r}).Handle(t.Context(), Event{Source: "aws.states", Detail: json.RawMessage(detail)}); drill.NameOf(err) != drill.InvalidInput {
			t.Errorf("%s: %v", detail, err)
		}
	}
}
