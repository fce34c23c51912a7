package mysqlcheck

import (
	"cmp"
	"context"
	"database/sql"
	"regexp"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// noteReads notes whether a check read a table of the copy, by the server's
// plan of it (EXPLAIN): MySQL counts no reads per session and table. A plan
// does not see into stored functions, so a check that calls one is not known.
// https://dev.mysql.com/doc/refman/8.4/en/explain-output.html
func (s *Session) noteReads(ctx context.Context, query string, r *drill.CheckResult) {
	if r.Outcome != drill.CheckPassed || ctx.Err() != nil {
		return
	}
	parts, err := s.planOf(ctx, query)
	if err != nil {
		r.ReadsWhy = "its plan cannot be had: " + cmp.Or(Code(err), "no answer")
		return
	}
	mentions := plan.MentionsOf(query)
	ofUsers := len(mentions.Tables) == 0 || slices.ContainsFunc(mentions.Tables, mayHoldData)
	switch {
	case parts.table && ofUsers:
		r.Reads = drill.ReadsTables
	case s.callsStored(ctx, mentions.Functions):
		r.ReadsWhy = "it calls a stored function, and the plan does not see into it"
	case len(mentions.Tables) > 0 && ofUsers && !parts.never && !parts.generated:
		r.ReadsWhy = "its plan opens no table although it names one: a view may hide what it reads"
	default: // information_schema and the like are no data of anybody
		r.Reads = drill.ReadsNothing
	}
}

// mayHoldData is false for the server's own tables, and for MariaDB's sequences
// of numbers.
func mayHoldData(n plan.Name) bool {
	switch n.Schema {
	case "information_schema", "performance_schema", "mysql", "sys":
		return false
	}
	return !numbers.MatchString(n.Table)
}

var numbers = regexp.MustCompile(`^seq_[0-9]+_to_[0-9]+(_step_[0-9]+)?$`)

// Words of a plan for a part that opens no table: there is none, or no row of it
// can come. Without a table's name there are other words, for answers that the
// optimizer got from one.
const noTable = "No tables used"

var noRow = []string{"Impossible WHERE", "Impossible HAVING", "Zero limit"}

// planned is what the plan of a check has.
type planned struct {
	table     bool // a part opens a table
	never     bool // a part whose rows cannot come
	generated bool // a part that reads a function's rows, or the server's own
}

// ofServer are the words for tables that the server makes up for the query.
var ofServer = []string{"Table function", "Scanned all databases", "Scanned 1 database", "Skip_open_table", "Open_frm_only", "Open_full_table", "Open_trigger_only"}

// planOf looks at every part of the plan. Its columns are id, select_type, table,
// ..., Extra, in MySQL and MariaDB.
func (s *Session) planOf(ctx context.Context, query string) (p planned, err error) {
	rows, err := s.conn.QueryContext(ctx, "EXPLAIN "+strings.TrimRight(strings.TrimSpace(query), "; "))
	if err != nil {
		return p, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return p, err
	}
	if len(columns) < 3 {
		return p, errUnread // not the traditional form
	}
	for rows.Next() {
		cells := make([]sql.NullString, len(columns))
		into := make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			return p, err
		}
		p.add(cells[2], cells[len(cells)-1].String)
	}
	return p, rows.Err()
}

func (p *planned) add(table sql.NullString, extra string) {
	made := func(word string) bool { return strings.Contains(extra, word) }
	switch {
	case table.Valid && strings.HasPrefix(table.String, "<"): // made by another part of the plan
	case slices.ContainsFunc(ofServer, made):
		p.generated = true
	case table.Valid:
		p.table = true
	case slices.Contains(noRow, extra):
		p.never = true
	case extra != noTable:
		p.table = true
	}
}

const storedFunctions = `SELECT LOWER(routine_name) FROM information_schema.routines
WHERE routine_type = 'FUNCTION' AND routine_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')`

// callsStored: it does, or nobody can tell.
func (s *Session) callsStored(ctx context.Context, functions []string) bool {
	if len(functions) == 0 {
		return false
	}
	rows, err := s.conn.QueryContext(ctx, storedFunctions)
	if err != nil {
		return true
	}
	defer rows.Close()
	for rows.Next() {
		var name string
		if rows.Scan(&name) != nil || slices.Contains(functions, name) {
			return true
		}
	}
	return rows.Err() != nil
}
