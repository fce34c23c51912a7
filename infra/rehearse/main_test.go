package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
	"github.com/lifeboat-dr/lifeboat/pkg/world/template"
)

// What cannot be rehearsed is refused, with one document where a script asked.
func TestUsage(t *testing.T) {
	null := t.TempDir()
	if err := os.WriteFile(filepath.Join(null, "manifest.json"), []byte("null"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := map[string]struct {
		args []string
		code int
		err  string
	}{
		"argument":     {[]string{"build/other"}, exitUsage, "--template build/other"},
		"unknown flag": {[]string{"--templat", "x"}, exitUsage, "see --help"},
		"bad seed":     {[]string{"--seed", "x"}, exitUsage, "see --help"},
		"no folder":    {[]string{"--template", "nowhere"}, exitUsage, "make synth"},
		"no stacks":    {[]string{"--template", null}, exitUsage, "no stacks"},
		"help":         {[]string{"--help"}, 0, ""},
		"simulated":    {[]string{"--simulated"}, 0, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			var out, errOut bytes.Buffer
			if code := run(tc.args, ui.Streams{Out: &out, Err: &errOut}); code != tc.code {
				t.Errorf("exit code %d, want %d", code, tc.code)
			}
			if !strings.Contains(errOut.String(), tc.err) || (tc.code == 0) != (out.Len() > 0) || (tc.code == 0) != (errOut.Len() == 0) {
				t.Errorf("out %q, err %q", out.String(), errOut.String())
			}
			if tc.code == 0 {
				return
			}
			out.Reset()
			run(append([]string{"--json"}, tc.args...), ui.Streams{Out: &out, Err: &errOut})
			var document ui.Failure
			if err := json.Unmarshal(out.Bytes(), &document); err != nil || document.Error.ExitCode != tc.code || document.Error.What == "" {
				t.Errorf("%v: %s", err, out.String())
			}
		})
	}
}

// A recovery that did not come to an ending, or on whose way something was refused, is
// no green word.
func TestCodesOfRecoveries(t *testing.T) {
	tests := map[string]struct {
		reason string
		of     template.RecoveryRehearsal
		code   int
	}{
		"passed":      {"all is well", template.RecoveryRehearsal{RecoveryRehearsal: &sim.RecoveryRehearsal{Ending: recovery.Passed, Met: true}}, 0},
		"refused":     {"a role lacks something", template.RecoveryRehearsal{RecoveryRehearsal: &sim.RecoveryRehearsal{Ending: recovery.Passed, Met: true}, Refused: []template.Trouble{{Who: "x"}}}, 1},
		"left":        {"a throwaway is there", template.RecoveryRehearsal{RecoveryRehearsal: &sim.RecoveryRehearsal{Ending: recovery.Passed}}, 1},
		"missed":      {"on a good day it must pass", template.RecoveryRehearsal{RecoveryRehearsal: &sim.RecoveryRehearsal{Ending: recovery.ObjectivesMissed, Met: true}}, 1},
		"failed":      {"likewise", template.RecoveryRehearsal{RecoveryRehearsal: &sim.RecoveryRehearsal{Ending: recovery.FailureClean, Met: true}}, 2},
		"no ending":   {"the machine was cut off", template.RecoveryRehearsal{RecoveryRehearsal: &sim.RecoveryRehearsal{Met: true}}, 3},
		"handed over": {"nobody came to an end", template.RecoveryRehearsal{RecoveryRehearsal: &sim.RecoveryRehearsal{Ending: "NotConfirmed", Met: true}}, 3},
	}
	for name, c := range tests {
		t.Run(name, func(t *testing.T) {
			if got := codeOfRecovery(c.of); got != c.code {
				t.Errorf("%s: exit code %d, want %d", c.reason, got, c.code)
			}
		})
	}
}
