package catalog

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/postgres/manifest"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/plainfile"
)

func inspectDirectory(b Backup, zone *time.Location) Backup {
	entries, err := os.ReadDir(b.Path)
	if err != nil {
		return b.unreadable(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	has := func(name string) bool { return slices.Contains(names, name) }
	switch {
	case has("PG_VERSION"):
		return inspectBaseDirectory(b, has, zone)
	case has("toc.dat"):
		return inspectDumpDirectory(b, names, zone)
	case slices.ContainsFunc(names, func(n string) bool { return isTarName(n, "base") }):
		at := slices.IndexFunc(names, func(n string) bool { return isTarName(n, "base") })
		return inspectTar(b, filepath.Join(b.Path, names[at]), zone)
	case has("base.tar.zst") || has("base.tar.lz4"):
		b.Kind = BaseTar
		return b.unusable("base backup compressed with zstd or lz4: only plain and gzip are read",
			"decompress it, or take the backup with --compress=gzip")
	case slices.ContainsFunc(names, isDumpDataName):
		b.Kind = DumpDirectory
		return b.unusable("pg_dump directory without toc.dat: cut short", "wait for pg_dump to end, or take the dump again")
	case len(names) == 0:
		return b.unusable("empty folder", "")
	}
	if folder, ok := b.asFolder(names); ok {
		return folder
	}
	return b.unusable("not a backup: neither PG_VERSION, base.tar nor toc.dat in it", "point the glob at the backups themselves")
}

func inspectBaseDirectory(b Backup, has func(string) bool, zone *time.Location) Backup {
	b.Kind = BaseDirectory
	version, err := plainfile.Read(filepath.Join(b.Path, "PG_VERSION"), maxVersion)
	if err != nil {
		return b.unreadable(err)
	}
	b.Major = majorOf(string(version))
	b.Point.ServerVersion = strings.TrimSpace(string(version))
	if b.Major == 0 {
		return b.unusable("PG_VERSION names no version: damaged", "")
	}
	if !has(labelName) {
		if facts, err := readManifest(filepath.Join(b.Path, manifest.Name)); err == nil && !facts.labelTime.IsZero() {
			b.at(moment{at: facts.labelTime}, "backup_manifest")
		}
		return b.unusable("data directory without backup_label: a server's own files, not a base backup",
			"take it with pg_basebackup or lifeboat backup; a copied data directory cannot be trusted")
	}
	if has("postmaster.pid") { // pg_basebackup leaves it out
		return b.unusable("postmaster.pid is in it: the data directory of a server, which may be running",
			"point the glob at the backups; if this is a copy taken by hand, remove postmaster.pid from it")
	}
	label, err := plainfile.Read(filepath.Join(b.Path, labelName), maxLabel)
	if err != nil {
		return b.unreadable(err)
	}
	b = b.labelled(labelFile{content: label, modified: modTime(filepath.Join(b.Path, labelName))}, zone)
	if has("backup_manifest.tmp") && !has(manifest.Name) {
		return b.unusable("unfinished: backup_manifest.tmp has not been renamed", "wait for pg_basebackup to end, or take the backup again")
	}
	if has(manifest.Name) {
		b.Manifest = filepath.Join(b.Path, manifest.Name)
	}
	if reason := missingPart(b.Path); reason != "" {
		return b.unusable(reason, "take the backup again, with its WAL (pg_basebackup --wal-method=stream)")
	}
	return b.finishBase(labelFile{content: label, modified: modTime(filepath.Join(b.Path, labelName))}, zone)
}

// missingPart names what a base backup directory cannot be started without.
func missingPart(path string) string {
	control, err := os.Lstat(filepath.Join(path, "global", "pg_control"))
	if err != nil || !control.Mode().IsRegular() || control.Size() == 0 {
		return "global/pg_control is missing or empty: cut short"
	}
	wal, err := os.ReadDir(filepath.Join(path, "pg_wal"))
	if err != nil {
		return "pg_wal cannot be read: " + errText(err)
	}
	if !slices.ContainsFunc(wal, func(e os.DirEntry) bool { return len(e.Name()) == 24 }) {
		return "no WAL in pg_wal: the backup cannot reach a consistent state by itself"
	}
	return ""
}

// labelFile is backup_label and when it was written, as far as its container
// knows.
type labelFile struct {
	content  []byte
	modified time.Time
}

// finishBase reads the manifest where there is one, settles the time and
// declares the backup usable.
func (b Backup) finishBase(label labelFile, zone *time.Location) Backup {
	if len(bytes.TrimSpace(label.content)) == 0 {
		return b.unusable("backup_label is empty: cut short", "take the backup again")
	}
	if bytes.Contains(label.content, []byte("INCREMENTAL FROM LSN")) {
		return b.unusable("incremental backup: it holds only what changed", "combine it with its full backup: pg_combinebackup")
	}
	var facts manifestFacts
	if b.Manifest != "" {
		var err error
		if facts, err = readManifest(b.Manifest); err != nil {
			return b.unreadable(err)
		}
		if b.Major == 0 && facts.major > 0 {
			b.Major, b.Point.ServerVersion = facts.major, fmt.Sprint(facts.major)
		}
	} else {
		b = b.warn("NoManifest", filepath.Base(b.Path)+": no backup_manifest: its files cannot be compared with what was backed up",
			"take base backups with a manifest (the default of pg_basebackup since 13)")
	}
	if b.Tar != nil {
		for _, oid := range facts.tablespaces {
			if b.Tar.Tablespaces[oid] == "" {
				return b.unusable("the tar of tablespace "+oid+" is missing", "copy all files of the backup into one folder")
			}
		}
	}
	b.Point.SizeBytes, b.RestoredBytes = b.sizeOnDisk(facts.bytes), facts.bytes
	if !facts.labelTime.IsZero() {
		b.Point.Usable = true
		return b.taken(moment{at: facts.labelTime}, "backup_manifest")
	}
	if b = b.labelled(label, zone); b.Point.TakenAt.IsZero() {
		return b.unusable("backup_label has no START TIME: damaged", "take the backup again")
	}
	b.Point.Usable = true
	if b.Point.UncertaintySeconds > 0 {
		return b.warnUncertain()
	}
	return b
}

// labelled takes the time from backup_label, where it has one.
func (b Backup) labelled(label labelFile, zone *time.Location) Backup {
	if wall, abbreviation, ok := labelTime(label.content); ok {
		b.at(resolve(wall, abbreviation, zone, label.modified), labelName)
	}
	return b
}

// maxTablespaces bounds what a manifest can name.
const maxTablespaces = 10_000

// manifestFacts is what the catalog wants from a manifest.
type manifestFacts struct {
	labelTime   time.Time
	bytes       int64
	major       int
	tablespaces []string // OIDs
}

func readManifest(path string) (facts manifestFacts, err error) {
	f, err := plainfile.Open(path)
	if err != nil {
		return facts, err
	}
	defer f.Close()
	if err := manifest.CheckComplete(f); err != nil {
		return facts, err
	}
	err = manifest.Read(f, func(file manifest.File) error {
		facts.bytes += file.Size
		switch file.Path {
		case labelName:
			facts.labelTime = file.LastModified
		case "PG_VERSION":
			facts.major = file.Major()
		}
		if rest, ok := strings.CutPrefix(file.Path, "pg_tblspc/"); ok {
			oid, _, _ := strings.Cut(rest, "/")
			if !slices.Contains(facts.tablespaces, oid) {
				facts.tablespaces = append(facts.tablespaces, oid)
			}
			if len(facts.tablespaces) > maxTablespaces {
				return fmt.Errorf("backup_manifest: more than %d tablespaces", maxTablespaces)
			}
		}
		return nil
	})
	return facts, err
}

// sizeOnDisk is what must be read: the tars' sizes, or the files' (from the
// manifest, plus the WAL, which it does not list).
func (b Backup) sizeOnDisk(manifestBytes int64) int64 {
	if b.Tar != nil {
		total := fileSize(b.Tar.Base) + fileSize(b.Tar.WAL)
		for _, path := range b.Tar.Tablespaces {
			total += fileSize(path)
		}
		return total
	}
	if manifestBytes > 0 {
		return manifestBytes + treeSize(filepath.Join(b.Path, "pg_wal"))
	}
	return treeSize(b.Path)
}

func fileSize(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}

func treeSize(root string) (total int64) {
	_ = filepath.WalkDir(root, func(_ string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return nil // what cannot be read is reported by the restore
		}
		if info, err := d.Info(); err == nil {
			total += info.Size()
		}
		return nil
	})
	return total
}

func modTime(path string) time.Time {
	info, err := os.Stat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}

// errText is the error without the path, which the caller has named.
func errText(err error) string {
	var path *os.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}
