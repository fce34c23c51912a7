package pgcheck

import (
	"context"
	"strconv"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// account is what the server counted in this transaction so far: scans, rows
// and blocks of the user's tables, their indexes and sequences, and of large
// objects (which are user data in PostgreSQL's own tables), and how many foreign
// tables the transaction has locked. Blocks tell of a row that is read by its
// place; those of indexes are left out, because planning reads some. These are the figures behind
// pg_stat_xact_user_tables, which see into functions as EXPLAIN does not. They
// may still hold what earlier transactions of the session counted, so two of
// them are compared:
// https://www.postgresql.org/docs/current/monitoring-stats.html
const account = `
with relations as (
  select c.oid, c.relkind from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace
  where c.relpersistence operator(pg_catalog.<>) 't' and c.relkind operator(pg_catalog.=) any ('{r,m,i,S}'::pg_catalog."char"[])
    and (n.nspname operator(pg_catalog.<>) all ('{pg_catalog,information_schema,pg_toast}'::pg_catalog.name[])
      or c.oid operator(pg_catalog.=) any ('{2613,2683,2995,2996}'::pg_catalog.oid[])))
select pg_catalog.current_setting('track_counts'),
  coalesce(pg_catalog.current_setting('debug_parallel_query', true), pg_catalog.current_setting('force_parallel_mode', true), 'off'),
  (select coalesce(pg_catalog.sum(pg_catalog.pg_stat_get_xact_numscans(c.oid)), 0) from relations c),
  (select coalesce(pg_catalog.sum(pg_catalog.pg_stat_get_xact_tuples_returned(c.oid)), 0) from relations c),
  (select coalesce(pg_catalog.sum(pg_catalog.pg_stat_get_xact_tuples_fetched(c.oid)), 0) from relations c),
  (select coalesce(pg_catalog.sum(pg_catalog.pg_stat_get_xact_blocks_fetched(c.oid)), 0) from relations c
   where c.relkind operator(pg_catalog.<>) 'i'),
  (select pg_catalog.count(*) from pg_catalog.pg_locks l join pg_catalog.pg_class c on c.oid operator(pg_catalog.=) l.relation
   where l.pid operator(pg_catalog.=) pg_catalog.pg_backend_pid() and c.relkind operator(pg_catalog.=) 'f')`

// counts is one reading of the account.
type counts struct {
	off       bool // the server counts nothing
	elsewhere bool // another process may do all the reading (force_parallel_mode)
	reads     [4]int64
	foreign   int64
}

func (s *Session) counts(ctx context.Context) (c counts, err error) {
	rows, err := query(ctx, s.conn, account)
	if err != nil {
		return c, err
	}
	c.off, c.elsewhere = rows[0][0] != "on", rows[0][1] != "off"
	for i := range c.reads {
		c.reads[i], _ = strconv.ParseInt(rows[0][i+2], 10, 64) // of the server: always a number
	}
	c.foreign, _ = strconv.ParseInt(rows[0][6], 10, 64)
	return c, nil
}

// beforeAsking begins the account of one check.
func (s *Session) beforeAsking(ctx context.Context) *counts {
	c, err := s.counts(ctx)
	if err != nil {
		return nil
	}
	return &c
}

// afterAsking notes whether the check read a table of the copy. Only an answer
// is looked into: who could not be asked has a reason of its own.
func (s *Session) afterAsking(ctx context.Context, before *counts, sql string, r *drill.CheckResult) {
	if r.Outcome != drill.CheckPassed || ctx.Err() != nil || s.conn.IsClosed() {
		return
	}
	stopped := s.conn.TxStatus() == 'E' // enough rows were counted, and with the rest of them went its locks
	if stopped {
		if err := s.conn.Exec(ctx, "rollback to savepoint lifeboat").Close(); err != nil {
			r.ReadsWhy = "the server's account could not be read"
			return
		}
	}
	after, err := s.counts(ctx)
	switch {
	case err != nil || before == nil:
		r.ReadsWhy = "the server's account could not be read"
	case after.reads != before.reads:
		r.Reads = drill.ReadsTables
	case after.foreign > 0 || stopped && s.plansForeign(ctx, sql):
		r.ReadsWhy = "it reads a foreign table, which belongs to another server"
	case after.elsewhere:
		r.ReadsWhy = "parallel workers do the reading, and their figures are not in this account"
	case after.off:
		r.ReadsWhy = "the server counts nothing: track_counts is off"
	default:
		r.Reads = drill.ReadsNothing
	}
}

// plansForeign tells whether the plan of a statement that was stopped has a
// foreign table, or cannot be had.
func (s *Session) plansForeign(ctx context.Context, sql string) bool {
	rows, err := query(ctx, s.conn, "explain "+sql)
	if err != nil {
		return true
	}
	for _, row := range rows {
		if strings.Contains(row[0], "Foreign") {
			return true
		}
	}
	return false
}
