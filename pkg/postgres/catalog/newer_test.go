package catalog_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/catalog"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgtest"
)

func scan(t *testing.T, source drill.PostgresSource, now time.Time) []drill.RecoveryPoint {
	t.Helper()
	found, err := catalog.Scan(context.Background(), source, now)
	if err != nil {
		t.Fatal(err)
	}
	points := make([]drill.RecoveryPoint, len(found))
	for i, b := range found {
		points[i] = b.Point
	}
	return points
}

func dumped(at string) string { return strings.Replace(plainDump, "2026-11-24 00:42:51", at, 1) }

// A broken newest backup must not pass for an old one: whatever is wrong with
// it, it is named.
func TestANewerBackupThatCannotBeUsedIsSaid(t *testing.T) {
	for name, broken := range map[string]map[string]string{
		"empty file":             {"new": ""},
		"empty folder":           {"new/": ""},
		"plain, cut":             {"new": dumped("2026-11-25 00:42:51")},
		"archive, cut":           {"new": "PGDMP\x01\x0e\x00"},
		"not known":              {"new": "\x00\x01\x02"},
		"zstd":                   {"new": "\x28\xb5\x2f\xfd...."},
		"base without WAL":       {"new/PG_VERSION": "15\n", "new/backup_label": label, "new/global/pg_control": "x", "new/pg_wal/x": ""},
		"base without control":   {"new/PG_VERSION": "15\n", "new/backup_label": label},
		"base without a label":   {"new/PG_VERSION": "15\n", "new/base/1": "x"},
		"tar without a label":    {"new": tarOf(t, "readme", "hello")},
		"dump without toc.dat":   {"new/3422.dat.gz": "x"},
		"unfinished by its name": {"new.partial": "x"},
		"another's":              {"new": plainDumpOf("tenant_b") + plainEnd},
		"another's, among roles": {"new": clusterDump(plainDumpOf("tenant_b") + plainEnd)},
		"a link to nothing":      {"new -> gone": ""},
	} {
		t.Run(name, func(t *testing.T) {
			root := tree(t, map[string]string{"good": dumped("2026-11-23 00:42:51") + plainEnd})
			for path, content := range broken {
				write(t, filepath.Join(root, path), content)
			}
			choice := drill.Choose(scan(t, drill.PostgresSource{Backups: filepath.Join(root, "*"), Database: "tenant_a"}, later))
			if choice.Point == nil || filepath.Base(choice.Point.ID) != "good" {
				t.Fatalf("chosen %+v", choice.Point)
			}
			if len(choice.Findings) != 1 || choice.Findings[0].Severity != drill.Warning || !strings.Contains(choice.Findings[0].What, "new") || choice.Counts.PassedOver != 1 {
				t.Errorf("findings %+v, counts %+v", choice.Findings, choice.Counts)
			}
		})
	}
}

