package catalog

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/postgres/manifest"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/plainfile"
)

// maxLookahead bounds how far a compressed tar is read for PG_VERSION once
// backup_label, its first member, is known: bytes after decompression.
const maxLookahead = 64 << 20

// inspectTar looks at base.tar (or any single tar) and gathers its companions.
func inspectTar(b Backup, base string, zone *time.Location) Backup {
	b.Kind = BaseTar
	b.Tar = &TarSet{Base: base, Tablespaces: map[string]string{}}
	if isTarName(filepath.Base(base), "base") { // pg_basebackup's folder
		if err := b.gatherTars(filepath.Dir(base)); err != nil {
			return b.unreadable(err)
		}
	}
	f, err := b.open(base)
	if err != nil {
		return b.unreadable(err)
	}
	defer f.Close()
	found, err := scanTar(f, b.Manifest != "")
	b.Gzip, b.Tar.Prefix = found.gzip, found.prefix
	b = b.labelled(found.label, zone)
	if err != nil {
		return b.unreadable(err)
	}
	if found.label.content == nil {
		return b.unusable("tar without backup_label: not a base backup", "take it with pg_basebackup --format=tar or lifeboat backup")
	}
	if found.major > 0 {
		b.Major, b.Point.ServerVersion = found.major, fmt.Sprint(found.major)
	}
	return b.finishBase(found.label, zone)
}

// open opens a file of the backup: through a link only where that is what the
// glob named.
func (b Backup) open(path string) (*os.File, error) {
	if path == b.Path {
		return plainfile.Follow(path)
	}
	return plainfile.Open(path)
}

func (b *Backup) gatherTars(folder string) error {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		full := filepath.Join(folder, e.Name())
		stem, isTar := tarStem(e.Name())
		switch {
		case e.Name() == manifest.Name:
			b.Manifest = full
		case isTar && stem == "pg_wal":
			b.Tar.WAL = full
		case isTar && isDigits(stem):
			b.Tar.Tablespaces[stem] = full
		}
	}
	return nil
}

type tarFacts struct {
	label  labelFile
	prefix string // folder of backup_label
	major  int
	gzip   bool
}

// scanTar reads the tar's members until backup_label and PG_VERSION are known.
// With a manifest beside it, which knows the version too, backup_label is
// enough. A plain tar is skipped through, a compressed one must be read.
func scanTar(f *os.File, manifestBeside bool) (facts tarFacts, err error) {
	stream, isGzip, err := decompressed(f)
	if err != nil {
		return facts, err
	}
	facts.gzip = isGzip
	var passed int64
	for members := tar.NewReader(stream); ; {
		head, err := members.Next()
		if errors.Is(err, io.EOF) {
			return facts, nil
		}
		if err != nil {
			return facts, fmt.Errorf("tar: cut short or damaged: %w", err)
		}
		if head.Typeflag == tar.TypeReg {
			switch path.Base(path.Clean(head.Name)) {
			case labelName:
				facts.label = labelFile{modified: head.ModTime}
				if folder := path.Dir(path.Clean(head.Name)); folder != "." {
					facts.prefix = folder
				}
				facts.label.content, err = plainfile.All(members, maxLabel)
			case "PG_VERSION":
				var version []byte
				version, err = plainfile.All(members, maxVersion)
				facts.major = majorOf(strings.TrimSpace(string(version)))
			}
			if err != nil {
				return facts, fmt.Errorf("tar: cut short: %w", err)
			}
		}
		passed += head.Size
		known := facts.label.content != nil
		if known && (facts.major > 0 || manifestBeside || (isGzip && passed > maxLookahead)) {
			return facts, nil
		}
	}
}

// decompressed returns f itself, which can seek, or its gunzipped stream.
func decompressed(f *os.File) (io.Reader, bool, error) {
	var magic [2]byte
	n, err := f.ReadAt(magic[:], 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, false, err
	}
	if n < 2 || magic != gzipMagic {
		return f, false, nil
	}
	z, err := gzip.NewReader(bufio.NewReaderSize(f, 256<<10))
	if err != nil {
		return nil, true, fmt.Errorf("gzip: %w", err)
	}
	return z, true, nil
}

var gzipMagic = [2]byte{0x1f, 0x8b}
