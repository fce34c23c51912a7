package basecopy_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/basecopy"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/catalog"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgtest"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/wal/waltest"
)

// backup are the files of a small base backup.
func backup() map[string]string {
	return backupWith(func(*waltest.Log) {})
}

// firstSegment is the file that holds its WAL.
const firstSegment = "pg_wal/000000010000000000000002"

// backupWith has WAL of its own between its start and its end.
func backupWith(during func(l *waltest.Log)) map[string]string {
	l := waltest.New()
	start := l.Filler(40)
	checkpoint := l.Checkpoint(start)
	during(l)
	l.EndBackup(start)
	files := map[string]string{
		"PG_VERSION":        "15\n",
		"backup_label":      waltest.Label(start, checkpoint),
		"global/pg_control": string(waltest.Control(checkpoint, start)), "global/1260": "roles", "base/5/1259": strings.Repeat("page", 500_000), "base/5/pg_internal.init": "cache",
		"pg_wal/archive_status/000000010000000000000001.ready": "",
		"postgresql.conf": "archive_mode = on\n", "postgresql.auto.conf": "primary_conninfo = 'x'\n", "pg_hba.conf": "local all all trust\n",
		"standby.signal": "", "recovery.signal": "", "pg_replslot/sub1/state": "slot", "pg_notify/0000": "n", "server.key": "secret", "log/x.log": "l",
	}
	for name, content := range l.Files() {
		files["pg_wal/"+name] = content
	}
	return files
}

// sealed adds a manifest of everything but the WAL.
func sealed(files map[string]string) map[string]string {
	type entry map[string]any
	var entries []entry
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if strings.HasPrefix(name, "pg_wal/") {
			continue
		}
		sum := sha256.Sum256([]byte(files[name]))
		entries = append(entries, entry{"Path": name, "Size": len(files[name]), "Last-Modified": "2026-11-24 00:42:51 GMT", "Checksum-Algorithm": "SHA256", "Checksum": hex.EncodeToString(sum[:])})
	}
	list, _ := json.Marshal(entries)
	head := fmt.Sprintf("{ \"PostgreSQL-Backup-Manifest-Version\": 1,\n\"Files\": %s,\n\"WAL-Ranges\": [],\n", list)
	sum := sha256.Sum256([]byte(head))
	sealed := maps.Clone(files)
	sealed["backup_manifest"] = head + `"Manifest-Checksum": "` + hex.EncodeToString(sum[:]) + "\"}\n"
	return sealed
}

