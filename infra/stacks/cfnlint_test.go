package stacks_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// knownToCfnLint is what cfn-lint 1.51.0 says and why it stays: rule, and the
// beginning of its message.
var knownToCfnLint = map[string]string{
	"W3005 ": "the CDK names a dependency that a reference gives already",
	// It takes an expression in TimeoutSeconds for no number, which JSONata
	// machines may have, and then fails to say so.
	// https://docs.aws.amazon.com/step-functions/latest/dg/state-task.html
	"E1101 Exception 'sequence item 3: expected str instance, int found'": "its own defect, see above",
	"E3601 '{% $poll.waitSeconds %}' is not of type 'number'":             "the same, where the defect is mended",
	"E3601 '{% $max([900, $ceil($spec.limits.validateSeconds)":            "the same",
	"E3002 Additional properties are not allowed ('Tags' was unexpected)": "the CDK's specification of dashboards is newer and has tags",
}

func TestTemplateIsCleanForCfnLint(t *testing.T) {
	program, err := exec.LookPath("cfn-lint")
	if err != nil {
		t.Skip("cfn-lint is not on the PATH (pip install cfn-lint)")
	}
	for _, shape := range []string{"example", "backups", "backups-apart"} {
		for stack, text := range shaped(t, shape).texts {
			if shape != "example" && !strings.HasSuffix(stack, "-backups") && !strings.HasSuffix(stack, "-vault") {
				continue // looked at with the example
			}
			t.Run(shape+" "+stack, func(t *testing.T) { lint(t, program, text) })
		}
	}
}

func lint(t *testing.T, program string, template []byte) {
	file := filepath.Join(t.TempDir(), "template.json")
	if err := os.WriteFile(file, template, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(program, "--template", file, "--format", "json").Output() // its exit code says that there are findings
	var found []struct {
		Rule    struct{ ID string }
		Message string
	}
	if broken := json.Unmarshal(out, &found); broken != nil {
		t.Fatalf("%v, %v: %s", err, broken, out)
	}
	for _, f := range found {
		text, known := f.Rule.ID+" "+f.Message, false
		for start := range knownToCfnLint {
			known = known || strings.HasPrefix(text, start)
		}
		if !known {
			t.Error(text)
		}
	}
}
