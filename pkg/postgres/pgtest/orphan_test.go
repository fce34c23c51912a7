package pgtest_test

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgtest"
)

const orphanEnv = "LIFEBOAT_TEST_ORPHAN"

// A test that is killed leaves no server and no folder.
func TestAKilledTestLeavesNoServer(t *testing.T) {
	if os.Getenv(orphanEnv) != "" {
		s := pgtest.Start(t, pgtest.Options{})
		os.Stdout.WriteString("\nsource " + s.Data + "\n")
		time.Sleep(10 * time.Minute)
		return
	}
	pgtest.Binaries(t, 0)
	cmd := exec.Command(os.Args[0], "-test.run", "^"+t.Name()+"$")
	cmd.Env = append(os.Environ(), orphanEnv+"=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	data := ""
	for lines := bufio.NewScanner(out); data == "" && lines.Scan(); {
		data, _ = strings.CutPrefix(lines.Text(), "source ")
		if !filepath.IsAbs(data) {
			data = ""
		}
	}
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if data == "" {
		t.Fatal("no server was started")
	}
	for range 600 {
		if _, err := os.Stat(filepath.Dir(filepath.Dir(data))); os.IsNotExist(err) {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Errorf("%s is still there", data)
}
