package pgcheck

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"strconv"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lifeboat-dr/lifeboat/pkg/check/postgres/answer"
)

// heapSince is the version that brought verify_heapam.
const heapSince = 14

// The functions of contrib/amcheck (amcheck--1.0.sql to 1.5), made anew from its
// library: CREATE EXTENSION would take the copy's own for ours, and dropping that
// could take objects of the copy along.
const (
	makeIndexCheck = `create function %s.bt_index_check(pg_catalog.regclass, pg_catalog.bool) returns pg_catalog.void
as '$libdir/amcheck', 'bt_index_check' language c strict parallel restricted`
	makeHeapCheck = `create function %s.verify_heapam(relation pg_catalog.regclass, on_error_stop pg_catalog.bool default false, check_toast pg_catalog.bool default false,
  skip pg_catalog.text default 'none', startblock pg_catalog.int8 default null, endblock pg_catalog.int8 default null,
  blkno out pg_catalog.int8, offnum out pg_catalog.int4, attnum out pg_catalog.int4, msg out pg_catalog.text)
returns setof pg_catalog.record as '$libdir/amcheck', 'verify_heapam' language c`
)

// prepare makes the functions in a schema that the copy cannot know, and returns
// its name.
func (v *verification) prepare(ctx context.Context, conn *pgconn.PgConn) (string, error) {
	rows, err := query(ctx, conn, "select 1 from pg_catalog.pg_available_extensions where name operator(pg_catalog.=) 'amcheck'")
	if err != nil {
		return "", err
	}
	if v.unavailable = len(rows) == 0; v.unavailable {
		return "", nil
	}
	if err := silenceEventTriggers(ctx, conn); err != nil {
		return "", err
	}
	schema := "lifeboat_" + randomHex()
	statements := []string{"create schema " + schema, fmt.Sprintf(makeIndexCheck, schema)}
	if major(conn) >= heapSince {
		statements = append(statements, fmt.Sprintf(makeHeapCheck, schema))
	}
	for _, sql := range statements {
		if err := conn.Exec(ctx, sql).Close(); err != nil {
			return "", err
		}
	}
	return schema, nil
}

// silenceEventTriggers keeps the copy's event triggers from being fired by what
// is made here: session_replication_role leaves those that are enabled ALWAYS,
// and event_triggers is a setting from 17 on. Commands about event triggers fire
// none themselves (event_trigger.c, EventTriggerSupportsObjectType).
func silenceEventTriggers(ctx context.Context, conn *pgconn.PgConn) error {
	rows, err := query(ctx, conn, "select evtname from pg_catalog.pg_event_trigger where evtenabled operator(pg_catalog.<>) 'D'")
	if err != nil {
		return err
	}
	for _, row := range rows {
		if err := conn.Exec(ctx, "alter event trigger "+answer.QuoteIdentifier(row[0])+" disable").Close(); err != nil {
			return err
		}
	}
	return nil
}

func major(conn *pgconn.PgConn) int {
	n, _ := strconv.Atoi(leadingDigits(conn.ParameterStatus("server_version")))
	return n
}

func randomHex() string {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails (crypto/rand)
	return hex.EncodeToString(b[:])
}
