package sim

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// RecoveryScenario says what the simulated AWS holds when a recovery starts, how
// long things take and what goes wrong. The zero value is a good day, in an
// exercise.
type RecoveryScenario struct {
	// What a drill's scenario says of the cloud goes for every database alike; its
	// Database is not used.
	Scenario `yaml:",inline"`

	Mode     recovery.Mode `yaml:"mode"`     // default exercise
	Workload string        `yaml:"workload"` // default all that declare a recovery
	// Steps say what goes wrong in them, by "workload/step".
	Steps map[string]StepTrouble `yaml:"steps"`
	// Decisions of people, each of which is made once.
	Decisions []PlannedDecision `yaml:"decisions"`
	// Stop the parent's execution so long after the start, as StopExecution does.
	ParentStopped Duration `yaml:"parentStopped"`
	// Resume the run so long after the parent was stopped; default: nobody does but
	// lifeboat itself.
	Resumed Duration `yaml:"resumed"`
	// States are how steps must end; those that are not named, however.
	States map[string]recovery.State `yaml:"states"`
}

// StepTrouble is what goes wrong in a step.
type StepTrouble struct {
	// Fails is how many of its attempts fail: the first ones.
	Fails int `yaml:"fails"`
	// Error and Cause of those; default StepFailed.
	Error drill.ErrorName `yaml:"error"`
	Cause string          `yaml:"cause"`
	// Takes is how long an attempt works before it fails; default no time.
	Takes Duration `yaml:"takes"`
}

// PlannedDecision is made once its step has failed, and an abort once something
// has.
type PlannedDecision struct {
	Choice recovery.Choice `yaml:"choice"`
	Step   string          `yaml:"step"`
	// After is how long it takes people to decide; default 5 minutes.
	After  Duration `yaml:"after"`
	By     string   `yaml:"by"`
	Reason string   `yaml:"reason"`
}

// LoadRecoveryScenario reads a file strictly: a key that is not known is an error.
func LoadRecoveryScenario(path string) (RecoveryScenario, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return RecoveryScenario{}, fmt.Errorf("read the scenario: %w", err)
	}
	var s RecoveryScenario
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(&s); err != nil && !errors.Is(err, io.EOF) {
		return RecoveryScenario{}, fmt.Errorf("the scenario %s: %w", path, err)
	}
	return s, s.check(path)
}

func (s RecoveryScenario) check(path string) error {
	if err := s.Scenario.check(path); err != nil {
		return err
	}
	switch s.Mode {
	case "", recovery.Exercise, recovery.Failover:
	default:
		return fmt.Errorf("the scenario %s: %q is no mode: exercise or failover", path, s.Mode)
	}
	for _, d := range s.Decisions {
		switch {
		case d.Choice == recovery.Abort && d.Step != "":
			return fmt.Errorf("the scenario %s: an abort is of the whole recovery, and names no step", path)
		case d.Choice != recovery.Abort && d.Step == "":
			return fmt.Errorf("the scenario %s: %s of which step? name it as workload/step", path, d.Choice)
		case d.Choice != recovery.Retry && d.Choice != recovery.Skip && d.Choice != recovery.Abort:
			return fmt.Errorf("the scenario %s: %q is no decision: one of retry, skip, abort", path, d.Choice)
		}
	}
	return nil
}

// fits refuses names of steps that the run does not have: the scenario would not
// test what it says.
func (s RecoveryScenario) fits(steps []recovery.Record) error {
	known := map[string]bool{}
	var names []string
	for _, r := range steps {
		known[r.Node.ID] = true
		names = append(names, r.Node.ID)
	}
	named := []string{}
	for step := range s.Steps {
		named = append(named, step)
	}
	for step := range s.States {
		named = append(named, step)
	}
	for _, d := range s.Decisions {
		if d.Step != "" {
			named = append(named, d.Step)
		}
	}
	for _, name := range named {
		if !known[name] {
			return &drill.Error{
				Name: drill.InvalidInput, What: fmt.Sprintf("the scenario speaks of a step %q, which the recovery does not have", name),
				Hint: fmt.Sprintf("its steps are %q", names),
			}
		}
	}
	return nil
}

func (d PlannedDecision) after() time.Duration { return d.After.or(5 * time.Minute) }
