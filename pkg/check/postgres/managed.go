package pgcheck

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lifeboat-dr/lifeboat/pkg/check"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// readManaged reads every table of the database to its end, without a
// superuser and without moving a row: the server turns each row into text,
// TOASTed values included, and returns only the sum of the lengths. Index
// scans are off, because they pass over damaged pages.
//
// A table is read in ranges of pages (from PostgreSQL 14 on), so that one
// statement stays short; between two of them the budget is looked at, and the
// cursor says where the next call goes on.
func (s *Session) readManaged(ctx context.Context, cursor string, r *drill.CheckResult) {
	r.Expected = check.EveryTable
	at := position{}
	if cursor != "" {
		if err := json.Unmarshal([]byte(cursor), &at); err != nil {
			check.Fault(r, "", check.CursorUnread)
			return
		}
	}
	read := &managedRead{s: s, at: at, watch: clock.StartStopwatch()}
	done, err := read.all(ctx)
	switch {
	case err != nil:
		judgeError(r, err, "")
	case !done:
		text, _ := json.Marshal(read.at) // numbers and texts always encode
		r.Unfinished, r.Cursor, r.Figure = true, string(text), read.at.Tables
	default:
		read.judge(r)
	}
}

// position is where a deep read is, between two calls.
type position struct {
	After  string   `json:"after"`  // oid of the last table that was read whole
	Block  int64    `json:"block"`  // next page of the table behind it
	Tables int      `json:"tables"` // read so far
	Users  int      `json:"users"`  // of them not PostgreSQL's own
	Bad    int      `json:"bad"`
	Names  []string `json:"names,omitempty"` // of bad ones, with their codes
	Code   string   `json:"code,omitempty"`
}

type managedRead struct {
	s     *Session
	at    position
	watch clock.Stopwatch
}

// managedHeaps lists user tables and materialized views by oid: an order that
// does not change between two calls.
const managedHeaps = `
select c.oid, pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname),
       pg_catalog.pg_relation_size(c.oid) / current_setting('block_size')::int,
       n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_toast'
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'm') and c.relpersistence <> 't' and (c.relkind = 'r' or c.relispopulated)
  and pg_catalog.has_table_privilege(c.oid, 'select') and c.oid > $1::oid
order by c.oid`

// pagesAtOnce is what one statement reads: 512 MiB with pages of 8 KiB.
const pagesAtOnce = 65536

func (m *managedRead) all(ctx context.Context) (done bool, err error) {
	parameters := m.s.builtIn(m.s.o.ReadTimeout)
	for _, name := range []string{"enable_indexscan", "enable_indexonlyscan", "enable_bitmapscan"} {
		parameters[name] = "off"
	}
	conn, err := m.s.o.Connect(ctx, m.s.o.Database, parameters)
	if err != nil {
		return false, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	version, _ := strconv.Atoi(leadingDigits(conn.ParameterStatus("server_version")))
	after := m.at.After
	if after == "" {
		after = "0"
	}
	tables, err := query(ctx, conn, managedHeaps, after)
	if err != nil {
		return false, err
	}
	for _, t := range tables {
		pages, _ := strconv.ParseInt(t[2], 10, 64)
		if done, err := m.table(ctx, conn, t[1], pages, version >= 14); err != nil || !done {
			return false, err
		}
		m.at.After, m.at.Block = t[0], 0
		m.at.Tables++
		if t[3] == "t" {
			m.at.Users++
		}
		if m.spent() {
			return false, nil
		}
	}
	return true, nil
}

func (m *managedRead) spent() bool {
	return m.s.o.ReadBudget > 0 && m.watch.Elapsed() >= m.s.o.ReadBudget
}

// table reads one table, from the page where it was left off. Damage is noted,
// and the rest of the table passed over; any other error ends the check.
func (m *managedRead) table(ctx context.Context, conn *pgconn.PgConn, name string, pages int64, ranges bool) (done bool, err error) {
	for m.at.Block == 0 || m.at.Block < pages {
		to := m.at.Block + pagesAtOnce
		where := ""
		if ranges && pages > pagesAtOnce {
			where = fmt.Sprintf(" where ctid >= '(%d,0)'::tid and ctid < '(%d,0)'::tid", m.at.Block, to)
		} else {
			to = max(pages, 1)
		}
		err := conn.Exec(ctx, "select sum(length(t::text)) from only "+name+" t"+where).Close()
		if err != nil && !damaged(code(err)) {
			return false, err
		}
		if err != nil {
			m.damage(name, code(err))
			return true, nil
		}
		m.at.Block = to
		if m.at.Block < pages && m.spent() {
			return false, nil
		}
	}
	return true, nil
}

func (m *managedRead) damage(name, code string) {
	bad := m.found()
	bad.Add(name, code)
	m.at.Bad, m.at.Code, m.at.Names = bad.Count, bad.Code, bad.Names
}

func (m *managedRead) found() check.Trouble {
	return check.Trouble{Count: m.at.Bad, Code: m.at.Code, Names: m.at.Names}
}

func (m *managedRead) judge(r *drill.CheckResult) {
	r.Figure, r.Reads = m.at.Tables, check.ReadsOf(m.at.Users)
	switch bad := m.found(); {
	case bad.Count > 0:
		check.Fail(r, bad.Code, bad.Reason(check.TablesUnread))
	case m.at.Users == 0:
		check.Fail(r, "", "no table of any user was restored, or none may be read by the user of the checks")
	default:
		check.Pass(r)
	}
}

func leadingDigits(version string) string {
	for i, c := range version {
		if c < '0' || c > '9' {
			return version[:i]
		}
	}
	return version
}
