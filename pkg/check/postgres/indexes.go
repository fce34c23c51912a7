package pgcheck

import (
	"context"

	"github.com/lifeboat-dr/lifeboat/pkg/check"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// unfinished lists indexes that queries or constraints cannot rely on: left
// behind by a CREATE INDEX CONCURRENTLY that failed, for example.
const unfinished = `
select n.nspname || '.' || c.relname
from pg_catalog.pg_index i
join pg_catalog.pg_class c on c.oid = i.indexrelid
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where not (i.indisvalid and i.indisready and i.indislive) and c.relpersistence <> 't'
order by 1`

func (s *Session) invalidIndexes(ctx context.Context, _ drill.Check, r *drill.CheckResult) {
	r.Expected, r.Reads = "no invalid index", drill.ReadsNothing
	names, err := s.databases(ctx)
	if err != nil {
		judgeError(r, err, "")
		return
	}
	var bad trouble
	for _, database := range names {
		conn, err := s.o.Connect(ctx, database, s.builtIn(s.o.ReadTimeout))
		if err != nil {
			judgeError(r, err, "database "+database+": ")
			return
		}
		rows, err := query(ctx, conn, unfinished)
		_ = conn.Close(ctx)
		if err != nil {
			judgeError(r, err, "database "+database+": ")
			return
		}
		for _, row := range rows {
			bad.Add(database+"."+row[0], "")
		}
	}
	r.Figure = bad.Count
	if bad.Count > 0 {
		check.Fail(r, "", bad.Reason("indexes are invalid"))
		return
	}
	check.Pass(r)
}
