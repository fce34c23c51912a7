// Package manifest reads the backup_manifest that pg_basebackup writes beside
// a base backup: every file's size, time and checksum, and a checksum of the
// manifest itself.
//
// Files are streamed to a callback, so a manifest of a cluster with a million
// files costs no more memory than its longest line. Nothing is written.
//
// Format: PostgreSQL documentation, "Backup Manifest Format" (versions 1, 2).
package manifest

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Name is the manifest's file name inside or beside a base backup.
const Name = "backup_manifest"

// File is one entry.
type File struct {
	Path         string    // relative to the data directory, with slashes
	Size         int64     // bytes
	LastModified time.Time // UTC
	Algorithm    string    // "CRC32C", "SHA256", ...; "" or "NONE": no checksum
	Checksum     []byte
}

type entry struct {
	Path, EncodedPath   string
	Size                int64
	LastModified        string
	Algorithm, Checksum string
}

// Read streams the entries to each, in the manifest's order. Errors of each
// end the reading and are returned as they are.
func Read(r io.Reader, each func(File) error) error {
	dec := json.NewDecoder(&tokens{in: r})
	if err := expect(dec, json.Delim('{')); err != nil {
		return err
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return fmt.Errorf("backup_manifest: %w", err)
		}
		if key != "Files" {
			if err := skipValue(dec); err != nil {
				return fmt.Errorf("backup_manifest: %.100q: %w", key, err)
			}
			continue
		}
		if err := readFiles(dec, each); err != nil {
			return err
		}
	}
	return expect(dec, json.Delim('}'))
}

func readFiles(dec *json.Decoder, each func(File) error) error {
	if err := expect(dec, json.Delim('[')); err != nil {
		return err
	}
	for dec.More() {
		raw, err := readEntry(dec)
		if err != nil {
			return fmt.Errorf("backup_manifest: entry: %w", err)
		}
		file, err := raw.file()
		if err != nil {
			return err
		}
		if err := each(file); err != nil {
			return err
		}
	}
	return expect(dec, json.Delim(']'))
}

func (e entry) file() (File, error) {
	f := File{Path: e.Path, Size: e.Size, Algorithm: e.Algorithm}
	if e.EncodedPath != "" { // a name that is not valid UTF-8
		name, err := hex.DecodeString(e.EncodedPath)
		if err != nil {
			return File{}, fmt.Errorf("backup_manifest: encoded path: %w", err)
		}
		f.Path = string(name)
	}
	if f.Path == "" || f.Size < 0 {
		return File{}, fmt.Errorf("backup_manifest: entry without a path or with a negative size")
	}
	var err error
	if f.Checksum, err = hex.DecodeString(e.Checksum); err != nil {
		return File{}, fmt.Errorf("backup_manifest: checksum of %.200q: %w", f.Path, err)
	}
	// The server writes it with pg_gmtime and the literal "GMT".
	if f.LastModified, err = time.Parse("2006-01-02 15:04:05 GMT", e.LastModified); err != nil {
		return File{}, fmt.Errorf("backup_manifest: time of %.200q: %w", f.Path, err)
	}
	return f, nil
}

func expect(dec *json.Decoder, want json.Delim) error {
	got, err := dec.Token()
	if err != nil {
		return fmt.Errorf("backup_manifest: %w", err)
	}
	if got != want {
		return fmt.Errorf("backup_manifest: expected %v, found %v", want, got)
	}
	return nil
}

// tailBytes holds the manifest's last line: a key and 64 hexadecimal digits.
const tailBytes = 256

// CheckComplete tells from the manifest's last line whether it was written to
// its end; it does not read the rest.
func CheckComplete(f *os.File) error {
	_, _, err := lastLine(f)
	return err
}

// VerifySelf checks the manifest against the checksum in its own last line.
func VerifySelf(f *os.File) error {
	end, want, err := lastLine(f)
	if err != nil {
		return err
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(f, 0, end)); err != nil {
		return fmt.Errorf("backup_manifest: %w", err)
	}
	if !bytes.Equal(sum.Sum(nil), want) {
		return fmt.Errorf("backup_manifest: its own checksum does not match: damaged or edited")
	}
	return nil
}

// lastLine returns where the last line begins and the checksum that it holds.
func lastLine(f *os.File) (start int64, sum []byte, err error) {
	info, err := f.Stat()
	if err != nil {
		return 0, nil, fmt.Errorf("backup_manifest: %w", err)
	}
	from := max(0, info.Size()-tailBytes)
	tail := make([]byte, info.Size()-from)
	if _, err := f.ReadAt(tail, from); err != nil && !errors.Is(err, io.EOF) {
		return 0, nil, fmt.Errorf("backup_manifest: %w", err)
	}
	at := bytes.LastIndex(tail, []byte("\n\"Manifest-Checksum\""))
	if at < 0 {
		return 0, nil, fmt.Errorf("backup_manifest: cut short: it does not end with its checksum")
	}
	var line struct {
		Sum string `json:"Manifest-Checksum"`
	}
	if err := json.Unmarshal(append([]byte("{"), tail[at+1:]...), &line); err != nil {
		return 0, nil, fmt.Errorf("backup_manifest: cut short: last line: %w", err)
	}
	sum, err = hex.DecodeString(line.Sum)
	if err != nil || len(sum) != sha256.Size {
		return 0, nil, fmt.Errorf("backup_manifest: cut short: its own checksum is not a SHA-256")
	}
	return from + int64(at) + 1, sum, nil
}
