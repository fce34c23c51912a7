package check

import (
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// runSQL puts a sql check: one statement, in a read-only transaction.
func (s *Session) runSQL(ctx context.Context, c drill.Check, r *drill.CheckResult) {
	if c.Expect == nil {
		fault(r, "", "nothing is expected of it")
		return
	}
	r.Expected = describe(*c.Expect)
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
				fault(r, lost, "it could not be stopped after its rows had been counted")
			}
		}
	}
	_, err := rows.Close()
	if err != nil && (!stopped || code(err) != "57014") {
		judgeError(r, err, "")
		return
	}
	r.Figure = n
	about := fmt.Sprintf("%d rows", n)
	if stopped {
		about = "at least " + about
	}
	if (want.Min != nil && float64(n) < *want.Min) || (want.Max != nil && float64(n) > *want.Max) {
		failed(r, "", about)
		return
	}
	pass(r)
	if stopped {
		r.Reason = about
	}
}

// oneValue reads a single value; a second row or column is a mistake in the
// check, none at all means that what it asks for is not there.
func (s *Session) oneValue(ctx context.Context, sql string, want drill.Expect, r *drill.CheckResult) {
	rows := s.conn.ExecParams(ctx, sql, nil, nil, nil, nil)
	var v value
	n := 0
	for rows.NextRow() {
		if n++; n > 1 {
			continue
		}
		if fields := rows.FieldDescriptions(); len(fields) == 1 {
			v = newValue(fields[0].DataTypeOID, rows.Values()[0])
		}
	}
	columns := len(rows.FieldDescriptions())
	if _, err := rows.Close(); err != nil {
		judgeError(r, err, "")
		return
	}
	switch {
	case columns != 1:
		fault(r, "", fmt.Sprintf("it returns %d columns, one is expected", columns))
	case n > 1:
		fault(r, "", fmt.Sprintf("it returns %d rows, one is expected", n))
	case n == 0:
		failed(r, "", "it returned no row")
	case v.null:
		failed(r, "", "the value is NULL: nothing is there")
	case want.MaxAgeSeconds != nil:
		s.judgeAge(ctx, v, *want.MaxAgeSeconds, r)
	case want.Equals != nil:
		judgeEquals(v, want.Equals, r)
	default:
		judgeRange(v, want, r)
	}
}

// tolerated is how far a time may lie after the drill's start: clocks differ.
const tolerated = time.Minute

func (s *Session) judgeAge(ctx context.Context, v value, limit float64, r *drill.CheckResult) {
	at, assumed, err := s.timeOf(ctx, v)
	if err != nil {
		judgeError(r, err, "reading its value as a time: ")
		return
	}
	if at.IsZero() {
		fault(r, "", "maxAge needs a timestamp or a date, the value is a "+v.kind())
		return
	}
	age := s.o.StartedAt.Sub(at).Seconds()
	r.Figure, r.DataAgeSeconds, r.Reason = at, &age, assumed
	switch {
	case age < -tolerated.Seconds():
		failed(r, "", join(fmt.Sprintf("the newest value lies %.0f s after the start of the drill: it says nothing about freshness, or its time zone is not the assumed one", -age), assumed))
	case age > limit:
		failed(r, "", join(fmt.Sprintf("%.0f s old at the start of the drill", age), assumed))
	default:
		pass(r)
	}
}

// timeOf reads a time; assumed says which zone a time without one was taken
// to be in. Zero: it is not a time.
func (s *Session) timeOf(ctx context.Context, v value) (at time.Time, assumed string, err error) {
	switch v.oid {
	case oidTimestamptz:
		at, _ = parseTime(v.text, time.UTC)
		return at.UTC(), "", nil
	case oidTimestamp, oidDate:
	default:
		return time.Time{}, "", nil
	}
	if s.zone != nil {
		at, _ = parseTime(v.text, s.zone)
		return at.UTC(), "a time without zone, taken as " + s.zone.String() + " (timeZone of the plan)", nil
	}
	// The database converts with its own setting, and knows every zone's rules.
	rows, err := query(ctx, s.conn,
		"select pg_catalog.timezone('UTC', pg_catalog.timezone(pg_catalog.current_setting('TimeZone'), $1::pg_catalog.timestamp)), pg_catalog.current_setting('TimeZone')",
		v.text)
	if err != nil {
		return time.Time{}, "", err
	}
	if len(rows) != 1 {
		return time.Time{}, "", &pgconn.PgError{Code: "XX000"}
	}
	at, _ = parseTime(rows[0][0], time.UTC)
	return at.UTC(), "a time without zone, taken as " + rows[0][1] + " (the database's setting)", nil
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "; " + b
}
