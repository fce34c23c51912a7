package sandbox

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// asOrdinaryUser repeats a test as an ordinary user, where it runs as root.
func asOrdinaryUser(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 || os.Getenv("TEST_SANDBOX_ORDINARY") != "" {
		return
	}
	t.Run("as an ordinary user", func(t *testing.T) {
		home, err := os.MkdirTemp("", "lbo")
		must(t, err)
		t.Cleanup(func() { os.RemoveAll(home) })
		must(t, os.Chown(home, 65534, 65534))
		name, _, _ := strings.Cut(t.Name(), "/")
		cmd := exec.Command("/proc/self/exe", "-test.run=^"+name+"$", "-test.v")
		cmd.Dir = home
		cmd.Env = append(os.Environ(), "TEST_SANDBOX_ORDINARY=1", "TMPDIR="+home, "HOME="+home)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Errorf("%v\n%s", err, out)
		}
		if bytes.Contains(out, []byte("--- SKIP: "+name)) {
			t.Skipf("%s", out)
		}
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// namespaces returns the protection by namespaces, or skips.
func namespaces(t *testing.T) *Protection {
	t.Helper()
	for _, p := range Ways() {
		if p.Kind() == Namespaces {
			return p
		}
	}
	t.Skip("this machine refuses user namespaces")
	return nil
}

// room is a folder that the sandbox may write.
func room(t *testing.T, p *Protection) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "lbr")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	must(t, os.Chmod(dir, 0o755))
	inside := filepath.Join(dir, "a room")
	must(t, os.Mkdir(inside, 0o700))
	must(t, p.Own(inside))
	return inside
}

// sh runs a shell in the sandbox, and returns what it printed.
func sh(t *testing.T, p *Protection, script string, spec Spec) string {
	t.Helper()
	var out bytes.Buffer
	spec.Program, spec.Args = "/bin/sh", []string{"-c", script}
	spec.Env = append(spec.Env, "PATH=/usr/bin:/bin:/usr/sbin:/sbin")
	spec.Stdout, spec.Stderr = &out, &out
	s, err := p.Start(spec)
	must(t, err)
	if err := s.Wait(); err != nil {
		fmt.Fprintln(&out, err)
	}
	return out.String()
}

func TestWhatASandboxSees(t *testing.T) {
	asOrdinaryUser(t)
	p := namespaces(t)
	secret := filepath.Join(t.TempDir(), "secret")
	must(t, os.WriteFile(secret, []byte("canary"), 0o644))
	inside := room(t, p)
	readable := filepath.Join(t.TempDir(), "conf")
	must(t, os.WriteFile(readable, []byte("readable"), 0o644))
	for name, tc := range map[string]struct{ script, has, hasNot string }{
		"itself":            {"id -u; id -un; hostname", "1000\nlifeboat\nlifeboat\n", "root"},
		"processes":         {"ls /proc | grep -c '^[0-9]'; readlink /proc/1/exe", "\n", "systemd"},
		"a secret":          {"cat '" + secret + "' /root/* /etc/shadow /home/* 2>&1; ls /old /root /home 2>&1", "No such file", "canary"},
		"writes outside":    {"for f in / /usr /etc /bin /dev; do touch $f/x 2>/dev/null && echo wrote $f; done; echo done", "done", "wrote"},
		"its room":          {"cd '" + inside + "' && echo x > made && cat made && rm made", "x\n", "denied"},
		"temporary folders": {"echo x > /tmp/y && echo z > /dev/shm/y && cat /tmp/y /dev/shm/y", "x\nz\n", ""},
		"its configuration": {"cat '" + readable + "'; echo y >> '" + readable + "'", "readable", "wrote"},
		"capabilities":      {"grep -E 'Cap|NoNewPrivs|Seccomp:' /proc/self/status", "CapBnd:\t0000000000000000\nCapAmb:\t0000000000000000\nNoNewPrivs:\t1\nSeccomp:\t2", "fff"},
		"the network":       {"cat /proc/net/dev | tail -n +3 | cut -d: -f1; cat /proc/net/route | wc -l", "lo\n", "eth"},
		"a namespace":       {"unshare -Ur true; unshare -m true; mount -t tmpfs x /tmp", "not permitted", ""},
		"environment":       {"env", "PATH=", "HOME"},
		"core files":        {"ulimit -c", "0\n", ""},
		"file descriptors":  {"ls -l /proc/self/fd", "", "socket"},
		"setuid programs":   {"su -c id 2>&1; mount | grep -E ' / | /usr '", "nosuid", "uid=0"},
	} {
		t.Run(name, func(t *testing.T) {
			got := sh(t, p, tc.script, Spec{Writable: []string{inside}, ReadOnly: []string{readable}})
			if !strings.Contains(got, tc.has) || tc.hasNot != "" && strings.Contains(got, tc.hasNot) {
				t.Errorf("printed %q, want %q and not %q", got, tc.has, tc.hasNot)
			}
		})
	}
	if raw, err := os.ReadFile(readable); err != nil || string(raw) != "readable" {
		t.Errorf("what is read-only was changed: %q, %v", raw, err)
	}
}

