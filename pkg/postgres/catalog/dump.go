package catalog

import (
	"archive/tar"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/postgres/archive"
)

func inspectCustom(b Backup, f *os.File, info os.FileInfo, zone *time.Location) Backup {
	b.Kind = DumpCustom
	header, err := archive.Read(f)
	if err != nil {
		return b.unusable(err.Error(), hintDumpAgain)
	}
	if err := archive.CheckComplete(header, f, info.Size()); err != nil {
		return b.unusable(err.Error(), hintDumpAgain)
	}
	return b.finishArchive(header, info.ModTime(), zone)
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
	toc := filepath.Join(b.Path, "toc.dat")
	f, err := os.Open(toc)
	if err != nil {
		return b.unreadable(err)
	}
	defer f.Close()
	header, err := archive.Read(f)
	if err != nil {
		return b.unusable(err.Error(), hintDumpAgain)
	}
	for _, e := range header.Entries {
		if e.File != "" && !hasDataFile(b.Path, names, e.File) {
			return b.unusable(fmt.Sprintf("the data file %s of %s %s.%s is missing or empty", e.File, e.Desc, e.Schema, e.Tag), hintDumpAgain)
		}
	}
	b.Point.SizeBytes = treeSize(b.Path)
	return b.finishArchive(header, modTime(toc), zone)
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

func (b Backup) finishArchive(header archive.Header, written time.Time, zone *time.Location) Backup {
	b.Dump = &header
	b.Major = majorOf(header.ServerVersion)
	b.Point.ServerVersion = header.ServerVersion
	b.Point.Usable = true
	m := resolve(header.Created, "", zone, written)
	return b.taken(m, "dump header")
}
