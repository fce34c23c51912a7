// Package pgtest starts a real PostgreSQL for tests: a source with data of its
// own, as any binaries of this machine can run it, also when the tests run as
// root. Where there are none the test is skipped, with the reason.
//
// The server and its folder are removed when the test ends; should the test
// process be killed, the server dies with it where the platform allows.
package pgtest

import (
	"context"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgbin"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/server"
	"github.com/lifeboat-dr/lifeboat/pkg/sandbox"
)

// Options are the knobs of a source.
type Options struct {
	// Major asks for a version; 0 takes the first that is found.
	Major int
	// Bin names programs; nil: those that are found.
	Bin *pgbin.Set
	// Checksums switches data checksums on.
	Checksums bool
	// Settings are laid over the defaults, which allow base backups.
	Settings map[string]string
	// Loopback has the server listen on the loopback address, with a password.
	Loopback bool
	// Runner is how the server is run; nil: without a sandbox, as a live server
	// is.
	Runner *sandbox.Protection
}

// Source is a running server.
type Source struct {
	*server.Server
	Bin    pgbin.Set
	Folder string // of everything; has a space in its path
	Data   string
	run    *sandbox.Protection
	t      testing.TB
}

// Start makes a new cluster and starts it; it returns when connections are
// accepted.
func Start(t testing.TB, o Options) *Source {
	t.Helper()
	if o.Bin == nil {
		set := Binaries(t, o.Major)
		o.Bin = &set
	}
	s := prepare(t, *o.Bin, o)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if err := s.InitCluster(ctx, server.InitOptions{Checksums: o.Checksums}); err != nil {
		t.Fatal(err)
	}
	s.Restart(o.Settings)
	return s
}

// StartOn starts a server on a copy of a data directory, such as a base backup
// without tablespaces.
func StartOn(t testing.TB, bin pgbin.Set, dir string) *Source {
	t.Helper()
	s := prepare(t, bin, Options{})
	if err := os.CopyFS(s.Data, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	s.Restart(nil)
	return s
}

// prepare makes the folders of a source.
func prepare(t testing.TB, bin pgbin.Set, o Options) *Source {
	t.Helper()
	root, err := os.MkdirTemp("", "lbt")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(root) })
	s := &Source{Bin: bin, Folder: filepath.Join(root, "a source"), t: t}
	s.Data = filepath.Join(s.Folder, "data")
	if err := os.Mkdir(s.Folder, 0o700); err != nil {
		t.Fatal(err)
	}
	sockets := socketFolder(t)
	if err := os.Chmod(root, 0o755); err != nil { // the server's user passes through
		t.Fatal(err)
	}
	endWithUs(t, s.Data, root, sockets)
	if s.run = o.Runner; s.run == nil {
		if s.run, err = sandbox.Plain(); err != nil {
			t.Fatal(err)
		}
	}
	s.Server, err = server.New(t.Context(), server.Config{Bin: bin, Folder: s.Folder, Data: s.Data, SocketDir: sockets, Loopback: o.Loopback, Runner: s.run})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Stop)
	return s
}

// socketFolder makes a folder of its own for sockets: in /tmp where the
// temporary folder's path leaves no room for a socket's name.
func socketFolder(t testing.TB) string {
	t.Helper()
	const longest = 60
	base := os.TempDir()
	if len(base) > longest {
		base = "/tmp"
	}
	dir, err := os.MkdirTemp(base, "lbs")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

// Binaries returns programs of a major version (0: any), or skips the test.
func Binaries(t testing.TB, major int) pgbin.Set {
	t.Helper()
	found, err := pgbin.Find(t.Context(), pgbin.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range found.Sets {
		if (major == 0 || set.Major == major) && set.Has("initdb") {
			return set
		}
	}
	t.Skipf("no PostgreSQL programs of version %d here (0: any); found %v, not running %v", major, found.Sets, found.Broken)
	return pgbin.Set{}
}

// Restart starts the server, stopped first if it runs, with settings laid over
// the defaults.
func (s *Source) Restart(settings map[string]string) {
	s.t.Helper()
	s.Stop()
	all := map[string]string{"wal_level": "replica", "max_wal_senders": "4", "fsync": "off"}
	maps.Copy(all, settings)
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := s.Server.Start(ctx, all); err != nil {
		s.t.Fatal(err)
	}
	for {
		ready, err := s.Ready(ctx)
		if err != nil {
			log, _ := os.ReadFile(s.LogPath())
			s.t.Fatalf("%v\n%s", err, log)
		}
		if ready {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
}

// Own gives a folder to the user that the server runs as, for a tablespace.
func (s *Source) Own(folder string) error { return s.run.Own(folder) }

// Stop stops the server; it may be started again.
func (s *Source) Stop() {
	if err := s.Server.Stop(context.Background()); err != nil {
		s.t.Error(err)
	}
}

// URL names a database of the server, for pgx and libpq. On the loopback
// address it holds the password.
func (s *Source) URL(database string) string {
	u := url.URL{Scheme: "postgres", Path: "/" + database, User: url.User(server.Superuser)}
	query := url.Values{"sslmode": {"disable"}}
	if file := s.PasswordFile(); file != "" {
		u.User = url.UserPassword(server.Superuser, s.Password())
		u.Host = s.Host() + ":" + strconv.Itoa(s.Port())
	} else {
		query.Set("host", s.Host())
		query.Set("port", strconv.Itoa(s.Port()))
	}
	u.RawQuery = query.Encode()
	return u.String()
}

// Exec runs statements; each call is a transaction unless the statements say
// otherwise.
func (s *Source) Exec(database, sql string) {
	s.t.Helper()
	conn := s.connect(database)
	defer conn.Close(context.Background())
	if _, err := conn.PgConn().Exec(context.Background(), sql).ReadAll(); err != nil {
		s.t.Fatalf("%v in %.200s", err, sql)
	}
}

// Value asks for one value, as text.
func (s *Source) Value(database, sql string) string {
	s.t.Helper()
	conn := s.connect(database)
	defer conn.Close(context.Background())
	results, err := conn.PgConn().Exec(context.Background(), sql).ReadAll()
	if err != nil || len(results) == 0 || len(results[0].Rows) == 0 {
		s.t.Fatalf("%v: no value from %.200s", err, sql)
	}
	return string(results[0].Rows[0][0])
}

func (s *Source) connect(database string) *pgx.Conn {
	s.t.Helper()
	conn, err := s.Conn(context.Background(), database)
	if err != nil {
		s.t.Fatal(err)
	}
	return conn
}

// LoadSQL runs a file as pg_dump writes it, by psql of the same set or of
// PATH; without psql the test is skipped.
func (s *Source) LoadSQL(database, path string) {
	s.t.Helper()
	psql := s.Bin.Path("psql")
	if !s.Bin.Has("psql") {
		var err error
		if psql, err = exec.LookPath("psql"); err != nil {
			s.t.Skip("psql is not installed: ", path, " cannot be loaded")
		}
	}
	cmd := exec.Command(psql, "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--file="+path, "--dbname="+s.URL(database))
	if out, err := cmd.CombinedOutput(); err != nil {
		s.t.Fatalf("load %s: %v\n%s", path, err, out)
	}
}