// TestABackupIsReadableAndReadOnly: 0600 files, also of root, below a closed
// folder.
func TestABackupIsReadableAndReadOnly(t *testing.T) {
	asOrdinaryUser(t)
	p := namespaces(t)
	dir := t.TempDir()
	must(t, os.Chmod(dir, 0o700))
	backup := filepath.Join(dir, "a backup")
	must(t, os.Mkdir(backup, 0o700))
	file := filepath.Join(backup, "toc.dat")
	must(t, os.WriteFile(file, []byte("rows"), 0o600))
	must(t, os.WriteFile(filepath.Join(backup, "run"), []byte("#!/bin/sh\necho ran\n"), 0o700))
	for name, what := range map[string]string{"a folder": backup, "a file": file} {
		script := `f="` + file + `"; cat "$f"; echo x > "$f"; rm -f "$f"; chmod 666 "$f"; sh -c "` + backup + `/run"; "` + backup + `/run"`
		got := sh(t, p, script, Spec{Backups: []string{what}})
		if !strings.HasPrefix(got, "rows") || strings.Contains(got, "ran") {
			t.Errorf("%s: %q", name, got)
		}
	}
	raw, err := os.ReadFile(file)
	info, _ := os.Stat(file)
	if err != nil || string(raw) != "rows" || info.Mode().Perm() != 0o600 {
		t.Errorf("the backup was changed: %q, %v, %v", raw, info.Mode(), err)
	}
}

// TestNothingOutlivesASandbox: daemons, whoever ends.
func TestNothingOutlivesASandbox(t *testing.T) {
	asOrdinaryUser(t)
	for _, p := range Ways() {
		if p.Kind() == None {
			continue
		}
		t.Run(string(p.Kind()), func(t *testing.T) {
			inside := room(t, p)
			beat := filepath.Join(inside, "beat")
			sh(t, p, `cd "`+inside+`"; setsid sh -c '(while :; do echo x >> beat; sleep 0.05; done) & ' </dev/null >/dev/null 2>&1 & sleep 0.3`, Spec{Writable: []string{inside}})
			quiet(t, beat)
			spec := Spec{Program: "/bin/sh", Args: []string{"-c", `cd "` + inside + `"; setsid sh -c 'while :; do echo x >> beat; sleep 0.05; done' & sleep 600`}, Env: []string{"PATH=/usr/bin:/bin"}, Writable: []string{inside}}
			s, err := p.Start(spec)
			must(t, err)
			time.Sleep(300 * time.Millisecond)
			s.Kill()
			if err := s.Wait(); err == nil {
				t.Error("a killed program ended well")
			}
			if p.Kind() == Namespaces {
				quiet(t, beat)
			}
		})
	}
}

// quiet fails where a file grows.
func quiet(t *testing.T, path string) {
	t.Helper()
	before, err := os.ReadFile(path)
	must(t, err)
	time.Sleep(300 * time.Millisecond)
	if after, err := os.ReadFile(path); err != nil || len(after) != len(before) || len(before) == 0 {
		t.Errorf("it lives on: %d bytes, then %d, %v", len(before), len(after), err)
	}
}

func TestExits(t *testing.T) {
	asOrdinaryUser(t)
	for _, p := range Ways() {
		t.Run(string(p.Kind()), func(t *testing.T) {
			for script, want := range map[string]string{"exit 3": "exit status 3", "kill -TERM $$": "signal: terminated", "exit 0": "<nil>"} {
				s, err := p.Start(Spec{Program: "/bin/sh", Args: []string{"-c", script}, Env: []string{"PATH=/bin:/usr/bin"}})
				must(t, err)
				if got := fmt.Sprint(s.Wait()); got != want {
					t.Errorf("%s: %s, want %s", script, got, want)
				}
			}
			if _, err := p.Start(Spec{Program: "/no/such/program"}); err == nil {
				t.Error("what is not there was started")
			}
			s, err := p.Start(Spec{Program: "/bin/sh", Args: []string{"-c", "trap 'exit 7' INT; while :; do sleep 0.05; done"}, Env: []string{"PATH=/bin:/usr/bin"}})
			must(t, err)
			time.Sleep(200 * time.Millisecond)
			must(t, s.Signal(syscall.SIGINT))
			if got := fmt.Sprint(s.Wait()); got != "exit status 7" {
				t.Errorf("a signal: %s", got)
			}
		})
	}
}

// TestNoNetwork: a listener on this machine gets no connection.
func TestNoNetwork(t *testing.T) {
	asOrdinaryUser(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer l.Close()
	met := make(chan struct{}, 8)
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
			met <- struct{}{}
		}
	}()
	port := l.Addr().(*net.TCPAddr).Port
	for _, p := range Ways() {
		if p.Kind() == None {
			continue
		}
		got := sh(t, p, fmt.Sprintf(`bash -c 'exec 3<>/dev/tcp/127.0.0.1/%d && echo connected' 2>&1`, port), Spec{})
		if strings.Contains(got, "connected") {
			t.Errorf("%s: %s", p, got)
		}
	}
	select {
	case <-met:
		t.Error("somebody connected")
	case <-time.After(100 * time.Millisecond):
	}
}
