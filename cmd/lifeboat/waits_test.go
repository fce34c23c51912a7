package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/record"
)

// TestADrillThatWaitsForTheHeadsSaysSo, and goes on when it gets them.
func TestADrillThatWaitsForTheHeadsSaysSo(t *testing.T) {
	c := newCLI(t)
	c.write("lifeboat.yaml", smallPlan)
	unlock, err := record.HeadFolder{Dir: filepath.Join(c.dir, ".lifeboat", "heads")}.Lock(nil)
	must(t, err)
	cmd := c.command("drill")
	stderr, err := cmd.StderrPipe()
	must(t, err)
	must(t, cmd.Start())
	said, lines := "", bufio.NewScanner(stderr)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "waiting for") {
			said = lines.Text()
			unlock()
		}
	}
	_ = cmd.Wait()
	if !strings.Contains(said, fmt.Sprintf("process %d", os.Getpid())) || !strings.Contains(said, ".lock") {
		t.Errorf("it said %q", said)
	}
	if documents, _ := filepath.Glob(filepath.Join(c.dir, ".lifeboat", "evidence", "*.json")); len(documents) != 1 || cmd.ProcessState.ExitCode() != exitFailureClean {
		t.Errorf("exit %d, evidence %v", cmd.ProcessState.ExitCode(), documents)
	}
}
