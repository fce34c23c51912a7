package archive_test

import (
	"bytes"
	"encoding/binary"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lifeboat-dr/lifeboat/pkg/postgres/archive"
)

// writer writes archives as pg_backup_archiver.c does.
type writer struct {
	bytes.Buffer
	minor int
}

func (w *writer) int(n int) {
	sign := byte(0)
	if n < 0 {
		sign, n = 1, -n
	}
	w.WriteByte(sign)
	w.Write(binary.LittleEndian.AppendUint32(nil, uint32(n)))
}

func (w *writer) string(s string) {
	w.int(len(s))
	w.WriteString(s)
}

func (w *writer) header(format archive.Format) {
	w.WriteString("PGDMP")
	w.Write([]byte{1, byte(w.minor), 0, 4, 8, byte(format)})
	if w.minor >= 15 {
		w.WriteByte(1)
	} else {
		w.int(-1)
	}
	for _, n := range []int{55, 52, 0, 24, 10, 126, 0} {
		w.int(n)
	}
	w.string("chinook")
	w.string("15.18 (Debian 15.18-0+deb12u1)")
	w.string("15.18")
}

func (w *writer) entry(format archive.Format, id int, desc, tag, file string, offset uint64) {
	w.int(id)
	w.int(1)
	w.string("1259")
	w.string("16390")
	w.string(tag)
	w.string(desc)
	w.int(3)
	w.string("definition of " + tag)
	w.string("")
	w.string("COPY x FROM stdin;")
	w.string("public")
	w.string("")
	if w.minor >= 14 {
		w.string("heap")
	}
	if w.minor >= 16 {
		w.int('r')
	}
	w.string("dba")
	w.string("false")
	w.string("7") // one dependency
	w.int(-1)
	if format == archive.Custom {
		state := byte(2)
		if offset == 0 {
			state = 1
		}
		w.WriteByte(state)
		w.Write(binary.LittleEndian.AppendUint64(nil, offset))
		return
	}
	w.string(file)
}

func (w *writer) block(id int, chunks ...string) (offset uint64) {
	offset = uint64(w.Len())
	w.WriteByte(1)
	w.int(id)
	for _, c := range chunks {
		w.string(c)
	}
	w.int(0)
	return offset
}

// custom writes a whole archive: offsets are known only afterwards, so it is
// written twice.
func custom(minor int) []byte {
	var first, second uint64
	for {
		w := &writer{minor: minor}
		w.header(archive.Custom)
		w.int(3)
		w.entry(archive.Custom, 11, "TABLE DATA", "album", "", max(first, 1))
		w.entry(archive.Custom, 12, "TABLE DATA", "artist", "", max(second, 1))
		w.entry(archive.Custom, 13, "DATABASE", "chinook", "", max(first, 1))
		a, b := w.block(11, "1\trows\n", "2\tmore\n"), w.block(12, "3\tlast\n")
		if a == first && b == second {
			return w.Bytes()
		}
		first, second = a, b
	}
}

func TestReadUnderstandsEveryVersion(t *testing.T) {
	for minor := 12; minor <= 16; minor++ {
		h, err := archive.Read(bytes.NewReader(custom(minor)))
		if err != nil {
			t.Errorf("1.%d: %v", minor, err)
			continue
		}
		if want := time.Date(2026, 11, 24, 0, 52, 55, 0, time.UTC); !h.Created.Equal(want) || h.Format != archive.Custom || h.Database != "chinook" || h.DST {
			t.Errorf("1.%d: created %v, format %d, database %q", minor, h.Created, h.Format, h.Database)
		}
		want := []archive.Entry{
			{ID: 11, Tag: "album", Desc: "TABLE DATA", Schema: "public", Owner: "dba", HasData: true, Copied: true},
			{ID: 12, Tag: "artist", Desc: "TABLE DATA", Schema: "public", Owner: "dba", HasData: true, Copied: true},
			{ID: 13, Tag: "chinook", Desc: "DATABASE", Schema: "public", Owner: "dba", HasData: true, Copied: true, Definition: "definition of chinook"},
		}
		if diff := cmp.Diff(want, h.Entries, cmpopts.IgnoreFields(archive.Entry{}, "Offset")); diff != "" {
			t.Errorf("1.%d: %s", minor, diff)
		}
	}
}

