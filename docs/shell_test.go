package docs_test

import (
	"os/exec"
	"strings"
	"testing"
)

// Every block of commands is one that a shell can read: quotes end, loops are done.
// What stands in angle brackets is a word.
func TestShellBlocks(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		t.Skip("the blocks of commands are not read: bash is not on the PATH")
	}
	count := 0
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			if b.language != "sh" {
				continue
			}
			count++
			read := exec.Command(bash, "-n")
			read.Stdin = strings.NewReader(placeholderRE.ReplaceAllString(b.text, "word"))
			if out, err := read.CombinedOutput(); err != nil {
				p.problem(t, b.at, "bash cannot read it: %s", out)
			}
		}
	}
	if count < 8 {
		t.Errorf("only %d blocks were seen", count)
	}
}
