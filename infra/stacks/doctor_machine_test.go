package stacks_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	simsfn "github.com/lifeboat-dr/lifeboat/pkg/simaws/sfn"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
	"github.com/lifeboat-dr/lifeboat/pkg/world/template"
)

// standing is the example, deployed and not drilled: what its machine does is
// asked of Step Functions alone.
func standing(t *testing.T, faults ...simaws.Fault) *patient {
	t.Helper()
	learning.Do(func() { learned = needed(t, synthesized(t).folder) })
	w := open(t, synthesized(t).folder, func(o *template.Options) { o.Scenario = sim.Scenario{Faults: faults} })
	return newPatient(t, w, learned)
}

func (p *patient) machine() doctor.Report {
	return p.examine("machine")
}

// edited has somebody change the definition in the account.
func (p *patient) edited(t *testing.T, from, to string) {
	t.Helper()
	m, err := p.Machine()
	if err != nil {
		t.Fatal(err)
	}
	if m.Definition = strings.Replace(m.Definition, from, to, 1); !strings.Contains(m.Definition, to) {
		t.Fatalf("%s is not in the definition", from)
	}
	if m.Loaded, err = asl.Load([]byte(m.Definition)); err != nil {
		t.Fatal(err)
	}
	p.SetMachine(m)
}

// Every state of the machine is tried, in every way that it is left, and Step
// Functions agrees.
func TestDoctorAsksAboutEveryState(t *testing.T) {
	p := standing(t)
	report := p.machine()
	if !report.Healthy() {
		t.Error("it is not healthy")
	}
	m, err := p.Machine()
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range m.Loaded.States() {
		if !slices.ContainsFunc(report.Lines, func(l doctor.Line) bool { return l.Subject == state && l.State == doctor.OK }) {
			t.Errorf("%s was not asked about", state)
		}
	}
	goldenText(t, "doctor-machine.txt", linesOf(report))
}

