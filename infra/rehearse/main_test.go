package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
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
