// Package catalog finds the backups that a glob names and tells from each
// one's content what it is, when it was taken and whether it is complete.
//
// Recognized are base backups as pg_basebackup writes them (a directory; a
// folder with base.tar; one tar file; plain or gzip) and pg_dump's output
// (custom, directory, tar, plain SQL, plain SQL in gzip). The name of a file
// decides nothing except which files of one folder belong together.
//
// The time of a backup is the one recorded inside it:
//
//   - base backup: backup_manifest's entry for backup_label, which is UTC;
//     else START TIME of backup_label, whose zone is only an abbreviation;
//   - dump archive: the creation time of its header, local time without zone;
//   - plain dump: the "Started on" comment of pg_dump --verbose, else the
//     time in the gzip header, else the file's own time.
//
// A backup holds data at least as new as its start, so this never makes a
// backup look younger than it is. See resolve for zones.
//
// One that cannot be used has a time too, at worst that of its file: a broken
// newest backup must not pass for an old one.
//
// Only reads, and only as much as is needed: a tar of a terabyte is read to
// the end of its first members; a plain dump only where its first lines leave
// open whether the plan's database is in it (see identify). A candidate that
// cannot be read or restored, or is of another database, is listed as not
// usable, with reason and hint; the others still count.
package catalog

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/archive"
)

// Kind is what a backup is; it is RecoveryPoint.Kind.
type Kind string

const (
	BaseDirectory Kind = "base-backup-directory"
	BaseTar       Kind = "base-backup-tar"
	DumpCustom    Kind = "dump-custom"
	DumpTar       Kind = "dump-tar"
	DumpDirectory Kind = "dump-directory"
	DumpPlain     Kind = "dump-plain"
	DumpPlainGzip Kind = "dump-plain-gzip"
	Unknown       Kind = "unknown"
)

// Base tells whether it is a base backup.
func (k Kind) Base() bool { return k == BaseDirectory || k == BaseTar }

// origin of a recovery point of this kind; "" where nobody knows.
func (k Kind) origin() drill.Origin {
	switch {
	case k == Unknown:
		return ""
	case k.Base():
		return drill.OriginBaseBackup
	}
	return drill.OriginDump
}

// Backup is one candidate: the recovery point as the domain sees it, and what
// a restore needs to know.
type Backup struct {
	Point drill.RecoveryPoint
	Kind  Kind
	Path  string // directory or file
	// Major version of the server that it was taken from; 0: not known.
	Major int
	// RestoredBytes is what the restored files take at least, where the backup
	// tells; 0: not known.
	RestoredBytes int64
	// Findings are what makes the proof weaker though the backup is usable.
	Findings []drill.Finding

	Tar  *TarSet         // of BaseTar
	Dump *archive.Header // of archives
	// Cluster is true for a plain file that begins as pg_dumpall writes it: with
	// roles and tablespaces, and perhaps databases after them.
	Cluster         bool
	closedAsCluster bool // its last lines are pg_dumpall's
	// Gzip is true where the file, or the tar, is compressed with gzip.
	Gzip bool
	// Manifest is the path of backup_manifest, "" where there is none beside
	// the data.
	Manifest string
}

// ProgramsMajor is the oldest major version whose programs can restore the
// backup: the source's, or pg_dump's own where that was newer, for pg_restore
// reads no archive of a newer pg_dump. 0: not known.
func (b Backup) ProgramsMajor() int {
	if b.Dump == nil {
		return b.Major
	}
	return max(b.Major, majorOf(b.Dump.DumpVersion))
}

// TarSet is the tars of one base backup.
type TarSet struct {
	Base string // base.tar or base.tar.gz
	// Prefix is the folder in front of every member of Base, "" for none: a
	// backup directory that was packed afterwards.
	Prefix string
	WAL    string // pg_wal.tar[.gz]; "" where the base tar holds the WAL
	// Tablespaces maps the OID, which is the tar's name, to the tar.
	Tablespaces map[string]string
}

// Scan lists every candidate that the source's glob matches, newest first. A
// source without any match is an empty list, not an error. now is the time by
// the machine's clock: what was written to just now may still be.
func Scan(ctx context.Context, source drill.PostgresSource, now time.Time) ([]Backup, error) {
	zone, err := location(source.TimeZone)
	if err != nil {
		return nil, err
	}
	matches, err := filepath.Glob(source.Backups)
	if err != nil {
		return nil, &drill.Error{
			Name: drill.NoUsableBackup, What: fmt.Sprintf("backups: %q is not a valid glob", source.Backups),
			Hint: "use * ? and [a-z]; escape other brackets with a backslash", Err: err,
		}
	}
	var found []Backup
	for _, path := range matches {
		if err := ctx.Err(); err != nil {
			return nil, fmt.Errorf("backups: %w", err)
		}
		if belongsToBase(path, matches) || isHidden(path, source.Backups) || isSidecar(path, matches) {
			continue
		}
		found = append(found, inspect(path, zone))
	}
	if err := markInProgress(ctx, found, now); err != nil {
		return nil, fmt.Errorf("backups: %w", err)
	}
	slices.SortStableFunc(found, func(a, b Backup) int { return b.Point.TakenAt.Compare(a.Point.TakenAt) })
	return identifyAll(ctx, found, source.Database), nil
}

