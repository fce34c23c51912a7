package wal_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/postgres/basecopy"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgbin"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgtest"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/wal"
)

// program finds a client program of the server's own version, or skips.
func program(t *testing.T, s *pgtest.Source, name string) string {
	t.Helper()
	if s.Bin.Has(name) {
		return s.Bin.Path(name)
	}
	t.Skipf("%s is not among %s", name, s.Bin)
	return ""
}

func take(t *testing.T, s *pgtest.Source, args ...string) string {
	t.Helper()
	to := filepath.Join(t.TempDir(), "backup")
	out, err := exec.Command(program(t, s, "pg_basebackup"), append([]string{"-D", to, "-c", "fast", "-d", s.URL("postgres")}, args...)...).CombinedOutput() //nolint:gosec // of the test
	if err != nil {
		t.Fatalf("pg_basebackup: %v\n%s", err, out)
	}
	return to
}

func walkBackup(t *testing.T, backup string) (wal.Walked, error) {
	t.Helper()
	c, err := basecopy.ReadControl(backup)
	if err != nil || !c.Known {
		t.Fatal(c, err)
	}
	label, err := os.ReadFile(filepath.Join(backup, "backup_label"))
	if err != nil {
		t.Fatal(err)
	}
	return wal.Walk(wal.Options{
		Dir: filepath.Join(backup, "pg_wal"), Label: label, SegmentBytes: c.WALSegment, PageBytes: c.WALPageBytes,
		Checkpoint: c.Checkpoint, Redo: c.Redo, Timeline: max(c.Timeline, c.MinRecoveryTimeline), MinRecovery: c.MinRecovery,
	})
}

var lsn = regexp.MustCompile(`(?m) lsn: ([0-9A-F]+/[0-9A-F]+),`)

// compare holds what was read against pg_waldump's reading.
func compare(t *testing.T, s *pgtest.Source, backup string, more ...string) {
	t.Helper()
	w, err := walkBackup(t, backup)
	if err != nil {
		t.Fatal(err)
	}
	start := fmt.Sprintf("%X/%X", w.Start>>32, uint32(w.Start)) //nolint:gosec // the lower half
	var out bytes.Buffer
	cmd := exec.Command(program(t, s, "pg_waldump"), append(more, "-p", filepath.Join(backup, "pg_wal"), "-s", start)...) //nolint:gosec // of the test
	cmd.Stdout = &out
	_ = cmd.Run() // it ends with an error at the end of valid WAL
	seen := lsn.FindAllString(out.String(), -1)
	if len(seen) != w.Records || w.Records == 0 {
		t.Errorf("%d records, pg_waldump has %d", w.Records, len(seen))
	}
	t.Logf("%d records to %X, %d segments unread", w.Records, w.End, len(w.Unread))
}

func TestWALOfAServerIsReadAsPgWaldumpReadsIt(t *testing.T) {
	const rows = "create table t as select g, md5(g::text) || repeat('x', 900) v from generate_series(1, 8000) g; create index on t (v); update t set g = g + 1; "
	for name, settings := range map[string]map[string]string{
		"plain": {}, "compressed full page images": {"wal_compression": "on", "wal_level": "logical"},
	} {
		t.Run(name, func(t *testing.T) {
			source := pgtest.Start(t, pgtest.Options{Settings: settings, Checksums: name != "plain"})
			t.Run("idle", func(t *testing.T) { compare(t, source, take(t, source)) })
			t.Run("busy", func(t *testing.T) {
				stop := busy(t, source, rows)
				backup := take(t, source)
				stop()
				compare(t, source, backup)
			})
			t.Run("with all that was written", func(t *testing.T) {
				source.Exec("postgres", "drop table if exists t")
				backup := take(t, source, "-X", "fetch")
				source.Exec("postgres", rows+"select pg_switch_wal(); create table u as select * from t")
				source.Exec("postgres", "select pg_logical_emit_message(false, 'x', repeat('y', 20000000))")
				source.Stop()
				defer source.Restart(settings)
				segments, err := filepath.Glob(filepath.Join(source.Data, "pg_wal", strings.Repeat("?", 24)))
				if err != nil {
					t.Fatal(err)
				}
				for _, segment := range segments {
					content, err := os.ReadFile(segment)
					if err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(filepath.Join(backup, "pg_wal", filepath.Base(segment)), content, 0o600); err != nil {
						t.Fatal(err)
					}
				}
				compare(t, source, backup)
			})
		})
	}
}

