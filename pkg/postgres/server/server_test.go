package server_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgtest"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/process"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/server"
	"github.com/lifeboat-dr/lifeboat/pkg/sandbox"
)

var majors = map[string]int{"15": 15, "18": 18}

func TestServer(t *testing.T) {
	for name, major := range majors {
		for mode, loopback := range map[string]bool{"socket": false, "loopback": true} {
			t.Run(name+" "+mode, func(t *testing.T) {
				s := pgtest.Start(t, pgtest.Options{Major: major, Checksums: true, Loopback: loopback})
				t.Log(s.Bin, s.RunsAs())
				if got := s.Value("postgres", "show data_checksums"); got != "on" {
					t.Errorf("data_checksums is %q", got)
				}
				if got := s.Value("postgres", "select current_setting('application_name')"); got != "lifeboat" {
					t.Errorf("application_name is %q", got)
				}
				if running, err := process.In(s.Folder); err != nil || len(running) < 2 {
					t.Errorf("found %v, %v; want the server and its workers", running, err)
				}
				if err := s.Server.Stop(t.Context()); err != nil {
					t.Fatal(err)
				}
				if running, err := process.In(s.Folder); err != nil || len(running) != 0 {
					t.Errorf("still running: %v, %v", running, err)
				}
				if entries, _ := filepath.Glob(s.Host() + "/.s.PGSQL*"); len(entries) != 0 && !loopback {
					t.Errorf("sockets are left: %v", entries)
				}
				if _, err := s.Probe(t.Context()); reasonOf(err) != server.Other {
					t.Errorf("a stopped server is not open: %v", err)
				}
			})
		}
	}
}

// TestEveryWay runs the server as a machine would that refuses the better
// ways.
func TestEveryWay(t *testing.T) {
	for _, way := range sandbox.Ways() {
		for name, major := range majors {
			t.Run(way.String()+" "+name, func(t *testing.T) {
				s := pgtest.Start(t, pgtest.Options{Major: major, Runner: way})
				s.Exec("postgres", "create table t(a int); insert into t values (42)")
				s.Restart(nil)
				if got := s.Value("postgres", "select a from t"); got != "42" {
					t.Errorf("the table says %q", got)
				}
				if running, err := process.In(s.Folder); err != nil || len(running) < 2 {
					t.Errorf("found %v, %v; want the server and its workers", running, err)
				}
			})
		}
	}
}

func reasonOf(err error) server.Reason {
	var exit *server.ExitError
	if errors.As(err, &exit) {
		return exit.Reason
	}
	return ""
}

