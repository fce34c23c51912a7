package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	simsfn "github.com/lifeboat-dr/lifeboat/pkg/simaws/sfn"
)

// guarded is the machine that the server asks and the test exchanges; a command
// of another process stands between the two, which the race detector cannot see.
type guarded struct {
	simsfn.Backend // what is not asked for here
	mu             sync.Mutex
	machine        deployedMachine
}

func (g *guarded) set(m deployedMachine) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.machine = m
}

func (g *guarded) now() deployedMachine {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.machine
}

func (g *guarded) Machine(arn string) (simsfn.Machine, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.machine.Machine(arn)
}

func (g *guarded) Start(s simsfn.Start) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.machine.Start(s)
}

func (g *guarded) Execution(arn string) (simsfn.Execution, bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.machine.Execution(arn)
}

func (g *guarded) History(arn string) ([]json.RawMessage, error) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.machine.History(arn)
}

// deployedMachine is a machine whose executions have come to an end as soon as
// somebody looks.
type deployedMachine struct {
	arn            string
	location       string // of the evidence; "": none was recorded
	status         simsfn.Status
	output         string
	failure, cause string
	started        []simsfn.Start
}

func (m *deployedMachine) Machine(arn string) (simsfn.Machine, bool) {
	return simsfn.Machine{ARN: arn, Definition: "{}", Versions: []simsfn.Version{{Number: 1, Definition: "{}"}}}, arn == m.arn
}

func (m *deployedMachine) Start(s simsfn.Start) error {
	m.started = append(m.started, s)
	return nil
}

func (m *deployedMachine) Execution(arn string) (simsfn.Execution, bool) {
	for _, s := range m.started {
		if s.ARN == arn {
			return simsfn.Execution{Start: s, Status: m.status, Stopped: s.At.Add(time.Hour), Output: json.RawMessage(m.output), Error: m.failure, Cause: m.cause}, true
		}
	}
	return simsfn.Execution{}, false
}

func (m *deployedMachine) History(string) ([]json.RawMessage, error) {
	var events []json.RawMessage
	add := func(kind, details string) {
		at := m.started[0].At.Add(time.Duration(len(events)) * time.Minute).Format(time.RFC3339)
		events = append(events, json.RawMessage(fmt.Sprintf(`{"id":%d,"previousEventId":%d,"timestamp":%q,"type":%q%s}`, len(events)+1, len(events), at, kind, details)))
	}
	add("ExecutionStarted", `,"executionStartedEventDetails":{"input":"{}"}`)
	add("TaskStateEntered", `,"stateEnteredEventDetails":{"name":"ClaimSlot","input":"{}"}`)
	if m.location != "" {
		add("TaskStateEntered", `,"stateEnteredEventDetails":{"name":"RecordEvidence","input":"{}"}`)
		add("TaskStateExited", fmt.Sprintf(`,"stateExitedEventDetails":{"name":"RecordEvidence","output":%q}`, `{"evidence":"`+m.location+`"}`))
	}
	if m.status == simsfn.Succeeded {
		add("ExecutionSucceeded", fmt.Sprintf(`,"executionSucceededEventDetails":{"output":%q}`, m.output))
	} else {
		add("ExecutionFailed", fmt.Sprintf(`,"executionFailedEventDetails":{"error":%q,"cause":%q}`, m.failure, m.cause))
	}
	return events, nil
}

