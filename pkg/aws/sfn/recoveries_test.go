package sfn_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	simsfn "github.com/lifeboat-dr/lifeboat/pkg/simaws/sfn"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
)

func child(run string, number int) (string, recovery.ChildInput) {
	r := recovery.Record{Number: number, Node: recovery.Node{ID: "shop/orders"}, Status: recovery.Status{Attempt: 1}}
	return recovery.ChildName(run, r), recovery.ChildInput{Run: run, Step: number, Attempt: 1}
}

func TestRecoveriesAreStartedOnce(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		reason string
		faults []simaws.Fault
		closed bool
		want   drill.ErrorName
	}{
		"twice":       {"who comes second finds it there", nil, false, ""},
		"closed":      {"its name is taken for 90 days", nil, true, ""},
		"answer lost": {"it was started all the same", []simaws.Fault{{On: "states:StartExecution", Effective: true, Times: 1}}, false, ""},
		"throttled":   {"the machine tries again", []simaws.Fault{{On: "states:StartExecution", Error: "ThrottlingException", Times: 3}}, false, drill.Throttled},
		"refused":     {"a person is needed", []simaws.Fault{{On: "states:StartExecution", Error: "AccessDeniedException", Times: 1}}, false, drill.Unexpected},
	} {
		l := newLab(c.faults...)
		var executions recoverystep.Executions = l.Recoveries(machineARN, machineARN)
		step, in := child("run", 7)
		if err := executions.StartStep(ctx, step, in); drill.NameOf(err) != c.want {
			t.Errorf("%s: %s: %v", name, c.reason, err)
		}
		if c.closed {
			l.backend.executions[0].Status = simsfn.Succeeded
		}
		if err := executions.StartStep(ctx, step, in); err != nil {
			t.Errorf("%s: again: %v", name, err)
		}
		if len(l.backend.executions) != 1 {
			t.Errorf("%s: %d executions", name, len(l.backend.executions))
		}
		if diff := cmp.Diff(`{"run":"run","step":7,"attempt":1}`, string(l.backend.executions[0].Input)); diff != "" {
			t.Error(diff)
		}
	}
	if err := newLab().Recoveries(machineARN, machineARN).StartStep(ctx, strings.Repeat("x", 81), recovery.ChildInput{}); drill.NameOf(err) != drill.InvalidInput {
		t.Errorf("a name that is too long: %v", err)
	}
}

func TestWhichStepsRun(t *testing.T) {
	ctx := context.Background()
	l := newLab()
	executions := l.Recoveries(machineARN, machineARN)
	var names []string
	for _, of := range []struct {
		run    string
		number int
	}{{"run", 1}, {"run", 2}, {"run-2", 1}} {
		name, in := child(of.run, of.number)
		if err := executions.StartStep(ctx, name, in); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	l.backend.executions[1].Status = simsfn.Failed
	running, err := executions.RunningSteps(ctx, "run")
	if diff := cmp.Diff(map[string]bool{names[0]: true}, running); err != nil || diff != "" {
		t.Errorf("%v %s", err, diff)
	}
	for name, want := range map[string]string{names[0]: "RUNNING", names[1]: "FAILED", "none": ""} {
		if got, err := executions.StepState(ctx, name); err != nil || got != want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func TestWake(t *testing.T) {
	l := newLab()
	executions := l.Recoveries(machineARN, machineARN)
	if err := executions.Wake(context.Background(), "token"); err != nil || len(l.backend.finished) != 1 {
		t.Errorf("%v, %v", l.backend.finished, err)
	}
	l.backend.noTask = simsfn.ErrTaskTimedOut
	if err := executions.Wake(context.Background(), "token"); err != nil {
		t.Errorf("nobody waits any more: %v", err)
	}
}