// await waits for the end of a server that cannot start.
func await(t *testing.T, s *server.Server) error {
	t.Helper()
	for {
		open, err := s.Ready(t.Context())
		if err != nil {
			return err
		}
		if open {
			t.Fatal("the server is open")
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func TestExits(t *testing.T) {
	tests := map[string]struct {
		reason   string
		settings map[string]string
		spoil    func(t *testing.T, s *pgtest.Source)
		want     server.Reason
	}{
		"unknown setting": {"a typing mistake in the plan", map[string]string{"work_memm": "1"}, nil, server.BadSetting},
		"bad value":       {"a wrong value in the plan", map[string]string{"work_mem": "a lot"}, nil, server.BadSetting},
		"library":         {"a preload library that is not installed", map[string]string{"shared_preload_libraries": "no_such_library"}, nil, server.LibraryMissing},
		"no control file": {"a file of the data directory is missing", nil, func(t *testing.T, s *pgtest.Source) {
			must(t, os.Remove(filepath.Join(s.Data, "global", "pg_control")))
		}, server.DataDamaged},
		"version": {"another major version's files", nil, func(t *testing.T, s *pgtest.Source) {
			must(t, os.WriteFile(filepath.Join(s.Data, "PG_VERSION"), []byte("12\n"), 0o600))
		}, server.WrongVersion},
		"no WAL": {"a backup without its WAL", nil, func(t *testing.T, s *pgtest.Source) {
			segments, err := filepath.Glob(filepath.Join(s.Data, "pg_wal", "0*"))
			must(t, err)
			for _, path := range segments {
				must(t, os.Remove(path))
			}
		}, server.WALMissing},
		"socket taken": {"something listens there already", nil, func(t *testing.T, s *pgtest.Source) {
			lock := filepath.Join(s.Host(), ".s.PGSQL.5432.lock")
			// Any living process of the server's user will do; the lock of a
			// dead one, or of somebody else, is taken over.
			run, err := sandbox.Plain()
			must(t, err)
			other, err := run.Start(sandbox.Spec{Program: "/bin/sleep", Args: []string{"600"}})
			must(t, err)
			must(t, os.WriteFile(lock, []byte(fmt.Sprintf("%d\n/x\n1\n5432\n/x\n", other.PID())), 0o644))
			t.Cleanup(func() { os.Remove(lock); other.Kill(); other.Wait() })
		}, server.PortTaken},
		"memory": {"more memory than the machine has", map[string]string{"shared_buffers": "64TB"}, nil, ""},
	}
	s := pgtest.Start(t, pgtest.Options{})
	s.Stop()
	must(t, os.CopyFS(s.Data+".good", os.DirFS(s.Data)))
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			must(t, os.RemoveAll(s.Data))
			must(t, os.CopyFS(s.Data, os.DirFS(s.Data+".good")))
			if tc.spoil != nil {
				tc.spoil(t, s)
			}
			t.Cleanup(s.Stop)
			must(t, s.Server.Start(t.Context(), tc.settings))
			err := await(t, s.Server)
			if tc.want == "" {
				tc.want = reasonOf(err)
			}
			log, _ := os.ReadFile(s.LogPath())
			if got := reasonOf(err); got != tc.want || drill.NameOf(err) != drill.RestoreFailed {
				t.Errorf("%s: %v, want %q; log:\n%s", tc.reason, err, tc.want, log)
			}
			t.Log(err)
			os.Remove(s.LogPath())
		})
	}
}

func TestStartTwiceAndRecover(t *testing.T) {
	s := pgtest.Start(t, pgtest.Options{})
	must(t, s.Server.Start(t.Context(), nil)) // runs already: left alone
	s.Exec("postgres", "create table t(a int); insert into t values (42)")
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // no time for a gentle stop
	must(t, s.Server.Stop(ctx))
	s.Restart(nil)
	if got := s.Value("postgres", "select a from t"); got != "42" {
		t.Errorf("after a crash the table says %q", got)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestStoppedInitDB: a bootstrapping server that is ended itself leaves shared
// memory behind, which nothing would ever remove.
func TestStoppedInitDB(t *testing.T) {
	set := pgtest.Binaries(t, 0)
	segments := func() []string {
		found, err := filepath.Glob("/dev/shm/PostgreSQL.*")
		must(t, err)
		return found
	}
	before := segments()
	for _, after := range []time.Duration{50 * time.Millisecond, 150 * time.Millisecond, 300 * time.Millisecond} {
		root, err := os.MkdirTemp("", "lbi")
		must(t, err)
		defer os.RemoveAll(root)
		must(t, os.Chmod(root, 0o755))
		folder, sockets := filepath.Join(root, "f"), filepath.Join(root, "s")
		must(t, os.Mkdir(folder, 0o700))
		must(t, os.Mkdir(sockets, 0o700))
		s, err := server.New(t.Context(), server.Config{Bin: set, Folder: folder, Data: filepath.Join(folder, "data"), SocketDir: sockets})
		must(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), after)
		defer cancel()
		if err := s.InitDB(ctx, "UTF8"); err == nil {
			t.Logf("initdb was done in %v", after)
		}
		if running, err := process.In(folder); err != nil || len(running) > 0 {
			t.Errorf("after %v: still running: %v, %v", after, running, err)
		}
	}
	// Other tests of this machine make some too, which vanish.
	left := slices.DeleteFunc(segments(), func(path string) bool { return slices.Contains(before, path) })
	for range 1000 {
		left = slices.DeleteFunc(left, func(path string) bool { _, err := os.Stat(path); return err != nil })
		if len(left) == 0 {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("shared memory is left: %v", left)
}
