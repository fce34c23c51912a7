package account

import (
	"context"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

var (
	theNames    = deployed.Names{Deployment: "prod", Account: "111122223333", Region: "eu-central-1"}
	theCheckout = Checkout{PlanFile: "lifeboat.yaml"}
	now         = time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)
)

// answered is an error that a service answers.
type answered string

func (a answered) Error() string     { return string(a) }
func (a answered) ErrorCode() string { return string(a) }

var (
	errDenied    = seen.Cannot(answered("AccessDeniedException"), "it", "x:Read on it")
	errThrottled = seen.Cannot(answered("ThrottlingException"), "it", "x:Read on it")
	errBroken    = errors.New("a wire is broken")
)

// said is what the first line that is not ok is; ok where there is none.
func said(t *testing.T, lines []doctor.Line) doctor.Line {
	t.Helper()
	if len(lines) == 0 {
		t.Fatal("nothing was said")
	}
	for _, l := range lines {
		if l.State != doctor.OK {
			if l.Command == "" || l.Subject == "" || l.What == "" {
				t.Errorf("it says too little: %+v", l)
			}
			return l
		}
	}
	return lines[0]
}

// fakeKeys are keys by their aliases, ids or ARNs.
type fakeKeys struct {
	keys   map[string]seen.Key
	err    error
	turns  bool
	noturn error
}

func (f fakeKeys) Key(_ context.Context, id string) (seen.Key, bool, error) {
	k, there := f.keys[id]
	return k, there, f.err
}

func (f fakeKeys) Rotates(context.Context, string) (bool, error) { return f.turns, f.noturn }

type fakeQueue struct {
	queue seen.Queue
	there bool
	err   error
}

func (f fakeQueue) Queue(context.Context, string) (seen.Queue, bool, error) {
	return f.queue, f.there, f.err
}

type fakePolicy struct {
	text string
	err  error
}

func (f fakePolicy) Policy(context.Context, string) (json.RawMessage, error) {
	return json.RawMessage(f.text), f.err
}

// aPlan has one database on AWS that is drilled by a schedule.
func aPlan(schedules ...string) plan.Plan {
	w := plan.Workload{Name: "orders"}
	for i, s := range schedules {
		w.Databases = append(w.Databases, plan.Database{Name: "db" + string(rune('0'+i)), Kind: plan.KindRDSInstance, Drill: plan.Drill{Schedule: s}})
	}
	return plan.Plan{Version: 1, Deployment: "prod", Notify: []string{"a@example.com"}, Regions: &plan.Regions{Primary: "eu-central-1"}, Workloads: []plan.Workload{w}}
}

// here is a reader of every region of the account.
func here[R any](reader R) Regions[R] {
	return Regions[R]{Account: theNames.Account, In: func(string) R { return reader }}
}
