package pgcheck

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lifeboat-dr/lifeboat/pkg/check"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// runSQL puts a sql check: one statement, in a read-only transaction.
func (s *Session) runSQL(ctx context.Context, c drill.Check, r *drill.CheckResult) {
	if c.Expect == nil {
		check.Fault(r, "", check.NothingExpected)
		return
	}
	r.Expected = check.Describe(*c.Expect)
	if err := s.conn.Exec(ctx, "begin transaction read only; savepoint lifeboat").Close(); err != nil {
		judgeError(r, err, "")
		return
	}
	before := s.beforeAsking(ctx)
	if c.Expect.Rows != nil {
		s.countRows(ctx, c.SQL, *c.Expect.Rows, r)
	} else {
		s.oneValue(ctx, c.SQL, *c.Expect, r)
	}
	s.afterAsking(ctx, before, c.SQL, r)
	if !s.conn.IsClosed() && ctx.Err() == nil {
		if err := s.conn.Exec(ctx, "rollback").Close(); err != nil {
			_ = s.conn.Close(ctx) // the next check connects anew
		}
	}
}

// countRows counts only as far as the answer needs.
func (s *Session) countRows(ctx context.Context, sql string, want drill.Range, r *drill.CheckResult) {
	rows := s.conn.ExecParams(ctx, sql, nil, nil, nil, nil)
	n, stopped := 0, false
	for !stopped && rows.NextRow() {
		n++
		over := want.Max != nil && float64(n) > *want.Max
		enough := want.Max == nil && want.Min != nil && float64(n) >= *want.Min
		if stopped = over || enough; stopped {
			// Ends the statement, the rest of whose rows nobody needs.
			if err := s.conn.CancelRequest(ctx); err != nil {
				check.Fault(r, check.ConnectionLost, "it could not be stopped after its rows had been counted")
			}
		}
	}
	_, err := rows.Close()
	if err != nil && (!stopped || code(err) != "57014") {
		judgeError(r, err, "")
		return
	}
	about := fmt.Sprintf("%d rows", n)
	if stopped {
		about = "at least " + about
	}
	check.JudgeRows(n, want, about, r)
	if stopped && r.Outcome == drill.CheckPassed {
		r.Reason = about
	}
}

// oneValue reads a single value; a second row or column is a mistake in the
// check, none at all means that what it asks for is not there.
func (s *Session) oneValue(ctx context.Context, sql string, want drill.Expect, r *drill.CheckResult) {
	rows := s.conn.ExecParams(ctx, sql, nil, nil, nil, nil)
	var v check.Value
	n := 0
	for rows.NextRow() {
		if n++; n > 1 {
			continue
		}
		if fields := rows.FieldDescriptions(); len(fields) == 1 {
			v = valueOf(fields[0].DataTypeOID, rows.Values()[0])
		}
	}
	columns := len(rows.FieldDescriptions())
	if _, err := rows.Close(); err != nil {
		judgeError(r, err, "")
		return
	}
	if !check.OneValue(columns, n, r) {
		return
	}
	if want.MaxAgeSeconds == nil || v.Null {
		check.Judge(v, want, s.o.StartedAt, r)
		return
	}
	m, err := s.moment(ctx, v)
	if err != nil {
		judgeError(r, err, "reading its value as a time: ")
		return
	}
	check.JudgeAge(m, *want.MaxAgeSeconds, s.o.StartedAt, r)
}

// moment reads a time; a time without a zone is taken to be in the plan's, or in
// the database's. Without a point in time: it is not a time.
func (s *Session) moment(ctx context.Context, v check.Value) (check.Moment, error) {
	m := check.Moment{Kind: v.Kind}
	zone, assumed := time.UTC, ""
	switch {
	case v.Kind == check.Time:
	case v.Kind != check.LocalTime:
		return m, nil
	case s.zone != nil:
		zone, assumed = s.zone, "a time without zone, taken as "+s.zone.String()+" (timeZone of the plan)"
	default:
		// The database converts with its own setting, and knows every zone's rules.
		rows, err := query(ctx, s.conn,
			"select pg_catalog.timezone('UTC', pg_catalog.timezone(pg_catalog.current_setting('TimeZone'), $1::pg_catalog.timestamp)), pg_catalog.current_setting('TimeZone')",
			v.Text)
		if err != nil {
			return m, err
		}
		if len(rows) != 1 {
			return m, &pgconn.PgError{Code: "XX000"}
		}
		v.Text, assumed = rows[0][0], "a time without zone, taken as "+rows[0][1]+" (the database's setting)"
	}
	at, _ := v.Time(zone)
	m.At, m.Assumed = at.UTC(), assumed
	return m, nil
}