// write makes a file, a folder ("x/") or a link ("x -> target").
func write(t *testing.T, path, content string) {
	t.Helper()
	if link, target, ok := strings.Cut(path, " -> "); ok {
		if err := os.Symlink(target, link); err != nil {
			t.Fatal(err)
		}
		return
	}
	if strings.HasSuffix(path, "/") {
		if err := os.MkdirAll(path, 0o755); err != nil {
			t.Fatal(err)
		}
		return
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func plainDumpOf(database string) string {
	return plainDump + "\nCREATE DATABASE " + database + " WITH TEMPLATE = template0;\n\\connect " + database + "\n"
}

func clusterDump(inside string) string {
	return "--\n-- PostgreSQL database cluster dump\n--\n\nCREATE ROLE app;\n\n--\n-- PostgreSQL database cluster dump complete\n--\n\n" + inside
}

func TestADumpOfAnotherDatabaseIsPassedOver(t *testing.T) {
	nested := strings.Replace(clusterDump(""), "--\n-- PostgreSQL database cluster dump complete", plainDumpOf("tenant_b")+plainEnd+"--\n-- PostgreSQL database cluster dump complete", 1)
	tests := map[string]struct {
		reason, text, database string
		usable                 bool
		says                   string
		standing               drill.Standing
	}{
		"its own":               {"it names the plan's", plainDumpOf("tenant_a") + plainEnd, "tenant_a", true, "tenant_a", drill.Ordinary},
		"another's":             {"it names another", plainDumpOf("tenant_b") + plainEnd, "tenant_a", false, "", drill.Foreign},
		"nameless":              {"it cannot be known", plainDump + plainEnd, "tenant_a", true, "", drill.Ordinary},
		"the plan names none":   {"nothing to compare with", plainDumpOf("tenant_b") + plainEnd, "", true, "tenant_b", drill.Ordinary},
		"both":                  {"it is the second in the file", plainDumpOf("tenant_b") + plainEnd + plainDumpOf("tenant_a") + plainEnd, "tenant_a", true, "tenant_a", drill.Ordinary},
		"globals and its own":   {"whole, in one file", clusterDump(plainDumpOf("tenant_a") + plainEnd), "tenant_a", true, "tenant_a", drill.Ordinary},
		"globals and another's": {"whole, and another's", clusterDump(plainDumpOf("tenant_b") + plainEnd), "tenant_a", false, "", drill.Foreign},
		"globals and nameless":  {"it cannot be known", clusterDump(plainDump + plainEnd), "tenant_a", true, "", drill.Ordinary},
		"globals only":          {"it holds no database", clusterDump(""), "tenant_a", false, "", drill.Companion},
		"globals, plan's none":  {"it holds no database", clusterDump(""), "", false, "", drill.Companion},
		"cluster without it":    {"a cluster dump of others", nested, "tenant_a", false, "", drill.Foreign},
		"cluster with it":       {"a cluster dump of all", nested, "tenant_b", true, "tenant_b", drill.Ordinary},
		"cluster, cut":          {"its own end is missing", strings.TrimSuffix(nested, "--\n-- PostgreSQL database cluster dump complete\n--\n\n"), "tenant_b", false, "", drill.Ordinary},
	}
	for name, tc := range tests {
		for _, zipped := range []bool{false, true} {
			if zipped && name == "cluster, cut" {
				continue // what follows the database shows when it is restored
			}
			t.Run(fmt.Sprintf("%s, gzip %t", name, zipped), func(t *testing.T) {
				text := tc.text
				if zipped {
					text = gzipped(t, text, time.Time{})
				}
				root := tree(t, map[string]string{"b": text})
				p := scan(t, drill.PostgresSource{Backups: filepath.Join(root, "b"), Database: tc.database}, later)[0]
				if p.Usable != tc.usable || p.Usable && p.Says.Database != tc.says || p.Standing != tc.standing || !p.Usable && p.Reason == "" {
					t.Errorf("%s: usable %t (%s), says %+v, standing %q", tc.reason, p.Usable, p.Reason, p.Says, p.Standing)
				}
			})
		}
	}
}

// A folder of backups has other things in it; what may be a backup that came out
// wrong is none of them.
func TestWhatLiesBesideABackupIsNoTrouble(t *testing.T) {
	const warned, noted, nothing = "warning", "info", ""
	tests := map[string]struct{ reason, content, severity string }{
		"b.sql.sha256":       {"a checksum of the backup", "abc", nothing},
		"b.sql.md5sum":       {"whatever its ending", "abc", nothing},
		"b.sql.json":         {"a receipt", "{}", nothing},
		"b.sql.log":          {"the log of its run", "done", nothing},
		"b.sql.gz":           {"it was to be a backup", "", warned},
		"b.sql.partial":      {"it was to be a backup", "x", warned},
		".gitkeep":           {"a shell's * does not match it", "", nothing},
		"lost+found/":        {"the file system's", "", nothing},
		"SHA256SUMS":         {"a text", "abc  b.sql\n", noted},
		"README":             {"a text", "These are backups, größtenteils.\n", noted},
		"backup.sh":          {"a text", "#!/bin/sh\npg_dump shop\n", noted},
		"archive/b.sql":      {"a folder of other things", "x", noted},
		"empty":              {"nothing was written", "", warned},
		"empty-folder/":      {"nothing was written", "", warned},
		"c.sql":              {"a text that was to be a dump, by its name", "pg_dump: error: connection failed\n", warned},
		"beginning":          {"a dump that was cut in its first lines", "--\n-- Postgre", warned},
		"bytes":              {"nobody knows", "\x00\x01", warned},
		"cluster/base/1/x":   {"a base backup without its first files", "x", warned},
		"dumped/3420.dat.gz": {"a dump without its table of contents", "x", warned},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			root := tree(t, map[string]string{"b.sql": dumped("2026-11-20 00:42:51") + plainEnd})
			write(t, filepath.Join(root, name), tc.content)
			findings := drill.Choose(scan(t, drill.PostgresSource{Backups: filepath.Join(root, "*")}, later)).Findings
			got := nothing
			if len(findings) > 0 {
				got = string(findings[0].Severity)
			}
			if got != tc.severity {
				t.Errorf("%s: %q: %+v", tc.reason, got, findings)
			}
		})
	}
}