// busy keeps a server writing until it is told to stop.
func busy(t *testing.T, s *pgtest.Source, sql string) (stop func()) {
	t.Helper()
	end, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for i := 0; ; i++ {
			select {
			case <-end:
				return
			default:
				s.Exec("postgres", "drop table if exists t; "+sql)
			}
		}
	}()
	time.Sleep(300 * time.Millisecond) // so that it is busy
	return func() { close(end); <-ended }
}

// A standby writes no record at the end of a backup, and may have gone on to
// another timeline.
func TestABackupFromAStandbyIsRead(t *testing.T) {
	source := pgtest.Start(t, pgtest.Options{})
	source.Exec("postgres", "create table t as select g from generate_series(1, 10000) g")
	standby := pgtest.StartOn(t, source.Bin, take(t, source))
	standby.Stop()
	if err := os.WriteFile(filepath.Join(standby.Data, "standby.signal"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := standby.Server.Start(t.Context(), map[string]string{"hot_standby": "on", "wal_level": "replica", "max_wal_senders": "4"}); err != nil {
		t.Fatal(err)
	}
	for range 200 { // it is never ready for lifeboat, which wants no standby
		if conn, err := standby.Conn(t.Context(), "postgres"); err == nil {
			_ = conn.Close(t.Context())
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	backup := take(t, standby, "-X", "fetch")
	if label, _ := os.ReadFile(filepath.Join(backup, "backup_label")); !bytes.Contains(label, []byte("standby")) {
		t.Fatalf("not from a standby: %s", label)
	}
	compare(t, source, backup)

	standby.Exec("postgres", "select pg_promote()")
	standby.Exec("postgres", "insert into t select g from generate_series(1, 1000) g")
	compare(t, source, take(t, standby), "-t", "2")
}

// The version that the npm package brings reads its own pages.
func TestEveryVersionHereIsKnown(t *testing.T) {
	found, err := pgbin.Find(t.Context(), pgbin.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, set := range found.Sets {
		t.Run(set.String(), func(t *testing.T) {
			if !set.Has("initdb") {
				t.Skip("no initdb")
			}
			server := pgtest.Start(t, pgtest.Options{Bin: &set})
			server.Exec("postgres", "create table t as select g from generate_series(1, 10000) g; checkpoint; insert into t values (1)")
			server.Stop()
			c, err := basecopy.ReadControl(server.Data)
			if err != nil || !c.Known {
				t.Fatalf("%+v, %v", c, err)
			}
			label := fmt.Sprintf("START WAL LOCATION: %X/%X (file %s)\nCHECKPOINT LOCATION: %X/%X\nBACKUP FROM: standby\n",
				c.Redo>>32, uint32(c.Redo), strings.Repeat("0", 24), c.Checkpoint>>32, uint32(c.Checkpoint)) //nolint:gosec // the lower half
			w, err := wal.Walk(wal.Options{
				Dir: filepath.Join(server.Data, "pg_wal"), Label: []byte(label), SegmentBytes: c.WALSegment, PageBytes: c.WALPageBytes,
				Checkpoint: c.Checkpoint, Redo: c.Redo, Timeline: c.Timeline,
			})
			if err != nil || w.Records == 0 {
				t.Errorf("%+v, %v", w, err)
			}
		})
	}
}
