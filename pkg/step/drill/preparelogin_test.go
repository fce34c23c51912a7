package drillstep_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// modelAccess is the way into the model's copy.
var modelAccess = drill.Access{Endpoint: drill.Endpoint{Host: "copy", Port: 5432}, Secret: "arn:x:secret"}

func (w *world) PrepareLogin(context.Context, drill.Run, drill.Spec, drill.Resource) (drill.Access, error) {
	return modelAccess, w.call("PrepareLogin", nil)
}

// What passes until the look that finds the login is the login's; from then on
// it is recovery, the look itself and the way to the validating function too.
func TestTheLoginEndsWhereTheLastLookBegan(t *testing.T) {
	clock := &hand{midnight}
	w := newWorld(t, clock, &fault{operation: "PrepareLogin", from: 1, times: 1, err: &drill.Error{Name: drill.NotReady, What: "it is made", MakingLogin: true}})
	prepare := drillstep.PrepareLoginIn{Spec: w.spec}
	first, err := w.steps().PrepareLogin.Handle(t.Context(), prepare)
	if err != nil || first.Progress.Next != drillstep.NextWait || first.Progress.NextAt == "" || first.Access != (drill.Access{}) {
		t.Fatalf("%+v, %v", first, err)
	}
	clock.now = clock.now.Add(45 * time.Second)
	prepare.Progress = &first.Progress
	second, err := w.steps().PrepareLogin.Handle(t.Context(), prepare)
	if err != nil || second.Progress.Next != drillstep.NextAsk || second.Access != modelAccess {
		t.Fatalf("%+v, %v", second, err)
	}
	clock.now = clock.now.Add(2 * time.Second)
	out, err := w.steps().ValidateData.Handle(t.Context(), drillstep.ValidateDataIn{Spec: w.spec, Access: second.Access, Progress: &second.Progress})
	if err != nil || out.Progress.Next != drillstep.NextDone {
		t.Fatalf("%+v, %v", out, err)
	}
	for _, f := range w.facts[""] {
		if f.Kind == drill.FactPhaseEnded && f.Note == drill.PhaseLogin && !f.At.Equal(midnight.Add(45*time.Second)) {
			t.Errorf("the login ended %s", f.At)
		}
	}
}

// Other errors than that it is not ready end the drill, with their own name
// where they have one.
func TestWhyALoginIsNotThere(t *testing.T) {
	tests := map[string]struct {
		reason    string
		err       error
		want      drill.ErrorName
		waitingSo time.Duration
	}{
		"stopped":       {"somebody did it", &drill.Error{Name: drill.CopyStopped, What: "stopped"}, drill.CopyStopped, 0},
		"public":        {"its posture changed", &drill.Error{Name: drill.RestoreFailed, What: "public"}, drill.RestoreFailed, 0},
		"throttled":     {"the machine tries again", &drill.Error{Name: drill.Throttled, What: "slowly"}, drill.Throttled, 0},
		"unnamed":       {"it has a name in the evidence", context.DeadlineExceeded, drill.ValidationImpossible, 0},
		"not yet":       {"it is waited for", &drill.Error{Name: drill.NotReady, What: "made"}, "", 29 * time.Minute},
		"never":         {"for a while", &drill.Error{Name: drill.NotReady, What: "made"}, drill.ValidationImpossible, 30 * time.Minute},
		"none is there": {"another kind", nil, drill.InvalidInput, 0},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var faults []*fault
			if tc.err != nil {
				faults = append(faults, &fault{operation: "PrepareLogin", from: 1, err: tc.err})
			}
			w := newWorld(t, &hand{midnight}, faults...)
			in := drillstep.PrepareLoginIn{Spec: w.spec, Progress: &drillstep.Progress{WaitingSince: midnight.Add(-tc.waitingSo), NextAt: "x"}}
			if tc.err == nil {
				in.Spec.Kind = "other"
			}
			_, err := w.steps().PrepareLogin.Handle(t.Context(), in)
			if drill.NameOf(err) != tc.want {
				t.Errorf("%s: %v, want %s", tc.reason, err, tc.want)
			}
		})
	}
}

// A copy that is restarted, or lets nobody in, would be no sooner there in a
// disaster: only a login that is made for the drill is timed apart.
func TestOnlyALoginThatIsMadeIsTimedApart(t *testing.T) {
	notYet := func(making bool) error {
		return &drill.Error{Name: drill.NotReady, What: "not yet", MakingLogin: making}
	}
	tests := map[string]struct {
		reason  string
		answers []error // of the looks, a minute apart
		open    error   // of the first session
		want    []time.Duration
	}{
		"restarted":       {"whoever recovers waits as well", []error{notYet(false), notYet(false), nil}, nil, nil},
		"nobody answers":  {"the same", []error{nil, nil}, notYet(false), nil},
		"made":            {"until it is there", []error{notYet(true), notYet(true), nil}, nil, []time.Duration{0, 2 * time.Minute}},
		"restarted first": {"it begins with the login", []error{notYet(false), notYet(true), nil}, nil, []time.Duration{time.Minute, 2 * time.Minute}},
		"restarted then":  {"it ends there", []error{notYet(true), notYet(false), nil}, nil, []time.Duration{0, time.Minute}},
		"not to be read":  {"the secret has no value yet", []error{nil, nil}, notYet(true), []time.Duration{0, time.Minute}},
		"made, then deaf": {"the look that found it ends it", []error{notYet(true), nil, nil}, notYet(false), []time.Duration{0, time.Minute}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			clock, faults := &hand{midnight}, []*fault(nil)
			for i, err := range tc.answers {
				if err != nil {
					faults = append(faults, &fault{operation: "PrepareLogin", from: i + 1, times: 1, err: err})
				}
			}
			if tc.open != nil {
				faults = append(faults, &fault{operation: "Open", from: 1, times: 1, err: tc.open})
			}
			w := newWorld(t, clock, faults...)
			var progress *drillstep.Progress
			for range tc.answers {
				next, err := call(t, w.steps(), w.spec, progress)
				if err != nil {
					t.Fatal(err)
				}
				progress, clock.now = &next, clock.now.Add(time.Minute)
			}
			var got []time.Duration
			for _, f := range w.facts[""] {
				if f.Note == drill.PhaseLogin {
					got = append(got, f.At.Sub(midnight))
				}
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("%s: %v, want %v", tc.reason, got, tc.want)
			}
		})
	}
}
