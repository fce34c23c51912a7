// Package pgcheck puts questions to a restored PostgreSQL and turns the answers
// into results that hold no row of it.
//
// Every question runs read-only, with a statement timeout, as the restored
// cluster's superuser. A figure is a number, a time or a boolean; for text only
// match or mismatch is kept. Of database errors only the SQLSTATE leaves,
// because messages quote rows.
//
// What an error means: a missing table, column or schema, and damaged storage,
// were found by asking, so the check failed (the backup came back without
// them); a timeout, a syntax error or a lost connection mean that it could not
// be asked.
//
// The copy answers with the code that the backup brought along. Built-in checks
// see nothing but pg_catalog and use no function or operator of another schema;
// what they can learn without the server (the checksums of the pages) they read
// themselves, and each result says who answered it.
//
// Only amcheck writes: it makes its functions in the throwaway, over a connection
// of its own, after it has switched the copy's event triggers off. A failure
// leaves nothing outside of the throwaway.
package pgcheck

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lifeboat-dr/lifeboat/pkg/check"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Options of a session.
type Options struct {
	// Connect opens a connection to a database of the copy, as its superuser,
	// with the given run-time parameters.
	Connect func(ctx context.Context, database string, parameters map[string]string) (*pgconn.PgConn, error)
	// Database is the one that sql checks ask.
	Database string
	// Cluster: the built-in checks read every database, not only Database.
	Cluster bool
	// StatementTimeout of a sql check; zero: none.
	StatementTimeout time.Duration
	// ReadTimeout of one statement of a built-in check, which reads a whole
	// table; zero: none.
	ReadTimeout time.Duration
	// Managed: the copy is a provider's instance, where nobody is a superuser
	// and the server's own files are out of reach. Deep reads go over the
	// connection's own database then, and may be spread over several calls.
	Managed bool
	// ReadBudget is how long a deep read of a managed instance may go on in one
	// call; zero: to its end. One statement may exceed it.
	ReadBudget time.Duration
	// Pages verifies the checksums of all pages of the copy from outside of its
	// server; nil: they have none, or are out of reach.
	Pages func(ctx context.Context) (Pages, error)
	// StartedAt is the start of the drill: ages are counted to it.
	StartedAt time.Time
	// TimeZone interprets times without a zone (IANA name); empty: the
	// database's own setting.
	TimeZone string
	Clock    clock.Clock
	// Progress is told what a built-in check is at; nil: nobody asks.
	Progress func(Progress)
}

// Progress of a built-in check.
type Progress struct {
	Check string
	// Object is a table or index, as database.schema.name.
	Object      string
	Done, Total int // objects
}

// Session is the connection for sql checks. It is not safe for concurrent use.
type Session struct {
	o    Options
	zone *time.Location
	conn *pgconn.PgConn
}

// Open connects. The error is ValidationImpossible.
func Open(ctx context.Context, o Options) (*Session, error) {
	s := &Session{o: o}
	s.o.Connect = func(ctx context.Context, database string, parameters map[string]string) (*pgconn.PgConn, error) {
		conn, err := o.Connect(ctx, database, parameters)
		if err == nil {
			conn.Frontend().SetMaxBodyLen(maxMessage)
		}
		return conn, err
	}
	if o.Progress == nil {
		s.o.Progress = func(Progress) {}
	}
	if o.TimeZone != "" {
		zone, err := time.LoadLocation(o.TimeZone)
		if err != nil {
			return nil, &drill.Error{Name: drill.ValidationImpossible, What: fmt.Sprintf("time zone %q is unknown", o.TimeZone), Hint: "name an IANA zone such as Europe/Berlin"}
		}
		s.zone = zone
	}
	return s, s.connect(ctx)
}

// maxMessage bounds what the copy can send at once, a notice of its code among
// others: what is longer ends the connection.
const maxMessage = 64 << 20

