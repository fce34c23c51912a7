package catalog

import (
	"archive/tar"
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/archive"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/plainfile"
)

func inspectCustom(b Backup, f *os.File, info os.FileInfo, zone *time.Location) Backup {
	b.Kind = DumpCustom
	header, err := archive.Read(f)
	if err != nil {
		return b.unusable(err.Error(), hintDumpAgain)
	}
	b = b.finishArchive(header, info.ModTime(), zone)
	if err := archive.CheckComplete(header, f, info.Size()); err != nil {
		return b.unusable(err.Error(), hintDumpAgain)
	}
	return b
}

func inspectDumpTar(b Backup, f *os.File, info os.FileInfo, zone *time.Location) Backup {
	b.Kind = DumpTar
	members := tar.NewReader(f)
	if _, err := members.Next(); err != nil {
		return b.unusable("tar: cut short or damaged: "+errText(err), hintDumpAgain)
	}
	header, err := archive.Read(members)
	if err != nil {
		return b.unusable(err.Error(), hintDumpAgain)
	}
	return b.finishArchive(header, info.ModTime(), zone)
}

func inspectDumpDirectory(b Backup, names []string, zone *time.Location) Backup {
	b.Kind = DumpDirectory
	if reason := oddFile(b.Path, names); reason != "" {
		return b.unusable(reason, "do not use this backup: pg_dump writes ordinary files only")
	}
	for _, name := range names { // pg_restore would only say that it gave up
		if unix.Access(filepath.Join(b.Path, name), unix.R_OK) != nil {
			return b.unusable(quotedName(name)+" in it cannot be read: permission denied", hintLetRead)
		}
	}
	toc := filepath.Join(b.Path, "toc.dat")
	f, err := plainfile.Open(toc)
	if err != nil {
		return b.unreadable(err)
	}
	defer f.Close()
	header, err := archive.Read(f)
	if err != nil {
		return b.unusable(err.Error(), hintDumpAgain)
	}
	b.Point.SizeBytes = treeSize(b.Path)
	b = b.finishArchive(header, modTime(toc), zone)
	for _, e := range header.Entries {
		if e.File == "" {
			continue
		}
		if !hasDataFile(b.Path, names, e.File) {
			return b.unusable(fmt.Sprintf("the data file %s of %s %s.%s is missing or empty", e.File, e.Desc, e.Schema, e.Tag), hintDumpAgain)
		}
		if !slices.Contains(names, e.File) {
			continue // compressed: its end is checked when it is read
		}
		whole, err := endsAsData(filepath.Join(b.Path, e.File), e)
		if err != nil {
			return b.unreadable(err)
		}
		if !whole {
			return b.unusable(fmt.Sprintf("the data file %s of %s %s.%s is cut short", e.File, e.Desc, e.Schema, e.Tag), hintDumpAgain)
		}
	}
	if slices.ContainsFunc(names, isPlainBlob) {
		return b.warn("LargeObjectsUnproven", b.named("its large objects are not compressed, and the format holds neither their length nor a checksum: one that was cut would not show"),
			"take directory dumps with compression (the default), or in the custom format")
	}
	return b
}

// oddFile tells of what pg_restore must not be led by: anything but ordinary
// files, and lists of large objects that are compressed, which pg_dump never
// writes, or that name files elsewhere (pg_backup_directory.c, _LoadLOs).
func oddFile(folder string, names []string) string {
	for _, name := range names {
		path := filepath.Join(folder, name)
		info, err := os.Lstat(path)
		switch list, _, isList := strings.Cut(name, ".toc"); {
		case err != nil:
			return quotedName(name) + " cannot be read: " + errText(err)
		case !info.Mode().IsRegular():
			return quotedName(name) + " in it is no ordinary file"
		case !isList || !strings.HasPrefix(list, "blobs"):
		case !strings.HasSuffix(name, ".toc"):
			return quotedName(name) + " in it is a list of large objects as pg_dump does not write it"
		default:
			if err := plainList(path); err != nil {
				return quotedName(name) + ": " + errText(err)
			}
		}
	}
	return ""
}

// listLine is a large object's OID and the name of its file.
var listLine = regexp.MustCompile(`^[0-9]{1,10} [A-Za-z0-9_-][A-Za-z0-9_.-]{0,200}$`)

func plainList(path string) error {
	f, err := plainfile.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(f) // a line of more than 64 KiB is an error
	for lines.Scan() {
		if !listLine.Match(lines.Bytes()) {
			return errors.New("it names a file elsewhere, or is damaged")
		}
	}
	return lines.Err()
}

// endsAsData tells whether a file without compression reaches its end: the
// closing line of a COPY, the empty lines after INSERT statements. pg_restore
// takes a file that ends sooner, between two rows, for whole
// (src/bin/pg_dump/pg_dump.c, dumpTableData_copy and dumpTableData_insert).
func endsAsData(path string, e archive.Entry) (bool, error) {
	if e.Desc != "TABLE DATA" {
		return true, nil
	}
	f, err := plainfile.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return false, err
	}
	end, err := lastLines(f, info.Size())
	if err != nil {
		return false, err
	}
	if !e.Copied {
		return bytes.HasSuffix(end, []byte("\n\n")), nil
	}
	lines := bytes.TrimRight(end, "\n")
	return bytes.HasSuffix(lines, []byte("\n\\.")) || bytes.Equal(lines, []byte("\\.")), nil
}

// isPlainBlob: a large object without compression.
func isPlainBlob(name string) bool {
	return strings.HasPrefix(name, "blob_") && strings.HasSuffix(name, ".dat")
}

// hasDataFile looks for the file under the name in the table of contents or
// with the suffix of a compression.
func hasDataFile(folder string, names []string, file string) bool {
	for _, suffix := range []string{"", ".gz", ".lz4", ".zst"} {
		if slices.Contains(names, file+suffix) {
			return fileSize(filepath.Join(folder, file+suffix)) > 0
		}
	}
	return false
}

const hintDumpAgain = "take the dump again, and look at how pg_dump or the copy ended"

// encodingOf reads "SET client_encoding = 'UTF8';".
func encodingOf(header archive.Header) string {
	for _, e := range header.Entries {
		if m := clientEncoding.FindStringSubmatch(e.Definition); e.Desc == "ENCODING" && m != nil {
			return m[1]
		}
	}
	return ""
}

func (b Backup) finishArchive(header archive.Header, written time.Time, zone *time.Location) Backup {
	b.Dump = &header
	b.Major = majorOf(header.ServerVersion)
	b.Point.ServerVersion = header.ServerVersion
	b.Point.Says = drill.Identity{Database: header.Database, Encoding: encodingOf(header)}
	b.Point.Usable = true
	m := resolve(header.Created, "", zone, written)
	return b.taken(m, "dump header")
}
