package privilege

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

func asRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("not root: there is nothing to drop")
	}
}

func TestEveryWayWritesItsOwnFiles(t *testing.T) {
	for _, r := range Ways() {
		t.Run(r.String(), func(t *testing.T) {
			root, err := os.MkdirTemp("", "lbp")
			must(t, err)
			defer os.RemoveAll(root)
			must(t, os.Chmod(root, 0o755))
			folder := filepath.Join(root, "a folder")
			must(t, os.Mkdir(folder, 0o700))
			must(t, os.WriteFile(filepath.Join(folder, "given"), []byte("x"), 0o600))
			must(t, os.Symlink("/etc/hostname", filepath.Join(folder, "link")))
			before, err := os.Stat("/etc/hostname")
			must(t, err)
			must(t, r.Own(folder))
			if after, err := os.Stat("/etc/hostname"); err != nil || after.Sys().(*syscall.Stat_t).Uid != before.Sys().(*syscall.Stat_t).Uid {
				t.Error("the target of a link got another owner")
			}
			cmd := exec.Command("/bin/sh", "-c", `cat given && echo made > made && test "$(id -u)" != 0 && test -O made && ! chown 12345 made 2>/dev/null`)
			cmd.Dir = folder
			r.Prepare(cmd)
			must(t, Start(cmd))
			must(t, cmd.Wait())
			info, err := os.Stat(filepath.Join(folder, "made"))
			must(t, err)
			if uid := int(info.Sys().(*syscall.Stat_t).Uid); uid != r.UID() {
				t.Errorf("what it made belongs to %d, want %d", uid, r.UID())
			}
		})
	}
}

func TestChoose(t *testing.T) {
	works, refused := &Runner{mode: OtherUser, uid: 65534, gid: 65534, name: "nobody"}, &Runner{mode: OtherUser, uid: 0, gid: 0}
	if r, err := choose(1000, nil); err != nil || r.Mode() != Self {
		t.Errorf("an ordinary user: %v, %v", r, err)
	}
	if _, err := choose(0, nil); drill.NameOf(err) != drill.RestoreRefused {
		t.Errorf("no way at all: %v", err)
	}
	asRoot(t)
	if r, err := choose(0, []*Runner{refused, works}); err != nil || r != works {
		t.Errorf("the second way works: %v, %v", r, err)
	}
}

func TestReachesAndProgramsAndScratch(t *testing.T) {
	asRoot(t)
	root, err := os.MkdirTemp("", "lbp")
	must(t, err)
	defer os.RemoveAll(root)
	must(t, os.Chmod(root, 0o755))
	closed := filepath.Join(root, "home", "clone")
	bin := filepath.Join(closed, "native", "bin")
	must(t, os.MkdirAll(bin, 0o755))
	must(t, os.MkdirAll(filepath.Join(closed, "native", "lib"), 0o755))
	must(t, os.WriteFile(filepath.Join(closed, "native", "lib", "l.so.1.2"), []byte("x"), 0o644))
	must(t, os.Symlink("l.so.1.2", filepath.Join(closed, "native", "lib", "l.so")))
	must(t, os.WriteFile(filepath.Join(bin, "hello"), []byte("#!/bin/sh\ncat \"$(dirname \"$0\")/../lib/l.so\"\n"), 0o755))
	must(t, os.Chmod(filepath.Join(root, "home"), 0o700))
	scratch := filepath.Join(root, "scratch")
	must(t, os.Mkdir(scratch, 0o755))
	for _, r := range Ways() {
		t.Run(r.String(), func(t *testing.T) {
			ctx := t.Context()
			reaches := r.mode == Namespace // on the machine it is root
			if got := r.Reaches(ctx, bin); got != reaches {
				t.Errorf("reaches a folder that only root can enter: %v, want %v", got, reaches)
			}
			into := filepath.Join(scratch, strconv.Itoa(r.uid), "programs")
			must(t, os.MkdirAll(filepath.Dir(into), 0o755))
			for range 2 {
				dir, err := r.Programs(ctx, bin, into)
				must(t, err)
				if (dir == bin) != reaches {
					t.Errorf("programs in %s", dir)
				}
				cmd := exec.CommandContext(ctx, filepath.Join(dir, "hello"))
				cmd.Dir = "/"
				r.Prepare(cmd)
				if out, err := cmd.Output(); err != nil || string(out) != "x" {
					t.Errorf("%q, %v", out, err)
				}
			}
			below := filepath.Join(closed, "native", "lib", "l.so", "below a file")
			if got := r.Scratch(ctx, below); got != below {
				t.Errorf("a file in the way of the scratch folder is passed over: %s", got)
			}
			preferred := filepath.Join(closed, "not", "yet", "made")
			got := r.Scratch(ctx, preferred)
			if (got == preferred) != reaches {
				t.Errorf("scratch folder is %s", got)
			}
			if again := r.Scratch(ctx, preferred); again != got {
				t.Errorf("another answer: %s, %s", got, again)
			}
		})
	}
}

// TestMain is also the parent that a test kills.
func TestMain(m *testing.M) {
	if index := os.Getenv("TEST_PRIVILEGE_PARENT"); index != "" {
		i, _ := strconv.Atoi(index)
		r := Ways()[i]
		cmd := exec.Command("/bin/sleep", "600")
		r.Prepare(cmd)
		DieWithParent(cmd, syscall.SIGTERM)
		if err := Start(cmd); err != nil {
			fmt.Println("error", err)
			os.Exit(1)
		}
		fmt.Println(cmd.Process.Pid)
		time.Sleep(time.Hour) // until it is killed
	}
	os.Exit(m.Run())
}

func TestDiesWithParent(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("this platform has no parent-death signal")
	}
	for i, r := range Ways() {
		t.Run(r.String(), func(t *testing.T) {
			parent := exec.Command(os.Args[0])
			parent.Env = append(os.Environ(), fmt.Sprintf("TEST_PRIVILEGE_PARENT=%d", i))
			out, err := parent.StdoutPipe()
			must(t, err)
			must(t, parent.Start())
			line, _ := bufio.NewReader(out).ReadString('\n')
			child, err := strconv.Atoi(strings.TrimSpace(line))
			if err != nil {
				t.Fatalf("the parent said %q", line)
			}
			defer syscall.Kill(child, syscall.SIGKILL)
			if !runs(child) {
				t.Fatal("the child does not run")
			}
			must(t, parent.Process.Kill())
			parent.Wait()
			for range 500 {
				if !runs(child) {
					return
				}
				time.Sleep(10 * time.Millisecond)
			}
			t.Error("the child outlives its parent")
		})
	}
}

func runs(pid int) bool {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	stat := string(raw)
	state := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])[0]
	return state != "Z" && state != "X"
}

// TestStartKeepsChildren: a child started from a goroutine whose thread ends
// must live on.
func TestStartKeepsChildren(t *testing.T) {
	cmd := exec.CommandContext(context.Background(), "/bin/sleep", "600")
	DieWithParent(cmd, syscall.SIGKILL)
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // and never unlocks: the thread ends with the goroutine
		done <- Start(cmd)
	}()
	must(t, <-done)
	defer cmd.Wait()
	defer cmd.Process.Kill()
	time.Sleep(200 * time.Millisecond)
	if !runs(cmd.Process.Pid) {
		t.Error("the child was killed with the thread of a goroutine")
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
