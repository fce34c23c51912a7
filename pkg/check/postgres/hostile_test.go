package pgcheck_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	pgcheck "github.com/lifeboat-dr/lifeboat/pkg/check/postgres"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pagesum"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgtest"
)

func builtIns(t *testing.T, source *pgtest.Source, database string, pages func(context.Context) (pgcheck.Pages, error)) map[drill.CheckKind]drill.CheckResult {
	t.Helper()
	session, err := pgcheck.Open(t.Context(), pgcheck.Options{
		Database: database, Cluster: true, Clock: clock.Real{}, StartedAt: time.Now(), StatementTimeout: time.Minute, Pages: pages,
		Connect: connectTo(source),
	})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	results := map[drill.CheckKind]drill.CheckResult{}
	for _, kind := range []drill.CheckKind{drill.CheckHeapRead, drill.CheckIndexes, drill.CheckAmcheck} {
		r, err := session.Run(t.Context(), drill.Check{Name: string(kind), Kind: kind, Stage: drill.Proof})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: %s %s %s", kind, r.Outcome, r.Code, r.Reason)
		results[kind] = r
	}
	return results
}

// What the copy brings along must not run because a built-in check asks.
func TestBuiltInChecksCallNothingOfTheCopys(t *testing.T) {
	source := pgtest.Start(t, pgtest.Options{})
	folder := filepath.Join(source.Folder, "canaries")
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := source.Own(folder); err != nil {
		t.Fatal(err)
	}
	source.Exec("postgres", "create database shop")
	source.Exec("shop", "create table t as select g as id from generate_series(1, 1000) g; create index on t (id); create schema evil")
	canary := func(name string) string {
		return fmt.Sprintf("execute $x$copy (select 1) to program 'cat > ''%s/%s'''$x$", folder, name)
	}
	for _, sql := range []string{
		"create function evil.run() returns event_trigger language plpgsql as $$ begin " + canary("event") + "; end $$",
		"create event trigger always_one on ddl_command_start execute function evil.run()",
		`create event trigger "an ""other" on sql_drop execute function evil.run()`,
		"create function evil.ne(name, name) returns bool language plpgsql as $$ begin " + canary("name") + "; return false; end $$",
		"create operator evil.<> (leftarg = name, rightarg = name, function = evil.ne)",
		"create function evil.ne(\"char\", \"char\") returns bool language plpgsql as $$ begin " + canary("char") + "; return false; end $$",
		"create operator evil.<> (leftarg = \"char\", rightarg = \"char\", function = evil.ne)",
		"create operator evil.= (leftarg = name, rightarg = name, function = evil.ne)",
		"create function evil.eq(oid, oid) returns bool language plpgsql as $$ begin " + canary("oid") + "; return false; end $$",
		"create operator evil.= (leftarg = oid, rightarg = oid, function = evil.eq)",
		"create function evil.current_setting(text) returns text language plpgsql as $$ begin " + canary("setting") + "; return 'UTC'; end $$",
		"alter database shop set search_path = evil, pg_catalog",
		"alter event trigger always_one enable always",
		`alter event trigger "an ""other" enable always`,
	} {
		source.Exec("shop", sql)
	}
	_ = os.Remove(filepath.Join(folder, "event"))
	for kind, r := range builtIns(t, source, "shop", nil) {
		if r.Outcome != drill.CheckPassed && r.Outcome != drill.CheckSkipped || r.AnsweredBy != drill.AnsweredByCopy {
			t.Errorf("%s: %+v", kind, r)
		}
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) > 0 {
		t.Errorf("the copy's code ran: %v, %v", entries, err)
	}
	if left := source.Value("shop", "select pg_catalog.count(*) from pg_catalog.pg_namespace where nspname like 'lifeboat%'"); left != "0" {
		t.Errorf("%s schemas are left in the copy", left)
	}
}

// An amcheck that finds nothing, under the names of the real one.
func TestTheCopysOwnAmcheckIsNotAsked(t *testing.T) {
	source := pgtest.Start(t, pgtest.Options{Checksums: true, Settings: map[string]string{"ignore_checksum_failure": "on"}})
	if source.Value("postgres", "select count(*) from pg_available_extensions where name = 'amcheck'") == "0" {
		t.Skip("amcheck is not installed beside the server")
	}
	source.Exec("postgres", "create table t as select g as id, repeat('x', 300) v from generate_series(1, 20000) g; create index on t (id)")
	source.Exec("postgres", "create extension amcheck")
	source.Exec("postgres", "create or replace function bt_index_check(index regclass, heapallindexed boolean) returns void language sql as ''")
	path := filepath.Join(source.Data, source.Value("postgres", "select pg_relation_filepath('t_id_idx')"))
	source.Stop()
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	page := make([]byte, 8192) // an index page with the line pointers of another one
	if _, err := f.ReadAt(page, 3*8192); err != nil {
		t.Fatal(err)
	}
	copy(page[24:200], page[400:])
	if _, err := f.WriteAt(page, 3*8192); err != nil {
		t.Fatal(err)
	}
	f.Close()
	source.Restart(map[string]string{"ignore_checksum_failure": "on"})
	pages := func(ctx context.Context) (pgcheck.Pages, error) {
		report, err := pagesum.Verify(ctx, pagesum.Cluster{Data: source.Data, BlockBytes: 8192, FileBlocks: 131072})
		return pgcheck.Pages(report), err
	}
	results := builtIns(t, source, "postgres", pages)
	if r := results[drill.CheckAmcheck]; r.Outcome != drill.CheckFailed {
		t.Errorf("amcheck: %+v", r)
	}
	if r := results[drill.CheckHeapRead]; r.Outcome != drill.CheckFailed || r.AnsweredBy != drill.AnsweredByLifeboat {
		t.Errorf("pages: %+v", r)
	}
}
