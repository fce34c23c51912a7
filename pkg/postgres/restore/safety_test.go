package restore_test

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

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
				got := run(t, r, false, drill.Check{Kind: drill.CheckSQL, SQL: sql, Expect: &drill.Expect{Equals: want}})
				if !got.Passed {
					t.Errorf("%s is not %q: %s %s", sql, want, got.Code, got.Reason)
				}
			}
			writes := run(t, r, false, drill.Check{Kind: drill.CheckSQL, SQL: "insert into genre values (99, 'x') returning 1", Expect: &drill.Expect{Min: limit(1)}})
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
	label, err := os.ReadFile(filepath.Join(backup, "backup_label"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(backup, "backup_manifest")); err != nil { // who writes the store can do that too
		t.Fatal(err)
	}
	before := sums(t, live)
	far := regexp.MustCompile(`LOCATION: 0/[0-9A-F]+`)
	for name, tc := range map[string]struct {
		label string
		says  string
	}{
		"as it is":               {string(label), live},
		"a start far ahead":      {strings.Replace(string(label), far.FindString(string(label)), "LOCATION: 0/F0000028", 1), "0/F0000028"},
		"all of it far ahead":    {far.ReplaceAllString(string(label), "LOCATION: 0/F0000028"), "0/F0000028"},
		"a label with no places": {strings.ReplaceAll(string(label), "LOCATION", "PLACE"), "backup_label"},
	} {
		if err := os.WriteFile(filepath.Join(backup, "backup_label"), []byte(tc.label), 0o600); err != nil {
			t.Fatal(err)
		}
		_, _, _, err = restored(t, source.bin, backup, drill.PostgresSource{})
		if err == nil || !strings.Contains(err.Error(), tc.says) {
			t.Errorf("%s: error %v, want one that names %s", name, err, tc.says)
		}
		if diff := cmp.Diff(before, sums(t, live)); diff != "" {
			t.Errorf("%s: the live tablespace changed: %s", name, diff)
		}
	}
}
