package wal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
)

// Pages (XLogPageHeaderData and XLogLongPageHeaderData, xlog_internal.h).
const (
	shortHead     = 24
	longHead      = 40
	atPageInfo    = 2
	atPageAddress = 8
	atPageRest    = 16
	flagRest      = 0x0001 // the page begins with the rest of a record
	flagLong      = 0x0002
	flagOverwrote = 0x0008 // what would have continued here was given up
	flagsKnown    = 0x000f
	alignment     = 8
)

// magics are the formats of pages that are known: versions 13 to 18.
var magics = map[uint16]int{0xD106: 13, 0xD10D: 14, 0xD110: 15, 0xD113: 16, 0xD116: 17, 0xD118: 18}

// invalid is the end of valid WAL: PostgreSQL reads no further either.
type invalid struct {
	at  uint64
	why string
}

func (e *invalid) Error() string { return fmt.Sprintf("at %s: %s", position(e.at), e.why) }

// reader reads records by their place.
type reader struct {
	segments  *segments
	pageBytes uint64
	magic     uint16 // of the first page
	timeline  uint32 // of the newest segment that was read
	chosen    map[uint64]uint32
	ended     error // why the last record could not be read

	file   *os.File
	number uint64 // of the segment that file is
	buffer []byte
	from   uint64 // position of the buffer
	filled int
	one    []byte // page
}

const bufferBytes = 1 << 20

func newReader(o Options, s *segments) *reader {
	return &reader{segments: s, pageBytes: o.PageBytes, chosen: map[uint64]uint32{}, buffer: make([]byte, bufferBytes), one: make([]byte, o.PageBytes)}
}

func (r *reader) close() {
	if r.file != nil {
		_ = r.file.Close() // only read
	}
}

// page is one page; its header is as XLogReaderValidatePageHeader wants it.
type page struct {
	bytes []byte
	info  uint16
	head  uint64
	rest  uint64
}

func (r *reader) page(address uint64) (page, error) {
	raw, err := r.raw(address)
	if err != nil {
		return page{}, err
	}
	p := page{bytes: raw, info: binary.NativeEndian.Uint16(raw[atPageInfo:]), head: shortHead, rest: uint64(binary.NativeEndian.Uint32(raw[atPageRest:]))}
	magic := binary.NativeEndian.Uint16(raw)
	if r.magic == 0 {
		if magics[magic] == 0 {
			return page{}, fmt.Errorf("WAL page at %s: magic %04X is of no version from 13 to 18: it cannot be looked through", position(address), magic)
		}
		r.magic = magic
	}
	if p.info&flagLong != 0 {
		p.head = longHead
	}
	switch {
	case magic != r.magic:
		return page{}, &invalid{address, fmt.Sprintf("a page of another format (%04X)", magic)}
	case p.info&^flagsKnown != 0:
		return page{}, &invalid{address, "a page with unknown flags"}
	case binary.NativeEndian.Uint64(raw[atPageAddress:]) != address:
		return page{}, &invalid{address, "a page of another place"}
	case p.head == shortHead && address%r.segments.bytes == 0:
		return page{}, &invalid{address, "a segment that does not begin with its header"}
	}
	return p, nil
}

// raw returns the bytes of a page, read ahead.
func (r *reader) raw(address uint64) ([]byte, error) {
	number := address / r.segments.bytes
	if r.file == nil || r.number != number {
		if err := r.open(number, address); err != nil {
			return nil, err
		}
	}
	if address < r.from || address+r.pageBytes > r.from+uint64(r.filled) { //nolint:gosec // not negative
		n, err := r.file.ReadAt(r.buffer, int64(address%r.segments.bytes)) //nolint:gosec // below a GiB
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("WAL: %w", err)
		}
		r.from, r.filled = address, n
		if uint64(n) < r.pageBytes { //nolint:gosec // not negative
			return nil, &invalid{address, "its file ends here"}
		}
	}
	at := address - r.from
	copy(r.one, r.buffer[at:at+r.pageBytes])
	return r.one, nil
}

func (r *reader) open(number, address uint64) error {
	timeline, ok := r.segments.choose(number, r.timeline)
	if earlier, again := r.chosen[number]; again { // back from the checkpoint to its redo
		timeline, ok = earlier, true
	}
	if !ok {
		return &invalid{address, "there is no file for it"}
	}
	f, err := os.Open(filepath.Join(r.segments.dir, r.segments.name(timeline, number)))
	if err != nil {
		return fmt.Errorf("WAL: %w", err)
	}
	r.close()
	r.file, r.number, r.filled = f, number, 0
	r.timeline, r.chosen[number] = max(r.timeline, timeline), timeline
	return nil
}

// unread names the segments that were passed over: twins of those that were
// read, and those after the last.
func (r *reader) unread() []string {
	last, first := uint64(0), ^uint64(0)
	for number := range r.chosen {
		last, first = max(last, number), min(first, number)
	}
	var names []string
	for number, timelines := range r.segments.files {
		for _, t := range timelines {
			if chosen, read := r.chosen[number]; number >= first && (!read || chosen != t) || number > last {
				names = append(names, r.segments.name(t, number))
			}
		}
	}
	return names
}

