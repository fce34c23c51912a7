package postgres_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgtest"
)

// shared finds a file of the folder beside the project.
func shared(t testing.TB, name string) string {
	t.Helper()
	folder, err := os.Getwd()
	for ; err == nil && folder != filepath.Dir(folder); folder = filepath.Dir(folder) {
		if _, missing := os.Stat(filepath.Join(folder, "go.mod")); missing == nil {
			break
		}
	}
	path := filepath.Join(folder, "..", "shared", name)
	if _, err := os.Stat(path); err != nil {
		t.Skipf("%s is not there: the data set is not part of the project", path)
	}
	return path
}

// clients are the client programs of the source's version.
func clients(t testing.TB, s *pgtest.Source) {
	t.Helper()
	for _, program := range []string{"psql", "pg_dump", "pg_restore", "pg_basebackup"} {
		if !s.Bin.Has(program) {
			t.Skipf("%s is not among %s: backups that match the server cannot be taken", program, s.Bin)
		}
	}
}

func tool(t testing.TB, s *pgtest.Source, name string, args ...string) {
	t.Helper()
	if out, err := exec.Command(s.Bin.Path(name), append(args, "-d", s.URL("chinook"))...).CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, out)
	}
}

func limit(f float64) *float64 { return &f }

func specOf(t testing.TB, backups string) drill.Spec {
	return drill.Spec{
		Deployment: "test", Workload: "shop", Database: "chinook", Kind: "postgres",
		Limits:   drill.Limits{RestoreSeconds: 60, ValidateSeconds: 60, StatementSeconds: 10},
		Postgres: &drill.PostgresSource{Backups: backups, Database: "chinook", Scratch: filepath.Join(scratch(t), "a scratch"), TimeZone: "UTC"},
		Checks: []drill.Check{
			{Name: "lines", Kind: drill.CheckSQL, SQL: "select count(*) from invoice_line", Expect: &drill.Expect{Min: limit(2240), Max: limit(2240)}},
			{Name: "newest", Kind: drill.CheckSQL, SQL: "select max(invoice_date) from invoice", Expect: &drill.Expect{MaxAgeSeconds: limit(400 * 86400)}},
			{Name: "heap", Kind: drill.CheckHeapRead, Stage: drill.Proof},
			{Name: "indexes", Kind: drill.CheckIndexes, Stage: drill.Proof},
			{Name: "amcheck", Kind: drill.CheckAmcheck, Stage: drill.Proof},
		},
	}
}

// scratch is a folder that every user may pass through.
func scratch(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "lba")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func runOf(t testing.TB) drill.Run {
	id := "arn:aws:states:local:0:execution:drill:" + strings.ReplaceAll(t.Name(), "/", "-")
	return drill.Run{ID: "run", ExecutionID: id, Throwaway: drill.ThrowawayName("test", id), Deployment: "test", StartedAt: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)}
}

