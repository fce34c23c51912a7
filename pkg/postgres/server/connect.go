package server

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/privilege"
)

// applicationName is how lifeboat's sessions are seen in pg_stat_activity.
const applicationName = "lifeboat"

// connectLimit bounds a connection attempt that ctx does not bound.
const connectLimit = 30 * time.Second

// Connect opens a connection as user to a database; parameters are settings of
// the session. Errors are PostgreSQL's own and may quote names.
func (s *Server) Connect(ctx context.Context, user, database string, parameters map[string]string) (*pgconn.PgConn, error) {
	cfg, err := pgconn.ParseConfig(s.endpoint())
	if err != nil {
		return nil, fmt.Errorf("connect to the throwaway server: %w", err)
	}
	s.identify(cfg, user, database, parameters)
	return pgconn.ConnectConfig(ctx, cfg)
}

// Conn opens a connection as the superuser postgres, for callers that want
// pgx's conveniences.
func (s *Server) Conn(ctx context.Context, database string) (*pgx.Conn, error) {
	cfg, err := pgx.ParseConfig(s.endpoint())
	if err != nil {
		return nil, fmt.Errorf("connect to the throwaway server: %w", err)
	}
	s.identify(&cfg.Config, Superuser, database, nil)
	return pgx.ConnectConfig(ctx, cfg)
}

// endpoint is where the server is; it outranks the PG* settings of the
// environment.
func (s *Server) endpoint() string {
	return fmt.Sprintf("host=%s port=%d sslmode=disable target_session_attrs=any passfile=/dev/null connect_timeout=%d",
		quoteWord(s.Host()), s.port, int(connectLimit.Seconds()))
}

// identify sets all that the environment could have set otherwise.
func (s *Server) identify(cfg *pgconn.Config, user, database string, parameters map[string]string) {
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

// Tool runs one of the client programs against the server, as lifeboat's own
// user, who can read the backup, and passes each line of its standard error to
// line, cut at 64 KiB. The connection is in the environment; a password never
// is on a command line. When ctx ends, the program and its workers are killed.
func (s *Server) Tool(ctx context.Context, name string, args []string, line func(string)) error {
	if !s.cfg.Bin.Has(name) {
		return &drill.Error{
			Name: drill.BinariesMissing, What: fmt.Sprintf("%s is not among the programs of %s", name, s.cfg.Bin),
			Hint: "install the client programs of the same version",
		}
	}
	cmd := exec.CommandContext(ctx, s.cfg.Bin.Path(name), args...)
	cmd.Dir = s.cfg.Folder
	cmd.Env = append(s.environment(), "PGHOST="+s.Host(), "PGPORT="+s.portText(), "PGUSER="+Superuser, "PGAPPNAME="+applicationName, "PGSSLMODE=disable")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	privilege.DieWithParent(cmd, syscall.SIGKILL)
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = immediateGrace
	said, err := cmd.StderrPipe()
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := privilege.Start(cmd); err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	readErr := eachLine(said, line)
	err = cmd.Wait()
	if ctx.Err() != nil {
		return fmt.Errorf("%s was stopped: %w", name, context.Cause(ctx))
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return readErr
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
