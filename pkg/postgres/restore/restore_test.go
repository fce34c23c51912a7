package restore_test

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/catalog"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/check"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/restore"
)

// shared finds a file of the folder beside the project.
func shared(t testing.TB, name string) string {
	t.Helper()
	folder, err := os.Getwd()
	for ; err == nil; folder = filepath.Dir(folder) {
		if _, missing := os.Stat(filepath.Join(folder, "go.mod")); missing == nil {
			break
		}
		if folder == filepath.Dir(folder) {
			t.Fatal("no go.mod above the test")
		}
	}
	path := filepath.Join(folder, "..", "shared", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%s is not there: the data set is not part of the project", path)
	}
	return path
}

// chinook is a live server with the data set, and its tablespace.
func chinook(t testing.TB) *cluster {
	t.Helper()
	bin, data := programs(t), shared(t, "datasets/chinook.sql")
	c := startSource(t, bin, "archive_mode = on\narchive_command = 'touch "+t.Name()+"'\nwal_level = logical\nmax_prepared_transactions = 3\nmax_connections = 60")
	content, err := os.ReadFile(data)
	if err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(c.home, "chinook.sql") // the server's user may not read the original
	if err := os.WriteFile(own, content, 0o644); err != nil {
		t.Fatal(err)
	}
	c.must("psql", "-X", "-q", "-d", "postgres", "-f", own)
	return c
}