// restored goes through a restore as the machine does, looking often.
func restored(t testing.TB, a *postgres.Adapter, run drill.Run, spec drill.Spec) (drill.Resource, []drill.Finding, error) {
	t.Helper()
	ctx := t.Context()
	points, err := a.RecoveryPoints(ctx, spec)
	if err != nil || len(points) == 0 {
		t.Fatalf("%d recovery points, error %v", len(points), err)
	}
	t.Cleanup(func() {
		if err := a.Remove(context.Background(), run, spec, a.Parts(run).First()); err != nil {
			t.Error(err)
		}
	})
	made, err := a.StartRestore(ctx, run, spec, points[0])
	resource := made.First()
	if err != nil {
		return resource, nil, err
	}
	again, err := a.StartRestore(ctx, run, spec, points[0])
	if diff := cmp.Diff(made, again); diff != "" || err != nil {
		t.Errorf("a second call: %v, %s", err, diff)
	}
	var findings []drill.Finding
	for {
		status, err := a.RestoreStatus(ctx, run, spec, resource)
		findings = append(findings, status.Findings...)
		if err != nil || status.Available {
			return resource, findings, err
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func TestADrillOfEveryKindLeavesNothing(t *testing.T) {
	data := shared(t, "datasets/chinook.sql")
	source := pgtest.Start(t, pgtest.Options{Checksums: true})
	clients(t, source)
	source.LoadSQL("postgres", data)
	backups := filepath.Join(scratch(t), "some backups")
	if err := os.Mkdir(backups, 0o755); err != nil {
		t.Fatal(err)
	}
	at := func(name string) string { return filepath.Join(backups, name) }
	tool(t, source, "pg_basebackup", "-D", at("plain"), "-Fp", "-c", "fast")
	tool(t, source, "pg_basebackup", "-D", at("tar"), "-Ft", "-z", "-c", "fast")
	tool(t, source, "pg_dump", "-Fc", "-f", at("custom"))
	tool(t, source, "pg_dump", "-Fd", "-f", at("directory"))
	tool(t, source, "pg_dump", "-Fp", "-f", at("sql"))
	tool(t, source, "pg_dump", "-Fp", "-Z", "6", "-f", at("gzip"))
	for _, form := range []string{"plain", "tar", "custom", "directory", "sql", "gzip"} {
		t.Run(form, func(t *testing.T) {
			a, run, spec := postgres.New(postgres.Options{}), runOf(t), specOf(t, at(form))
			resource, findings, err := restored(t, a, run, spec)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range findings {
				t.Logf("%s: %s", f.Code, f.What)
			}
			session, err := a.OpenChecks(t.Context(), run, spec, resource)
			if err != nil {
				t.Fatal(err)
			}
			defer session.Close()
			for _, c := range spec.Checks {
				if got, err := session.Run(t.Context(), c); err != nil || !got.Passed {
					t.Errorf("%s: %s %s %s, error %v", c.Name, got.Outcome, got.Code, got.Reason, err)
				}
			}
			if left, err := a.Remaining(t.Context(), run, spec); err != nil || len(left) == 0 {
				t.Errorf("while it runs: %v, error %v", left, err)
			}
			if hint := a.ConnectHint(run, spec, "lifeboat sweep --kept"); !strings.Contains(hint, "chinook") {
				t.Errorf("how to connect: %s", hint)
			}
			for range 2 {
				if err := a.Remove(t.Context(), run, spec, a.Parts(run).First()); err != nil {
					t.Fatal(err)
				}
			}
			if left, err := a.Remaining(t.Context(), run, spec); err != nil || len(left) != 0 {
				t.Errorf("after the removal: %v, error %v", left, err)
			}
			if entries, _ := os.ReadDir(spec.Postgres.Scratch); len(entries) > 0 {
				t.Errorf("the scratch folder holds %v", entries)
			}
		})
	}
}

func TestARestoreThatIsStoppedLeavesNothing(t *testing.T) {
	source := pgtest.Start(t, pgtest.Options{})
	clients(t, source)
	source.Exec("postgres", "create database chinook")
	source.Exec("chinook", "create table t as select g, repeat('x', 500) v from generate_series(1, 100000) g")
	backup := filepath.Join(scratch(t), "backup")
	tool(t, source, "pg_dump", "-Fp", "-f", backup)
	a, run, spec := postgres.New(postgres.Options{}), runOf(t), specOf(t, backup)
	points, err := a.RecoveryPoints(t.Context(), spec)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := a.StartRestore(t.Context(), run, spec, points[0]); err != nil {
		t.Fatal(err)
	}
	time.Sleep(300 * time.Millisecond) // somewhere in the middle of it
	if err := a.Remove(t.Context(), run, spec, a.Parts(run).First()); err != nil {
		t.Fatal(err)
	}
	if left, err := a.Remaining(t.Context(), run, spec); err != nil || len(left) != 0 {
		t.Errorf("left: %v, error %v", left, err)
	}
}

const label = "START WAL LOCATION: 0/2000028 (file 000000010000000000000002)\nSTART TIME: 2026-11-24 00:42:51 UTC\n"

func TestARestoreThatCannotBeSaysWhy(t *testing.T) {
	tests := map[string]struct {
		reason string
		files  map[string]string
		change func(*drill.Spec)
		name   drill.ErrorName
	}{
		"no programs": {"nothing is of version 13 any more", map[string]string{
			"b/PG_VERSION": "13\n", "b/backup_label": label, "b/global/pg_control": "x", "b/pg_wal/000000010000000000000002": "x",
		}, nil, drill.BinariesMissing},
		"cut short":       {"no closing comment", map[string]string{"b": "--\n-- PostgreSQL database dump\n--\n"}, nil, drill.BackupUnreadable},
		"useless folder":  {"the plan names a folder without programs", map[string]string{"b": "--\n-- PostgreSQL database dump\n--\n--\n-- PostgreSQL database dump complete\n--\n"}, func(s *drill.Spec) { s.Postgres.Binaries = "/nonexistent" }, drill.BinariesMissing},
		"scratch refused": {"a file is in its place", map[string]string{"b": "--\n-- PostgreSQL database dump\n--\n--\n-- PostgreSQL database dump complete\n--\n", "scratch": "x"}, func(s *drill.Spec) { s.Postgres.Scratch = filepath.Join(filepath.Dir(s.Postgres.Backups), "scratch") }, drill.RestoreRefused},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			pgtest.Binaries(t, 0)
			root := scratch(t)
			for name, content := range tc.files {
				if err := os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(root, name), []byte(content), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			a, run, spec := postgres.New(postgres.Options{}), runOf(t), specOf(t, filepath.Join(root, "b"))
			if tc.change != nil {
				tc.change(&spec)
			}
			points, err := a.RecoveryPoints(t.Context(), spec)
			if err != nil {
				t.Fatal(err)
			}
			_, err = a.StartRestore(t.Context(), run, spec, points[0])
			if drill.NameOf(err) != tc.name {
				t.Errorf("error %v, want %s: %s", err, tc.name, tc.reason)
			}
			if err := a.Remove(t.Context(), run, spec, a.Parts(run).First()); err != nil && tc.name != drill.RestoreRefused {
				t.Errorf("after it: %v", err)
			}
		})
	}
}

func TestARestoreOfAnotherProcessIsNotContinued(t *testing.T) {
	a, run, spec := postgres.New(postgres.Options{}), runOf(t), specOf(t, "/nonexistent/*")
	if _, err := a.RestoreStatus(t.Context(), run, spec, drill.Resource{}); drill.NameOf(err) != drill.RestoreFailed {
		t.Errorf("status: %v", err)
	}
	if _, err := a.OpenChecks(t.Context(), run, spec, drill.Resource{}); drill.NameOf(err) != drill.ValidationImpossible {
		t.Errorf("checks: %v", err)
	}
	if err := a.Remove(t.Context(), run, spec, a.Parts(run).First()); err != nil {
		t.Errorf("removal of what never was: %v", err)
	}
}

func TestAServerThatCannotStartSaysWhy(t *testing.T) {
	bin := pgtest.Binaries(t, 0)
	_ = bin
	root := scratch(t)
	dump := filepath.Join(root, "b")
	if err := os.WriteFile(dump, []byte("--\n-- PostgreSQL database dump\n--\n--\n-- PostgreSQL database dump complete\n--\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	a, run, spec := postgres.New(postgres.Options{}), runOf(t), specOf(t, dump)
	spec.Postgres.Settings = map[string]string{"shared_preload_libraries": "no_such_library"}
	_, _, err := restored(t, a, run, spec)
	if drill.NameOf(err) != drill.RestoreFailed {
		t.Errorf("error %v, want RestoreFailed", err)
	}
}
