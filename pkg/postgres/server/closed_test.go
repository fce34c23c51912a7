package server_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgtest"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/server"
	"github.com/lifeboat-dr/lifeboat/pkg/sandbox"
)

// TestProgramsBehindAClosedFolder: a clone under a home that others cannot
// enter, with the programs of the npm package in it.
func TestProgramsBehindAClosedFolder(t *testing.T) {
	set := pgtest.Binaries(t, 18)
	home := t.TempDir()
	must(t, os.Chmod(home, 0o700))
	prefix := filepath.Join(home, "native")
	must(t, os.CopyFS(prefix, os.DirFS(filepath.Dir(set.Dir))))
	set.Dir = filepath.Join(prefix, "bin")
	for _, way := range sandbox.Ways() {
		t.Run(way.String(), func(t *testing.T) {
			s := pgtest.Start(t, pgtest.Options{Bin: &set, Runner: way})
			if got := s.Value("postgres", "select 42"); got != "42" {
				t.Errorf("it says %q", got)
			}
		})
	}
}

// TestDebiansProgramsBehindAClosedFolder: Debian's packages, unpacked below a home
// that others cannot enter, have their shared files elsewhere than beside bin.
func TestDebiansProgramsBehindAClosedFolder(t *testing.T) {
	const programs = "/usr/lib/postgresql/"
	set := pgtest.Binaries(t, 0)
	version, isDebians := strings.CutPrefix(filepath.Dir(set.Dir), programs)
	if !isDebians {
		t.Skipf("the programs of %s are not Debian's", set.Dir)
	}
	home := t.TempDir()
	must(t, os.Chmod(home, 0o700))
	for _, part := range []string{programs + version, "/usr/share/postgresql/" + version} {
		must(t, os.CopyFS(filepath.Join(home, part), os.DirFS(part)))
	}
	set.Dir = filepath.Join(home, programs, version, "bin")
	sample, err := os.OpenFile(filepath.Join(home, "/usr/share/postgresql/", version, "postgresql.conf.sample"), os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	_, err = sample.WriteString("# moved\n") // or those of the machine, where they were built for, would do
	must(t, errors.Join(err, sample.Close()))
	for _, way := range sandbox.Ways() {
		t.Run(way.String(), func(t *testing.T) {
			s := pgtest.Start(t, pgtest.Options{Bin: &set, Runner: way})
			made, err := os.ReadFile(filepath.Join(s.Data, "postgresql.conf"))
			must(t, err)
			if !strings.Contains(string(made), "# moved") {
				t.Error("its shared files are not those beside it")
			}
		})
	}
}

// TestSocketsBehindAClosedFolder: a temporary folder of root's own, which the
// server's user cannot enter.
func TestSocketsBehindAClosedFolder(t *testing.T) {
	set := pgtest.Binaries(t, 0)
	for _, way := range sandbox.Ways() {
		t.Run(way.String(), func(t *testing.T) {
			s := pgtest.Start(t, pgtest.Options{Bin: &set, Runner: way}) // for a folder and data
			s.Stop()
			closed, err := os.MkdirTemp("", "lbc")
			must(t, err)
			t.Cleanup(func() { os.RemoveAll(closed) })
			sockets := filepath.Join(closed, "s")
			must(t, os.Mkdir(sockets, 0o700))
			again, err := server.New(t.Context(), server.Config{Bin: set, Folder: s.Folder, Data: s.Data, SocketDir: sockets, Runner: way})
			if way.Kind() == sandbox.Landlock && os.Geteuid() == 0 {
				if drill.NameOf(err) != drill.RestoreRefused { // there is no loopback address in a sandbox
					t.Errorf("error %v, want RestoreRefused", err)
				}
				return
			}
			must(t, err)
			t.Cleanup(func() { must(t, again.Stop(context.Background())) })
			must(t, again.Start(t.Context(), nil))
			for open := false; !open; time.Sleep(10 * time.Millisecond) {
				open, err = again.Ready(t.Context())
				must(t, err)
			}
			if onSocket := again.PasswordFile() == ""; onSocket == (way.Kind() == sandbox.None && os.Geteuid() == 0) {
				t.Errorf("listens on %s", again.Host())
			}
		})
	}
}
