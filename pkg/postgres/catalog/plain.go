package catalog

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"regexp"
	"time"
)

var (
	plainTitle     = []byte("-- PostgreSQL database dump\n")
	clusterTitle   = []byte("-- PostgreSQL database cluster dump\n")
	startedOn      = regexp.MustCompile(`(?m)^-- Started on (.+)$`)
	dumpedFrom     = regexp.MustCompile(`(?m)^-- Dumped from database version (.+)$`)
	clientEncoding = regexp.MustCompile(`(?m)^SET client_encoding = '([^']+)';`)
)

// The comments that pg_dump and pg_dumpall write last. Newer minor releases add
// \unrestrict after the first.
var (
	databaseEnd = []byte("-- PostgreSQL database dump complete\n")
	clusterEnd  = []byte("-- PostgreSQL database cluster dump complete\n")
)

// tailBytes is where the closing comment must stand: what follows it is at
// most the time and a \unrestrict line.
const tailBytes = 4 << 10

func looksPlain(head []byte) bool {
	head = withoutCR(head)
	return bytes.Contains(head, plainTitle) || bytes.Contains(head, clusterTitle)
}

// inspectPlain looks at plain SQL, f, or at its gzip, where zipped is the
// header. Whether each dump in it has a closing comment of its own shows only
// when it is read to the end, for the restore: here a plain file is refused
// whose last lines have none.
func inspectPlain(b Backup, f *os.File, info os.FileInfo, head []byte, zipped *gzip.Header, zone *time.Location) Backup {
	b.Kind = DumpPlain
	if zipped != nil {
		b.Kind, b.Gzip = DumpPlainGzip, true
	}
	head = withoutCR(head)
	at, clusterAt := bytes.Index(head, plainTitle), bytes.Index(head, clusterTitle)
	b.Cluster = clusterAt >= 0 && (at < 0 || clusterAt < at)
	if m := dumpedFrom.FindSubmatch(head); m != nil {
		b.Point.ServerVersion = string(m[1])
		b.Major = majorOf(b.Point.ServerVersion)
	}
	if m := clientEncoding.FindSubmatch(head); m != nil {
		b.Point.Says.Encoding = string(m[1])
	}
	b.Point.Usable = true
	b = b.plainTime(info, head, zipped, zone)
	if zipped != nil {
		return b
	}
	end, err := lastLines(f, info.Size())
	if err != nil {
		return b.unreadable(err)
	}
	b.closedAsCluster = bytes.Contains(end, clusterEnd)
	if !b.closedAsCluster && !bytes.Contains(end, databaseEnd) {
		return b.unusable("cut short: the closing comment of pg_dump is missing", hintDumpAgain)
	}
	return b
}

func (b Backup) plainTime(info os.FileInfo, head []byte, zipped *gzip.Header, zone *time.Location) Backup {
	if m := startedOn.FindSubmatch(head); m != nil {
		if wall, abbreviation, ok := zonedTime(string(m[1])); ok {
			return b.taken(resolve(wall, abbreviation, zone, info.ModTime()), "dump comment")
		}
	}
	if zipped != nil && !zipped.ModTime.IsZero() {
		return b.taken(moment{at: zipped.ModTime}, "gzip header").warnFileTime()
	}
	return b.taken(moment{at: info.ModTime()}, "file time").warnFileTime()
}

func (b Backup) warnFileTime() Backup {
	return b.warn("BackupTimeFromFile",
		b.named("the dump does not say when it was taken; the "+b.Point.TimeSource+" is used, which a copy may have changed"),
		"take plain dumps with pg_dump --verbose, or use the custom format")
}

func lastLines(f *os.File, size int64) ([]byte, error) {
	tail := make([]byte, min(size, tailBytes))
	if _, err := f.ReadAt(tail, size-int64(len(tail))); err != nil && err != io.EOF {
		return nil, err
	}
	return withoutCR(tail), nil
}

// withoutCR makes the lines of a dump that was written on Windows the same.
func withoutCR(text []byte) []byte { return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n")) }