// TestDrillOfADeployment: the compiled command starts an execution over a
// connection, follows it, and reads its evidence from the bucket.
func TestDrillOfADeployment(t *testing.T) {
	tests := map[string]struct {
		reason  string
		args    []string
		machine deployedMachine
		code    int
		check   func(t *testing.T, d *deployment, stdout, stderr, input string)
	}{
		"passed": {"the evidence is read", []string{"--world", "aws"}, deployedMachine{status: simsfn.Succeeded, output: `{"ending":"Passed"}`, location: "run-1"}, exitPassed,
			func(t *testing.T, d *deployment, stdout, stderr, input string) {
				var s drillevidence.Summary
				if err := json.Unmarshal([]byte(stdout), &s); err != nil || s.RunID != "run-1" || s.Evidence != d.machine.now().location {
					t.Errorf("%s (%v)", stdout, err)
				}
				for _, want := range []string{"Drilling orders/orders-db in eu-central-1", d.machine.now().started[0].ARN, "ClaimSlot          1:00.0"} {
					if !strings.Contains(stderr, want) {
						t.Errorf("the progress does not say %q: %s", want, stderr)
					}
				}
				if !strings.Contains(input, `"planHash"`) || !strings.Contains(input, `"startedBy":"arn:aws`) {
					t.Errorf("the machine was given %s", input)
				}
			}},
		"the deployed plan": {"no hash is sent", []string{"--aws", "--deployed-plan"}, deployedMachine{status: simsfn.Succeeded, output: `{"ending":"Passed"}`, location: "run-1"}, exitPassed,
			func(t *testing.T, _ *deployment, _, _, input string) {
				if strings.Contains(input, `"planHash"`) {
					t.Errorf("the machine was given %s", input)
				}
			}},
		"a duplicate": {"harmless", []string{"--aws", "--scheduled-time", "2026-11-02T03:00:00Z"}, deployedMachine{status: simsfn.Succeeded, output: `{"outcome":"duplicate"}`}, exitPassed,
			func(t *testing.T, d *deployment, stdout, _, _ string) {
				if !strings.Contains(stdout, `"executionArn": "`+d.machine.now().started[0].ARN+`"`) {
					t.Error(stdout)
				}
			}},
		"no evidence": {"the cause is told", []string{"--world=aws"}, deployedMachine{status: simsfn.Failed, failure: "FailureDirty", cause: "the bucket is gone"}, exitFailureDirty,
			func(t *testing.T, _ *deployment, stdout, stderr, _ string) {
				if !strings.Contains(stdout, `"exitCode": 3`) || !strings.Contains(stderr, "the bucket is gone") {
					t.Error(stdout, stderr)
				}
			}},
		"the evidence of another": {"a copy is no outcome", []string{"--aws"}, deployedMachine{status: simsfn.Succeeded, output: `{"ending":"Passed"}`, location: "copy-of-run-1"}, exitInternal,
			func(t *testing.T, _ *deployment, stdout, stderr, _ string) {
				if strings.Contains(stdout, "runId") || !strings.Contains(stderr, "copy-of-run-1.json: it is the record of run-1") {
					t.Error(stdout, stderr)
				}
			}},
		"no ending": {"lifeboat's own fault", []string{"--aws"}, deployedMachine{status: simsfn.Failed, failure: "States.Runtime", cause: "no such field"}, exitInternal,
			func(t *testing.T, _ *deployment, stdout, _, _ string) {
				if !strings.Contains(stdout, "States.Runtime") {
					t.Error(stdout)
				}
			}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			d := newDeployment(t, nil)
			d.record("run-1", d.now)
			text, err := d.bucket.Get(t.Context(), "evidence/run-1.json")
			must(t, err)
			_, err = d.bucket.Put(t.Context(), "evidence/copy-of-run-1.json", "application/json", text)
			must(t, err)
			m := tc.machine
			m.arn = d.names.MachineARN()
			if m.location != "" {
				m.location = "s3://" + d.names.Bucket() + "/evidence/" + m.location + ".json"
			}
			d.machine.set(m)
			code, stdout, stderr := d.run(append([]string{"drill", "--json", "orders/orders-db"}, tc.args...)...)
			if code != tc.code || !json.Valid([]byte(stdout)) || len(d.machine.now().started) != 1 {
				t.Fatalf("%s: exit %d, %s %s", tc.reason, code, stdout, stderr)
			}
			tc.check(t, d, stdout, stderr, string(d.machine.now().started[0].Input))
		})
	}
}
