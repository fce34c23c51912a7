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

// call is what the machine does for one call of ValidateData: the look, and then
// the checks.
func call(t *testing.T, s drillstep.Steps, spec drill.Spec, progress *drillstep.Progress) (drillstep.Progress, error) {
	t.Helper()
	looked, err := s.PrepareLogin.Handle(t.Context(), drillstep.PrepareLoginIn{Spec: spec, Progress: progress})
	if err != nil || looked.Progress.Next == drillstep.NextWait {
		return looked.Progress, err
	}
	asked, err := s.ValidateData.Handle(t.Context(), drillstep.ValidateDataIn{Spec: spec, Access: looked.Access, Progress: &looked.Progress})
	return asked.Progress, err
}

// Where a session ends because somebody stopped the copy, that is said, and not
// that the connection was lost; anything else stays what it was.
func TestACopyThatIsStoppedWhileItIsAsked(t *testing.T) {
	lost := &drill.Error{Name: drill.ValidationImpossible, What: "the connection is lost"}
	stopped := &drill.Error{Name: drill.CopyStopped, What: "somebody stopped it", Hint: "leave it alone"}
	notYet := &drill.Error{Name: drill.NotReady, What: "not yet"}
	tests := map[string]struct {
		reason     string
		during, at error // what the session says, and what the next look at the copy does
		want       drill.ErrorName
		next       string
	}{
		"between two checks":    {"the next one finds nobody", lost, stopped, drill.CopyStopped, ""},
		"during the last check": {"its result alone would say little", nil, stopped, drill.CopyStopped, ""},
		"the network":           {"the copy is there", lost, nil, drill.ValidationImpossible, ""},
		"neither answers":       {"it is waited for, as at the beginning", lost, notYet, "", drillstep.NextWait},
		"the check's own":       {"the copy is there", nil, nil, "", drillstep.NextAgain},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var faults []*fault
			if tc.at != nil {
				faults = append(faults, &fault{operation: "PrepareLogin", from: 2, err: tc.at})
			}
			w := newWorld(t, &hand{midnight}, faults...)
			s := w.steps()
			s.ValidateData.OpenChecks = only[drillstep.OpenChecks](func(context.Context, drill.Run, drill.Spec, drill.Resource, drill.Access) (drillstep.CheckSession, error) {
				return cutSession{session{w}, tc.during}, nil
			})
			progress, err := call(t, s, w.spec, nil)
			if err != nil || progress.Next != drillstep.NextWait && progress.Next != drillstep.NextAgain {
				t.Fatalf("%s: %+v, %v", tc.reason, progress, err)
			}
			progress, err = call(t, s, w.spec, &progress)
			if drill.NameOf(err) != tc.want || err == nil && progress.Next != tc.next {
				t.Errorf("%s: %+v, %v, want %s", tc.reason, progress, err, tc.want)
			}
		})
	}
}

// The state of a copy is shown late: one that ends the session is looked at a while
// later, before anybody says that the network is why. Where it was that, the check
// is put again.
func TestACopyThatIsStoppedAndDoesNotShowItYet(t *testing.T) {
	lost := &drill.Error{Name: drill.ValidationImpossible, What: "the connection is lost"}
	tests := map[string]struct {
		reason      string
		look        error // what the look before the second call finds
		later       error // of opening the session in it
		laterDuring error // and of its first check
		want        drill.ErrorName
	}{
		"stopped":           {"by then it shows", &drill.Error{Name: drill.CopyStopped, What: "somebody stopped it"}, nil, nil, drill.CopyStopped},
		"the network":       {"it was away for a moment", nil, nil, nil, ""},
		"lost for good":     {"nothing shows, and it goes on", nil, nil, lost, drill.ValidationImpossible},
		"nobody is let in":  {"it is being restarted: as at the beginning", nil, &drill.Error{Name: drill.NotReady, What: "not yet"}, nil, ""},
		"it is not serving": {"it is being restarted, and says so", &drill.Error{Name: drill.NotReady, What: "rebooting"}, nil, nil, ""},
		"no way to connect": {"the first word is as good as the last", nil, lost, nil, drill.ValidationImpossible},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var faults []*fault
			if tc.look != nil {
				faults = append(faults, &fault{operation: "PrepareLogin", from: 2, err: tc.look})
			}
			w := newWorld(t, &hand{midnight}, faults...)
			s, later := w.steps(), false
			s.ValidateData.OpenChecks = only[drillstep.OpenChecks](func(context.Context, drill.Run, drill.Spec, drill.Resource, drill.Access) (drillstep.CheckSession, error) {
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
			progress, err := call(t, s, w.spec, nil)
			if err != nil || progress.Next != drillstep.NextWait || progress.NextAt == "" || progress.LostAt.IsZero() {
				t.Fatalf("%s: %+v, %v", tc.reason, progress, err)
			}
			later = true
			progress, err = call(t, s, w.spec, &progress)
			if drill.NameOf(err) != tc.want {
				t.Errorf("%s: %v, want %s", tc.reason, err, tc.want)
			}
			if err == nil && tc.later == nil && tc.look == nil && !progress.LostAt.IsZero() {
				t.Errorf("%s: %+v: a check was answered since", tc.reason, progress)
			}
		})
	}
}