func write(t *testing.T, root string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func packed(t *testing.T, compress bool, files map[string]string, extra ...tar.Header) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	names := slices.Sorted(maps.Keys(files))
	slices.SortStableFunc(names, func(a, b string) int { return strings.Count(b, "backup_label") - strings.Count(a, "backup_label") })
	for _, name := range names {
		if err := w.WriteHeader(&tar.Header{Name: name, Size: int64(len(files[name])), Mode: 0o600}); err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(w, files[name])
	}
	for _, head := range extra {
		if err := w.WriteHeader(&head); err != nil {
			t.Fatal(err)
		}
	}
	w.Close()
	if !compress {
		return out.Bytes()
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	z.Write(out.Bytes())
	z.Close()
	return zipped.Bytes()
}

// job copies the backup at path into a new throwaway.
func job(t *testing.T, path string) basecopy.Job {
	t.Helper()
	found, err := catalog.Inspect(drill.PostgresSource{}, drill.RecoveryPoint{ID: path})
	if err != nil {
		t.Fatal(err)
	}
	away := t.TempDir()
	return basecopy.Job{Backup: found, Data: filepath.Join(away, "data"), Tablespaces: filepath.Join(away, "tablespaces")}
}

func read(t *testing.T, root string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(root, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, _ := filepath.Rel(root, path)
		content, err := os.ReadFile(path)
		files[name] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestEveryFormIsCopiedToTheSame(t *testing.T) {
	forms := map[string]func(t *testing.T, root string){
		"directory":                  func(t *testing.T, root string) { write(t, root, sealed(backup())) },
		"directory without manifest": func(t *testing.T, root string) { write(t, root, backup()) },
		"tars": func(t *testing.T, root string) {
			all := sealed(backup())
			base := maps.Clone(all)
			maps.DeleteFunc(base, func(name, _ string) bool { return strings.HasPrefix(name, "pg_wal/") || name == "backup_manifest" })
			wal := map[string]string{filepath.Base(firstSegment): backup()[firstSegment]}
			write(t, root, map[string]string{"base.tar": string(packed(t, false, base)), "pg_wal.tar": string(packed(t, false, wal)), "backup_manifest": all["backup_manifest"]})
		},
		"compressed tar with its WAL": func(t *testing.T, root string) {
			write(t, root, map[string]string{"base.tar.gz": string(packed(t, true, backup()))})
		},
		"repacked with its manifest": func(t *testing.T, root string) {
			inside := map[string]string{}
			for name, content := range sealed(backup()) {
				inside["./monday/"+name] = content
			}
			write(t, filepath.Dir(root), map[string]string{filepath.Base(root): string(packed(t, true, inside))})
		},
	}
	for name, form := range forms {
		t.Run(name, func(t *testing.T) {
			root := filepath.Join(t.TempDir(), "a b", "backup")
			form(t, root)
			j := job(t, root)
			if !j.Backup.Point.Usable {
				t.Fatal(j.Backup.Point.Reason)
			}
			r, err := basecopy.Copy(context.Background(), j)
			if err != nil {
				t.Fatal(err)
			}
			got := read(t, j.Data)
			for _, kept := range []string{"PG_VERSION", "backup_label", "global/pg_control", "global/1260", "base/5/1259", firstSegment} {
				if got[kept] != backup()[kept] {
					t.Errorf("%s is not what the backup holds", kept)
				}
				delete(got, kept)
			}
			if len(got) > 0 {
				t.Errorf("the copy holds more than it should: %v", slices.Collect(maps.Keys(got)))
			}
			if r.Major != 15 || !r.Control.Known || r.Control.MaxConnections != 321 || r.Control.MaxPreparedTransactions != 7 || !r.Control.Checksums {
				t.Errorf("major %d, control %+v", r.Major, r.Control)
			}
			if string(r.Conf) != backup()["postgresql.conf"] || string(r.AutoConf) != backup()["postgresql.auto.conf"] {
				t.Errorf("settings %q and %q", r.Conf, r.AutoConf)
			}
			said := fmt.Sprint(r.Findings)
			for _, what := range []string{"replication slot sub1", "standby.signal", "recovery.signal", "pg_hba.conf"} {
				if !strings.Contains(said, what) {
					t.Errorf("it is not said that %s was left out: %s", what, said)
				}
			}
			if info, _ := os.Stat(j.Data); info.Mode().Perm() != 0o700 {
				t.Errorf("mode %v", info.Mode())
			}
		})
	}
}

func TestADamagedBackupIsNotCopiedToTheEnd(t *testing.T) {
	tests := map[string]struct {
		reason string
		damage func(t *testing.T, root string)
		names  string // what the error must name
	}{
		"changed byte": {"the checksum tells", func(t *testing.T, root string) {
			write(t, root, map[string]string{"base/5/1259": strings.Replace(backup()["base/5/1259"], "page", "pagE", 1)})
		}, "base/5/1259"},
		"cut file":     {"the size tells", func(t *testing.T, root string) { write(t, root, map[string]string{"global/1260": "rol"}) }, "global/1260"},
		"missing file": {"the manifest lists it", func(t *testing.T, root string) { os.Remove(filepath.Join(root, "base/5/1259")) }, "base/5/1259"},
		"edited listing": {"the manifest's own checksum tells", func(t *testing.T, root string) {
			path := filepath.Join(root, "backup_manifest")
			content, _ := os.ReadFile(path)
			os.WriteFile(path, bytes.Replace(content, []byte(`"Size":3`), []byte(`"Size":4`), 1), 0o600)
		}, "backup_manifest"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			root := filepath.Join(t.TempDir(), "backup")
			write(t, root, sealed(backup()))
			tc.damage(t, root)
			_, err := basecopy.Copy(context.Background(), job(t, root))
			if drill.NameOf(err) != drill.BackupUnreadable || !strings.Contains(err.Error(), tc.names) {
				t.Errorf("error %v, want BackupUnreadable that names %s: %s", err, tc.names, tc.reason)
			}
		})
	}
}

func TestACutTarIsNotCopiedToTheEnd(t *testing.T) {
	for _, compress := range []bool{false, true} {
		whole := packed(t, compress, backup())
		for _, share := range []int{2, 3} {
			root := filepath.Join(t.TempDir(), "backup")
			write(t, filepath.Dir(root), map[string]string{"backup": string(whole[:len(whole)*(share-1)/share])})
			j := job(t, root)
			j.Backup.Kind, j.Backup.Tar = catalog.BaseTar, &catalog.TarSet{Base: root}
			if _, err := basecopy.Copy(context.Background(), j); drill.NameOf(err) != drill.BackupUnreadable {
				t.Errorf("compressed %v, %d parts: error %v", compress, share, err)
			}
		}
	}
}

func TestAFileThatTheManifestDoesNotListIsLeftOut(t *testing.T) {
	root := filepath.Join(t.TempDir(), "backup")
	write(t, root, sealed(backup()))
	write(t, root, map[string]string{"base/5/99999": "smuggled"})
	j := job(t, root)
	r, err := basecopy.Copy(context.Background(), j)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(j.Data, "base/5/99999")); err == nil || !strings.Contains(fmt.Sprint(r.Findings), "FilesNotInManifest") {
		t.Errorf("copied: %v; findings %v", err == nil, r.Findings)
	}
}

// pg_basebackup --write-recovery-conf changes these after the manifest.
func TestSettingsThatPgBasebackupAddedAreNoDamage(t *testing.T) {
	root := filepath.Join(t.TempDir(), "backup")
	files := backup()
	delete(files, "standby.signal")
	write(t, root, sealed(files))
	write(t, root, map[string]string{"postgresql.auto.conf": "primary_conninfo = 'longer than before'\n", "standby.signal": ""})
	if err := os.Remove(filepath.Join(root, "recovery.signal")); err != nil {
		t.Fatal(err)
	}
	if _, err := basecopy.Copy(context.Background(), job(t, root)); err != nil {
		t.Error(err)
	}
}

// What lies outside must be neither read nor written, whatever a tar says.
func TestATarCannotLeadOutOfTheThrowaway(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "outside")
	for name, head := range map[string]tar.Header{
		"parent":         {Name: "../evil", Typeflag: tar.TypeReg},
		"inner parent":   {Name: "base/../../../evil", Typeflag: tar.TypeReg},
		"absolute":       {Name: outside + "/evil", Typeflag: tar.TypeReg},
		"link":           {Name: "base/6", Linkname: outside, Typeflag: tar.TypeSymlink},
		"hard link":      {Name: "base/5/1", Linkname: "/etc/passwd", Typeflag: tar.TypeLink},
		"device":         {Name: "base/5/2", Typeflag: tar.TypeChar},
		"pipe":           {Name: "base/5/3", Typeflag: tar.TypeFifo},
		"sparse, old":    {Name: "base/5/4", Typeflag: tar.TypeGNUSparse, Format: tar.FormatGNU},
		"link as spaces": {Name: "pg_tblspc/../base/7", Linkname: outside, Typeflag: tar.TypeSymlink},
	} {
		t.Run(name, func(t *testing.T) {
			if err := os.MkdirAll(outside, 0o700); err != nil {
				t.Fatal(err)
			}
			root := filepath.Join(t.TempDir(), "backup")
			write(t, root, map[string]string{"base.tar": string(packed(t, false, backup(), head))})
			_, err := basecopy.Copy(context.Background(), job(t, root))
			if drill.NameOf(err) != drill.RestoreRefused {
				t.Errorf("error %v, want RestoreRefused", err)
			}
			if left := read(t, outside); len(left) > 0 {
				t.Errorf("it wrote %v", left)
			}
		})
	}
}