// Where a backup is globals and a dump in one file, one of globals only is one
// whose dump failed.
func TestGlobalsWithoutTheirDumpAreATroubleBesideThoseWithOne(t *testing.T) {
	root := tree(t, map[string]string{"old": clusterDump(plainDumpOf("shop") + plainEnd), "new": clusterDump("")})
	past := later.Add(-48 * time.Hour)
	if err := os.Chtimes(filepath.Join(root, "old"), past, past); err != nil {
		t.Fatal(err)
	}
	choice := drill.Choose(scan(t, drill.PostgresSource{Backups: filepath.Join(root, "*"), Database: "shop"}, later))
	if choice.Point == nil || choice.Counts.PassedOver != 1 || choice.Findings[0].Severity != drill.Warning || !strings.Contains(choice.Findings[0].What, "new") {
		t.Errorf("%+v", choice)
	}
}

// The hour that comes twice in autumn leaves open which of two is the newer,
// unless the file was written before the second.
func TestTheDoubledHourIsUnsure(t *testing.T) {
	root := tree(t, map[string]string{
		"good": strings.ReplaceAll(dumped("2026-10-25 02:30:00"), " UTC\n", "\n") + plainEnd,
		"cut":  strings.ReplaceAll(dumped("2026-10-25 02:10:00"), " UTC\n", "\n"),
	})
	for name, written := range map[string]string{"good": "2026-10-25T00:30:10Z", "cut": "2026-10-25T01:10:10Z"} {
		when, err := time.Parse(time.RFC3339, written)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(filepath.Join(root, name), when, when); err != nil {
			t.Fatal(err)
		}
	}
	choice := drill.Choose(scan(t, drill.PostgresSource{Backups: filepath.Join(root, "*"), TimeZone: "Europe/Berlin"}, later))
	if choice.Point == nil || choice.Point.UncertaintySeconds != 0 || len(choice.Findings) != 1 || !strings.Contains(choice.Findings[0].What, "may be newer") {
		t.Errorf("%+v", choice)
	}
}

// What the first dump of a file says is not what a later one is.
func TestTheFirstDumpsWordsAreNotTheSeconds(t *testing.T) {
	root := tree(t, map[string]string{"b": strings.Replace(plainDumpOf("tenant_b"), "'UTF8'", "'LATIN1'", 1) + plainEnd + plainDumpOf("tenant_a") + plainEnd})
	p := scan(t, drill.PostgresSource{Backups: filepath.Join(root, "b"), Database: "tenant_a"}, later)[0]
	if !p.Usable || p.Says.Encoding != "" || p.ServerVersion != "" || p.Says.Database != "tenant_a" {
		t.Errorf("%+v", p)
	}
}

// Old backups are not read through to find out whose they are.
func TestOnlyTheNewestIsReadThrough(t *testing.T) {
	root := tree(t, map[string]string{"new": clusterDump(plainDumpOf("shop") + plainEnd), "old": clusterDump(plainDumpOf("other") + plainEnd)})
	past := later.Add(-48 * time.Hour)
	if err := os.Chtimes(filepath.Join(root, "old"), past, past); err != nil {
		t.Fatal(err)
	}
	for _, p := range scan(t, drill.PostgresSource{Backups: filepath.Join(root, "*"), Database: "shop"}, later) {
		if filepath.Base(p.ID) == "old" && !p.Usable {
			t.Errorf("it was read although a newer one is good: %+v", p)
		}
	}
}

