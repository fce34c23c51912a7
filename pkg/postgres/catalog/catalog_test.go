package catalog_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/catalog"
)

const label = `START WAL LOCATION: 0/2000028 (file 000000010000000000000002)
CHECKPOINT LOCATION: 0/2000060
BACKUP METHOD: streamed
BACKUP FROM: primary
START TIME: 2026-11-24 00:42:51 UTC
LABEL: pg_basebackup base backup
START TIMELINE: 1
`

const plainDump = `--
-- PostgreSQL database dump
--

\restrict token

-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

-- Started on 2026-11-24 00:42:51 UTC

SET client_encoding = 'UTF8';
`

const plainEnd = `
-- Completed on 2026-11-24 00:42:52 UTC

--
-- PostgreSQL database dump complete
--

\unrestrict token

`

// later is long after any file of a test was written: nothing is watched.
var later = time.Now().Add(24 * time.Hour)

// tree writes files below a new folder; a name that ends in "/" is a folder.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := filepath.Join(t.TempDir(), "backup with a space")
	for name, content := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func baseFiles(change func(map[string]string)) map[string]string {
	files := map[string]string{
		"b/PG_VERSION": "15\n", "b/backup_label": label, "b/global/pg_control": "x", "b/base/1/1259": "pages",
		"b/pg_wal/000000010000000000000002": "wal",
	}
	if change != nil {
		change(files)
	}
	return files
}