// Records (XLogRecord, xlogrecord.h).
const (
	recordHead      = 24
	atRecordPrev    = 8
	atRecordInfo    = 16
	atRecordManager = 17
	atRecordCRC     = 20
	keptOfRecord    = 8 << 10 // of a longer record the rest is only summed
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// record is one record, by its beginning.
type record struct {
	at, next      uint64
	length        uint64
	info, manager byte
	kept          []byte // with its header
}

// read is XLogDecodeNextRecord. random: previous is not known.
func (r *reader) read(at, previous uint64, random bool) (record, error) {
	if random {
		r.timeline = 0
	}
	for {
		rec, again, err := r.readAt(at, previous, random)
		if again == 0 || err != nil {
			r.ended = err
			return rec, err
		}
		at = again
	}
}

// readAt reads the record there. again is not zero where it was given up, and
// says where PostgreSQL reads on.
func (r *reader) readAt(at, previous uint64, random bool) (_ record, again uint64, err error) {
	p, err := r.page(at - at%r.pageBytes)
	if err != nil {
		return record{}, 0, err
	}
	if at%r.pageBytes == 0 {
		at += p.head
	}
	offset := at % r.pageBytes
	switch {
	case offset < p.head:
		return record{}, 0, &invalid{at, "it lies inside a page's header"}
	case offset == p.head && p.info&flagRest != 0:
		return record{}, 0, &invalid{at, "the rest of another record stands there"}
	}
	rec := record{at: at, length: uint64(binary.NativeEndian.Uint32(p.bytes[offset:]))}
	if rec.length < recordHead {
		return record{}, 0, &invalid{at, "no record"}
	}
	sum := summer{left: rec.length}
	sum.add(p.bytes[offset:])
	if err := sum.header(at, previous, random); err != nil { // where the page holds it whole
		return record{}, 0, err
	}
	next := at + align(rec.length)
	for address := at - offset; sum.left > 0; {
		address += r.pageBytes
		if p, err = r.page(address); err != nil {
			return record{}, 0, err
		}
		switch {
		case p.info&flagOverwrote != 0: // xlogreader.c reads on from here
			return record{}, address, nil
		case p.info&flagRest == 0:
			return record{}, 0, &invalid{at, "it is not continued"}
		case p.rest != sum.left:
			return record{}, 0, &invalid{at, "its continuation has another length"}
		}
		before := sum.left
		sum.add(p.bytes[p.head:])
		next = address + p.head + align(before-sum.left)
		if err := sum.header(at, previous, random); err != nil {
			return record{}, 0, err
		}
	}
	if !sum.matches() {
		return record{}, 0, &invalid{at, "its checksum does not match"}
	}
	rec.kept, rec.info, rec.manager = sum.kept, sum.kept[atRecordInfo], sum.kept[atRecordManager]
	if rec.next = next; rec.is(managerXLOG, switchSegment) { // it takes the rest of its segment
		rec.next = (next + r.segments.bytes - 1) &^ (r.segments.bytes - 1)
	}
	return rec, 0, nil
}

func align(n uint64) uint64 { return (n + alignment - 1) &^ (alignment - 1) }

// summer takes a record in pieces: it keeps the beginning and sums all of it.
// The checksum is that of what follows the header, and then of the header up to
// the checksum itself.
type summer struct {
	left    uint64
	kept    []byte
	seen    uint64
	crc     uint32
	checked bool
}

func (s *summer) add(b []byte) {
	b = b[:min(uint64(len(b)), s.left)]
	if room := keptOfRecord - len(s.kept); room > 0 {
		s.kept = append(s.kept, b[:min(room, len(b))]...)
	}
	s.left -= uint64(len(b))
	if s.seen < recordHead {
		head := min(recordHead-s.seen, uint64(len(b)))
		s.seen, b = s.seen+head, b[head:]
	}
	s.crc = crc32.Update(s.crc, castagnoli, b)
}

// header is ValidXLogRecordHeader, once the whole of it is there.
func (s *summer) header(at, previous uint64, random bool) error {
	if s.checked || len(s.kept) < recordHead {
		return nil
	}
	s.checked = true
	before := binary.NativeEndian.Uint64(s.kept[atRecordPrev:])
	if random && before >= at || !random && before != previous {
		return &invalid{at, "it does not follow the record before it"}
	}
	return nil
}

func (s *summer) matches() bool {
	return crc32.Update(s.crc, castagnoli, s.kept[:atRecordCRC]) == binary.NativeEndian.Uint32(s.kept[atRecordCRC:])
}

// Headers inside a record, in front of its data (DecodeXLogRecord).
const (
	blockDataShort = 255 // a byte of length
	blockDataLong  = 254 // four bytes of length
	blockOrigin    = 253 // 2 bytes
	blockTopXID    = 252 // 4 bytes
)

// mainData is the record's own data. The records that are asked for it describe
// no blocks; one that does is not as PostgreSQL writes it, and neither is one
// whose length is not that of its data.
func (r record) mainData() ([]byte, bool) {
	if r.length > uint64(len(r.kept)) {
		return nil, false
	}
	for b := r.kept[recordHead:]; len(b) > 0; {
		var head int
		switch b[0] {
		case blockOrigin:
			head = 3
		case blockTopXID:
			head = 5
		case blockDataShort:
			if len(b) < 2 || int(b[1]) != len(b)-2 {
				return nil, false
			}
			return b[2:], true
		case blockDataLong:
			if len(b) < 5 || uint64(binary.NativeEndian.Uint32(b[1:])) != uint64(len(b)-5) {
				return nil, false
			}
			return b[5:], true
		default:
			return nil, false
		}
		if len(b) < head {
			return nil, false
		}
		b = b[head:]
	}
	return nil, false
}
