package validation

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/check"
)

// mysqlSession is one connection to MySQL or MariaDB.
type mysqlSession struct {
	o    Options
	db   *sql.DB
	conn *sql.Conn
}

// Errors of MySQL: https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html
const (
	accessDenied       = 1045
	tooManyConnections = 1040
	shutdownInProgress = 1053
	unknownVariable    = 1193
	noSuchTable        = 1146
	unknownColumn      = 1054
	statementTimedOut  = 3024
	mariaTimedOut      = 1969
)

func openMySQL(ctx context.Context, o Options) (Session, error) {
	config := mysql.NewConfig()
	config.User, config.Passwd, config.DBName = o.User, o.Password, o.Endpoint.Database
	config.Net, config.Addr = "tcp", net.JoinHostPort(o.Endpoint.Host, strconv.Itoa(o.Endpoint.Port))
	config.TLS, config.AllowCleartextPasswords, config.AllowNativePasswords = o.tls(), o.Cleartext, true
	config.Timeout, config.Loc = connectTimeout, time.UTC
	config.Logger = silent{}
	config.Params = map[string]string{"time_zone": "'+00:00'"}
	connector, err := mysql.NewConnector(config)
	if err != nil {
		return nil, o.refused(nil, "the configuration was refused", false)
	}
	db := sql.OpenDB(connector)
	conn, err := db.Conn(ctx)
	if err != nil {
		code := mysqlCode(err)
		return nil, errors.Join(o.refused(err, code, notYetMySQL(err)), db.Close())
	}
	s := &mysqlSession{o: o, db: db, conn: conn}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(o.refused(err, mysqlCode(err), false), s.Close())
	}
	return s, nil
}

// silent drops the driver's own log: it may quote the server.
type silent struct{}

func (silent) Print(...any) {}

// prepare makes the session read-only, with a timeout; MariaDB calls that one
// differently, and counts seconds.
func (s *mysqlSession) prepare(ctx context.Context) error {
	if _, err := s.conn.ExecContext(ctx, "SET SESSION TRANSACTION READ ONLY"); err != nil {
		return err
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

// Endpoint is where the copy answers.
func (s *mysqlSession) Endpoint() drill.Endpoint { return s.o.Endpoint }

// Close ends the connection.
func (s *mysqlSession) Close() error {
	return errors.Join(s.conn.Close(), s.db.Close())
}

// Run puts one question.
func (s *mysqlSession) Run(ctx context.Context, c drill.Check) (drill.CheckResult, error) {
	r := drill.CheckResult{Name: c.Name, Kind: c.Kind, Stage: c.Stage, StartedAt: s.o.Clock.Now(), AnsweredBy: drill.AnsweredByCopy}
	watch := clock.StartStopwatch()
	switch c.Kind {
	case drill.CheckSQL:
		s.ask(ctx, c, &r)
		s.noteReads(ctx, c.SQL, &r)
	case drill.CheckHeapRead:
		s.readTables(ctx, c.Cursor, &r)
	case drill.CheckIndexes, drill.CheckAmcheck:
		r.Outcome, r.Reason = drill.CheckSkipped, "this check is for PostgreSQL"
	case drill.CheckCustom:
		r.Outcome, r.Reason = drill.CheckError, "a function of the team's own is asked by the machine, not over SQL"
	default:
		r.Outcome, r.Reason = drill.CheckError, fmt.Sprintf("unknown kind of check %q", c.Kind)
	}
	if err := ctx.Err(); err != nil {
		return drill.CheckResult{}, &drill.Error{Name: drill.ValidationImpossible, What: fmt.Sprintf("check %q was interrupted", c.Name), Err: context.Cause(ctx)}
	}
	r.Passed = r.Outcome == drill.CheckPassed
	r.Seconds = watch.Elapsed().Seconds()
	return r, nil
}

func (s *mysqlSession) ask(ctx context.Context, c drill.Check, r *drill.CheckResult) {
	if c.Expect == nil {
		r.Outcome, r.Reason = drill.CheckError, "nothing is expected of it"
		return
	}
	rows, err := s.conn.QueryContext(ctx, c.SQL)
	if err != nil {
		judgeMySQL(r, err)
		return
	}
	defer rows.Close()
	columns, err := rows.ColumnTypes()
	if err != nil {
		judgeMySQL(r, err)
		return
	}
	var answer check.Answer
	n := 0
	for rows.Next() {
		if n++; n == 1 && len(columns) == 1 {
			var raw sql.RawBytes
			if err := rows.Scan(&raw); err != nil {
				judgeMySQL(r, err)
				return
			}
			answer = answerOf(columns[0].DatabaseTypeName(), raw)
		}
	}
	if err := rows.Err(); err != nil {
		judgeMySQL(r, err)
		return
	}
	switch {
	case c.Expect.Rows != nil:
		check.JudgeRows(n, *c.Expect.Rows, r)
	case len(columns) != 1:
		r.Outcome, r.Reason = drill.CheckError, fmt.Sprintf("it returns %d columns, one is expected", len(columns))
	case n > 1:
		r.Outcome, r.Reason = drill.CheckError, fmt.Sprintf("it returns %d rows, one is expected", n)
	case n == 0:
		r.Outcome, r.Reason = drill.CheckFailed, "it returned no row"
	default:
		check.Judge(answer, *c.Expect, s.o.StartedAt, r)
	}
}

// answerOf reads a value by the name of its type in the driver. A time has no
// zone in MySQL; the session's is UTC.
func answerOf(kind string, raw sql.RawBytes) check.Answer {
	a := check.Answer{Kind: check.TextAnswer, Text: string(raw), Null: raw == nil}
	switch kind = strings.TrimPrefix(kind, "UNSIGNED "); kind {
	case "TINYINT", "SMALLINT", "MEDIUMINT", "INT", "BIGINT", "DECIMAL", "FLOAT", "DOUBLE", "YEAR":
		a.Kind = check.NumberAnswer
	case "DATETIME", "TIMESTAMP":
		a.Kind, a.Text = check.TimeAnswer, a.Text+"+00"
	case "DATE":
		a.Kind, a.Text = check.TimeAnswer, a.Text+" 00:00:00+00"
	}
	return a
}

func notYetMySQL(err error) bool {
	var answered *mysql.MySQLError
	if !errors.As(err, &answered) {
		return false
	}
	switch answered.Number {
	case accessDenied, tooManyConnections, shutdownInProgress:
		return true
	}
	return false
}

// mysqlCode is all of a database error that may leave.
func mysqlCode(err error) string {
	var answered *mysql.MySQLError
	if errors.As(err, &answered) {
		return "MySQL error " + strconv.Itoa(int(answered.Number))
	}
	return ""
}

func judgeMySQL(r *drill.CheckResult, err error) {
	r.Outcome, r.Code, r.Reason = drill.CheckError, mysqlCode(err), "the database refused it"
	var answered *mysql.MySQLError
	if !errors.As(err, &answered) {
		r.Code, r.Reason = "ConnectionLost", "the connection to the copy was lost"
		return
	}
	switch answered.Number {
	case noSuchTable, unknownColumn:
		r.Outcome, r.Reason = drill.CheckFailed, "a table or column that the check names is missing in the restored data"
	case statementTimedOut, mariaTimedOut:
		r.Reason = "it did not end within the statement timeout"
	}
}
