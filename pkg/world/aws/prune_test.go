package aws

import (
	gocmp "cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
)

var (
	now   = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	names = deployed.Names{Deployment: "prod", Account: "111122223333", Region: "eu-central-1"}
)

func daysAgo(n float64) time.Time { return now.Add(-time.Duration(n * 24 * float64(time.Hour))) }

// cloud has a function, deployed in turn as the versions 1, 2, 3 ... at these
// times, and a machine that calls the newest at each.
type cloud struct {
	function    string // default cleanup
	deployments []time.Time
	executions  []sfn.Execution
	gone        map[int]bool
	refused     int // a version that cannot be removed
	unknown     string
	looks       int
	machines    []string // that were looked at
}

func (c *cloud) name() string { return names.Function(gocmp.Or(c.function, deployed.Cleanup)) }

func (c *cloud) arnOf(n int) string {
	return names.ARN("lambda", fmt.Sprintf("function:%s:%d", c.name(), n))
}

func (c *cloud) Versions(_ context.Context, function string) (map[int]string, error) {
	if function != c.name() {
		return nil, nil
	}
	found := map[int]string{}
	for i := range c.deployments {
		if !c.gone[i+1] {
			found[i+1] = c.arnOf(i + 1)
		}
	}
	return found, nil
}

func (c *cloud) RemoveVersion(_ context.Context, _ string, n int) error {
	if n == c.refused {
		return errors.New("refused")
	}
	if c.gone == nil {
		c.gone = map[int]bool{}
	}
	c.gone[n] = true
	return nil
}

func (c *cloud) Executions(_ context.Context, machine string) ([]sfn.Execution, error) {
	c.machines = append(c.machines, machine)
	of := strings.Replace(machine, ":stateMachine:", ":execution:", 1) + ":"
	return slices.DeleteFunc(slices.Clone(c.executions), func(e sfn.Execution) bool { return !strings.HasPrefix(e.ARN, of) }), nil
}

func (c *cloud) DefinitionOf(_ context.Context, arn string) (string, time.Time, error) {
	c.looks++
	if arn == c.unknown {
		return "", time.Time{}, errors.New("throttled")
	}
	i := slices.IndexFunc(c.executions, func(e sfn.Execution) bool { return e.ARN == arn })
	version := 0
	for n, at := range c.deployments {
		if !c.executions[i].StartedAt.Before(at) {
			version = n + 1
		}
	}
	return fmt.Sprintf(`{"Resource": "arn:aws:states:::lambda:invoke", "FunctionName": %q}`, c.arnOf(version)), c.deployments[version-1], nil
}

func run(name string, started, ended float64) sfn.Execution {
	e := sfn.Execution{ARN: names.ARN("states", "execution:lifeboat-prod-drill:"+name), Status: "RUNNING", StartedAt: daysAgo(started)}
	if ended > 0 {
		e.Status, e.StoppedAt = "FAILED", daysAgo(ended)
	}
	return e
}

