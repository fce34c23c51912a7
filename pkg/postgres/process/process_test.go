package process

import (
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestMain is also the program that the tests run under other names; the last
// argument tells what it ignores.
func TestMain(m *testing.M) {
	if os.Getenv("TEST_PROCESS_PROGRAM") != "" {
		os.Stdout.WriteString("x") // it is there
		if os.Args[len(os.Args)-1] == "stubborn" {
			ignoreQuit()
		}
		os.Stdout.WriteString("y")
		time.Sleep(time.Hour) // until it is killed
	}
	os.Exit(m.Run())
}

func ignoreQuit() {
	never := make(chan os.Signal, 8)
	signal.Notify(never, syscall.SIGQUIT, syscall.SIGTERM)
}

// executable copies this test under another name.
func executable(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	in, err := os.Open(os.Args[0])
	must(t, err)
	defer in.Close()
	out, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o755)
	must(t, err)
	_, err = io.Copy(out, in)
	must(t, err)
	must(t, out.Close())
	return path
}

func start(t *testing.T, path, dir string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.Command(path, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "TEST_PROCESS_PROGRAM=1")
	out, err := cmd.StdoutPipe()
	must(t, err)
	must(t, cmd.Start())
	if _, err := io.ReadFull(out, make([]byte, 2)); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { defer close(ended); cmd.Wait() }()
	t.Cleanup(func() { cmd.Process.Kill(); <-ended })
	return cmd
}

func TestWhatBelongsToAFolder(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "a folder")
	inside := filepath.Join(folder, "data")
	must(t, os.MkdirAll(inside, 0o700))
	must(t, os.MkdirAll(folder+"-2", 0o700))
	elsewhere := t.TempDir()
	server, shell := executable(t, "postgres"), executable(t, "sh")
	tests := map[string]struct {
		reason string
		cmd    *exec.Cmd
		ours   bool
	}{
		"a server by its option":   {"it was started on the folder", start(t, server, elsewhere, "-D", inside), true},
		"a server, joined option":  {"it was started on the folder", start(t, server, elsewhere, "-D"+inside), true},
		"initdb":                   {"it makes a cluster there", start(t, executable(t, "initdb"), elsewhere, "--pgdata="+inside), true},
		"a worker":                 {"it works there", start(t, server, inside), true},
		"a shell in the folder":    {"a person looks at a copy that was kept", start(t, shell, inside), false},
		"another server":           {"on another folder", start(t, server, elsewhere, "-D", elsewhere), false},
		"a folder named alike":     {"the name only begins the same", start(t, server, elsewhere, "-D", folder+"-2"), false},
		"a shell with the option":  {"no program of PostgreSQL", start(t, shell, elsewhere, "-D", inside), false},
		"an editor of the folder":  {"no program of PostgreSQL", start(t, executable(t, "vi"), elsewhere, inside), false},
		"a server, mentioned only": {"the folder is in a longer word", start(t, server, elsewhere, "--note", "see:"+inside), false},
	}
	found, err := In(folder)
	must(t, err)
	ours := map[int]bool{}
	for _, p := range found {
		ours[p.PID] = true
	}
	for name, tc := range tests {
		if got := ours[tc.cmd.Process.Pid]; got != tc.ours {
			t.Errorf("%s: %v, want %v: %s", name, got, tc.ours, tc.reason)
		}
	}
	left, err := End(t.Context(), folder, time.Second)
	if err != nil || len(left) != 0 {
		t.Errorf("left %v, %v", left, err)
	}
	for name, tc := range tests {
		if _, lives := look(tc.cmd.Process.Pid); lives == tc.ours {
			t.Errorf("%s: after the end: runs=%v: %s", name, lives, tc.reason)
		}
	}
}

func TestStubbornServersAreKilled(t *testing.T) {
	folder := t.TempDir()
	start(t, executable(t, "postgres"), folder, "-D", folder, "stubborn")
	start(t, executable(t, "postgres"), folder, "orphan", "stubborn")
	left, err := End(t.Context(), folder, 100*time.Millisecond)
	if err != nil || len(left) != 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

func TestLinkedFolder(t *testing.T) {
	folder := t.TempDir()
	link := filepath.Join(t.TempDir(), "link")
	must(t, os.Symlink(folder, link))
	start(t, executable(t, "postgres"), folder)
	if found, err := In(link); err != nil || len(found) != 1 {
		t.Errorf("through a link: %v, %v", found, err)
	}
}
