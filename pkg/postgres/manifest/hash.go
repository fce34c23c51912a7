package manifest

import (
	"bytes"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"fmt"
	"hash"
	"hash/crc32"
	"strconv"
	"strings"
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// NewHash returns the hash of a checksum algorithm of the manifest, nil where
// the manifest carries none, and an error for one it does not know.
func NewHash(algorithm string) (hash.Hash, error) {
	switch strings.ToUpper(algorithm) {
	case "", "NONE":
		return nil, nil
	case "CRC32C":
		return &crc32c{Hash32: crc32.New(castagnoli)}, nil
	case "SHA224":
		return sha256.New224(), nil
	case "SHA256":
		return sha256.New(), nil
	case "SHA384":
		return sha512.New384(), nil
	case "SHA512":
		return sha512.New(), nil
	}
	return nil, fmt.Errorf("backup_manifest: unknown checksum algorithm %.100q", algorithm)
}

// crc32c gives its sum as PostgreSQL stores it: the bytes of the integer in
// the order of the machine that wrote it, little-endian on everything that
// current PostgreSQL is commonly built for.
type crc32c struct{ hash.Hash32 }

func (c *crc32c) Sum(b []byte) []byte { return binary.LittleEndian.AppendUint32(b, c.Sum32()) }

// Verify compares what was read with the entry.
func (f File) Verify(size int64, h hash.Hash) error {
	if size != f.Size {
		return fmt.Errorf("%.200q: %d bytes, the manifest says %d", f.Path, size, f.Size)
	}
	if h != nil && !bytes.Equal(h.Sum(nil), f.Checksum) {
		return fmt.Errorf("%.200q: its %.20s checksum is not the manifest's", f.Path, f.Algorithm)
	}
	return nil
}

// Major recognizes a PG_VERSION file by its checksum alone and returns the
// major version that it holds, or 0: the manifest itself names no version.
func (f File) Major() int {
	if len(f.Checksum) == 0 {
		return 0
	}
	for major := 10; major < 100; major++ { // manifests exist since 13
		h, err := NewHash(f.Algorithm)
		if err != nil || h == nil {
			return 0
		}
		h.Write([]byte(strconv.Itoa(major) + "\n"))
		if bytes.Equal(h.Sum(nil), f.Checksum) {
			return major
		}
	}
	return 0
}
