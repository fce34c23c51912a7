package mysqlcheck

import (
	"context"
	"database/sql"

	"github.com/lifeboat-dr/lifeboat/pkg/check"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// askSQL puts a sql check, and notes what it read.
func (s *Session) askSQL(ctx context.Context, c drill.Check, r *drill.CheckResult) {
	s.ask(ctx, c, r)
	s.noteReads(ctx, c.SQL, r)
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
