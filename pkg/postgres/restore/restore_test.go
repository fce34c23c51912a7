package restore_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	pgcheck "github.com/lifeboat-dr/lifeboat/pkg/check/postgres"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/catalog"
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
	found, err := catalog.Inspect(source, drill.RecoveryPoint{ID: path})
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
	t.Cleanup(func() { r.Stop() })
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
	server, user, database, _ := r.Target()
	session, err := pgcheck.Open(t.Context(), pgcheck.Options{
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
			found, _ := catalog.Inspect(planned, drill.RecoveryPoint{ID: folder(name)})
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
			missing := run(t, r, false, drill.Check{Name: "x", Kind: drill.CheckSQL, SQL: "select count(*) from no_such_table", Expect: &drill.Expect{Min: limit(1)}})
			if missing.Outcome != drill.CheckFailed || missing.Code != "42P01" {
				t.Errorf("a missing table: %s %s, want failed 42P01", missing.Outcome, missing.Code)
			}
		})
	}
}
