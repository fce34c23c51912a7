package rounds

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// namesTaken are the names of executions that are there already; true: closed.
type namesTaken struct {
	taken map[string]bool
	begun []string
}

func (m *namesTaken) Start(_ context.Context, _, name string, _ json.RawMessage) (string, time.Time, bool, error) {
	if _, ok := m.taken[name]; ok {
		return name, time.Time{}, true, nil
	}
	m.begun = append(m.begun, name)
	return name, time.Time{}, false, nil
}

func (m *namesTaken) Closed(_ context.Context, execution string) (bool, error) {
	return m.taken[execution], nil
}

// A workload may have any name, that of a clean-up too.
func TestACleanUpIsKnownByItsInput(t *testing.T) {
	claimed := []drill.Fact{{Kind: drill.FactClaimed, Run: &drill.Run{}, Spec: &drill.Spec{}}}
	drilled := `{"database":"cleanup/db"}`
	cleanUp := `{"cleanUpAfter":"` + ended + `"}`
	tests := map[string]struct {
		reason, name, input string
		want                []string
	}{
		"usual":                   {"it is cleaned up after", "nightly", drilled, []string{"cleanup-nightly"}},
		"workload cleanup":        {"the dispatcher names it so", "cleanup-db-d32c5kddcf5bb8c3", drilled, []string{"cleanup-cleanup-db-d32c5kddcf5bb8c3"}},
		"its input is left out":   {"it has claimed", "cleanup-jobs", "", []string{"cleanup-cleanup-jobs"}},
		"clean-up":                {"nobody cleans up after it", "cleanup-nightly", cleanUp, nil},
		"clean-up, named by hand": {"the same", "tidy", cleanUp, nil},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			machines := &namesTaken{}
			listener := EventListener{Records: &runs{facts: claimed}, Cleaner: MachineCleaner{machines, "arn:machine"}}
			execution := strings.TrimSuffix(ended, "nightly") + tc.name
			detail, err := json.Marshal(map[string]string{"executionArn": execution, "status": "ABORTED", "input": tc.input})
			if err != nil {
				t.Fatal(err)
			}
			out, err := listener.Handle(t.Context(), Event{Source: "aws.states", Detail: detail})
			if diff := cmp.Diff(tc.want, machines.begun); diff != "" || err != nil || (out.CleanedUp == execution) != (tc.want != nil) {
				t.Errorf("%s: %+v, %v (-want +got):\n%s", tc.reason, out, err, diff)
			}
		})
	}
}

// An execution that is redriven may be cut off again.
func TestASecondCleanUpAfterTheSame(t *testing.T) {
	long := strings.Repeat("x", 80)
	all := map[string]bool{}
	for n := 1; n <= maxCleanUps; n++ {
		all[cleanUpName(numbered("nightly", n))] = true
	}
	tests := map[string]struct {
		reason, name string
		taken        map[string]bool
		want         []string
		fails        bool
	}{
		"the first":       {"its name is the base", "nightly", nil, []string{"cleanup-nightly"}, false},
		"one runs":        {"it sees to it", "nightly", map[string]bool{"cleanup-nightly": false}, nil, false},
		"one is over":     {"what is left now came after it", "nightly", map[string]bool{"cleanup-nightly": true}, []string{"cleanup-nightly_2"}, false},
		"the second runs": {"as above", "nightly", map[string]bool{"cleanup-nightly": true, "cleanup-nightly_2": false}, nil, false},
		"a long name":     {"80 characters, and the number is among them", long, map[string]bool{cleanUpName(long): true}, []string{"cleanup-" + long[:70] + "_2"}, false},
		"too many":        {"it is said, and not taken for done", "nightly", all, nil, true},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			machines := &namesTaken{taken: tc.taken}
			err := MachineCleaner{machines, "arn:machine"}.CleanUpAfter(t.Context(), strings.TrimSuffix(ended, "nightly")+tc.name, "ABORTED")
			if diff := cmp.Diff(tc.want, machines.begun); diff != "" || (err != nil) != tc.fails {
				t.Errorf("%s: %v (-want +got):\n%s", tc.reason, err, diff)
			}
		})
	}
}
