package statemachines_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	recoverystep "github.com/lifeboat-dr/lifeboat/pkg/step/recovery"
	"github.com/lifeboat-dr/lifeboat/statemachines"
)

// The engine of the other worlds takes both machines as they are.
func TestRecoveryLoads(t *testing.T) {
	for name, m := range map[string]struct {
		text      []byte
		functions map[string]string
	}{
		"recovery":      {statemachines.Recovery, recoverystep.ParentFunctions()},
		"recovery-step": {statemachines.RecoveryStep, recoverystep.ChildFunctions()},
	} {
		if _, err := asl.Load(m.text, asl.WithSubstitutions(m.functions)); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The pictures in docs/recovery-machines.md are the machines', and it says what
// their errors mean.
func TestRecoveryPictures(t *testing.T) {
	file := filepath.Join("..", "docs", "recovery-machines.md")
	doc, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text := string(doc)
	for heading, definition := range map[string][]byte{"## The parent\n\n": statemachines.Recovery, "## The child\n\n": statemachines.RecoveryStep} {
		m, err := asl.Load(definition, asl.WithOpenSubstitutions())
		if err != nil {
			t.Fatal(err)
		}
		want := heading + "```mermaid\n" + strings.TrimSpace(m.Mermaid()) + "\n```\n"
		picture := regexp.MustCompile("(?s)" + heading + "```mermaid\nflowchart.*?```\n")
		if *update {
			text = picture.ReplaceAllLiteralString(text, want)
		}
		if !strings.Contains(text, want) {
			t.Errorf("docs/recovery-machines.md: the picture under %q is not the machine's: write it with -update", strings.TrimSpace(heading))
		}
	}
	if *update {
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil { //nolint:gosec // a page
			t.Fatal(err)
		}
	}
	for _, name := range []drill.ErrorName{recoverystep.StepTimedOut, recoverystep.StepCutOff, recoverystep.RecoveryAborted, recoverystep.DecisionRefused} {
		if !strings.Contains(text, "`"+string(name)+"`") {
			t.Errorf("docs/recovery-machines.md does not say what %s means", name)
		}
	}
}
