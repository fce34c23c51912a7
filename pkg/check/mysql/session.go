// Package mysqlcheck puts questions to a restored MySQL or MariaDB and turns the
// answers into results that hold no row of it (see package check).
//
// Every question runs read-only, with a statement timeout, in a session whose
// times are UTC. Of database errors only the number leaves, because messages
// quote rows.
//
// What an error means: a missing table or column was found by asking, so the
// check failed; a timeout, a syntax error or a lost connection mean that it could
// not be asked. A failure leaves nothing behind.
package mysqlcheck

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Options of a session.
type Options struct {
	// Conn is the connection to ask on, by github.com/go-sql-driver/mysql. It
	// stays its owner's to close.
	Conn *sql.Conn
	// StatementTimeout of one statement; zero: none.
	StatementTimeout time.Duration
	// ReadBudget is how long a deep read may go on in one call; zero: to its end.
	// One statement may exceed it.
	ReadBudget time.Duration
	// StartedAt is the start of the drill: ages are counted to it.
	StartedAt time.Time
	Clock     clock.Clock
}

// Session is one connection to MySQL or MariaDB. It is not safe for concurrent
// use.
type Session struct {
	o    Options
	conn *sql.Conn
}

// Open prepares the connection. The error is the driver's: of it only Code may
// leave.
func Open(ctx context.Context, o Options) (*Session, error) {
	s := &Session{o: o, conn: o.Conn}
	return s, s.prepare(ctx)
}

const sessionReadsOnly = "SET SESSION TRANSACTION READ ONLY"

// Ready implements check.Session: a connection that is lost is the outcome of
// the check that finds it.
func (s *Session) Ready(context.Context) error { return nil }

// Run puts one question; see check.Kinds.
func (s *Session) Run(ctx context.Context, c drill.Check) (drill.CheckResult, error) {
	return kinds.Run(ctx, s, s.o.Clock, c)
}

// prepare makes the session read-only, with times in UTC and a timeout; MariaDB
// calls that one differently, and counts seconds.
func (s *Session) prepare(ctx context.Context) error {
	for _, statement := range []string{"SET SESSION time_zone = '+00:00'", sessionReadsOnly} {
		if _, err := s.conn.ExecContext(ctx, statement); err != nil {
			return err
		}
	}
	if s.o.StatementTimeout <= 0 {
		return nil
	}
	_, err := s.conn.ExecContext(ctx, fmt.Sprintf("SET SESSION max_execution_time = %d", s.o.StatementTimeout.Milliseconds()))
	var answered *mysql.MySQLError
	if errors.As(err, &answered) && answered.Number == unknownVariable {
		_, err = s.conn.ExecContext(ctx, fmt.Sprintf("SET SESSION max_statement_time = %.3f", s.o.StatementTimeout.Seconds()))
	}
	return err
}
