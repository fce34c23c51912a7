package catalog

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/postgres/archive"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/plainfile"
)

// headBytes is what a file is recognized by: a tar header, or the first lines
// of a plain dump down to its settings.
const headBytes = 16 << 10

// inspectFile tells a single file by its first bytes.
func inspectFile(b Backup, info os.FileInfo, zone *time.Location) Backup {
	b.Point.SizeBytes = info.Size()
	f, err := plainfile.Follow(b.Path)
	if err != nil {
		return b.unreadable(err)
	}
	defer f.Close()
	if info.Size() == 0 {
		return b.unusable("empty file", "take the backup again, and look at why nothing was written")
	}
	head, zipped, err := readHead(f)
	if err != nil {
		return b.unreadable(err)
	}
	switch {
	case isTar(head) && bytes.HasPrefix(head, []byte("toc.dat\x00")) && zipped == nil:
		return inspectDumpTar(b, f, info, zone)
	case isTar(head):
		return inspectTar(b, b.Path, zone)
	case bytes.HasPrefix(head, []byte(archive.Magic)) && zipped != nil:
		return b.unusable("a pg_dump archive inside gzip", "gunzip it: the archive is compressed already")
	case bytes.HasPrefix(head, []byte(archive.Magic)):
		return inspectCustom(b, f, info, zone)
	case looksPlain(head):
		return inspectPlain(b, f, info, head, zipped, zone)
	}
	if name := foreignCompression(head); name != "" {
		return b.unusable("compressed with "+name+": only plain and gzip are read", "decompress it, or use gzip")
	}
	if text, ok := b.asText(head, info.Size()); ok && zipped == nil {
		return text
	}
	return b.unusable("not a backup that lifeboat knows: neither a base backup nor pg_dump output", "point the glob at the backups themselves")
}

// readHead returns the first bytes, after decompression, and the gzip header
// where there is one.
func readHead(f *os.File) (head []byte, zipped *gzip.Header, err error) {
	stream, isGzip, err := decompressed(f)
	if err != nil {
		return nil, nil, err
	}
	if z, ok := stream.(*gzip.Reader); ok && isGzip {
		zipped = &z.Header
	}
	head = make([]byte, headBytes)
	n, err := io.ReadFull(stream, head)
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		err = nil // shorter than that; what is missing shows later
	}
	if _, seekErr := f.Seek(0, io.SeekStart); err == nil {
		err = seekErr
	}
	return head[:n], zipped, err
}

// isTar tells by the magic at its fixed place (POSIX 1003.1 ustar).
func isTar(head []byte) bool {
	return len(head) > 262 && string(head[257:262]) == "ustar"
}

func foreignCompression(head []byte) string {
	for magic, name := range map[string]string{
		"\x28\xb5\x2f\xfd": "zstd", "\x04\x22\x4d\x18": "lz4", "BZh": "bzip2", "\xfd7zXZ": "xz",
	} {
		if bytes.HasPrefix(head, []byte(magic)) {
			return name
		}
	}
	return ""
}

func isDumpDataName(name string) bool {
	stem, _, ok := strings.Cut(name, ".dat")
	return ok && (isDigits(stem) || strings.HasPrefix(stem, "blob_"))
}

func (b Backup) named(what string) string { return filepath.Base(b.Path) + ": " + what }
