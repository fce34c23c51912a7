package restore_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

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
	counted := run(t, r, false, drill.Check{Kind: drill.CheckSQL, SQL: "select count(g) from t where g > 0", Expect: &drill.Expect{Min: limit(1)}})
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
		"cut short":          {"the closing comment is missing", string(whole[:len(whole)/2]), drill.NoUsableBackup},
		"shell":              {"psql would run it", head + "\\! touch " + canary + "\nCREATE TABLE" + tail, drill.RestoreRefused},
		"a program":          {"the server would run it", head + "/**/COPY genre FROM PROGRAM 'touch " + canary + "';\nCREATE TABLE" + tail, drill.BackupUnreadable},
		"a program, a tab":   {"the server would run it", head + "COPY\tgenre\tFROM\tPROGRAM 'touch " + canary + "';\nCREATE TABLE" + tail, drill.BackupUnreadable},
		"a program as stdin": {"the server would run it", head + "COPY pg_temp.x FROM PROGRAM 'touch " + canary + "' (NULL ' FROM stdin (');\nCREATE TABLE" + tail, drill.BackupUnreadable},
		"two as one":         {"the server takes one statement", head + "CREATE FUNCTION f(BEGIN int) RETURNS int LANGUAGE sql RETURN 1; COPY (SELECT 1) TO PROGRAM 'touch " + canary + "'; SELECT 1 END ;\nCREATE TABLE" + tail, drill.RestoreFailed},
		"from a file":        {"the server would read it", head + "COPY x FROM '/etc/passwd';\nCREATE TABLE" + tail, drill.BackupUnreadable},
		"bad data":           {"a row that does not fit", broken, drill.RestoreFailed},
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