func TestTablespacesAreRelocated(t *testing.T) {
	const inside = "PG_15_202209061/5/16400"
	for name, manifested := range map[string]bool{"with manifest": true, "without manifest": false} {
		for _, place := range []string{"beside", "far away"} {
			t.Run(name+", "+place, func(t *testing.T) {
				home := t.TempDir()
				root, space := filepath.Join(home, "backup"), filepath.Join(home, "spaces", "16390")
				if place == "far away" {
					space = filepath.Join(t.TempDir(), "live")
				}
				files := backup()
				files["tablespace_map"] = "16390 " + space + "\n"
				files["pg_tblspc/16390/"+inside] = "rows"
				if manifested {
					files = sealed(files)
				}
				delete(files, "pg_tblspc/16390/"+inside)
				write(t, root, files)
				write(t, space, map[string]string{inside: "rows"})
				if err := os.MkdirAll(filepath.Join(root, "pg_tblspc"), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.Symlink(space, filepath.Join(root, "pg_tblspc", "16390")); err != nil {
					t.Fatal(err)
				}
				j := job(t, root)
				_, err := basecopy.Copy(context.Background(), j)
				if !manifested && place == "far away" {
					if drill.NameOf(err) != drill.RestoreRefused {
						t.Errorf("error %v, want RestoreRefused: nothing proves that the folder is a backup", err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				target, err := os.Readlink(filepath.Join(j.Data, "pg_tblspc", "16390"))
				if err != nil || target != filepath.Join(j.Tablespaces, "16390") {
					t.Errorf("the link leads to %s, error %v", target, err)
				}
				if got := read(t, j.Tablespaces); got["16390/"+inside] != "rows" {
					t.Errorf("the tablespace holds %v", got)
				}
				if _, err := os.Stat(filepath.Join(j.Data, "tablespace_map")); err == nil {
					t.Error("tablespace_map was copied")
				}
			})
		}
	}
}

func TestWALOutsideOfTheBackupIsRefused(t *testing.T) {
	root, wal := filepath.Join(t.TempDir(), "backup"), t.TempDir()
	files := backup()
	delete(files, firstSegment)
	delete(files, "pg_wal/archive_status/000000010000000000000001.ready")
	write(t, root, files)
	write(t, wal, map[string]string{"000000010000000000000002": "wal"})
	if err := os.Symlink(wal, filepath.Join(root, "pg_wal")); err != nil {
		t.Fatal(err)
	}
	if _, err := basecopy.Copy(context.Background(), job(t, root)); drill.NameOf(err) != drill.RestoreRefused {
		t.Errorf("error %v, want RestoreRefused", err)
	}
}

func TestACopyEndsWithItsContext(t *testing.T) {
	root := filepath.Join(t.TempDir(), "backup")
	write(t, root, sealed(backup()))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := basecopy.Copy(ctx, job(t, root)); err == nil {
		t.Error("it went on")
	}
}

// A sparse member holds a page and becomes a tebibyte.
func TestASparseMemberIsRefused(t *testing.T) {
	for name, records := range map[string]map[string]string{
		"1.0": {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "base/5/9", "GNU.sparse.realsize": "1099511627776"},
		"0.1": {"GNU.sparse.map": "0,1", "GNU.sparse.size": "1099511627776", "GNU.sparse.numblocks": "1"},
	} {
		t.Run(name, func(t *testing.T) {
			head := "0\n" + strings.Repeat("\x00", 510)
			files := backup()
			plain := packed(t, false, files)
			var member bytes.Buffer
			for key, value := range records {
				line := fmt.Sprintf(" %s=%s\n", key, value)
				n := len(line) + 2
				fmt.Fprintf(&member, "%d%s", n, line)
			}
			var out bytes.Buffer
			w := tar.NewWriter(&out)
			// archive/tar refuses to write such records: the header block is laid by hand.
			if err := w.WriteHeader(&tar.Header{Name: "PaxHeaders/x", Size: int64(member.Len()), Mode: 0o600}); err != nil {
				t.Fatal(err)
			}
			w.Write(member.Bytes())
			w.Flush()
			pax := bytes.Clone(out.Bytes())
			pax[156] = 'x'
			sum(pax)
			out.Reset()
			w = tar.NewWriter(&out)
			if err := w.WriteHeader(&tar.Header{Name: "base/5/9", Size: int64(len(head)), Mode: 0o600}); err != nil {
				t.Fatal(err)
			}
			fmt.Fprint(w, head)
			w.Flush()
			content := append(append(bytes.TrimRight(plain, "\x00"), make([]byte, 512-len(bytes.TrimRight(plain, "\x00"))%512)...), append(pax, out.Bytes()...)...)
			root := filepath.Join(t.TempDir(), "backup")
			write(t, root, map[string]string{"base.tar": string(append(content, make([]byte, 1024)...))})
			_, err := basecopy.Copy(context.Background(), job(t, root))
			if drill.NameOf(err) != drill.RestoreRefused {
				t.Errorf("error %v, want RestoreRefused", err)
			}
		})
	}
}

// sum writes the checksum of a tar's header.
func sum(head []byte) {
	copy(head[148:156], "        ")
	total := 0
	for _, c := range head[:512] {
		total += int(c)
	}
	copy(head[148:156], fmt.Sprintf("%06o\x00 ", total))
}

func TestAHundredThousandNamesAreCounted(t *testing.T) {
	root := filepath.Join(t.TempDir(), "backup")
	files := sealed(backup())
	for i := range 20_000 {
		files[fmt.Sprintf("extra%05d/x", i)] = ""
	}
	for i := range 1000 {
		files[fmt.Sprintf("base/5/smuggled%d", i)] = ""
	}
	write(t, filepath.Dir(root), map[string]string{filepath.Base(root): string(packed(t, true, files))})
	r, err := basecopy.Copy(context.Background(), job(t, root))
	if err != nil {
		t.Fatal(err)
	}
	if said := fmt.Sprint(r.Findings); len(said) > 3000 || !strings.Contains(said, "and 19") {
		t.Errorf("%d bytes: %.500s", len(said), said)
	}
}

func TestALinkOrPipeInABaseBackupIsNotRead(t *testing.T) {
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, lay := range map[string]func(path string) error{
		"link": func(path string) error { return os.Symlink(secret, path) },
		"pipe": func(path string) error { return syscall.Mkfifo(path, 0o600) },
	} {
		for _, at := range []string{"base/5/77", "global/77", "pg_wal/000000010000000000000009"} {
			root := filepath.Join(t.TempDir(), "backup")
			write(t, root, backup())
			j := job(t, root)
			if err := lay(filepath.Join(root, at)); err != nil {
				t.Fatal(err)
			}
			_, err := basecopy.Copy(context.Background(), j)
			if drill.NameOf(err) != drill.RestoreRefused {
				t.Errorf("%s at %s: %v", name, at, err)
			}
			if strings.Contains(fmt.Sprint(read(t, j.Data)), "secret") {
				t.Error("it was read")
			}
		}
	}
}

func TestACopyLeavesRoom(t *testing.T) {
	disk := pgtest.SmallDisk(t, 40)
	root := filepath.Join(t.TempDir(), "backup")
	files := backup()
	files["base/5/large"] = strings.Repeat("x", 60<<20)
	write(t, root, files)
	j := job(t, root)
	j.Data, j.Tablespaces = filepath.Join(disk, "data"), filepath.Join(disk, "tablespaces")
	_, err := basecopy.Copy(context.Background(), j)
	if drill.NameOf(err) != drill.RestoreFailed || !strings.Contains(err.Error(), "room") {
		t.Errorf("%v", err)
	}
	var fs unix.Statfs_t
	if err := unix.Statfs(disk, &fs); err != nil {
		t.Fatal(err)
	}
	if fs.Bavail*20 < fs.Blocks*9/10 {
		t.Errorf("%d of %d blocks are left", fs.Bavail, fs.Blocks)
	}
}

func TestAManifestWithoutChecksumsIsToldOf(t *testing.T) {
	for _, form := range []string{"directory", "inside a tar"} {
		bare := map[string]string{}
		for name, content := range sealed(backup()) {
			bare[name] = content
		}
		head, _, _ := strings.Cut(bare["backup_manifest"], `"Manifest-Checksum"`)
		head = regexp.MustCompile(`"Checksum":"[0-9a-f]+","Checksum-Algorithm":"SHA256",`).ReplaceAllString(head, "")
		own := sha256.Sum256([]byte(head))
		bare["backup_manifest"] = head + `"Manifest-Checksum": "` + hex.EncodeToString(own[:]) + "\"}\n"
		root := filepath.Join(t.TempDir(), "backup")
		if form == "directory" {
			write(t, root, bare)
		} else {
			write(t, root, map[string]string{"base.tar": string(packed(t, false, bare))})
		}
		r, err := basecopy.Copy(context.Background(), job(t, root))
		if err != nil || !strings.Contains(fmt.Sprint(r.Findings), "ManifestWithoutChecksums") {
			t.Errorf("%s: %v, %v", form, r.Findings, err)
		}
	}
}