func TestDoctorFindsTroubleOfTheMachine(t *testing.T) {
	tests := map[string]struct {
		reason string
		faults []simaws.Fault
		plant  func(*testing.T, *patient)
		found  [][]string // of each line that is not ok: texts
	}{
		"edited": {
			reason: "somebody changed the definition in the console",
			plant: func(t *testing.T, p *patient) {
				p.edited(t, `Give the lock back, if this run has it.`, `Somebody was here.`)
			},
			found: [][]string{{"wrong", ":stateMachine:lifeboat-prod-drill", "its definition was changed in ReleaseSlot", "aws stepfunctions describe-state-machine --region"}},
		},
		"role": {
			reason: "it has another role",
			plant: func(t *testing.T, p *patient) {
				m, err := p.Machine()
				if err != nil {
					t.Fatal(err)
				}
				m.RoleARN += "-2"
				p.SetMachine(m)
			},
			found: [][]string{{"wrong", "its role is ", "-2 and here"}},
		},
		"logging": {
			reason: "what executions do is not kept any more",
			plant: func(t *testing.T, p *patient) {
				m, err := p.Machine()
				if err != nil {
					t.Fatal(err)
				}
				m.Logging = simsfn.Logging{Level: "OFF"}
				p.SetMachine(m)
			},
			found: [][]string{{"wrong", "it logs OFF", "and here ALL"}},
		},
		"unreadable": {
			reason: "nothing like a machine is there: its states are tried as they are here",
			plant: func(t *testing.T, p *patient) {
				m, err := p.Machine()
				if err != nil {
					t.Fatal(err)
				}
				m.Definition = "{"
				p.SetMachine(m)
			},
			found: [][]string{
				{"wrong", "its definition was changed", "more"},
				{"wrong", "would not make a machine of it", "INVALID_JSON_DESCRIPTION"},
			},
		},
		"another next state": {
			reason: "AWS does not choose as our engine does",
			plant: func(_ *testing.T, p *patient) {
				p.Cloud().States.Differ = func(state string, tried *asl.Tried) {
					if state == "IsClaimed" && tried.Next == "Drill" {
						tried.Next = "Removal"
					}
				}
			},
			found: [][]string{{"wrong", "IsClaimed", "AWS goes to Removal, our engine goes to Drill", "aws stepfunctions test-state", "--state-name IsClaimed", "--role-arn", "--variables"}},
		},
		"another variable": {
			reason: "AWS assigns something else",
			plant: func(_ *testing.T, p *patient) {
				p.Cloud().States.Differ = func(state string, tried *asl.Tried) {
					if state == "SelectBackup" && tried.Status == asl.TrialSucceeded {
						tried.Variables["point"] = json.RawMessage(`null`)
					}
				}
			},
			found: [][]string{{"wrong", "SelectBackup", "with the variables", "--mock", "--context"}},
		},
		"another catcher": {
			reason: "AWS does not catch it",
			plant: func(_ *testing.T, p *patient) {
				p.Cloud().States.Differ = func(state string, tried *asl.Tried) {
					if state == "Cleanup" && tried.Status == asl.TrialCaught {
						tried.Status, tried.Next, tried.Output = asl.TrialFailed, "", nil
					}
				}
			},
			found: [][]string{{"wrong", "Cleanup", "AWS fails with", "our engine catches", "goes to ConfirmRemoval", "--state-configuration"}},
		},
		"warning": {
			reason: "validation has something to say",
			plant: func(_ *testing.T, p *patient) {
				p.Cloud().States.Diagnose = func(string) []simsfn.Diagnostic {
					return []simsfn.Diagnostic{{Severity: "WARNING", Code: "NO_DOLLAR", Message: "No .$ on a field", Location: "/States/Drill"}}
				}
			},
			found: [][]string{{"unknown", "/States/Drill NO_DOLLAR: No .$ on a field", "validate-state-machine-definition"}},
		},
		"error": {
			reason: "AWS would not make it today",
			plant: func(_ *testing.T, p *patient) {
				p.Cloud().States.Diagnose = func(string) []simsfn.Diagnostic {
					return []simsfn.Diagnostic{{Severity: "ERROR", Code: "INVALID_RESOURCE", Message: "no", Location: "/States/Drill"}}
				}
			},
			found: [][]string{{"wrong", "would not make a machine of it", "INVALID_RESOURCE"}},
		},
		"no right to test": {
			reason: "nothing is ok then",
			plant:  func(_ *testing.T, p *patient) { p.Forbid("states:TestState") },
			found:  [][]string{{"unknown", "could not be tried", "it takes states:TestState"}},
		},
		"no right to pass the role": {
			reason: "what is mocked is asked all the same",
			plant:  func(_ *testing.T, p *patient) { p.Forbid("iam:PassRole") },
			found:  [][]string{{"unknown", "could not be tried", "iam:PassRole on arn:aws:iam::"}},
		},
		"no right to see it": {
			reason: "nothing can be compared",
			plant:  func(_ *testing.T, p *patient) { p.Forbid("states:DescribeStateMachine") },
			found:  [][]string{{"unknown", "states:DescribeStateMachine"}},
		},
		"throttled": {
			reason: "AWS was asked too much",
			faults: []simaws.Fault{{On: "states:TestState", Error: "ThrottlingException", Message: "Rate exceeded", Times: -1}},
			found:  [][]string{{"unknown", "could not be tried", "asked too much of late"}},
		},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			p := standing(t, c.faults...)
			if c.plant != nil {
				c.plant(t, p)
			}
			report := p.machine()
			var not []string
			for _, l := range report.Lines {
				if l.State != doctor.OK {
					not = append(not, strings.Join([]string{string(l.State), l.Subject, l.What, l.Command}, " "))
				}
				if l.State != doctor.OK && l.Command == "" {
					t.Errorf("nothing to do about it: %s", l.What)
				}
			}
			if len(not) != len(c.found) {
				t.Fatalf("%s: %d lines are not ok:\n%s", c.reason, len(not), linesOf(report))
			}
			for i, texts := range c.found {
				for _, text := range texts {
					if !strings.Contains(not[i], text) {
						t.Errorf("%s: %q is not in\n%s", c.reason, text, not[i])
					}
				}
			}
		})
	}
}
