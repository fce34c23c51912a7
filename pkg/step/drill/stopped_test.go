package drillstep_test

import (
	"context"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// cutSession is a session of which the connection ends.
type cutSession struct {
	session
	err error // nil: the check itself says that it could not be run
}

func (s cutSession) Run(_ context.Context, c drill.Check) (drill.CheckResult, error) {
	return drill.CheckResult{Name: c.Name, Stage: c.Stage, Outcome: drill.CheckError, Code: "57P01"}, s.err
}

// Where a session ends because somebody stopped the copy, that is said, and not
// that the connection was lost; anything else stays what it was.
func TestACopyThatIsStoppedWhileItIsAsked(t *testing.T) {
	lost := &drill.Error{Name: drill.ValidationImpossible, What: "the connection is lost"}
	stopped := &drill.Error{Name: drill.CopyStopped, What: "somebody stopped it", Hint: "leave it alone"}
	tests := map[string]struct {
		reason     string
		during, at error // what the session says, and what the next look at the copy does
		want       drill.ErrorName
	}{
		"between two checks":    {"the next one finds nobody", lost, stopped, drill.CopyStopped},
		"during the last check": {"its result alone would say little", nil, stopped, drill.CopyStopped},
		"the network":           {"the copy is there", lost, nil, drill.ValidationImpossible},
		"neither answers":       {"what was seen first is said", lost, &drill.Error{Name: drill.NotReady, What: "not yet"}, drill.ValidationImpossible},
		"the check's own":       {"the copy is there", nil, nil, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, &hand{midnight})
			s, opened := w.steps().ValidateData, 0
			s.OpenChecks = only[drillstep.OpenChecks](func(context.Context, drill.Run, drill.Spec, drill.Resource) (drillstep.CheckSession, error) {
				if opened++; opened > 1 && tc.at != nil {
					return nil, tc.at
				}
				return cutSession{session{w}, tc.during}, nil
			})
			if _, err := s.Handle(t.Context(), drillstep.ValidateDataIn{Spec: w.spec}); drill.NameOf(err) != tc.want {
				t.Errorf("%s: %v, want %s", tc.reason, err, tc.want)
			}
		})
	}
}
