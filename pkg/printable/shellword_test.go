package printable

import (
	"os/exec"
	"strings"
	"testing"
)

// A shell reads every word as it was.
func TestShellWord(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("there is no bash")
	}
	for _, word := range []string{"plain/x-1.yaml", "", "a user's folder", "$(id)`id`\\", "~/x", "a\nb", "\x1b[31m", "\xff\xfe", "ü\u202e", "*", "a=b", "!x", "''"} {
		shown := ShellWord(word)
		if strings.ContainsAny(shown, "\x1b\n\u202e") {
			t.Errorf("%q is shown as %q", word, shown)
		}
		out, err := exec.Command(bash, "-c", "printf %s --x="+shown).Output()
		if err != nil || string(out) != "--x="+word {
			t.Errorf("%q: %s reads as %q, %v", word, shown, out, err)
		}
	}
	if got := ShellWord("state/x-1"); got != "state/x-1" {
		t.Error(got)
	}
}
