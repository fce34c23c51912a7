// Package archive reads the header and the table of contents of pg_dump's
// archives (custom, directory and tar format), so that a backup's time,
// version and completeness are known without PostgreSQL's programs.
//
// Format: src/bin/pg_dump/pg_backup_archiver.c (ReadHead, ReadToc) of
// PostgreSQL 10 to 18, archive versions 1.12 to 1.16. An integer is a sign
// byte and intSize bytes, least significant first; a string is its length and
// its bytes, -1 for NULL.
package archive

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"
)

// Magic opens every archive.
const Magic = "PGDMP"

// Format of the archive, as its header says.
type Format byte

const (
	Custom    Format = 1
	Tar       Format = 3
	Directory Format = 5
)

// Header is what the archive says about itself.
type Header struct {
	Version string // of the archive format: "1.14.0"
	Format  Format
	// Created is the local time of the machine that ran pg_dump, as if it
	// were UTC: the header carries no zone.
	Created time.Time
	// DST is true where that local time was daylight saving time.
	DST           bool
	Database      string
	ServerVersion string // of the source: "15.18 (Debian 15.18-0+deb12u1)"
	DumpVersion   string // of pg_dump
	Entries       []Entry

	intSize int // bytes of an integer in data blocks too
}

// Entry is one line of the table of contents. Definitions of objects are kept
// only where Keep says so.
type Entry struct {
	ID         int
	Tag        string
	Desc       string // "TABLE DATA", "EXTENSION", ...
	Schema     string
	Owner      string
	Definition string
	// File is the data file of a directory or tar archive, without the suffix
	// of its compression; "" for none.
	File string
	// Offset of the data block in a custom archive; 0 where the archive was
	// written to a pipe and does not know it.
	Offset int64
	// HasData is true for entries with a data block or file.
	HasData bool
	// Copied is true where the data are lines of a COPY, not INSERT statements.
	Copied bool
}

// Limits that no real archive reaches: a damaged one must not exhaust memory.
const (
	maxString  = 64 << 20
	maxName    = 64 << 10 // of what is kept of an entry
	maxDefined = 1 << 20  // of a definition that is kept
	maxEntries = 20_000_000
	maxHeader  = 4 << 10
	// maxKept is what the table of contents may take here: more than a million
	// entries.
	maxKept    = 192 << 20
	entryBytes = 160 // of an Entry, without its strings
)

// definitions that callers need: of the database, its encoding, policies
// (which name roles).
var keptDefinitions = map[string]bool{"DATABASE": true, "ENCODING": true, "POLICY": true}

// Read reads the header and the whole table of contents.
func Read(r io.Reader) (Header, error) {
	in := &reader{r: bufio.NewReaderSize(r, 256<<10)}
	h := in.header()
	if in.err == nil {
		h.Entries = in.toc(h.Format)
	}
	return h, in.failure()
}

// reader keeps the first error; after it, everything reads as zero.
type reader struct {
	r       *bufio.Reader
	err     error
	version int // major*100 + minor
	kept    int // bytes that the entries take
	shared  map[string]string
	intSize int
	offSize int
}

func (in *reader) failure() error {
	if errors.Is(in.err, io.EOF) || errors.Is(in.err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("pg_dump archive: cut short inside its table of contents")
	}
	if in.err != nil {
		return fmt.Errorf("pg_dump archive: %w", in.err)
	}
	return nil
}

func (in *reader) header() (h Header) {
	magic := make([]byte, len(Magic))
	if in.fill(magic); string(magic) != Magic {
		in.fail(errors.New("does not begin with PGDMP"))
		return h
	}
	major, minor, rev := in.byte(), in.byte(), in.byte()
	h.Version = fmt.Sprintf("%d.%d.%d", major, minor, rev)
	in.version = int(major)*100 + int(minor)
	if in.version < 112 || in.version > 199 {
		in.fail(fmt.Errorf("format version %s is not one of 1.12 and later", h.Version))
		return h
	}
	in.intSize, in.offSize = int(in.byte()), int(in.byte())
	if in.intSize < 1 || in.intSize > 8 || in.offSize < 1 || in.offSize > 8 {
		in.fail(errors.New("impossible integer size: damaged header"))
		return h
	}
	h.intSize = in.intSize
	h.Format = Format(in.byte())
	if in.version >= 115 {
		in.byte() // compression algorithm
	} else {
		in.int() // compression level
	}
	sec, minute, hour := in.int(), in.int(), in.int()
	day, month, year := in.int(), in.int(), in.int()
	h.DST = in.int() > 0
	h.Database, h.ServerVersion, h.DumpVersion = in.name(), in.name(), in.name()
	if in.err == nil && (month < 0 || month > 11 || day < 1 || day > 31 || hour < 0 || hour > 23 ||
		minute < 0 || minute > 59 || sec < 0 || sec > 60 || year < 70 || year > 8099) {
		in.fail(errors.New("impossible creation time: damaged header"))
	}
	h.Created = time.Date(1900+year, time.Month(month+1), day, hour, minute, sec, 0, time.UTC)
	return h
}

