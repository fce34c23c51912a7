package pgcheck

import (
	"context"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lifeboat-dr/lifeboat/pkg/check"
	"github.com/lifeboat-dr/lifeboat/pkg/check/postgres/answer"
)

// databases that the built-in checks read, each over a connection of its own.
func (s *Session) databases(ctx context.Context) ([]string, error) {
	if !s.o.Cluster {
		return []string{s.o.Database}, nil
	}
	conn, err := s.o.Connect(ctx, s.o.Database, s.builtIn(s.o.ReadTimeout))
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	rows, err := query(ctx, conn, "select datname from pg_catalog.pg_database where datallowconn and datname operator(pg_catalog.<>) 'template0' order by pg_catalog.pg_database_size(oid) desc, datname")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, row := range rows {
		names = append(names, row[0])
	}
	return names, nil
}

// relation is a table or a materialized view with storage of its own.
type relation struct {
	database, schema, name string
	copyFrom               string // what COPY reads: all rows, from the heap
	oid                    string
	user                   bool // not PostgreSQL's own
}

func (r relation) String() string { return r.database + "." + r.schema + "." + r.name }

// heaps lists what is to be read: tables (also PostgreSQL's own, among them
// large objects), partitions, materialized views; largest first. Temporary
// tables of sessions that are gone stay out, foreign tables are never touched.
const heaps = `
select n.nspname, c.relname, c.oid, c.relkind,
       n.nspname not in ('pg_catalog', 'information_schema') and n.nspname !~ '^pg_toast',
       pg_catalog.quote_ident(n.nspname) || '.' || pg_catalog.quote_ident(c.relname)
from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'm') and c.relpersistence <> 't'
  and (c.relkind = 'r' or c.relispopulated)
order by pg_catalog.pg_table_size(c.oid) desc, 1, 2`

func relations(ctx context.Context, conn *pgconn.PgConn, database string) ([]relation, error) {
	rows, err := query(ctx, conn, heaps)
	if err != nil {
		return nil, err
	}
	var found []relation
	for _, row := range rows {
		r := relation{database: database, schema: row[0], name: row[1], oid: row[2], user: row[4] == "t", copyFrom: row[5]}
		if row[3] == "m" {
			r.copyFrom = "(select * from only " + row[5] + ")"
		}
		found = append(found, r)
	}
	return found, nil
}

// query reads a small answer as text.
func query(ctx context.Context, conn *pgconn.PgConn, sql string, args ...string) ([][]string, error) {
	var raw [][]byte
	for _, a := range args {
		raw = append(raw, []byte(a))
	}
	return answer.Rows(ctx, conn, sql, raw...)
}

// trouble is what a built-in check finds.
type trouble struct {
	check.Trouble
	// blocked is set where the check itself could not go on.
	blocked error
}
