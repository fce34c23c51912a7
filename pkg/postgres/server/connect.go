package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/sandbox"
)

// applicationName is how lifeboat's sessions are seen in pg_stat_activity.
const applicationName = "lifeboat"

// connectLimit bounds a connection attempt that ctx does not bound.
const connectLimit = 30 * time.Second

// Connect opens a connection as user to a database; parameters are settings of
// the session. Errors are PostgreSQL's own and may quote names.
func (s *Server) Connect(ctx context.Context, user, database string, parameters map[string]string) (*pgconn.PgConn, error) {
	template, err := withoutEnvironment()
	if err != nil {
		return nil, err
	}
	cfg := template.Config.Copy()
	s.identify(cfg, user, database, parameters)
	return pgconn.ConnectConfig(ctx, cfg)
}

// Conn opens a connection as the superuser postgres, for callers that want
// pgx's conveniences.
func (s *Server) Conn(ctx context.Context, database string) (*pgx.Conn, error) {
	template, err := withoutEnvironment()
	if err != nil {
		return nil, err
	}
	cfg := template.Copy()
	s.identify(&cfg.Config, Superuser, database, nil)
	return pgx.ConnectConfig(ctx, cfg)
}

// withoutEnvironment is a configuration into which no PG* variable of lifeboat's
// environment went: PGSERVICE, for example, names a file that may name anything.
// The library reads them in any case and makes its configurations itself, so
// they are put aside for that moment, once.
var withoutEnvironment = sync.OnceValues(func() (*pgx.ConnConfig, error) {
	for _, setting := range os.Environ() {
		name, value, _ := strings.Cut(setting, "=")
		if strings.HasPrefix(name, "PG") && os.Unsetenv(name) == nil {
			defer func() { _ = os.Setenv(name, value) }()
		}
	}
	cfg, err := pgx.ParseConfig(fmt.Sprintf("host=/ port=1 user=x dbname=x sslmode=disable target_session_attrs=any passfile=/dev/null connect_timeout=%d",
		int(connectLimit.Seconds())))
	if err != nil {
		return nil, fmt.Errorf("prepare connections to the throwaway server: %w", err)
	}
	return cfg, nil
})

// identify says where the server is, and who comes.
func (s *Server) identify(cfg *pgconn.Config, user, database string, parameters map[string]string) {
	cfg.Host, cfg.Port = s.Host(), uint16(s.port)
	cfg.User, cfg.Password, cfg.Database = user, s.password, database
	cfg.Fallbacks = nil
	cfg.RuntimeParams = map[string]string{"application_name": applicationName}
	maps.Copy(cfg.RuntimeParams, parameters)
}

// ConnectionString tells people how to connect, with psql for example. It
// holds no password: see PasswordFile.
func (s *Server) ConnectionString(user, database string) string {
	text := fmt.Sprintf("host=%s port=%d user=%s dbname=%s", quoteWord(s.Host()), s.port, quoteWord(user), quoteWord(database))
	if file := s.PasswordFile(); file != "" {
		text += " passfile=" + quoteWord(file)
	}
	return text
}

// quoteWord quotes a value of a connection string.
func quoteWord(v string) string {
	return "'" + strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(v) + "'"
}

// maxLine bounds a line that is passed on: one of pg_restore's may quote a
// whole row.
const maxLine = 64 << 10

// Tool runs one of the client programs against the server, in a sandbox of its
// own, which has the backup, the folder for work and the server's socket, and
// can write nowhere. It passes each line of the program's standard error to
// line, cut at 64 KiB. The connection is in the environment; a password never
// is on a command line. When ctx ends, the program and its workers are killed.
func (s *Server) Tool(ctx context.Context, name string, args []string, line func(string)) error {
	if !s.cfg.Bin.Has(name) {
		return &drill.Error{
			Name: drill.BinariesMissing, What: fmt.Sprintf("%s is not among the programs of %s", name, s.cfg.Bin),
			Hint: "install the client programs of the same version",
		}
	}
	said, theirs, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	defer said.Close()
	running, err := s.startTool(ctx, name, args, theirs)
	_ = theirs.Close()
	if err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	defer context.AfterFunc(ctx, running.Kill)()
	readErr := eachLine(said, line)
	err = running.Wait()
	if ctx.Err() != nil {
		return fmt.Errorf("%s was stopped: %w", name, context.Cause(ctx))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return readErr
}

// startTool lends the backup to the program or, where that cannot be done, gives
// it a copy.
func (s *Server) startTool(ctx context.Context, name string, args []string, said *os.File) (*sandbox.Process, error) {
	spec := sandbox.Spec{
		Program: filepath.Join(s.bin, name), Args: args, Dir: "/", Stderr: said, Label: s.cfg.Folder, Connects: true,
		Env:      append(s.environment(), "PGHOST="+s.Host(), "PGPORT="+s.portText(), "PGUSER="+Superuser, "PGAPPNAME="+applicationName, "PGSSLMODE=disable"),
		ReadOnly: sandbox.Installation(s.bin),
	}
	if !s.loopback {
		spec.ReadOnly = append(spec.ReadOnly, s.cfg.SocketDir)
	}
	if s.cfg.Work != "" {
		if err := s.run.Own(s.cfg.Work); err != nil {
			return nil, err
		}
		spec.ReadOnly = append(spec.ReadOnly, s.cfg.Work)
	}
	if s.loopback { // no sandbox: the password file is lifeboat's
		if err := s.run.Own(s.PasswordFile()); err != nil {
			return nil, err
		}
	}
	if s.cfg.Backup == "" {
		return s.run.Start(spec)
	}
	spec.Backups = []string{s.cfg.Backup}
	running, err := s.run.Start(spec)
	if !errors.Is(err, sandbox.ErrNotLent) || s.cfg.Work == "" {
		return running, err
	}
	copied := filepath.Join(s.cfg.Work, "backup")
	if err := copyRegular(ctx, s.cfg.Backup, copied); err != nil {
		return nil, fmt.Errorf("copy the backup for %s: %w", name, err)
	}
	if err := s.run.Own(s.cfg.Work); err != nil {
		return nil, err
	}
	spec.Backups, spec.Args = nil, slices.Clone(args)
	for i, arg := range spec.Args {
		if arg == s.cfg.Backup {
			spec.Args[i] = copied
		}
	}
	return s.run.Start(spec)
}

func eachLine(in io.Reader, line func(string)) error {
	r := bufio.NewReaderSize(in, maxLine)
	for {
		text, more, err := r.ReadLine()
		if err != nil {
			if errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
		line(string(text))
		for more && err == nil {
			_, more, err = r.ReadLine()
		}
	}
}
