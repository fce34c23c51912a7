package pgcheck

import (
	"context"
	"fmt"
	"runtime"
	"sync"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lifeboat-dr/lifeboat/pkg/check"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// verifiable lists what amcheck looks at: heaps, TOAST tables among them, and
// btree indexes. Indexes that depend on a collation whose version differs from
// the one they were built with are told apart: on this machine they would be
// called broken, which says nothing about the source.
const verifiable = `
select c.relkind, c.oid, n.nspname || '.' || c.relname,
  c.relkind = 'i' and (
    exists (select 1 from pg_catalog.pg_index i, pg_catalog.unnest(i.indcollation) u(coll)
            join pg_catalog.pg_collation k on k.oid = u.coll
            where i.indexrelid = c.oid and k.collversion <> pg_catalog.pg_collation_actual_version(k.oid))
    or (%s and exists (select 1 from pg_catalog.pg_index i, pg_catalog.unnest(i.indcollation) u(coll)
            where i.indexrelid = c.oid and u.coll = 100))),
  n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
from pg_catalog.pg_class c
join pg_catalog.pg_namespace n on n.oid = c.relnamespace
join pg_catalog.pg_am a on a.oid = c.relam
left join pg_catalog.pg_index x on x.indexrelid = c.oid
where c.relpersistence = 'p'
  and ((c.relkind in ('r', 'm', 't') and a.amname = 'heap')
    or (c.relkind = 'i' and a.amname = 'btree' and x.indisvalid and x.indisready))
order by pg_catalog.pg_relation_size(c.oid) desc, 3`

// databaseCollation is true where the database's own collation (OID 100)
// differs from the one it was created with; known since version 15.
const databaseCollation = `(select d.datcollversion <> pg_catalog.pg_database_collation_actual_version(d.oid) from pg_catalog.pg_database d where d.datname = pg_catalog.current_database())`

// amcheck verifies the structure of heaps and btree indexes. Where the copy's
// programs do not offer it, the check is skipped and says so. The copy's own
// extension is never asked: anything can stand behind its names.
func (s *Session) amcheck(ctx context.Context, r *drill.CheckResult) {
	r.Expected = "amcheck finds nothing wrong"
	names, err := s.databases(ctx)
	if err != nil {
		judgeError(r, err, "")
		return
	}
	all := verification{s: s, check: r.Name}
	for _, database := range names {
		if err := all.database(ctx, database); err != nil {
			judgeError(r, err, "database "+database+": ")
			return
		}
		if all.unavailable {
			r.Outcome, r.Code = drill.CheckSkipped, "AmcheckUnavailable"
			r.Reason = "amcheck is not installed beside the binaries of the copy"
			return
		}
	}
	r.Figure, r.Reads = all.done, check.ReadsOf(all.users)
	notes := ""
	if all.foreign > 0 {
		notes = fmt.Sprintf("%d indexes were not looked at: their collation has another version on this machine", all.foreign)
	}
	if all.noHeap {
		notes = check.Join("heaps were not looked at: verify_heapam came with version 14", notes)
	}
	switch {
	case all.bad.Count > 0:
		check.Fail(r, all.bad.Code, check.Join(all.bad.Reason("tables or indexes are damaged"), notes))
	case all.bad.blocked != nil:
		judgeError(r, all.bad.blocked, "")
	default:
		check.Pass(r)
		r.Reason = notes
	}
}

// verification is one run of amcheck over several databases.
type verification struct {
	s           *Session
	check       string
	unavailable bool
	noHeap      bool // verify_heapam is missing
	foreign     int  // indexes passed over for their collation
	users       int  // tables and indexes that are not PostgreSQL's own

	mu   sync.Mutex
	done int
	bad  trouble
}

type object struct {
	kind, oid, name string
}

func (v *verification) database(ctx context.Context, database string) error {
	conn, err := v.connect(ctx, database)
	if err != nil {
		return err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	schema, err := v.prepare(ctx, conn)
	if err != nil || v.unavailable {
		return err
	}
	defer func() { _ = conn.Exec(context.WithoutCancel(ctx), "drop schema "+schema+" cascade").Close() }() // of a copy that is kept
	objects, err := v.list(ctx, conn)
	if err != nil {
		return err
	}
	total := v.done + len(objects)
	queue := make(chan object)
	var workers sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), max(len(objects), 1)) {
		workers.Go(func() { v.work(ctx, database, schema, total, queue) })
	}
	for _, o := range objects {
		queue <- o
	}
	close(queue)
	workers.Wait()
	return nil
}

// connect opens a connection that may write: to make the functions in the copy.
func (v *verification) connect(ctx context.Context, database string) (*pgconn.PgConn, error) {
	parameters := v.s.builtIn(v.s.o.ReadTimeout)
	parameters["default_transaction_read_only"] = "off"
	parameters["session_replication_role"] = "replica" // triggers of the copy are not for what is done here
	parameters["maintenance_work_mem"] = "64MB"        // of heapallindexed's filter
	return v.s.o.Connect(ctx, database, parameters)
}

func (v *verification) list(ctx context.Context, conn *pgconn.PgConn) ([]object, error) {
	collation := "false"
	if major(conn) >= 15 {
		collation = "coalesce(" + databaseCollation + ", false)"
	}
	v.noHeap = major(conn) < heapSince
	rows, err := query(ctx, conn, fmt.Sprintf(verifiable, collation))
	if err != nil {
		return nil, err
	}
	var objects []object
	for _, row := range rows {
		switch {
		case row[3] == "t":
			v.foreign++
		case row[0] != "i" && v.noHeap:
		default:
			objects = append(objects, object{kind: row[0], oid: row[1], name: row[2]})
			if row[4] == "t" {
				v.users++
			}
		}
	}
	return objects, nil
}

func (v *verification) work(ctx context.Context, database, schema string, total int, queue <-chan object) {
	var conn *pgconn.PgConn
	defer func() {
		if conn != nil {
			_ = conn.Close(context.WithoutCancel(ctx))
		}
	}()
	for o := range queue {
		if ctx.Err() != nil || v.isBlocked() {
			continue
		}
		if conn == nil || conn.IsClosed() {
			var err error
			if conn, err = v.connect(ctx, database); err != nil {
				v.report(database, o, total, 0, err)
				continue
			}
		}
		n, err := verify(ctx, conn, schema, o)
		v.report(database, o, total, n, err)
	}
}

// verify returns how many faults amcheck found; its messages stay here. A
// broken index is told as an error.
func verify(ctx context.Context, conn *pgconn.PgConn, schema string, o object) (int, error) {
	if o.kind == "i" {
		_, err := query(ctx, conn, "select "+schema+".bt_index_check($1::pg_catalog.oid::pg_catalog.regclass, true)", o.oid)
		return 0, err
	}
	rows, err := query(ctx, conn, "select 1 from "+schema+".verify_heapam($1::pg_catalog.oid::pg_catalog.regclass, on_error_stop := true, check_toast := true)", o.oid)
	return len(rows), err
}

func (v *verification) report(database string, o object, total, faults int, err error) {
	name := database + "." + o.name
	v.mu.Lock()
	v.done++
	switch {
	case err == nil && faults > 0:
		v.bad.Add(name, "XX001")
	case err == nil:
	case damaged(code(err)):
		v.bad.Add(name, code(err))
	default:
		v.bad.blocked = err
	}
	progress := Progress{Check: v.check, Object: name, Done: v.done, Total: total}
	v.mu.Unlock()
	v.s.o.Progress(progress)
}

func (v *verification) isBlocked() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.bad.blocked != nil
}