func TestADirectoryArchiveNamesItsFiles(t *testing.T) {
	w := &writer{minor: 14}
	w.header(archive.Directory)
	w.int(1)
	w.entry(archive.Directory, 11, "TABLE DATA", "album", "3422.dat.gz", 0)
	h, err := archive.Read(w)
	if err != nil || len(h.Entries) != 1 || h.Entries[0].File != "3422.dat" {
		t.Errorf("entries %v, error %v; want the file without its compression", h.Entries, err)
	}
}

func TestACustomArchiveThatIsCutAnywhereIsNotComplete(t *testing.T) {
	whole := custom(14)
	h, err := archive.Read(bytes.NewReader(whole))
	if err != nil {
		t.Fatal(err)
	}
	if err := archive.CheckComplete(h, bytes.NewReader(whole), int64(len(whole))); err != nil {
		t.Fatalf("the whole archive: %v", err)
	}
	for size := range len(whole) {
		cut := whole[:size]
		h, err := archive.Read(bytes.NewReader(cut))
		if err == nil {
			err = archive.CheckComplete(h, bytes.NewReader(cut), int64(size))
		}
		if err == nil {
			t.Fatalf("cut after %d of %d bytes: nothing noticed", size, len(whole))
		}
	}
}

func FuzzReadNeverPanics(f *testing.F) {
	f.Add(custom(14))
	f.Add(custom(16))
	f.Fuzz(func(_ *testing.T, raw []byte) {
		h, err := archive.Read(bytes.NewReader(raw))
		if err == nil {
			_ = archive.CheckComplete(h, bytes.NewReader(raw), int64(len(raw)))
		}
	})
}

// pg_restore opens a data file by the name in the table of contents.
func TestADataFileElsewhereIsNoArchive(t *testing.T) {
	for _, file := range []string{"../../etc/passwd", "/etc/passwd", "sub/1.dat", "..", ".hidden", "a b", "1.dat\n"} {
		w := &writer{minor: 14}
		w.header(archive.Directory)
		w.int(1)
		w.entry(archive.Directory, 1, "TABLE DATA", "t", file, 0)
		if h, err := archive.Read(&w.Buffer); err == nil {
			t.Errorf("%q is read: %+v", file, h.Entries)
		}
	}
	w := &writer{minor: 14}
	w.header(archive.Directory)
	w.int(1)
	w.entry(archive.Directory, 1, "TABLE DATA", "t", "3322.dat", 0)
	if _, err := archive.Read(&w.Buffer); err != nil {
		t.Error(err)
	}
}

// A name of many megabytes, and a table of contents without end.
func TestATableOfContentsIsBounded(t *testing.T) {
	long := &writer{minor: 14}
	long.header(archive.Custom)
	long.int(1)
	long.entry(archive.Custom, 1, "TABLE", string(bytes.Repeat([]byte("x"), 1<<20)), "", 0)
	if _, err := archive.Read(&long.Buffer); err == nil {
		t.Error("a name of a megabyte is read")
	}
	entry := &writer{minor: 14}
	entry.entry(archive.Custom, 1, "TABLE", "t", "", 0)
	many := &writer{minor: 14}
	many.header(archive.Custom)
	many.int(15_000_000)
	if _, err := archive.Read(io.MultiReader(&many.Buffer, &again{text: entry.Bytes()})); err == nil || !strings.Contains(err.Error(), "larger than") {
		t.Errorf("fifteen million entries: %v", err)
	}
}

// again is a text without end.
type again struct {
	text []byte
	at   int
}

func (a *again) Read(p []byte) (int, error) {
	n := copy(p, a.text[a.at:])
	a.at = (a.at + n) % len(a.text)
	return n, nil
}
