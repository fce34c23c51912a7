package check_test

import (
	"context"
	"errors"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/check"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

type session struct{ lost error }

func (s session) Ready(context.Context) error { return s.lost }

// A kind that the engine does not know was passed over once, and a drill passed
// that had not asked.
func TestAKindIsAnsweredOrAnError(t *testing.T) {
	kinds := check.Kinds[session]{
		drill.CheckSQL:     func(_ session, _ context.Context, _ drill.Check, r *drill.CheckResult) { check.Pass(r) },
		drill.CheckAmcheck: func(_ session, _ context.Context, _ drill.Check, r *drill.CheckResult) { check.Skip(r, "", "no means") },
	}
	tests := map[drill.CheckKind]struct {
		reason  string
		outcome drill.CheckOutcome
		passed  bool
	}{
		drill.CheckSQL:      {"it is in the table", drill.CheckPassed, true},
		drill.CheckAmcheck:  {"the engine says that it has no means", drill.CheckSkipped, false},
		drill.CheckHeapRead: {"the domain has it, the engine does not", drill.CheckError, false},
		drill.CheckCustom:   {"the machine asks it", drill.CheckError, false},
		"row-count":         {"nobody has it", drill.CheckError, false},
		"":                  {"none was named", drill.CheckError, false},
	}
	for kind, tc := range tests {
		r, err := kinds.Run(t.Context(), session{}, clock.Real{}, drill.Check{Name: "c", Kind: kind, Stage: drill.Gate})
		if err != nil || r.Outcome != tc.outcome || r.Passed != tc.passed || r.Outcome != drill.CheckPassed && r.Reason == "" {
			t.Errorf("kind %q: %s: %+v, %v", kind, tc.reason, r, err)
		}
	}
}

func TestACheckThatWasInterruptedHasNoResult(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	kinds := check.Kinds[session]{
		drill.CheckSQL: func(_ session, _ context.Context, _ drill.Check, r *drill.CheckResult) { cancel(); check.Pass(r) },
	}
	if _, err := kinds.Run(ctx, session{}, clock.Real{}, drill.Check{Name: "c", Kind: drill.CheckSQL}); drill.NameOf(err) != drill.ValidationImpossible {
		t.Errorf("interrupted: %v", err)
	}
	lost := errors.New("gone")
	if _, err := kinds.Run(t.Context(), session{lost}, clock.Real{}, drill.Check{Name: "c", Kind: drill.CheckSQL}); !errors.Is(err, lost) {
		t.Errorf("lost: %v", err)
	}
}
