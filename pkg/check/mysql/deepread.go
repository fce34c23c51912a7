package mysqlcheck

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/go-sql-driver/mysql"

	"github.com/lifeboat-dr/lifeboat/pkg/check"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// position is where a deep read is, between two calls.
type position struct {
	After  string   `json:"after"`
	Tables int      `json:"tables"`
	Bad    []string `json:"bad,omitempty"`
}

// userTables are what has rows of its own: a table that keeps its history and a
// sequence are kinds apart in MariaDB.
const userTables = `
SELECT CONCAT('` + "`" + `', REPLACE(table_schema, '` + "`" + `', '` + "``" + `'), '` + "`.`" + `', REPLACE(table_name, '` + "`" + `', '` + "``" + `'), '` + "`" + `') AS name
FROM information_schema.tables
WHERE table_type IN ('BASE TABLE', 'SYSTEM VERSIONED', 'SEQUENCE') AND table_schema NOT IN ('mysql', 'information_schema', 'performance_schema', 'sys')`

// readTables reads every table to its end. CHECKSUM TABLE ... EXTENDED goes
// through the clustered index row by row and fetches the columns that lie
// outside of it; only one number comes back.
// https://dev.mysql.com/doc/refman/8.0/en/checksum-table.html
// A table is read in one statement: where that takes longer than the statement
// may, the check says so.
func (s *Session) readTables(ctx context.Context, c drill.Check, r *drill.CheckResult) {
	r.Expected = check.EveryTable
	at := position{}
	if c.Cursor != "" && json.Unmarshal([]byte(c.Cursor), &at) != nil {
		check.Fault(r, "", check.CursorUnread)
		return
	}
	names, err := s.tables(ctx)
	if err != nil {
		judgeError(r, err)
		return
	}
	watch, first := clock.StartStopwatch(), at.Tables
	for _, name := range names {
		if name <= at.After {
			continue
		}
		// One table at least: every call gets further.
		if s.o.ReadBudget > 0 && at.Tables > first && watch.Elapsed() >= s.o.ReadBudget {
			text, _ := json.Marshal(at) // texts and numbers always encode
			r.Unfinished, r.Cursor, r.Figure = true, string(text), at.Tables
			return
		}
		if err := s.checksum(ctx, name); err != nil {
			if Code(err) == "" || saysNothing(err) {
				judgeError(r, err)
				r.Reason = name + ": " + r.Reason
				return
			}
			at.Bad = append(at.Bad, name+" "+Code(err))
		}
		at.After = name
		at.Tables++
	}
	r.Figure, r.Reads = at.Tables, check.ReadsOf(at.Tables)
	switch {
	case len(at.Bad) > 0:
		check.Fail(r, "", fmt.Sprintf("%d %s: %s", len(at.Bad), check.TablesUnread, strings.Join(at.Bad[:min(len(at.Bad), 10)], ", ")))
	case at.Tables == 0:
		check.Fail(r, "", "no table of any user was restored")
	default:
		check.Pass(r)
	}
}

// tables lists them in the order of their bytes, as cursors are compared: the
// server's own order knows no upper case, and tables between would be passed over.
func (s *Session) tables(ctx context.Context) ([]string, error) {
	rows, err := s.conn.QueryContext(ctx, userTables)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var names []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names, rows.Err()
}

// checksum reads one table; a NULL is a table that could not be read.
func (s *Session) checksum(ctx context.Context, name string) error {
	var table string
	var sum *uint64
	if err := s.conn.QueryRowContext(ctx, "CHECKSUM TABLE "+name+" EXTENDED").Scan(&table, &sum); err != nil {
		return err
	}
	if sum == nil {
		return errUnread
	}
	return nil
}

// errUnread is the server's own number for a table that it cannot open or
// read (ER_NOT_KEYFILE).
var errUnread = &mysql.MySQLError{Number: 1034, Message: "not read"}
