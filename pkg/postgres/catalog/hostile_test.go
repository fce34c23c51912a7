package catalog_test

import (
	"archive/tar"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/catalog"
)

// lay writes files: a content of "|" is a pipe, one of "> target" a link.
func lay(t *testing.T, root string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(root, name)
		err := os.MkdirAll(filepath.Dir(path), 0o700)
		switch target, isLink := strings.CutPrefix(content, "> "); {
		case err != nil:
		case content == "|":
			err = syscall.Mkfifo(path, 0o600)
		case isLink:
			err = os.Symlink(target, path)
		default:
			err = os.WriteFile(path, []byte(content), 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

const hostileLabel = "START WAL LOCATION: 0/2000028 (file 000000010000000000000002)\nCHECKPOINT LOCATION: 0/2000060\nSTART TIME: 2026-11-24 00:42:51 UTC\n"

func oneMember(t *testing.T, name, content string) string {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	if err := w.WriteHeader(&tar.Header{Name: name, Size: int64(len(content)), Mode: 0o600}); err != nil {
		t.Fatal(err)
	}
	_, _ = w.Write([]byte(content)) // to memory
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// Pipes and endless devices in the places of files: nothing is waited for, and
// nothing of them is a backup.
func TestAFileThatIsNoneIsNotOpened(t *testing.T) {
	base := map[string]string{"PG_VERSION": "15\n", "backup_label": hostileLabel, "global/pg_control": "x", "pg_wal/000000010000000000000002": "x"}
	with := func(name, content string) map[string]string {
		files := map[string]string{name: content}
		for other, content := range base {
			if other != name {
				files[other] = content
			}
		}
		return files
	}
	for name, files := range map[string]map[string]string{
		"a pipe as PG_VERSION":         with("PG_VERSION", "|"),
		"a device as PG_VERSION":       with("PG_VERSION", "> /dev/zero"),
		"a pipe as label":              with("backup_label", "|"),
		"a device as label":            with("backup_label", "> /dev/zero"),
		"a pipe as manifest":           with("backup_manifest", "|"),
		"a device as manifest":         with("backup_manifest", "> /dev/zero"),
		"a pipe as control file":       with("global/pg_control", "|"),
		"a link as control file":       with("global/pg_control", "> /etc/passwd"),
		"an endless label":             with("backup_label", strings.Repeat("x", 1<<20)),
		"a pipe as toc.dat":            {"toc.dat": "|"},
		"a device as toc.dat":          {"toc.dat": "> /dev/zero"},
		"a pipe as base.tar":           {"base.tar": "|"},
		"a device as base.tar":         {"base.tar": "> /dev/zero"},
		"a link as manifest of tars":   {"base.tar": oneMember(t, "backup_label", hostileLabel), "backup_manifest": "> /dev/zero"},
		"a pipe beside a dump's files": {"toc.dat": "PGDMP", "1.dat": "|"},
		"a link as a dump's file":      {"toc.dat": "PGDMP", "1.dat": "> /etc/passwd"},
		"large objects elsewhere":      {"toc.dat": "PGDMP", "blobs.toc": "16400 ../../etc/passwd\n"},
		"a compressed list":            {"toc.dat": "PGDMP", "blobs.toc.gz": "x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // what was just written is watched for a while
			root := filepath.Join(t.TempDir(), "backups")
			lay(t, filepath.Join(root, "b"), files)
			ended := make(chan []catalog.Backup, 1)
			go func() {
				found, err := catalog.Scan(t.Context(), drill.PostgresSource{Backups: filepath.Join(root, "*")}, time.Now())
				if err != nil {
					t.Error(err)
				}
				ended <- found
			}()
			select {
			case found := <-ended:
				if len(found) != 1 || found[0].Point.Usable {
					t.Errorf("%+v", found)
				}
				t.Log(found[0].Point.Reason)
			case <-time.After(20 * time.Second):
				t.Fatal("it hangs")
			}
		})
	}
}

// The link that the glob names is the user's own.
func TestALinkThatTheGlobNamesIsFollowed(t *testing.T) {
	root := t.TempDir()
	lay(t, filepath.Join(root, "2026-11-26"), map[string]string{
		"PG_VERSION": "15\n", "backup_label": hostileLabel, "global/pg_control": "x", "pg_wal/000000010000000000000002": "x",
	})
	lay(t, filepath.Join(root, "tars"), map[string]string{"base.tar": oneMember(t, "backup_label", hostileLabel)})
	lay(t, root, map[string]string{"latest": "> 2026-11-26", "latest.tar": "> tars/base.tar"})
	for _, name := range []string{"latest", "latest.tar"} {
		found, err := catalog.Scan(t.Context(), drill.PostgresSource{Backups: filepath.Join(root, name)}, time.Now())
		if err != nil || len(found) != 1 || !found[0].Point.Usable {
			t.Errorf("%s: %+v, %v", name, found, err)
		}
	}
}
