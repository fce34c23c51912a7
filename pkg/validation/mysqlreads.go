package validation

import (
	"cmp"
	"context"
	"database/sql"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// noteReads notes whether a check read a table of the copy, by the server's
// plan of it (EXPLAIN): MySQL counts no reads per session and table. A plan
// does not see into stored functions, so a check that calls one is not known.
// https://dev.mysql.com/doc/refman/8.4/en/explain-output.html
func (s *mysqlSession) noteReads(ctx context.Context, query string, r *drill.CheckResult) {
	if r.Outcome != drill.CheckPassed || ctx.Err() != nil {
		return
	}
	reads, err := s.planReads(ctx, query)
	if err != nil {
		r.ReadsWhy = "its plan cannot be had: " + cmp.Or(mysqlCode(err), "no answer")
		return
	}
	mentions := plan.MentionsOf(query)
	ofUsers := func(n plan.Name) bool { return !n.System() }
	switch {
	case reads && (len(mentions.Tables) == 0 || slices.ContainsFunc(mentions.Tables, ofUsers)):
		r.Reads = drill.ReadsTables
	case s.callsStored(ctx, mentions.Functions):
		r.ReadsWhy = "it calls a stored function, and the plan does not see into it"
	default: // information_schema and the like are no data of anybody
		r.Reads = drill.ReadsNothing
	}
}

// noTable are the words of a plan for a part that opens no table. Without a
// table's name there are others, for answers that the optimizer got from one.
var noTable = []string{"No tables used", "Impossible WHERE", "Impossible HAVING", "Zero limit"}

// planReads tells whether any part of the plan has a table. Its columns are
// id, select_type, table, ..., Extra, in MySQL and MariaDB.
func (s *mysqlSession) planReads(ctx context.Context, query string) (bool, error) {
	rows, err := s.conn.QueryContext(ctx, "EXPLAIN "+strings.TrimRight(strings.TrimSpace(query), "; "))
	if err != nil {
		return false, err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return false, err
	}
	if len(columns) < 3 {
		return false, errUnread // not the traditional form
	}
	reads := false
	for rows.Next() {
		cells := make([]sql.NullString, len(columns))
		into := make([]any, len(columns))
		for i := range cells {
			into[i] = &cells[i]
		}
		if err := rows.Scan(into...); err != nil {
			return false, err
		}
		table, extra := cells[2], cells[len(cells)-1].String
		switch {
		case table.Valid && strings.HasPrefix(table.String, "<"): // made by another part of the plan
		case table.Valid:
			reads = true
		default:
			reads = reads || !slices.Contains(noTable, extra)
		}
	}
	return reads, rows.Err()
}

const storedFunctions = `SELECT LOWER(routine_name) FROM information_schema.routines
WHERE routine_type = 'FUNCTION' AND routine_schema NOT IN ('mysql', 'sys', 'information_schema', 'performance_schema')`

// callsStored: it does, or nobody can tell.
func (s *mysqlSession) callsStored(ctx context.Context, functions []string) bool {
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
