// Package waltest writes WAL for tests, record by record, as PostgreSQL lays it
// out (xloginsert.c): also what PostgreSQL would never write, with checksums
// that it accepts.
package waltest

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
)

// Sizes of the WAL that is written here.
const (
	SegmentBytes = 1 << 20
	PageBytes    = 8192
	SystemID     = 7000000000000000001
	Magic        = 0xD110 // version 15
	Begin        = 2 * SegmentBytes
)

// Log is WAL from Begin on.
type Log struct {
	Timeline uint32
	bytes    []byte
	previous uint64
}

// New begins a log.
func New() *Log { return &Log{Timeline: 1} }

// At is where the next record begins.
func (l *Log) At() uint64 {
	l.page()
	return l.end()
}

func (l *Log) end() uint64 { return Begin + uint64(len(l.bytes)) }

// page writes a page's header where one begins.
func (l *Log) page() { l.header(0) }

func (l *Log) header(rest uint32) {
	if len(l.bytes)%PageBytes != 0 {
		return
	}
	info, head := uint16(0), make([]byte, 24)
	if l.end()%SegmentBytes == 0 {
		info, head = 2, make([]byte, 40)
		binary.NativeEndian.PutUint64(head[24:], SystemID)
		binary.NativeEndian.PutUint32(head[32:], SegmentBytes)
		binary.NativeEndian.PutUint32(head[36:], PageBytes)
	}
	if rest > 0 {
		info |= 1
	}
	binary.NativeEndian.PutUint16(head, Magic)
	binary.NativeEndian.PutUint16(head[2:], info)
	binary.NativeEndian.PutUint32(head[4:], l.Timeline)
	binary.NativeEndian.PutUint64(head[8:], l.end())
	binary.NativeEndian.PutUint32(head[16:], rest)
	l.bytes = append(l.bytes, head...)
}

// Add writes a record: body is everything behind its header. It returns where
// the record begins.
func (l *Log) Add(manager, info byte, body []byte) uint64 {
	at := l.At()
	record := make([]byte, 24, 24+len(body))
	binary.NativeEndian.PutUint32(record, uint32(24+len(body))) //nolint:gosec // of a test
	binary.NativeEndian.PutUint64(record[8:], l.previous)
	record[16], record[17] = info, manager
	record = append(record, body...)
	table := crc32.MakeTable(crc32.Castagnoli)
	binary.NativeEndian.PutUint32(record[20:], crc32.Update(crc32.Checksum(record[24:], table), table, record[:20]))
	for len(record) > 0 {
		l.header(uint32(len(record))) //nolint:gosec // of a test
		n := min(PageBytes-len(l.bytes)%PageBytes, len(record))
		l.bytes, record = append(l.bytes, record[:n]...), record[n:]
	}
	for len(l.bytes)%8 != 0 {
		l.bytes = append(l.bytes, 0)
	}
	l.previous = at
	return at
}

// Data is the body of a record with nothing but its own data.
func Data(data []byte) []byte {
	if len(data) < 256 {
		return append([]byte{255, byte(len(data))}, data...)
	}
	return append(binary.NativeEndian.AppendUint32([]byte{254}, uint32(len(data))), data...) //nolint:gosec // of a test
}

// Block is the header of a block reference without an image, with n bytes of
// data, to go before Data.
func Block(n uint16) []byte {
	b := binary.NativeEndian.AppendUint16([]byte{0, 0x20}, n)
	return append(b, make([]byte, 12+4)...)
}

// Checkpoint writes a checkpoint whose recovery begins at redo (0: at itself).
func (l *Log) Checkpoint(redo uint64) uint64 {
	if redo == 0 {
		redo = l.At()
	}
	data := make([]byte, 88)
	binary.NativeEndian.PutUint64(data, redo)
	binary.NativeEndian.PutUint32(data[8:], l.Timeline)
	return l.Add(0, 0x10, Data(data))
}

// Tablespace writes a CREATE TABLESPACE.
func (l *Log) Tablespace(path string) uint64 { return l.Add(5, 0, Data(TablespaceData(path))) }

// TablespaceData is the data of a CREATE TABLESPACE.
func TablespaceData(path string) []byte {
	return append(append([]byte{0, 0x40, 0, 0}, path...), 0)
}

// Filler writes a record of n bytes of data that does nothing (XLOG_NOOP).
func (l *Log) Filler(n int) uint64 { return l.Add(0, 0x20, Data(make([]byte, n))) }

// EndBackup writes the end of the backup that began at start.
func (l *Log) EndBackup(start uint64) uint64 {
	return l.Add(0, 0x50, Data(binary.NativeEndian.AppendUint64(nil, start)))
}

// Files are the segments by their names.
func (l *Log) Files() map[string]string {
	files := map[string]string{}
	for at := 0; at < len(l.bytes); at += SegmentBytes {
		segment := make([]byte, SegmentBytes)
		copy(segment, l.bytes[at:])
		files[Name(l.Timeline, uint64(Begin+at))] = string(segment) //nolint:gosec // of a test
	}
	return files
}

// Name is that of the segment which holds a position.
func Name(timeline uint32, position uint64) string {
	number := position / SegmentBytes
	return fmt.Sprintf("%08X%08X%08X", timeline, number/4096, number%4096)
}

// Label is a backup_label.
func Label(start, checkpoint uint64) string {
	return fmt.Sprintf("START WAL LOCATION: %X/%X (file %s)\nCHECKPOINT LOCATION: %X/%X\nBACKUP METHOD: streamed\nBACKUP FROM: primary\nSTART TIME: 2026-11-24 00:42:51 UTC\nLABEL: x\nSTART TIMELINE: 1\n",
		start>>32, uint32(start), Name(1, start), checkpoint>>32, uint32(checkpoint)) //nolint:gosec // the lower half
}

// Control is a pg_control of version 15 that names this checkpoint.
func Control(checkpoint, redo uint64) []byte {
	raw := make([]byte, 8192)
	for at, n := range map[int]uint64{0: SystemID, 32: checkpoint, 40: redo, 208: 0x4132D68700000000} {
		binary.NativeEndian.PutUint64(raw[at:], n)
	}
	for at, n := range map[int]uint32{48: 1, 180: 321, 184: 8, 188: 10, 192: 7, 196: 64, 216: 8192, 220: 131072, 224: PageBytes, 228: SegmentBytes, 252: 1} {
		binary.NativeEndian.PutUint32(raw[at:], n)
	}
	return raw
}