func TestPrune(t *testing.T) {
	weekly := []time.Time{daysAgo(70), daysAgo(60), daysAgo(50), daysAgo(40), daysAgo(30), daysAgo(20), daysAgo(10)}
	for name, c := range map[string]struct {
		reason     string
		executions []sfn.Execution
		want       []int
	}{
		"nothing runs":               {"all but three go", nil, []int{4, 3, 2, 1}},
		"one is open":                {"it goes on with what it was started with", []sfn.Execution{run("a", 55, 0)}, []int{4, 3, 1}},
		"one was redriven":           {"its status says open", []sfn.Execution{{ARN: run("a", 55, 30).ARN, Status: "PENDING_REDRIVE", StartedAt: daysAgo(55), StoppedAt: daysAgo(30)}}, []int{4, 3, 1}},
		"closed thirteen days ago":   {"it may be redriven", []sfn.Execution{run("a", 45, 13)}, []int{4, 2, 1}},
		"closed fourteen days ago":   {"it may not be any more", []sfn.Execution{run("a", 45, 14)}, []int{4, 3, 2, 1}},
		"of several":                 {"each counts", []sfn.Execution{run("a", 55, 1), run("b", 35, 2), run("c", 5, 4)}, []int{3, 1}},
		"right after the deployment": {"it may have started with the one before", []sfn.Execution{run("b", 39.999, 2), run("a", 40.001, 2)}, []int{2, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			aws := &cloud{deployments: weekly, executions: c.executions}
			for _, dryRun := range []bool{true, false} {
				removed, err := prune(context.Background(), names, aws, aws, now, dryRun)
				var got []int
				for _, v := range removed {
					got = append(got, v.Number)
				}
				if diff := cmp.Diff(c.want, got); err != nil || diff != "" {
					t.Errorf("%s: %v (-want +got):\n%s", c.reason, err, diff)
				}
				if dryRun && len(aws.gone) > 0 {
					t.Errorf("a dry run removed %v", aws.gone)
				}
			}
			if again, err := prune(context.Background(), names, aws, aws, now, false); err != nil || len(again) > 0 {
				t.Errorf("the second time: %v, %v", again, err)
			}
		})
	}
}

// Ten thousand executions take as many looks as there were deployments among
// them.
func TestLooksAreFew(t *testing.T) {
	aws := &cloud{deployments: []time.Time{daysAgo(70), daysAgo(60), daysAgo(50), daysAgo(9), daysAgo(5)}}
	for i := range 10_000 {
		started := 12 * float64(i) / 10_000
		aws.executions = append(aws.executions, run(fmt.Sprint(i), started+0.1, started+0.01))
	}
	if _, err := prune(context.Background(), names, aws, aws, now, false); err != nil {
		t.Fatal(err)
	}
	if aws.looks > 30 {
		t.Errorf("%d looks", aws.looks)
	}
}

// What cannot be looked at keeps everything; what cannot be removed keeps
// nothing else.
func TestPruneFails(t *testing.T) {
	five := []time.Time{daysAgo(70), daysAgo(60), daysAgo(50), daysAgo(40), daysAgo(30)}
	blind := &cloud{deployments: five, executions: []sfn.Execution{run("a", 1, 0)}, unknown: run("a", 1, 0).ARN}
	if removed, err := prune(context.Background(), names, blind, blind, now, false); err == nil || len(removed) > 0 || len(blind.gone) > 0 {
		t.Errorf("blind: %v, %v", removed, err)
	}
	stuck := &cloud{deployments: five, refused: 2}
	removed, err := prune(context.Background(), names, stuck, stuck, now, false)
	if err == nil || !strings.Contains(err.Error(), "refused") || len(removed) != 1 || !stuck.gone[1] {
		t.Errorf("stuck: %v, %v", removed, err)
	}
}

// What a step of a recovery goes on with is in use as well; where nothing recovers
// there are no such machines to look at.
func TestPruneKeepsWhatRecoveriesUse(t *testing.T) {
	step := run("a", 55, 0)
	step.ARN = names.ARN("states", "execution:"+names.RecoveryStepMachine()+":a")
	weekly := []time.Time{daysAgo(70), daysAgo(60), daysAgo(50), daysAgo(40), daysAgo(30), daysAgo(20)}
	aws := &cloud{function: deployed.RunStep, deployments: weekly, executions: []sfn.Execution{step}}
	removed, err := prune(context.Background(), names, aws, aws, now, false)
	if err != nil || len(removed) != 2 || aws.gone[2] {
		t.Errorf("%+v, %v", removed, err)
	}
	aws = &cloud{deployments: weekly}
	if _, err := prune(context.Background(), names, aws, aws, now, false); err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff([]string{names.MachineARN()}, aws.machines); diff != "" {
		t.Error(diff)
	}
}