// Close ends the connection.
func (s *Session) Close() error {
	if s.conn == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	err := s.conn.Close(ctx)
	s.conn = nil
	if err != nil {
		return fmt.Errorf("closing the connection to the copy: %s", code(err))
	}
	return nil
}

func (s *Session) connect(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	conn, err := s.o.Connect(ctx, s.o.Database, s.readOnly(s.o.StatementTimeout))
	if err != nil {
		return &drill.Error{
			Name: drill.ValidationImpossible, What: fmt.Sprintf("connect to database %q of the copy: %s", s.o.Database, code(err)),
			Hint: connectHint(code(err)),
		}
	}
	s.conn = conn
	return nil
}

// connectTimeout is for one connection, answerGrace for an answer beyond the
// statement timeout, which only a server keeps that runs: code in the copy may
// stop all of it.
const (
	connectTimeout = 30 * time.Second
	answerGrace    = 10 * time.Second
)

// askSQL puts a sql check, and waits no longer for its answer than the server
// should take.
func (s *Session) askSQL(ctx context.Context, c drill.Check, r *drill.CheckResult) {
	if s.o.StatementTimeout <= 0 {
		s.runSQL(ctx, c, r)
		return
	}
	bounded, cancel := context.WithTimeout(ctx, s.o.StatementTimeout+answerGrace)
	defer cancel()
	s.runSQL(bounded, c, r)
	if bounded.Err() != nil && ctx.Err() == nil {
		check.Fault(r, check.ConnectionLost, "the server did not answer within its own statement timeout: it may have been stopped")
	}
}

func connectHint(code string) string {
	switch code {
	case "3D000":
		return "the restored cluster has no such database: name the one to ask under database in the plan"
	case "28000", "28P01":
		return "name a superuser of the source under user in the plan"
	}
	return "look at the free memory and disk of this machine"
}

// readOnly leaves out what only a superuser may set.
func (s *Session) readOnly(timeout time.Duration) map[string]string {
	parameters := readOnly(timeout)
	if s.o.Managed {
		for _, name := range []string{"zero_damaged_pages", "ignore_checksum_failure", "track_counts", "session_preload_libraries", "local_preload_libraries"} {
			delete(parameters, name)
		}
	}
	return parameters
}

// readOnly are the parameters of a connection that only reads. Preload
// libraries of a role or database may be missing here, and would refuse it.
func readOnly(timeout time.Duration) map[string]string {
	return map[string]string{
		"default_transaction_read_only": "on",
		"statement_timeout":             fmt.Sprint(timeout.Milliseconds()),
		"lock_timeout":                  fmt.Sprint(lockTimeout.Milliseconds()),
		"track_counts":                  "on", // what a check reads is known by it
		"row_security":                  "off",
		"zero_damaged_pages":            "off", // a role may have these on
		"ignore_checksum_failure":       "off",
		"session_preload_libraries":     "",
		"local_preload_libraries":       "",
		"DateStyle":                     "ISO",
		"IntervalStyle":                 "postgres",
		"extra_float_digits":            "1",
		"application_name":              "lifeboat check",
	}
}

// builtIn are the parameters of a connection for a built-in check: names without
// a schema are PostgreSQL's own, whatever the database or the role say.
func (s *Session) builtIn(timeout time.Duration) map[string]string {
	parameters := s.readOnly(timeout)
	parameters["search_path"] = "pg_catalog, pg_temp"
	return parameters
}

// lockTimeout: nothing else works in a copy, so a lock is never waited for
// long.
const lockTimeout = 10 * time.Second

// Ready implements check.Session: a server that crashed over one check comes back
// for the next one.
func (s *Session) Ready(ctx context.Context) error {
	if s.conn == nil || s.conn.IsClosed() {
		return s.connect(ctx)
	}
	return nil
}

// Run puts one question; see check.Kinds.
func (s *Session) Run(ctx context.Context, c drill.Check) (drill.CheckResult, error) {
	return kinds.Run(ctx, s, s.o.Clock, c)
}