func tarOf(t *testing.T, members ...string) string {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for i := 0; i < len(members); i += 2 {
		if err := w.WriteHeader(&tar.Header{Name: members[i], Size: int64(len(members[i+1])), Mode: 0o600, ModTime: time.Unix(1795480971, 0), Format: tar.FormatUSTAR}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(members[i+1])); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func gzipped(t *testing.T, content string, at time.Time) string {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	w.ModTime = at
	if _, err := w.Write([]byte(content)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestACandidateIsToldByItsContent(t *testing.T) {
	recorded := time.Date(2026, 11, 24, 0, 42, 51, 0, time.UTC)
	tests := map[string]struct {
		reason string
		files  map[string]string
		kind   catalog.Kind
		usable bool
		source string // of the time, where it must be the recorded one
	}{
		"base backup":            {"a directory as pg_basebackup writes it", baseFiles(nil), catalog.BaseDirectory, true, "backup_label"},
		"live data directory":    {"no backup_label: nobody took this as a backup", baseFiles(func(f map[string]string) { delete(f, "b/backup_label") }), catalog.BaseDirectory, false, ""},
		"running server":         {"an old server keeps backup_label while it is backed up", baseFiles(func(f map[string]string) { f["b/postmaster.pid"] = "1" }), catalog.BaseDirectory, false, ""},
		"empty label":            {"cut short", baseFiles(func(f map[string]string) { f["b/backup_label"] = "" }), catalog.BaseDirectory, false, ""},
		"no WAL":                 {"cannot become consistent", baseFiles(func(f map[string]string) { delete(f, "b/pg_wal/000000010000000000000002") }), catalog.BaseDirectory, false, ""},
		"empty pg_control":       {"cut short", baseFiles(func(f map[string]string) { f["b/global/pg_control"] = "" }), catalog.BaseDirectory, false, ""},
		"being written":          {"pg_basebackup renames the manifest last", baseFiles(func(f map[string]string) { f["b/backup_manifest.tmp"] = "{" }), catalog.BaseDirectory, false, ""},
		"manifest cut short":     {"the copy of the backup did not end", baseFiles(func(f map[string]string) { f["b/backup_manifest"] = `{"Files": [` }), catalog.BaseDirectory, false, ""},
		"incremental":            {"holds only changes", baseFiles(func(f map[string]string) { f["b/backup_label"] += "INCREMENTAL FROM LSN: 0/1\n" }), catalog.BaseDirectory, false, ""},
		"tars":                   {"pg_basebackup --format=tar", map[string]string{"b/base.tar": tarOf(t, "backup_label", label, "PG_VERSION", "15\n"), "b/pg_wal.tar": tarOf(t)}, catalog.BaseTar, true, "backup_label"},
		"compressed tars":        {"pg_basebackup --format=tar --gzip", map[string]string{"b/base.tar.gz": gzipped(t, tarOf(t, "backup_label", label, "PG_VERSION", "15\n"), time.Time{})}, catalog.BaseTar, true, "backup_label"},
		"one repacked tar":       {"a directory in a tar, under any name", map[string]string{"b": tarOf(t, "monday/PG_VERSION", "15\n", "monday/backup_label", label)}, catalog.BaseTar, true, "backup_label"},
		"tar of something":       {"no backup_label in it", map[string]string{"b": tarOf(t, "readme", "hello")}, catalog.BaseTar, false, ""},
		"plain dump":             {"with its closing comment", map[string]string{"b": plainDump + plainEnd}, catalog.DumpPlain, true, "dump comment"},
		"plain dump from DOS":    {"line ends do not matter", map[string]string{"b": string(bytes.ReplaceAll([]byte(plainDump+plainEnd), []byte("\n"), []byte("\r\n")))}, catalog.DumpPlain, true, "dump comment"},
		"plain dump, cut short":  {"whatever psql would say", map[string]string{"b": plainDump}, catalog.DumpPlain, false, ""},
		"gzip dump":              {"recognized inside gzip", map[string]string{"b": gzipped(t, plainDump+plainEnd, time.Time{})}, catalog.DumpPlainGzip, true, "dump comment"},
		"gzip of an archive":     {"pg_restore reads no gzip", map[string]string{"b": gzipped(t, "PGDMP", time.Time{})}, catalog.Unknown, false, ""},
		"empty file":             {"nothing was written", map[string]string{"b": ""}, catalog.Unknown, false, ""},
		"archive header only":    {"cut short in its table of contents", map[string]string{"b": "PGDMP\x01\x0e\x00"}, catalog.DumpCustom, false, ""},
		"dump without toc.dat":   {"pg_dump writes it last", map[string]string{"b/3422.dat.gz": "x"}, catalog.DumpDirectory, false, ""},
		"text":                   {"not what pg_dump writes", map[string]string{"b": "select 1;\n"}, catalog.Unknown, false, ""},
		"zstd":                   {"not read", map[string]string{"b": "\x28\xb5\x2f\xfd...."}, catalog.Unknown, false, ""},
		"folder of other things": {"nothing known in it", map[string]string{"b/readme": "x"}, catalog.Unknown, false, ""},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			root := tree(t, tc.files)
			found, err := catalog.Scan(context.Background(), drill.PostgresSource{Backups: filepath.Join(root, "b")}, later)
			if err != nil || len(found) != 1 {
				t.Fatalf("%d candidates, error %v", len(found), err)
			}
			got := found[0]
			if got.Kind != tc.kind || got.Point.Kind != string(tc.kind) || got.Point.Usable && (got.Point.Origin == drill.OriginBaseBackup) != tc.kind.Base() || got.Point.Usable != tc.usable {
				t.Errorf("%s, usable %v (%s), want %s, %v: %s", got.Kind, got.Point.Usable, got.Point.Reason, tc.kind, tc.usable, tc.reason)
			}
			if !got.Point.Usable && got.Point.Reason == "" {
				t.Error("it is not said why it is not usable")
			}
			if tc.usable && (got.Point.TimeSource != tc.source || !got.Point.TakenAt.Equal(recorded) || got.Major != 15 || got.Point.SizeBytes == 0) {
				t.Errorf("taken %s by %s, major %d, %d bytes", got.Point.TakenAt, got.Point.TimeSource, got.Major, got.Point.SizeBytes)
			}
		})
	}
}

func TestADumpWithoutItsTimeTakesTheFilesAndWarns(t *testing.T) {
	quiet := "--\n-- PostgreSQL database dump\n--\n" + plainEnd
	at := time.Date(2026, 11, 20, 1, 2, 3, 0, time.UTC)
	for name, tc := range map[string]struct{ content, source string }{
		"plain":             {quiet, "file time"},
		"gzip without time": {gzipped(t, quiet, time.Time{}), "file time"},
		"gzip with time":    {gzipped(t, quiet, at), "gzip header"},
	} {
		path := filepath.Join(tree(t, map[string]string{"b": tc.content}), "b")
		if err := os.Chtimes(path, at, at); err != nil {
			t.Fatal(err)
		}
		got, err := catalog.Inspect(drill.PostgresSource{}, drill.RecoveryPoint{ID: path})
		if err != nil || !got.Point.Usable || !got.Point.TakenAt.Equal(at) || got.Point.TimeSource != tc.source {
			t.Errorf("%s: %s by %q, usable %v, error %v", name, got.Point.TakenAt, got.Point.TimeSource, got.Point.Usable, err)
		}
		if len(got.Findings) != 1 || got.Findings[0].Severity != drill.Warning {
			t.Errorf("%s: findings %v, want one warning", name, got.Findings)
		}
	}
}

func TestOneBadCandidateDoesNotHideTheOthers(t *testing.T) {
	files := baseFiles(nil)
	files["older"], files["empty"], files["x.partial"] = plainDump+plainEnd, "", "y"
	found, err := catalog.Scan(context.Background(), drill.PostgresSource{Backups: filepath.Join(tree(t, files), "*")}, later)
	if err != nil || len(found) != 4 {
		t.Fatalf("%d candidates, error %v; want 4", len(found), err)
	}
	usable := 0
	for _, b := range found {
		if b.Point.Usable {
			usable++
		}
	}
	if usable != 2 {
		t.Errorf("%d usable, want 2", usable)
	}
}

func TestAGlobThatNamesTheFilesOfOneBackupFindsOne(t *testing.T) {
	root := tree(t, map[string]string{
		"base.tar": tarOf(t, "backup_label", label, "PG_VERSION", "15\n"), "pg_wal.tar": tarOf(t), "16384.tar": tarOf(t),
	})
	found, err := catalog.Scan(context.Background(), drill.PostgresSource{Backups: filepath.Join(root, "*")}, later)
	if err != nil || len(found) != 1 || found[0].Tar.WAL == "" || found[0].Tar.Tablespaces["16384"] == "" {
		t.Errorf("%d candidates, error %v: %+v", len(found), err, found)
	}
}

func TestACandidateThatMayNotBeReadIsListedWithAHint(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may read everything")
	}
	path := filepath.Join(tree(t, map[string]string{"b": plainDump + plainEnd}), "b")
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	got, err := catalog.Inspect(drill.PostgresSource{}, drill.RecoveryPoint{ID: path})
	if err != nil || got.Point.Usable || got.Point.Hint == "" {
		t.Errorf("usable %v, hint %q, error %v", got.Point.Usable, got.Point.Hint, err)
	}
}

func TestAGlobOrZoneThatCannotBeIsAnError(t *testing.T) {
	for _, s := range []drill.PostgresSource{{Backups: "/x/[a"}, {Backups: "/x", TimeZone: "Mars/Olympus"}} {
		if _, err := catalog.Scan(context.Background(), s, later); drill.NameOf(err) != drill.NoUsableBackup {
			t.Errorf("%+v: error %v", s, err)
		}
	}
}