// In progress is what somebody writes to, not what merely looks unfinished.
func TestWhatIsBeingWrittenIsInProgress(t *testing.T) {
	now := time.Now()
	grow := func(t *testing.T, path string) {
		stop := make(chan struct{})
		done := make(chan struct{})
		go func() {
			defer close(done)
			for {
				select {
				case <-stop:
					return
				case <-time.After(20 * time.Millisecond):
					f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
					if err == nil {
						_, _ = f.WriteString("more\n")
						_ = f.Close()
					}
				}
			}
		}()
		t.Cleanup(func() { close(stop); <-done })
	}
	open := func(t *testing.T, path string) {
		f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
	}
	read := func(t *testing.T, path string) {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = f.Close() })
	}
	old := func(t *testing.T, path string) {
		if err := os.Chtimes(path, now.Add(-time.Hour), now.Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	tests := map[string]struct {
		reason, file, content string
		then                  func(t *testing.T, path string)
		standing              drill.Standing
		usable                bool
	}{
		"grows":            {"its size changes", "b", plainDump, grow, drill.InProgress, false},
		"grows, gzip":      {"whether it is whole shows at its end only", "b", gzipped(t, plainDump+plainEnd, now)[:100], grow, drill.InProgress, false},
		"a folder's file":  {"any file of it counts", "b/3422.dat", "x", grow, drill.InProgress, false},
		"cut, and at rest": {"it was given up", "b", plainDump, func(*testing.T, string) {}, drill.Ordinary, false},
		"cut, and read":    {"a copy of it may be taken", "b", plainDump, read, drill.Ordinary, false},
		"cut long ago":     {"it is not even watched", "b", plainDump, old, drill.Ordinary, false},
		"whole, gzip":      {"nobody writes to it", "b", gzipped(t, plainDump+plainEnd, now), func(*testing.T, string) {}, drill.Ordinary, true},
	}
	if _, err := os.Stat("/proc/self/fdinfo"); err == nil {
		tests["open for writing"] = struct {
			reason, file, content string
			then                  func(t *testing.T, path string)
			standing              drill.Standing
			usable                bool
		}{"pg_dump may wait for a slow query", "b", plainDump, open, drill.InProgress, false}
		paused := func(t *testing.T, path string) {
			open(t, path)
			if err := os.Chtimes(path, now.Add(-time.Minute), now.Add(-time.Minute)); err != nil {
				t.Fatal(err)
			}
		}
		tests["open, paused"] = tests["open for writing"]
		for name, content := range map[string]string{"looks whole": plainDump + plainEnd, "globals": clusterDump(""), "gzip": gzipped(t, plainDump+plainEnd, now)[:100]} {
			paused := tests["open for writing"]
			paused.reason, paused.content = "the rest may still come", content
			tests["open, "+name] = paused
		}
		slow := tests["open for writing"]
		slow.then = paused
		tests["open, paused"] = slow
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			root := tree(t, map[string]string{tc.file: tc.content})
			tc.then(t, filepath.Join(root, tc.file))
			p := scan(t, drill.PostgresSource{Backups: filepath.Join(root, "b")}, now)[0]
			if p.Standing != tc.standing || p.Usable != tc.usable {
				t.Errorf("%s: standing %q, usable %t: %s", tc.reason, p.Standing, p.Usable, p.Reason)
			}
			severity := drill.Warning
			if tc.standing == drill.InProgress {
				severity = drill.Info
			}
			if choice := drill.Choose([]drill.RecoveryPoint{p}); !tc.usable && choice.Findings[0].Severity != severity {
				t.Errorf("%s: %+v", tc.reason, choice.Findings)
			}
		})
	}
}

// pg_restore takes a data file without compression that ends between two rows
// for whole.
func TestADataFileThatEndsBetweenTwoRowsIsCutShort(t *testing.T) {
	source := pgtest.Start(t, pgtest.Options{})
	if !source.Bin.Has("pg_dump") {
		t.Skipf("pg_dump is not among %s", source.Bin)
	}
	source.Exec("postgres", "create table orders(id int, note text); insert into orders select n, 'x' from generate_series(1, 500) n; create table nothing(id int); select lo_from_bytea(0, 'photo')")
	for _, inserts := range []bool{false, true} {
		folder := filepath.Join(t.TempDir(), "b")
		args := []string{"-Fd", "-Z0", "-f", folder, "-d", source.URL("postgres")}
		if inserts {
			args = append(args, "--inserts")
		}
		if out, err := exec.Command(source.Bin.Path("pg_dump"), args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		whole, err := catalog.Inspect(drill.PostgresSource{}, drill.RecoveryPoint{ID: folder})
		if err != nil || !whole.Point.Usable {
			t.Fatalf("inserts %t: whole: %+v, %v", inserts, whole.Point, err)
		}
		if !slices.ContainsFunc(whole.Findings, func(f drill.Finding) bool { return f.Code == "LargeObjectsUnproven" }) {
			t.Errorf("a large object that was cut would not show, and nothing says so: %+v", whole.Findings)
		}
		files, _ := filepath.Glob(filepath.Join(folder, "[0-9]*.dat"))
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.SplitAfter(string(content), "\n")
			if len(lines) < 100 {
				continue
			}
			write(t, file, strings.Join(lines[:100], ""))
			if cut, err := catalog.Inspect(drill.PostgresSource{}, drill.RecoveryPoint{ID: folder}); err != nil || cut.Point.Usable {
				t.Errorf("inserts %t: cut between two rows it is usable: %v", inserts, err)
			}
			write(t, file, string(content))
		}
	}
}
