package restore_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
)

// programs is a folder with server and client programs of one version.
func programs(t testing.TB) string {
	t.Helper()
	folders, _ := filepath.Glob("/usr/lib/postgresql/*/bin")
	more, _ := filepath.Glob("/usr/pgsql-*/bin")
	for _, folder := range slices.Backward(slices.Sorted(slices.Values(append(folders, more...)))) {
		if _, err := os.Stat(filepath.Join(folder, "pg_basebackup")); err == nil {
			if _, err := os.Stat(filepath.Join(folder, "initdb")); err == nil {
				return folder
			}
		}
	}
	t.Skip("no PostgreSQL with server and client programs in the usual folders")
	return ""
}

// cluster is a PostgreSQL server for tests, run as the user postgres where the
// test runs as root. It is a restore.Server too.
type cluster struct {
	t         testing.TB
	bin       string
	home      string // owned by the server's user; holds the socket and the log
	data      string
	libraries []string
}

// newCluster makes the folder of a cluster, with a path short enough for a
// socket.
func newCluster(t testing.TB, bin string) *cluster {
	t.Helper()
	home, err := os.MkdirTemp("", "lb")
	if err != nil {
		t.Fatal(err)
	}
	c := &cluster{t: t, bin: bin, home: home, data: filepath.Join(home, "data")}
	t.Cleanup(func() {
		_ = c.run("pg_ctl", "-D", c.data, "-m", "immediate", "-w", "stop")
		os.RemoveAll(home)
	})
	c.own()
	return c
}

func (c *cluster) credential() *syscall.Credential {
	if os.Geteuid() != 0 {
		return nil
	}
	u, err := user.Lookup("postgres")
	if err != nil {
		c.t.Skip("root without a user postgres to run the server as")
	}
	uid, _ := strconv.Atoi(u.Uid)
	gid, _ := strconv.Atoi(u.Gid)
	return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}
}

// own gives everything below home to the server's user.
func (c *cluster) own() {
	if credential := c.credential(); credential != nil {
		_ = filepath.WalkDir(c.home, func(path string, _ fs.DirEntry, _ error) error {
			return os.Lchown(path, int(credential.Uid), int(credential.Gid))
		})
	}
}

func (c *cluster) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(c.bin, name), args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: c.credential()}
	cmd.Dir = c.home
	cmd.Env = append(os.Environ(), "PGHOST="+c.home, "PGUSER=dba", "TZ=UTC")
	return cmd
}

func (c *cluster) run(name string, args ...string) error {
	out, err := c.command(context.Background(), name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, out)
	}
	return nil
}

func (c *cluster) must(name string, args ...string) {
	c.t.Helper()
	if err := c.run(name, args...); err != nil {
		c.t.Fatal(err)
	}
}

// sql runs statements with psql, each -c apart.
func (c *cluster) sql(database string, statements ...string) {
	c.t.Helper()
	args := []string{"-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", database}
	for _, s := range statements {
		args = append(args, "-c", s)
	}
	c.must("psql", args...)
}

// startSource makes a live server with checksums and a superuser called dba.
func startSource(t testing.TB, bin, conf string) *cluster {
	t.Helper()
	c := newCluster(t, bin)
	c.must("initdb", "-D", c.data, "-k", "-A", "trust", "-U", "dba", "--locale=C.UTF-8", "--no-sync")
	f, err := os.OpenFile(filepath.Join(c.data, "postgresql.conf"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	fmt.Fprintf(f, "listen_addresses = ''\nunix_socket_directories = '%s'\nlog_timezone = 'UTC'\nfsync = off\n%s\n", c.home, conf)
	f.Close()
	c.must("pg_ctl", "-D", c.data, "-w", "-l", filepath.Join(c.home, "log"), "start")
	return c
}

func (c *cluster) InitDB(_ context.Context, encoding string) error {
	c.own()
	return c.run("initdb", "-D", c.data, "-U", "postgres", "-E", encoding, "--locale=C.UTF-8", "-A", "trust", "--no-sync")
}

func (c *cluster) Start(_ context.Context, settings map[string]string) error {
	var conf strings.Builder
	for name, value := range settings {
		fmt.Fprintf(&conf, "%s = '%s'\n", name, strings.ReplaceAll(value, "'", "''"))
	}
	fmt.Fprintf(&conf, "listen_addresses = ''\nunix_socket_directories = '%s'\nfsync = off\n", c.home)
	err := errors.Join(
		os.WriteFile(filepath.Join(c.data, "postgresql.conf"), []byte(conf.String()), 0o600),
		os.WriteFile(filepath.Join(c.data, "pg_hba.conf"), []byte("local all all trust\n"), 0o600),
		os.WriteFile(filepath.Join(c.data, "pg_ident.conf"), nil, 0o600),
	)
	c.own()
	return errors.Join(err, c.run("pg_ctl", "-D", c.data, "-w", "-l", filepath.Join(c.home, "log"), "start"))
}

func (c *cluster) Ready(context.Context) (bool, error) { return true, nil }

func (c *cluster) Connect(ctx context.Context, user, database string, parameters map[string]string) (*pgconn.PgConn, error) {
	config, err := pgconn.ParseConfig("host=" + c.home)
	if err != nil {
		return nil, err
	}
	config.User, config.Database = user, database
	for name, value := range parameters {
		config.RuntimeParams[name] = value
	}
	return pgconn.ConnectConfig(ctx, config)
}

func (c *cluster) HasLibrary(name string) bool { return slices.Contains(c.libraries, name) }

func (c *cluster) Tool(ctx context.Context, name string, args []string, line func(string)) error {
	cmd := c.command(ctx, name, args...)
	cmd.SysProcAttr = nil // a client: as the test's own user
	cmd.Env = append(cmd.Env, "PGUSER=postgres")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		line(lines.Text())
	}
	return cmd.Wait()
}