// restored restores the backup at path and waits for the outcome.
func restored(t testing.TB, bin, path string, source drill.PostgresSource) (*cluster, *restore.Restore, []drill.Finding, error) {
	t.Helper()
	source.TimeZone = "UTC"
	found, err := catalog.Inspect(source, path)
	if err != nil {
		t.Fatal(err)
	}
	if !found.Point.Usable {
		return nil, nil, nil, &drill.Error{Name: drill.NoUsableBackup, What: found.Point.Reason}
	}
	c := newCluster(t, bin)
	r := restore.Start(t.Context(), restore.Job{
		Backup: found, Source: source, Data: c.data, Tablespaces: filepath.Join(c.home, "tablespaces"), Work: c.home, Clock: clock.Real{},
		Server: func(context.Context, int) (restore.Server, []drill.Finding, error) { return c, nil, nil },
	})
	t.Cleanup(r.Stop)
	var findings []drill.Finding
	for {
		status, err := r.Status()
		if err != nil {
			return c, r, findings, err
		}
		findings = append(findings, status.Findings...)
		if status.Available {
			return c, r, findings, nil
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func run(t testing.TB, r *restore.Restore, cluster bool, c drill.Check) drill.CheckResult {
	t.Helper()
	server, user, database := r.Target()
	session, err := check.Open(t.Context(), check.Options{
		Database: database, Cluster: cluster, Clock: clock.Real{}, StartedAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), StatementTimeout: time.Minute,
		Connect: func(ctx context.Context, database string, parameters map[string]string) (*pgconn.PgConn, error) {
			return server.Connect(ctx, user, database, parameters)
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	result, err := session.Run(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func limit(f float64) *float64 { return &f }

// questions are the checks that a good backup of the data set passes.
var questions = []drill.Check{
	{Name: "lines", Kind: drill.CheckSQL, SQL: "select count(*) from invoice_line", Expect: &drill.Expect{Min: limit(2240), Max: limit(2240)}},
	{Name: "fresh", Kind: drill.CheckSQL, SQL: "select max(invoice_date) from invoice", Expect: &drill.Expect{MaxAgeSeconds: limit(11 * 86400)}},
	{Name: "name", Kind: drill.CheckSQL, SQL: "select name from artist where artist_id = 1", Expect: &drill.Expect{Equals: "AC/DC"}},
	{Name: "rows", Kind: drill.CheckSQL, SQL: "select * from genre", Expect: &drill.Expect{Rows: &drill.Range{Min: limit(25), Max: limit(25)}}},
	{Name: "heap", Kind: drill.CheckHeapRead},
	{Name: "indexes", Kind: drill.CheckIndexes},
	{Name: "amcheck", Kind: drill.CheckAmcheck},
}

func TestEveryKindOfBackupComesBack(t *testing.T) {
	source := chinook(t)
	folder := func(name string) string { return filepath.Join(source.home, "backups of today", name) }
	if err := os.MkdirAll(folder(""), 0o777); err != nil {
		t.Fatal(err)
	}
	source.own()
	source.must("pg_basebackup", "-D", folder("plain"), "-Fp", "-c", "fast")
	source.must("pg_basebackup", "-D", folder("tar"), "-Ft", "-c", "fast")
	source.must("pg_basebackup", "-D", folder("targz"), "-Ft", "-z", "-X", "fetch", "-c", "fast")
	source.must("pg_dump", "-d", "chinook", "-Fc", "-f", folder("custom"))
	source.must("pg_dump", "-d", "chinook", "-Fd", "-f", folder("directory"))
	source.must("pg_dump", "-d", "chinook", "-Ft", "-f", folder("tarred"))
	source.must("pg_dump", "-d", "chinook", "-f", folder("sql"))
	source.must("pg_dump", "-d", "chinook", "--clean", "--create", "--verbose", "-f", folder("sql verbose"))
	source.must("pg_dump", "-d", "chinook", "--inserts", "-f", folder("sql inserts"))
	source.must("pg_dump", "-d", "chinook", "-Fp", "-Z", "6", "-f", folder("sql gzip"))
	source.must("pg_dumpall", "-f", folder("everything"))
	tests := map[string]catalog.Kind{
		"plain": catalog.BaseDirectory, "tar": catalog.BaseTar, "targz": catalog.BaseTar,
		"custom": catalog.DumpCustom, "directory": catalog.DumpDirectory, "tarred": catalog.DumpTar,
		"sql": catalog.DumpPlain, "sql verbose": catalog.DumpPlain, "sql inserts": catalog.DumpPlain, "sql gzip": catalog.DumpPlainGzip, "everything": catalog.DumpPlain,
	}
	for name, kind := range tests {
		t.Run(name, func(t *testing.T) {
			planned := drill.PostgresSource{}
			if kind.Base() {
				planned.Database = "chinook"
			}
			found, _ := catalog.Inspect(planned, folder(name))
			if found.Kind != kind || found.Major == 0 {
				t.Fatalf("taken for %s of version %d, want %s", found.Kind, found.Major, kind)
			}
			_, r, _, err := restored(t, source.bin, folder(name), planned)
			if err != nil {
				t.Fatal(err)
			}
			for _, q := range questions {
				if got := run(t, r, kind.Base(), q); !got.Passed {
					t.Errorf("%s: %s, figure %v, %s %s", q.Name, got.Outcome, got.Figure, got.Code, got.Reason)
				}
			}
			missing := run(t, r, false, drill.Check{Name: "x", SQL: "select count(*) from no_such_table", Expect: &drill.Expect{Min: limit(1)}})
			if missing.Outcome != drill.CheckFailed || missing.Code != "42P01" {
				t.Errorf("a missing table: %s %s, want failed 42P01", missing.Outcome, missing.Code)
			}
		})
	}
}

// sums are the checksums of every file below root, links not followed.
func sums(t testing.TB, root string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		all[path] = fmt.Sprintf("%x", sha256.Sum256(content))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestTheSourceStaysAsItIs(t *testing.T) {
	source := startSource(t, programs(t), "")
	live := filepath.Join(source.home, "live tablespace")
	if err := os.Mkdir(live, 0o700); err != nil {
		t.Fatal(err)
	}
	source.own()
	source.sql("postgres", "create tablespace fast location '"+live+"'", "create table t tablespace fast as select g, repeat('x', 300) v from generate_series(1, 5000) g")
	mapped := filepath.Join(source.home, "mapped")
	source.must("pg_basebackup", "-D", filepath.Join(source.home, "plain"), "-Fp", "-c", "fast", "--tablespace-mapping="+live+"="+mapped)
	source.must("pg_basebackup", "-D", filepath.Join(source.home, "tar"), "-Ft", "-c", "fast")
	source.must("pg_ctl", "-D", source.data, "-w", "stop") // so that nothing changes its files by right
	before := sums(t, source.home)
	for _, form := range []string{"plain", "tar"} {
		t.Run(form, func(t *testing.T) {
			c, r, findings, err := restored(t, source.bin, filepath.Join(source.home, form), drill.PostgresSource{})
			if err != nil {
				t.Fatal(err)
			}
			if got := run(t, r, true, drill.Check{Kind: drill.CheckHeapRead}); !got.Passed {
				t.Errorf("heap read: %s %s", got.Code, got.Reason)
			}
			if !strings.Contains(fmt.Sprint(findings), "TablespacesRelocated") {
				t.Errorf("the evidence does not tell of the tablespace: %v", findings)
			}
			c.sql("postgres", "update t set v = 'y'", "drop table t", "checkpoint", "drop tablespace fast", "checkpoint")
			if diff := cmp.Diff(before, sums(t, source.home)); diff != "" {
				t.Errorf("the source changed: %s", diff)
			}
		})
	}
}

func TestACopyActsOnNothing(t *testing.T) {
	source := chinook(t)
	source.sql("chinook", "select pg_create_physical_replication_slot('standby')", "select pg_create_logical_replication_slot('feed', 'pgoutput')",
		"create publication p for all tables", "create subscription s connection 'host=127.0.0.1 port=1 dbname=x' publication p with (connect = false, slot_name = 'x')",
		"alter subscription s enable", "create role watcher", "create table guarded (a int)", "alter table guarded enable row level security",
		"create policy watch on guarded to watcher using (a > 0)",
		"create function noted() returns event_trigger language plpgsql as $$ begin raise notice 'x'; end $$",
		"create event trigger e on ddl_command_start execute function noted()")
	path := func(name string) string { return filepath.Join(source.home, name) }
	source.must("pg_dump", "-d", "chinook", "-Fc", "-f", path("custom"))
	source.must("pg_dump", "-d", "chinook", "--create", "-f", path("sql"))
	source.sql("chinook", "alter database chinook set session_preload_libraries to 'missing'") // nobody can connect any more
	source.must("pg_basebackup", "-D", path("plain"), "-Fp", "-c", "fast", "--write-recovery-conf")
	for _, form := range []string{"plain", "custom", "sql"} {
		t.Run(form, func(t *testing.T) {
			planned := drill.PostgresSource{Database: "chinook", Settings: map[string]string{"archive_mode": "on", "work_mem": "5MB"}}
			c, r, findings, err := restored(t, source.bin, path(form), planned)
			if err != nil {
				t.Fatal(err)
			}
			for sql, want := range map[string]string{
				"select current_setting('archive_mode')":                                "off",
				"select current_setting('max_logical_replication_workers')":             "0",
				"select current_setting('work_mem')":                                    "5MB",
				"select current_setting('primary_conninfo')":                            "",
				"select current_setting('default_transaction_read_only')":               "on",
				"select pg_is_in_recovery()::text":                                      "false",
				"select count(*)::text from pg_replication_slots":                       "0",
				"select count(*)::text from pg_stat_subscription where pid is not null": "0",
			} {
				got := run(t, r, false, drill.Check{SQL: sql, Expect: &drill.Expect{Equals: want}})
				if !got.Passed {
					t.Errorf("%s is not %q: %s %s", sql, want, got.Code, got.Reason)
				}
			}
			writes := run(t, r, false, drill.Check{SQL: "insert into genre values (99, 'x') returning 1", Expect: &drill.Expect{Min: limit(1)}})
			if writes.Outcome != drill.CheckError || writes.Code != "25006" {
				t.Errorf("a check could write: %s %s", writes.Outcome, writes.Code)
			}
			for _, name := range []string{"standby.signal", "recovery.signal", "pg_replslot/standby", "pg_replslot/feed"} {
				if _, err := os.Stat(filepath.Join(c.data, name)); err == nil {
					t.Errorf("%s is in the copy", name)
				}
			}
			want := map[string][]string{
				"plain":  {"standby.signal", "archive_command", "primary_conninfo"},
				"custom": {"subscriptions", "event triggers"},
				"sql":    {"subscriptions", "event triggers"},
			}[form]
			for _, what := range want {
				if !strings.Contains(fmt.Sprint(findings), what) {
					t.Errorf("the evidence does not tell of %s: %v", what, findings)
				}
			}
		})
	}
}

// A backup that was taken while CREATE TABLESPACE ran has it in its WAL.
func TestWALThatWouldWriteIntoTheSourceIsRefused(t *testing.T) {
	source := startSource(t, programs(t), "")
	live := filepath.Join(source.home, "live")
	if err := os.Mkdir(live, 0o700); err != nil {
		t.Fatal(err)
	}
	source.own()
	backup := filepath.Join(source.home, "backup")
	source.must("pg_basebackup", "-D", backup, "-Fp", "-c", "fast")
	// As if the backup had lasted longer: a record that spans segments, then
	// the tablespace.
	source.sql("postgres", "create table t as select repeat('x', 900) from generate_series(1, 40000)",
		"create tablespace fast location '"+live+"'", "create table u (a int) tablespace fast", "insert into u values (1)", "select pg_switch_wal()")
	segments, err := filepath.Glob(filepath.Join(source.data, "pg_wal", "0*"))
	if err != nil || len(segments) < 3 {
		t.Fatalf("%d segments, error %v; want several", len(segments), err)
	}
	for _, segment := range segments {
		content, err := os.ReadFile(segment)
		if err != nil || len(filepath.Base(segment)) != 24 {
			continue
		}
		if err := os.WriteFile(filepath.Join(backup, "pg_wal", filepath.Base(segment)), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, _, _, err = restored(t, source.bin, backup, drill.PostgresSource{})
	if drill.NameOf(err) != drill.RestoreRefused || !strings.Contains(err.Error(), live) {
		t.Errorf("error %v, want RestoreRefused that names %s", err, live)
	}
}

func TestADamagedPageIsFound(t *testing.T) {
	source := startSource(t, programs(t), "")
	source.sql("postgres", "create table t as select g, repeat('x', 300) v from generate_series(1, 5000) g", "create index on t (g)", "checkpoint")
	backup := filepath.Join(source.home, "backup")
	source.must("pg_basebackup", "-D", backup, "-Fp", "-c", "fast")
	out, err := source.command(t.Context(), "psql", "-X", "-At", "-d", "postgres", "-c", "select pg_relation_filepath('t')").Output()
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(backup, strings.TrimSpace(string(out)))
	f, err := os.OpenFile(file, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("damage"), 20*8192+5000); err != nil {
		t.Fatal(err)
	}
	f.Close()

	if _, _, _, err := restored(t, source.bin, backup, drill.PostgresSource{}); drill.NameOf(err) != drill.BackupUnreadable {
		t.Errorf("with a manifest: error %v, want BackupUnreadable", err)
	}
	if err := os.Remove(filepath.Join(backup, "backup_manifest")); err != nil {
		t.Fatal(err)
	}
	_, r, findings, err := restored(t, source.bin, backup, drill.PostgresSource{})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(fmt.Sprint(findings), "NoManifest") {
		t.Errorf("the evidence does not tell of the missing manifest: %v", findings)
	}
	counted := run(t, r, false, drill.Check{SQL: "select count(g) from t where g > 0", Expect: &drill.Expect{Min: limit(1)}})
	t.Logf("a count alone: %s %s", counted.Outcome, counted.Code)
	got := run(t, r, true, drill.Check{Kind: drill.CheckHeapRead})
	if got.Outcome != drill.CheckFailed || got.Code != "XX001" || !strings.Contains(got.Reason, "postgres.public.t") {
		t.Errorf("%s %s %s; want failed, XX001, the table's name", got.Outcome, got.Code, got.Reason)
	}
}

func TestABadDumpNeverComesBack(t *testing.T) {
	source := chinook(t)
	at := func(name string) string { return filepath.Join(source.home, name) }
	source.must("pg_dump", "-d", "chinook", "-f", at("sql"))
	source.must("pg_dump", "-d", "chinook", "-Fc", "-f", at("custom"))
	whole, err := os.ReadFile(at("sql"))
	if err != nil {
		t.Fatal(err)
	}
	canary := at("canary")
	head, tail, _ := strings.Cut(string(whole), "CREATE TABLE")
	broken := strings.Replace(string(whole), "\t1\t", "\tnot a number\t", 1)
	tests := map[string]struct {
		reason  string
		content string
		name    drill.ErrorName
	}{
		"cut short":   {"the closing comment is missing", string(whole[:len(whole)/2]), drill.NoUsableBackup},
		"shell":       {"psql would run it", head + "\\! touch " + canary + "\nCREATE TABLE" + tail, drill.RestoreRefused},
		"from a file": {"the server would read it", head + "COPY x FROM '/etc/passwd';\nCREATE TABLE" + tail, drill.BackupUnreadable},
		"bad data":    {"a row that does not fit", broken, drill.RestoreFailed},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			path := at(name)
			if err := os.WriteFile(path, []byte(tc.content), 0o644); err != nil {
				t.Fatal(err)
			}
			_, _, _, err := restored(t, source.bin, path, drill.PostgresSource{})
			if drill.NameOf(err) != tc.name {
				t.Errorf("error %v, want %s: %s", err, tc.name, tc.reason)
			}
			if err != nil && strings.Contains(err.Error(), "not a number") {
				t.Errorf("the error quotes a row: %v", err)
			}
			if _, err := os.Stat(canary); err == nil {
				t.Error("a shell command of the dump was run")
			}
		})
	}
	t.Run("archive of a pipe, cut short", func(t *testing.T) {
		content, _ := os.ReadFile(at("custom"))
		// Without offsets nothing in the table of contents tells.
		cmd := source.command(t.Context(), "pg_dump", "-d", "chinook", "-Fc")
		piped, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		for name, content := range map[string][]byte{"custom cut": content[:len(content)-2000], "piped cut": piped[:len(piped)-2000]} {
			if err := os.WriteFile(at(name), content, 0o644); err != nil {
				t.Fatal(err)
			}
			_, _, _, err := restored(t, source.bin, at(name), drill.PostgresSource{})
			if n := drill.NameOf(err); n != drill.NoUsableBackup && n != drill.BackupUnreadable {
				t.Errorf("%s: error %v", name, err)
			}
		}
	})
	t.Run("gzip, cut short", func(t *testing.T) {
		source.must("pg_dump", "-d", "chinook", "-Fp", "-Z", "6", "-f", at("gz"))
		content, _ := os.ReadFile(at("gz"))
		if err := os.WriteFile(at("gz"), content[:len(content)/2], 0o644); err != nil {
			t.Fatal(err)
		}
		if _, _, _, err := restored(t, source.bin, at("gz"), drill.PostgresSource{}); drill.NameOf(err) != drill.BackupUnreadable {
			t.Errorf("error %v, want BackupUnreadable", err)
		}
	})
	t.Run("empty database", func(t *testing.T) {
		source.sql("postgres", "create database nothing")
		source.must("pg_dump", "-d", "nothing", "-Fc", "-f", at("nothing"))
		_, r, _, err := restored(t, source.bin, at("nothing"), drill.PostgresSource{})
		if err != nil {
			t.Fatal(err)
		}
		if got := run(t, r, false, drill.Check{Kind: drill.CheckHeapRead}); got.Outcome != drill.CheckFailed {
			t.Errorf("a dump of nothing: %s, want failed", got.Outcome)
		}
	})
}
