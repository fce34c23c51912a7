// Package live runs a live PostgreSQL for the samples: what a user has, and lifeboat
// backs up.
package live

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgbin"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/server"
	"github.com/lifeboat-dr/lifeboat/pkg/sandbox"
)

// Server is a live server with one database.
type Server struct {
	Version string // of PostgreSQL
	Bin     string // where its programs are
	Conn    *pgx.Conn

	server  *server.Server
	sockets string
}

// Start makes a server in a folder, with a database that sql fills.
func Start(ctx context.Context, folder, database, sql string) (*Server, error) {
	found, err := pgbin.Find(ctx, pgbin.Options{})
	if err != nil {
		return nil, err
	}
	if len(found.Sets) == 0 {
		return nil, fmt.Errorf("no PostgreSQL programs found (looked in %v): make installs them with npm; does this platform have the package?", found.Looked)
	}
	bin := found.Sets[0]
	home, err := filepath.Abs(folder)
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
	s := &Server{Version: bin.Version, Bin: bin.Dir, sockets: sockets}
	if err := s.start(ctx, bin, home, database, sql); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Server) start(ctx context.Context, bin pgbin.Set, home, database, sql string) error {
	run, err := sandbox.Detect()
	if err != nil {
		return err
	}
	if !run.Reaches(ctx, home) { // root's closed home, and the server's user is another
		home = filepath.Join(s.sockets, "server")
		if err := os.Mkdir(home, 0o700); err != nil {
			return err
		}
	}
	s.server, err = server.New(ctx, server.Config{Bin: bin, Folder: home, Data: filepath.Join(home, "data"), SocketDir: s.sockets})
	if err != nil {
		return err
	}
	if err := s.server.InitCluster(ctx, server.InitOptions{Checksums: true}); err != nil {
		return err
	}
	if err := s.server.Start(ctx, map[string]string{"wal_level": "replica", "max_wal_senders": "4"}); err != nil {
		return err
	}
	for ready := false; !ready; time.Sleep(20 * time.Millisecond) {
		if ready, err = s.server.Ready(ctx); err != nil {
			return err
		}
	}
	admin, err := s.server.Conn(ctx, "postgres")
	if err != nil {
		return err
	}
	defer admin.Close(ctx)
	if _, err := admin.Exec(ctx, "create database "+pgx.Identifier{database}.Sanitize()); err != nil {
		return err
	}
	if s.Conn, err = s.server.Conn(ctx, database); err != nil {
		return err
	}
	_, err = s.Conn.PgConn().Exec(ctx, sql).ReadAll()
	return err
}

// URL is how a program connects to one of its databases.
func (s *Server) URL(database string) string {
	if s.server.PasswordFile() != "" { // no socket on this platform
		return (&url.URL{
			Scheme: "postgres", User: url.UserPassword(server.Superuser, s.server.Password()),
			Host: s.server.Host() + ":" + strconv.Itoa(s.server.Port()), Path: "/" + database, RawQuery: "sslmode=disable",
		}).String()
	}
	query := url.Values{"host": {s.server.Host()}, "port": {strconv.Itoa(s.server.Port())}, "sslmode": {"disable"}}
	return (&url.URL{Scheme: "postgres", User: url.User(server.Superuser), Path: "/" + database, RawQuery: query.Encode()}).String()
}

// Close stops the server; it may be called again, and also when ctx has ended.
func (s *Server) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	var errs []error
	if s.Conn != nil {
		errs = append(errs, s.Conn.Close(ctx))
		s.Conn = nil
	}
	if s.server != nil {
		errs = append(errs, s.server.Stop(ctx))
	}
	return errors.Join(append(errs, os.RemoveAll(s.sockets))...)
}