// Inspect looks again at a backup that was chosen from those that Scan listed.
func Inspect(source drill.PostgresSource, chosen drill.RecoveryPoint) (Backup, error) {
	zone, err := location(source.TimeZone)
	if err != nil {
		return Backup{}, err
	}
	b := inspect(chosen.ID, zone)
	b.Point.Says = chosen.Says
	return b, nil
}

func location(name string) (*time.Location, error) {
	if name == "" {
		return nil, nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, &drill.Error{
			Name: drill.NoUsableBackup, What: fmt.Sprintf("time zone %q is unknown", name),
			Hint: "name an IANA zone such as Europe/Berlin", Err: err,
		}
	}
	return zone, nil
}

// belongsToBase tells whether a match is only a part of another match: the
// glob may name the folder's files one by one.
func belongsToBase(path string, matches []string) bool {
	name := filepath.Base(path)
	isPart := name == "backup_manifest" || isTarName(name, "pg_wal")
	if stem, ok := tarStem(name); ok && isDigits(stem) {
		isPart = true
	}
	if !isPart {
		return false
	}
	folder := filepath.Dir(path)
	return slices.ContainsFunc(matches, func(other string) bool {
		return filepath.Dir(other) == folder && isTarName(filepath.Base(other), "base")
	})
}

// inspect never fails: what cannot be read is a candidate that is not usable.
func inspect(path string, zone *time.Location) Backup {
	b := Backup{Path: path, Kind: Unknown}
	b.Point = drill.RecoveryPoint{ID: path, Kind: string(Unknown), Location: filepath.Dir(path)}
	info, err := os.Stat(path)
	if err != nil {
		b.Point.TakenAt, b.Point.TimeSource = linkTime(path), "file time"
		return b.unreadable(err)
	}
	switch {
	case strings.HasSuffix(path, ".partial") || strings.HasSuffix(path, ".tmp"):
		b = b.unusable("unfinished, by its name", "wait until the backup has finished and been renamed; if nothing writes to it any more, take it again")
	case info.IsDir():
		b = inspectDirectory(b, zone)
	case info.Mode().IsRegular():
		b = inspectFile(b, info, zone)
	default:
		b = b.unusable("neither a file nor a directory", "point the glob at the backups themselves")
	}
	b.Point.Kind, b.Point.Origin = string(b.Kind), b.Kind.origin()
	if b.Point.TakenAt.IsZero() {
		b.Point.TakenAt, b.Point.TimeSource = info.ModTime().UTC(), "file time"
	}
	return b
}

// linkTime is for a link whose target is gone: zero where that is gone too.
func linkTime(path string) time.Time {
	info, err := os.Lstat(path)
	if err != nil {
		return time.Time{}
	}
	return info.ModTime().UTC()
}

func (b Backup) unusable(reason, hint string) Backup {
	b.Point.Usable, b.Point.Reason, b.Point.Hint = false, reason, hint
	return b
}

const hintLetRead = "let the user that runs lifeboat read the backup: chmod, chown, or run as its owner"

// unreadable reports an error of the file system or of the content.
func (b Backup) unreadable(err error) Backup {
	if os.IsPermission(err) {
		return b.unusable("cannot be read: permission denied", hintLetRead)
	}
	return b.unusable("cannot be read: "+err.Error(), "check that the backup was written and copied to its end")
}

func (b Backup) warn(code, what, hint string) Backup {
	b.Findings = append(b.Findings, drill.Finding{Severity: drill.Warning, Code: code, What: what, Hint: hint})
	return b
}

// taken sets the time, and warns where it is not exact.
func (b Backup) taken(m moment, source string) Backup {
	b.at(m, source)
	if m.uncertainty > 0 {
		return b.warnUncertain()
	}
	return b
}

func (b *Backup) at(m moment, source string) {
	b.Point.TakenAt = m.at.UTC()
	b.Point.TimeSource = source
	b.Point.UncertaintySeconds = m.uncertainty.Seconds()
	b.Point.NewestAt = m.newest.UTC()
	if m.newest.IsZero() {
		b.Point.NewestAt = time.Time{}
	}
}

func (b Backup) warnUncertain() Backup {
	return b.warn("BackupTimeUncertain",
		fmt.Sprintf("%s: the time in the %s has no reliable zone; it may be off by %s either way",
			filepath.Base(b.Path), b.Point.TimeSource, drill.Seconds(b.Point.UncertaintySeconds)),
		"set timeZone in the plan to the zone of the machine that wrote the backup")
}
