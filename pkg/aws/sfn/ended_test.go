package sfn_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	simsfn "github.com/lifeboat-dr/lifeboat/pkg/simaws/sfn"
)

const executionARN = "arn:aws:states:eu-central-1:111122223333:execution:lifeboat-prod-drill:"

// closed adds an execution that ended; they are added in the order of their starts.
func (l lab) closed(name string, status simsfn.Status, started, stopped time.Duration) {
	l.backend.executions = append(l.backend.executions, &simsfn.Execution{
		Start:  simsfn.Start{ARN: executionARN + name, MachineARN: machineARN, Name: name, Input: []byte("{}"), At: start.Add(started)},
		Status: status, Stopped: start.Add(stopped), Error: "FailureClean", Cause: "because",
	})
}

func TestExecutionsThatEndedBadly(t *testing.T) {
	l := newLab()
	const day = 24 * time.Hour
	l.closed("too long ago to be read", simsfn.Failed, -20*day, 2*time.Hour)
	l.closed("long", simsfn.Failed, -3*day, 2*time.Hour)
	l.closed("before", simsfn.Failed, -3*day, -time.Hour)
	l.closed("passed", simsfn.Succeeded, 0, time.Hour)
	l.closed("stopped", simsfn.Aborted, 0, time.Hour)
	l.closed("timed out", simsfn.TimedOut, 0, time.Hour)
	for i := range 1001 { // more than a page
		l.closed(fmt.Sprint("page-", i), simsfn.Failed, time.Minute, time.Hour)
	}
	list, err := l.Ended(context.Background(), machineARN, start)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, e := range list {
		got[e.Execution[len(executionARN):]] = e.Status
	}
	if len(list) != 1001+3 || got["long"] != "FAILED" || got["stopped"] != "ABORTED" || got["timed out"] != "TIMED_OUT" {
		t.Errorf("%d: %v %v %v", len(list), got["long"], got["stopped"], got["timed out"])
	}
	if _, err := newLab(simaws.Fault{On: "states:ListExecutions", Error: "AccessDeniedException"}).Ended(context.Background(), machineARN, start); drill.NameOf(err) != drill.Unexpected {
		t.Error(err)
	}
}

func TestHowAnExecutionEnded(t *testing.T) {
	l, ctx := newLab(), context.Background()
	l.closed("a", simsfn.Failed, 0, time.Hour)
	got, err := l.Ending(ctx, executionARN+"a")
	want := drill.Ended{Execution: executionARN + "a", Status: "FAILED", StartedAt: start, StoppedAt: start.Add(time.Hour), Input: []byte("{}"), Error: "FailureClean", Cause: "because"}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	if got, err = l.Ending(ctx, executionARN+"b"); err != nil || got.Status != "" || got.Execution != executionARN+"b" {
		t.Errorf("of one that nobody knows: %+v %v", got, err)
	}
}
