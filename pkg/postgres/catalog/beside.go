package catalog

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// What lies in a folder of backups and is none. A glob often takes it in, and
// a warning about it in every drill would be one that nobody reads; but what
// could be a backup that came out wrong stays a candidate.

// isHidden passes over dot files where the glob does not ask for them, as a
// shell does, and what a file system makes itself.
func isHidden(path, glob string) bool {
	name := filepath.Base(path)
	return strings.HasPrefix(name, ".") && !strings.HasPrefix(filepath.Base(glob), ".") || name == "lost+found"
}

// ofBackups are endings of what may be a backup itself: never a sidecar.
var ofBackups = []string{
	".gz", ".tgz", ".zst", ".lz4", ".xz", ".bz2", ".gpg", ".enc", ".age", ".tar", ".sql", ".dump", ".backup", ".bak", ".custom", ".pgdump", ".partial", ".tmp", ".part",
}

// maxSidecar is more than any checksum, signature, receipt or log that is worth
// passing over without a word.
const maxSidecar = 1 << 20

// isSidecar tells whether a match is what tools lay beside another match under
// its name: its checksum, signature, receipt or log.
func isSidecar(path string, matches []string) bool {
	dot := strings.LastIndexByte(path, '.')
	if dot <= strings.LastIndexByte(path, filepath.Separator) || !slices.Contains(matches, path[:dot]) {
		return false
	}
	if slices.Contains(ofBackups, strings.ToLower(path[dot:])) {
		return false
	}
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Size() <= maxSidecar
}

// asText takes a text for what it is, where nothing in it or in its name says
// that it was to be a dump: SHA256SUMS, README, a script. A dump begins with a
// comment.
func (b Backup) asText(head []byte, size int64) (Backup, bool) {
	named := slices.ContainsFunc(ofBackups, func(ending string) bool { return strings.HasSuffix(strings.ToLower(b.Path), ending) })
	start := bytes.TrimLeft(head, "\xef\xbb\xbf \r\n\t")
	if named || size > maxSidecar || len(start) == 0 || bytes.HasPrefix(start, []byte("-")) || bytes.HasPrefix(start, []byte("\\")) {
		return b, false
	}
	if bytes.IndexByte(head, 0) >= 0 || !utf8.Valid(head[:len(head)-cutRune(head)]) {
		return b, false
	}
	b = b.unusable("a text", "point the glob at the backups themselves")
	b.Point.Standing = drill.Companion
	return b, true
}

// cutRune is how many bytes at the end belong to a character that goes on.
func cutRune(head []byte) int {
	for n := 1; n <= min(utf8.UTFMax-1, len(head)); n++ {
		if tail := head[len(head)-n:]; utf8.RuneStart(tail[0]) {
			if utf8.FullRune(tail) {
				return 0
			}
			return n
		}
	}
	return 0
}

// ofClusters are names in a data directory or beside the files of a backup: a
// folder that has one is a backup, maybe a broken one.
var ofClusters = []string{"base", "global", "pg_wal", "pg_xact", "pg_tblspc", "pg_multixact", "backup_label", "backup_manifest", "backup_manifest.tmp", "postgresql.conf", "tablespace_map"}

// asFolder takes a folder of other things for what it is: older backups, for
// instance.
func (b Backup) asFolder(names []string) (Backup, bool) {
	backup := func(name string) bool {
		_, isTar := tarStem(name)
		return slices.Contains(ofClusters, name) || isTar || isDumpDataName(name) || strings.HasSuffix(name, ".toc")
	}
	if slices.ContainsFunc(names, backup) {
		return b, false
	}
	b = b.unusable("a folder of other things", "point the glob at the backups themselves")
	b.Point.Standing = drill.Companion
	return b, true
}
