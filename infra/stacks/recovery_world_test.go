package stacks_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
	"github.com/lifeboat-dr/lifeboat/pkg/world/machines"
	"github.com/lifeboat-dr/lifeboat/pkg/world/template"
)

// recovers starts a recovery as somebody types it into the console, and lets time pass
// until it has ended.
func recoversIn(t *testing.T, w *template.World, input string) *machines.Execution {
	t.Helper()
	x, err := w.Start(w.RecoveryMachine(), input)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Wait(context.Background(), x); err != nil {
		t.Fatal(err)
	}
	return x
}

func untroubled(t *testing.T, w *template.World) {
	t.Helper()
	for _, trouble := range w.Troubles() {
		t.Error(trouble)
	}
}

// recoveredThere are the instances here that carry the mark of what was recovered.
func recoveredThere(w *template.World) (list []*rds.Instance) {
	for _, i := range w.Cloud().RDS.Instances(account, home) {
		if slices.Contains(i.Tags, rds.Tag{Key: deployed.TagPurpose, Value: deployed.PurposeRecovered}) {
			list = append(list, i)
		}
	}
	return list
}

// The machines as they are deployed, under the roles that they are deployed with: an
// exercise makes throwaways, and leaves nothing.
func TestExerciseUnderItsRoles(t *testing.T) {
	folder := shaped(t, "recovery").folder
	t.Parallel()
	w := open(t, folder, nil)
	x := recoversIn(t, w, `{}`)
	if got := template.Ending(x); got != drill.Passed {
		t.Errorf("it ended as %s: %+v", got, x.Result)
	}
	untroubled(t, w)
	if left := w.Copies(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if made := recoveredThere(w); len(made) > 0 {
		t.Errorf("an exercise made %s", made[0].Identifier)
	}
}

// A failover makes what the plan names; from then on it is production, and neither a
// drill, nor a sweeper, nor an exercise touches it.
func TestFailoverUnderItsRoles(t *testing.T) {
	folder := shaped(t, "recovery").folder
	t.Parallel()
	w := open(t, folder, nil)
	x := recoversIn(t, w, `{"mode": "failover", "confirm": "prod"}`)
	if got := template.Ending(x); got != drill.Passed {
		t.Errorf("it ended as %s: %+v", got, x.Result)
	}
	made := func() (names []string) {
		for _, i := range recoveredThere(w) {
			names = append(names, i.Identifier)
			for _, tag := range i.Tags {
				if tag.Key == deployed.TagExecution {
					t.Errorf("%s carries the tag of a throwaway", i.Identifier)
				}
			}
		}
		slices.Sort(names)
		return names
	}
	want := []string{"customers-recovered", "orders-recovered"}
	if got := made(); !slices.Equal(got, want) {
		t.Errorf("recovered are %v", got)
	}
	untroubled(t, w)
	if t.Failed() {
		return
	}
	if err := w.Pass(48 * time.Hour); err != nil { // the sweeper, every half hour
		t.Fatal(err)
	}
	if x := recoversIn(t, w, `{}`); template.Ending(x) != drill.Passed {
		t.Errorf("the exercise after it ended as %s: %+v", template.Ending(x), x.Result)
	}
	if got := made(); !slices.Equal(got, want) {
		t.Errorf("after two days, and an exercise, there are %v", got)
	}
	untroubled(t, w)
}

// Who types something else is told what to type, and nothing was begun.
func TestFailoverThatNobodyConfirmed(t *testing.T) {
	folder := shaped(t, "recovery").folder
	t.Parallel()
	w := open(t, folder, nil)
	x := recoversIn(t, w, `{"mode": "failover", "confirm": "production"}`)
	if text := x.Result.Cause; !strings.Contains(text, `"confirm"`) || !strings.Contains(text, "prod") {
		t.Errorf("it says %s: %s", x.Result.Error, text)
	}
	if made := recoveredThere(w); len(made) > 0 {
		t.Errorf("%s was made", made[0].Identifier)
	}
}

// What make rehearse shows of a recovery: an exercise and a failover, each under its own
// role, with evidence, and nothing left behind.
func TestRehearsedRecoveries(t *testing.T) {
	folder := shaped(t, "recovery").folder
	for mode, recovered := range map[recovery.Mode][]string{recovery.Exercise: {}, recovery.Failover: {"customers-recovered", "orders-recovered"}} {
		t.Run(string(mode), func(t *testing.T) {
			t.Parallel()
			r, err := open(t, folder, nil).RehearseRecovery(context.Background(), mode)
			if err != nil {
				t.Fatal(err)
			}
			if r.Ending != recovery.Passed || !r.Met || !r.Authorised || r.Evidence == nil || len(r.Refused) > 0 || len(r.LeftBehind) > 0 {
				t.Errorf("it ended as %s (%s), %v; refused %v, left behind %v, evidence %t", r.Ending, r.Cause, r.Why, r.Refused, r.LeftBehind, r.Evidence != nil)
			}
			if !slices.Equal(r.Recovered, recovered) || (len(r.Announced) > 0) != (mode == recovery.Failover) || r.Executions < 3 || r.Cost.Transitions == 0 {
				t.Errorf("recovered %v, announced %v, %d executions, %+v", r.Recovered, r.Announced, r.Executions, r.Cost)
			}
		})
	}
}
