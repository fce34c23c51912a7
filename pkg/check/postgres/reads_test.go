package pgcheck_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	pgcheck "github.com/lifeboat-dr/lifeboat/pkg/check/postgres"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgtest"
)

const shop = `
create table orders(id int primary key, note text);
insert into orders select i, 'note' from generate_series(1, 20000) i;
create table nothing(id int);
create table parted(id int) partition by range (id);
create table parted_1 partition of parted for values from (0) to (100);
insert into parted values (1);
create view all_orders as select * from orders;
create materialized view summary as select count(*) from orders;
create sequence numbers;
create function orders_are_there() returns boolean language sql as 'select exists (select 1 from orders)';
create function nothing_at_all() returns boolean language sql as 'select true';
create function by_words(words text) returns bigint language plpgsql as 'declare n bigint; begin execute words into n; return n; end';
select lo_from_bytea(0, 'photo');
analyze orders;
`

// Whether a check reads a table of the copy is the server's own account: it sees
// into functions and views, as no text of a query does.
func TestWhatACheckReadsIsTheServersAccount(t *testing.T) {
	source := pgtest.Start(t, pgtest.Options{})
	source.Exec("postgres", "create database shop")
	source.Exec("shop", shop)
	foreign := true
	for _, sql := range []string{"create extension file_fdw", "create server files foreign data wrapper file_fdw",
		"create foreign table theirs(line text) server files options (filename '/dev/null')",
		"create function of_theirs() returns bigint language sql as 'select count(*) from theirs'"} {
		foreign = foreign && source.Value("shop", "select count(*) from pg_available_extensions where name = 'file_fdw'") == "1"
		if foreign {
			source.Exec("shop", sql)
		}
	}
	one, no := 1.0, 0.0
	value, rows, none := &drill.Expect{Min: &no}, &drill.Expect{Rows: &drill.Range{Min: &one}}, &drill.Expect{Rows: &drill.Range{Max: &no}}
	truth := &drill.Expect{Equals: true}
	type asked struct {
		reason, sql string
		expect      *drill.Expect
		reads       drill.Reads
	}
	tests := []asked{
		{"a table", "select count(*) from orders", value, drill.ReadsTables},
		{"nothing, right after a check that read: the session still holds what that one counted", "select 1", value, drill.ReadsNothing},
		{"by an index alone", "select max(id) from orders", value, drill.ReadsTables},
		{"one row by its key", "select id from orders where id = 5", value, drill.ReadsTables},
		{"by its place", "select id from orders where ctid = '(0,1)'", value, drill.ReadsTables},
		{"an empty table is a table", "select count(*) from nothing", value, drill.ReadsTables},
		{"a view", "select count(*) from all_orders", value, drill.ReadsTables},
		{"a materialized view", "select count from summary", value, drill.ReadsTables},
		{"a partition", "select count(*) from parted", value, drill.ReadsTables},
		{"in a function", "select orders_are_there()", truth, drill.ReadsTables},
		{"in words that are put together", "select by_words('select count(*) from ' || 'orders')", value, drill.ReadsTables},
		{"rows, of which the first is enough", "select id from orders", rows, drill.ReadsTables},
		{"rows that must not be", "select id from orders where id < 0", none, drill.ReadsTables},
		{"large objects are the user's", "select count(*) from pg_largeobject_metadata", value, drill.ReadsTables},
		{"and so is what is in them", "select length(lo_get(oid)) from pg_largeobject_metadata limit 1", value, drill.ReadsTables},
		{"a sequence has a row of its own", "select last_value from numbers", value, drill.ReadsTables},
		{"a function that asks nothing", "select nothing_at_all()", truth, drill.ReadsNothing},
		{"the clock", "select extract(epoch from now())", value, drill.ReadsNothing},
		{"the catalog", "select count(*) from pg_tables", value, drill.ReadsNothing},
		{"the catalog by its standard name", "select count(*) from information_schema.tables where table_name = 'orders'", value, drill.ReadsNothing},
		{"numbers", "select n from generate_series(1, 100000) n", rows, drill.ReadsNothing},
		{"a table that is named and not read", "select count(*) from orders where false", value, drill.ReadsNothing},
		{"a size in the catalog", "select pg_relation_size('orders')", value, drill.ReadsNothing},
	}
	if foreign {
		tests = append(tests,
			asked{"another server's", "select count(*) from theirs", value, drill.ReadsUnknown},
			asked{"another server's, in a function", "select of_theirs()", value, drill.ReadsUnknown},
			asked{"both: the table is enough", "select (select count(*) from theirs) + (select count(*) from orders)", value, drill.ReadsTables})
	}
	for _, managed := range []bool{false, true} {
		session := sessionOf(t, source, managed)
		for i, tc := range tests {
			r, err := session.Run(t.Context(), drill.Check{Name: fmt.Sprint(i), Kind: drill.CheckSQL, Stage: drill.Gate, SQL: tc.sql, Expect: tc.expect})
			if err != nil || !r.Passed {
				t.Fatalf("%s: %+v, %v", tc.sql, r, err)
			}
			if r.Reads != tc.reads || (r.Reads == drill.ReadsUnknown) != (r.ReadsWhy != "") {
				t.Errorf("managed %t: %s: %s: reads %q (%s), want %q", managed, tc.reason, tc.sql, r.Reads, r.ReadsWhy, tc.reads)
			}
		}
	}
}

// Where the server counts nothing, that is said; on a copy of our own counting
// is switched on.
func TestStatisticsThatAreOffAreNotNothing(t *testing.T) {
	source := pgtest.Start(t, pgtest.Options{})
	source.Exec("postgres", "create database shop")
	source.Exec("shop", "create table orders(id int)")
	source.Exec("postgres", "alter database shop set track_counts = off")
	no := 0.0
	ask := drill.Check{Name: "n", Kind: drill.CheckSQL, Stage: drill.Gate, SQL: "select count(*) from orders", Expect: &drill.Expect{Min: &no}}
	for managed, want := range map[bool]drill.Reads{false: drill.ReadsTables, true: drill.ReadsUnknown} {
		r, err := sessionOf(t, source, managed).Run(t.Context(), ask)
		if err != nil || r.Reads != want || managed && !strings.Contains(r.ReadsWhy, "track_counts") {
			t.Errorf("managed %t: reads %q (%s), want %q; %v", managed, r.Reads, r.ReadsWhy, want, err)
		}
	}
}

func sessionOf(t *testing.T, source *pgtest.Source, managed bool) *pgcheck.Session {
	t.Helper()
	session, err := pgcheck.Open(t.Context(), pgcheck.Options{
		Database: "shop", Managed: managed, Clock: clock.Real{}, StartedAt: time.Now(), StatementTimeout: time.Minute,
		Connect: connectTo(source),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	return session
}
