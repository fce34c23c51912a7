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
		"neither answers":       {"it is waited for, as at the beginning", lost, &drill.Error{Name: drill.NotReady, What: "not yet"}, ""},
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
			in := drillstep.ValidateDataIn{Spec: w.spec}
			out, err := s.Handle(t.Context(), in)
			if err == nil && out.Progress.Next == drillstep.NextWait { // it comes back once
				in.Progress = &out.Progress
				_, err = s.Handle(t.Context(), in)
			}
			if drill.NameOf(err) != tc.want {
				t.Errorf("%s: %v, want %s", tc.reason, err, tc.want)
			}
		})
	}
}

// The state of a copy is shown late: one that ends the session and looks as if it
// were there is looked at once more, later, before anybody says that the network
// is why. Where it was that, the check is put again.
func TestACopyThatIsStoppedAndDoesNotShowItYet(t *testing.T) {
	lost := &drill.Error{Name: drill.ValidationImpossible, What: "the connection is lost"}
	stopped := &drill.Error{Name: drill.CopyStopped, What: "somebody stopped it", Hint: "leave it alone"}
	tests := map[string]struct {
		reason      string
		later       error // of opening the session in the second call
		laterDuring error // and of its first check
		want        drill.ErrorName
	}{
		"stopped":           {"by then it shows", stopped, nil, drill.CopyStopped},
		"the network":       {"it was away for a moment", nil, nil, ""},
		"lost for good":     {"nothing shows, and it goes on", nil, lost, drill.ValidationImpossible},
		"nobody is let in":  {"it is being restarted: as at the beginning", &drill.Error{Name: drill.NotReady, What: "not yet"}, nil, ""},
		"no way to connect": {"the first word is as good as the last", lost, nil, drill.ValidationImpossible},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, &hand{midnight})
			s, later := w.steps().ValidateData, false
			s.OpenChecks = only[drillstep.OpenChecks](func(context.Context, drill.Run, drill.Spec, drill.Resource) (drillstep.CheckSession, error) {
				switch {
				case !later:
					return cutSession{session{w}, lost}, nil
				case tc.later != nil:
					return nil, tc.later
				case tc.laterDuring != nil:
					return cutSession{session{w}, tc.laterDuring}, nil
				}
				return session{w}, nil
			})
			in := drillstep.ValidateDataIn{Spec: w.spec}
			out, err := s.Handle(t.Context(), in)
			if err != nil || out.Progress.Next != drillstep.NextWait || out.Progress.NextAt == "" || out.Progress.LostAt.IsZero() {
				t.Fatalf("%s: %+v, %v", tc.reason, out.Progress, err)
			}
			later, in.Progress = true, &out.Progress
			out, err = s.Handle(t.Context(), in)
			if drill.NameOf(err) != tc.want {
				t.Errorf("%s: %v, want %s", tc.reason, err, tc.want)
			}
			if err == nil && tc.later == nil && !out.Progress.LostAt.IsZero() {
				t.Errorf("%s: %+v: a check was answered since", tc.reason, out.Progress)
			}
		})
	}
}