func (in *reader) toc(format Format) []Entry {
	n := in.int()
	if n < 0 || n > maxEntries {
		in.fail(errors.New("impossible number of entries: damaged table of contents"))
	}
	var entries []Entry
	for range n {
		e := in.entry(format)
		if in.kept += entryBytes; in.kept > maxKept {
			in.fail(errors.New("its table of contents is larger than lifeboat can hold"))
		}
		if in.err != nil {
			return nil
		}
		entries = append(entries, e)
	}
	return entries
}

func (in *reader) entry(format Format) (e Entry) {
	e.ID = in.int()
	e.HasData = in.int() != 0
	in.skip() // oid of the catalog
	in.skip() // oid of the object
	e.Tag, e.Desc = in.name(), in.often()
	in.int() // section
	if keptDefinitions[e.Desc] {
		e.Definition = in.string(maxDefined)
	} else {
		in.skip()
	}
	in.skip() // drop statement
	e.Copied = in.skip() > 0
	e.Schema = in.often()
	in.skip() // tablespace
	if in.version >= 114 {
		in.skip() // table access method
	}
	if in.version >= 116 {
		in.int() // relkind
	}
	e.Owner = in.often()
	in.skip()                             // with OIDs
	for in.err == nil && in.skip() >= 0 { // dependencies, until NULL
	}
	if format == Custom {
		state := in.byte()
		offset := in.offset()
		if state == offsetSet {
			e.Offset = offset
		}
		e.HasData = e.HasData && state != offsetNoData
		return e
	}
	e.File = strings.TrimSuffix(in.name(), ".gz")
	if e.File != "" && (!fileName.MatchString(e.File) || strings.HasPrefix(e.File, ".")) {
		in.fail(errors.New("its table of contents names a data file elsewhere: pg_dump writes no such name"))
	}
	return e
}

// fileName is what pg_dump calls data files: 1234.dat, blobs.toc, toc.dat; none
// of another folder.
var fileName = regexp.MustCompile(`^[A-Za-z0-9_.-]{1,255}$`)

// States of a data offset in a custom archive (pg_backup_archiver.h).
const (
	offsetSet    = 2
	offsetNoData = 3
)

func (in *reader) fail(err error) {
	if in.err == nil {
		in.err = err
	}
}

func (in *reader) fill(b []byte) {
	if in.err != nil {
		return
	}
	if _, err := io.ReadFull(in.r, b); err != nil {
		in.fail(err)
	}
}

func (in *reader) byte() byte {
	var b [1]byte
	in.fill(b[:])
	return b[0]
}

func (in *reader) int() int {
	negative := in.byte() != 0
	v := in.unsigned(in.intSize)
	if negative {
		return -int(v)
	}
	return int(v)
}

func (in *reader) offset() int64 { return in.unsigned(in.offSize) }

func (in *reader) unsigned(size int) int64 {
	var b [8]byte
	in.fill(b[:size])
	var v int64
	for i := size - 1; i >= 0; i-- {
		v = v<<8 | int64(b[i])
	}
	return v
}

// name is a string that is kept.
func (in *reader) name() string { return in.string(maxName) }

// often is a name that many entries share.
func (in *reader) often() string {
	before := in.kept
	s := in.name()
	if known, ok := in.shared[s]; ok {
		in.kept = before
		return known
	}
	if in.shared == nil {
		in.shared = map[string]string{}
	}
	in.shared[s] = s
	return s
}

// length of the string that follows; -1 for NULL, and after an error.
func (in *reader) length() int {
	n := in.int()
	switch {
	case n < 0 || in.err != nil:
		return -1
	case n > maxString:
		in.fail(errors.New("impossible string length: damaged"))
		return -1
	}
	return n
}

// skip passes over a string, and returns its length.
func (in *reader) skip() int {
	n := in.length()
	if n <= 0 {
		return n
	}
	if _, err := in.r.Discard(n); err != nil {
		in.fail(err)
		return -1
	}
	return n
}

// string reads one of at most limit bytes.
func (in *reader) string(limit int) string {
	n := in.length()
	if n <= 0 {
		return ""
	}
	if n > limit {
		in.fail(fmt.Errorf("a name of %d bytes: damaged", n))
		return ""
	}
	in.kept += n
	var s strings.Builder // grows as bytes arrive: a false length costs nothing
	if _, err := io.CopyN(&s, in.r, int64(n)); err != nil {
		in.fail(err)
		return ""
	}
	return s.String()
}
