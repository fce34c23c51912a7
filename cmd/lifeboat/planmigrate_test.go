package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const flatPlan = `version: 1
deployment: local
workloads:
  - name: orders
    objectives: {rto: 60m, rpo: 24h}
    databases:
      - name: orders-db
        kind: postgres
        backups: ./backups/* # here
        checks: [{name: there, sql: select count(*) from orders, expect: {min: 1}}]
`

// runMigrate writes a plan and runs `lifeboat plan --plan <it> args`.
func runMigrate(t *testing.T, file, text string, args ...string) (code int, out, errOut string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
	var o, e bytes.Buffer
	code = run(context.Background(), append([]string{"plan", "--plan", file}, args...), strings.NewReader(""), &o, &e)
	return code, o.String(), e.String()
}

func holds(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var blockPlan = strings.Replace(flatPlan, "        backups:", "        postgres:\n          backups:", 1)

func TestPlanMigratePrints(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lifeboat.yaml")
	if code, out, errOut := runMigrate(t, file, flatPlan, "--migrate"); code != 0 || out != blockPlan || holds(t, file) != flatPlan {
		t.Errorf("exit %d, %s%s", code, out, errOut)
	}
	if code, out, _ := runMigrate(t, file, blockPlan, "--migrate"); code != 0 || out != blockPlan {
		t.Errorf("today's form: exit %d, %s", code, out)
	}
}

func TestPlanMigrateWrites(t *testing.T) {
	folder := t.TempDir()
	file, link := filepath.Join(folder, "real.yaml"), filepath.Join(folder, "lifeboat.yaml")
	if err := os.Symlink("real.yaml", link); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, nil, 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(file, 0o640); err != nil {
		t.Fatal(err)
	}
	if code, _, errOut := runMigrate(t, link, flatPlan, "--migrate", "--write"); code != 0 || holds(t, file) != blockPlan {
		t.Errorf("exit %d, %s\n%s", code, errOut, holds(t, file))
	}
	if info, err := os.Lstat(link); err != nil || info.Mode()&os.ModeSymlink == 0 {
		t.Errorf("the link is gone: %v", err)
	}
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("the mode is %v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(folder, ".lifeboat-plan-*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// The file that is replaced stays its owner's: a migration by root is none of the
// ownership.
func TestPlanMigrateKeepsTheOwner(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give files away")
	}
	file := filepath.Join(t.TempDir(), "lifeboat.yaml")
	must(t, os.WriteFile(file, nil, 0o600))
	must(t, os.Chmod(file, 0o640))
	must(t, os.Chown(file, ordinary, ordinary+1))
	if code, _, errOut := runMigrate(t, file, flatPlan, "--migrate", "--write"); code != 0 || holds(t, file) != blockPlan {
		t.Errorf("exit %d, %s", code, errOut)
	}
	info, err := os.Stat(file)
	must(t, err)
	if s := info.Sys().(*syscall.Stat_t); s.Uid != ordinary || s.Gid != ordinary+1 || info.Mode().Perm() != 0o640 {
		t.Errorf("it is %d:%d now, %v", s.Uid, s.Gid, info.Mode())
	}
}

// Where the owner cannot stay, nothing is written: an ordinary user in a folder of
// his own, in which somebody else's plan lies.
func TestPlanMigrateOfAnotherUsersFile(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs two users")
	}
	c := newCLI(t)
	c.write("lifeboat.yaml", flatPlan)
	must(t, os.Chmod(filepath.Join(c.dir, "lifeboat.yaml"), 0o644))
	passable(t, c.dir)
	must(t, os.Chown(c.dir, ordinary, ordinary))
	c.credential = &syscall.Credential{Uid: ordinary, Gid: ordinary}
	code, stdout, stderr := c.run("plan", "--migrate", "--write")
	if code != exitUsage || !strings.Contains(stderr, "owner (0)") || holds(t, filepath.Join(c.dir, "lifeboat.yaml")) != flatPlan {
		t.Errorf("exit %d, %s%s", code, stdout, stderr)
	}
	if entries, _ := os.ReadDir(c.dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

// What is no file of this one name is not replaced.
func TestPlanMigrateRefusesWhatItWouldBreak(t *testing.T) {
	folder := t.TempDir()
	file, other, fifo := filepath.Join(folder, "lifeboat.yaml"), filepath.Join(folder, "other.yaml"), filepath.Join(folder, "fifo")
	must(t, os.WriteFile(file, nil, 0o600))
	must(t, os.Link(file, other))
	code, out, errOut := runMigrate(t, file, flatPlan, "--migrate", "--write")
	if code != exitUsage || !strings.Contains(errOut, "hard links") || out != "" || holds(t, file) != flatPlan || holds(t, other) != flatPlan {
		t.Errorf("hard links: exit %d, %s%s", code, out, errOut)
	}
	if code, _, errOut := runMigrate(t, file, blockPlan, "--migrate", "--write"); code != 0 {
		t.Errorf("nothing is to be written: exit %d, %s", code, errOut)
	}
	must(t, syscall.Mkfifo(fifo, 0o600))
	for _, special := range []string{fifo, os.DevNull, folder} {
		var out, errOut bytes.Buffer
		code := run(context.Background(), []string{"plan", "--plan", special, "--migrate", "--write"}, strings.NewReader(""), &out, &errOut)
		if code != exitUsage || !strings.Contains(errOut.String(), "no regular file") {
			t.Errorf("%s: exit %d, %s", special, code, &errOut)
		}
	}
	if info, err := os.Lstat(fifo); err != nil || info.Mode()&os.ModeNamedPipe == 0 {
		t.Errorf("the FIFO is gone: %v", err)
	}
}

func TestPlanMigrateJSONIsOneDocument(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lifeboat.yaml")
	for _, write := range []bool{false, true} {
		args := []string{"--migrate", "--json"}
		if write {
			args = append(args, "--write")
		}
		code, out, errOut := runMigrate(t, file, flatPlan, args...)
		var got struct {
			Hash, Text string
			Keys       int
			Written    bool
		}
		dec := json.NewDecoder(strings.NewReader(out))
		if err := dec.Decode(&got); err != nil || code != 0 || errOut != "" {
			t.Fatalf("exit %d, %v: %s%s", code, err, out, errOut)
		}
		if err := dec.Decode(&struct{}{}); err != io.EOF {
			t.Errorf("more than one document: %v", err)
		}
		if got.Text != blockPlan || got.Keys != 1 || len(got.Hash) != 64 || got.Written != write {
			t.Errorf("%+v", got)
		}
	}
}

func TestPlanMigrateRefusesWithPosition(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lifeboat.yaml")
	text := strings.Replace(flatPlan, "backups: ", "? backups\n        : ", 1)
	code, out, errOut := runMigrate(t, file, text, "--migrate", "--write")
	if code != exitUsage || out != "" || !strings.Contains(errOut, "lifeboat.yaml:9:11: ") || holds(t, file) != text {
		t.Errorf("exit %d, %q, %s", code, out, errOut)
	}
	if code, _, errOut := runMigrate(t, file, flatPlan, "--write"); code != exitUsage || !strings.Contains(errOut, "--migrate") {
		t.Errorf("--write alone: exit %d, %s", code, errOut)
	}
}

func TestPlanWarnsOnceOfTheFlatForm(t *testing.T) {
	file := filepath.Join(t.TempDir(), "lifeboat.yaml")
	_, _, errOut := runMigrate(t, file, strings.Replace(flatPlan, "        checks", "        user: me\n        checks", 1))
	if strings.Count(errOut, "warning") != 1 || !strings.Contains(errOut, "lifeboat plan --migrate") {
		t.Errorf("%s", errOut)
	}
	if _, _, errOut := runMigrate(t, file, blockPlan); errOut != "" {
		t.Errorf("today's form: %s", errOut)
	}
}
