package mysqlcheck

import (
	"context"
	"database/sql"

	"github.com/lifeboat-dr/lifeboat/pkg/check"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// askSQL puts a sql check in a read-only transaction of its own, and notes what it
// read. The session is made read-only once more: an earlier check may have changed
// it, and a statement that ends the transaction (DDL) falls back to it. What is
// left to whoever writes such a check: MariaDB's SET STATEMENT ... FOR in front of
// DDL.
func (s *Session) askSQL(ctx context.Context, c drill.Check, r *drill.CheckResult) {
	for _, statement := range []string{sessionReadsOnly, "START TRANSACTION READ ONLY"} {
		if _, err := s.conn.ExecContext(ctx, statement); err != nil {
			judgeError(r, err)
			return
		}
	}
	s.ask(ctx, c, r)
	s.noteReads(ctx, c.SQL, r)
	_, _ = s.conn.ExecContext(ctx, "ROLLBACK") // the next check says where the connection is gone
}

func (s *Session) ask(ctx context.Context, c drill.Check, r *drill.CheckResult) {
	if c.Expect == nil {
		check.Fault(r, "", check.NothingExpected)
		return
	}
	rows, err := s.conn.QueryContext(ctx, c.SQL)
	if err != nil {
		judgeError(r, err)
		return
	}
	defer rows.Close()
	columns, err := rows.ColumnTypes()
	if err != nil {
		judgeError(r, err)
		return
	}
	var v check.Value
	n := 0
	for rows.Next() {
		if n++; n == 1 && len(columns) == 1 {
			var raw sql.RawBytes
			if err := rows.Scan(&raw); err != nil {
				judgeError(r, err)
				return
			}
			v = valueOf(columns[0].DatabaseTypeName(), raw)
			if _, truth := c.Expect.Equals.(bool); truth {
				v = truthOf(v)
			}
		}
	}
	if err := rows.Err(); err != nil {
		judgeError(r, err)
		return
	}
	switch {
	case c.Expect.Rows != nil:
		r.Expected = check.Describe(*c.Expect)
		check.JudgeRows(n, *c.Expect.Rows, check.WrongRows, r)
	case check.OneValue(len(columns), n, r):
		r.Expected = check.Describe(*c.Expect)
		check.Judge(v, *c.Expect, s.o.StartedAt, r)
	}
}
