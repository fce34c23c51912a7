package basecopy

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
)

// A CREATE TABLESPACE that ran while the backup was taken is in its WAL, with
// the source's absolute path: replaying it would link the copy to that folder
// and write into it. tablespace_map cannot help, so the WAL is walked first,
// from where replay begins.
//
// Layout: XLogPageHeaderData (xlog_internal.h), XLogRecord (xlogrecord.h),
// xl_tblspc_create_rec (commands/tablespace.h); the same from 13 to 18.
const (
	walPage       = 8192
	shortHead     = 24
	longHead      = 40
	atPageInfo    = 2
	atPageAddress = 8
	atPageRest    = 16
	flagRest      = 0x0001 // the page begins with the rest of a record
	flagLong      = 0x0002

	recordHead       = 24
	atRecordInfo     = 16
	atRecordManager  = 17
	tablespaceRecord = 5    // RM_TBLSPC_ID
	createInfo       = 0x00 // XLOG_TBLSPC_CREATE
	blockDataShort   = 255
	blockDataLong    = 254
	blockOrigin      = 253 // 2 bytes
	blockTopXID      = 252 // 4 bytes
	maxRecord        = 1020 << 20
	keptOfRecord     = 2048 // bytes: a path is at most 1024
)

var startLocation = regexp.MustCompile(`START WAL LOCATION: ([0-9A-F]+)/([0-9A-F]+) `)

// tablespaceInWAL refuses a backup whose WAL creates a tablespace at an
// absolute path.
func tablespaceInWAL(data string) error {
	label, err := os.ReadFile(filepath.Join(data, "backup_label"))
	if err != nil {
		return fmt.Errorf("backup_label: %w", err)
	}
	m := startLocation.FindSubmatch(label)
	if m == nil {
		return errors.New("backup_label has no START WAL LOCATION: damaged")
	}
	high, _ := strconv.ParseUint(string(m[1]), 16, 32)
	low, _ := strconv.ParseUint(string(m[2]), 16, 32)
	entries, err := os.ReadDir(filepath.Join(data, "pg_wal"))
	if err != nil {
		return fmt.Errorf("pg_wal: %w", err)
	}
	byTimeline := map[string][]string{} // in the order of their names
	for _, e := range entries {
		if name := e.Name(); len(name) == 24 {
			byTimeline[name[:8]] = append(byTimeline[name[:8]], filepath.Join(data, "pg_wal", name))
		}
	}
	for _, segments := range byTimeline {
		w := &walWalk{start: high<<32 | low}
		for _, path := range segments {
			if err := w.segment(path); err != nil {
				return err
			}
		}
		if w.path != "" {
			return refused(
				fmt.Sprintf("a tablespace was created at %s while the backup was taken: replaying its WAL would write there, into the source's folder", quoted(w.path)),
				"take the backup again, while no tablespace is created")
		}
	}
	return nil
}

// walWalk follows the records of one timeline over pages and segments.
type walWalk struct {
	start   uint64 // LSN of the first record that is replayed
	pending int    // bytes of the current record that are still to come
	record  []byte // its beginning
	path    string // found
}

func (w *walWalk) segment(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("WAL: %w", err)
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, bufferBytes)
	page := make([]byte, walPage)
	for first := true; ; first = false {
		if _, err := io.ReadFull(in, page); err != nil {
			if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
				return nil
			}
			return fmt.Errorf("WAL: %w", err)
		}
		if !w.page(page, first) || w.path != "" {
			return nil // the end of what was written; the next segment may go on
		}
	}
}

// page takes one page; false where the WAL ends on it.
func (w *walWalk) page(page []byte, first bool) bool {
	info := binary.NativeEndian.Uint16(page[atPageInfo:])
	address := binary.NativeEndian.Uint64(page[atPageAddress:])
	at := shortHead
	if info&flagLong != 0 {
		at = longHead
	}
	if address == 0 || address%walPage != 0 || (first && info&flagLong == 0) {
		w.pending = 0
		return false
	}
	if address+walPage <= w.start {
		return true // before the first record that is replayed
	}
	rest := int(binary.NativeEndian.Uint32(page[atPageRest:]))
	switch {
	case info&flagRest == 0:
		w.pending = 0
	case w.pending == 0: // the beginning was not seen: pass over it
		w.record = nil
		w.pending = rest
	}
	if w.start > address {
		at, w.pending = int(w.start-address), 0
		if at < shortHead || at >= walPage {
			return true
		}
	}
	at = w.take(page, at)
	for at+4 <= walPage {
		length := int(binary.NativeEndian.Uint32(page[at:]))
		if length == 0 {
			return false
		}
		if length < recordHead || length > maxRecord {
			return false
		}
		w.record, w.pending = make([]byte, 0, min(length, keptOfRecord)), length
		at = w.take(page, at)
	}
	return true
}

// take adds to the current record what the page holds of it, and returns where
// the next one begins.
func (w *walWalk) take(page []byte, at int) int {
	if w.pending == 0 {
		return align(at)
	}
	n := min(w.pending, walPage-at)
	if room := cap(w.record) - len(w.record); room > 0 {
		w.record = append(w.record, page[at:at+min(n, room)]...)
	}
	if w.pending -= n; w.pending == 0 {
		w.look()
	}
	return align(at + n)
}

func align(at int) int { return (at + 7) &^ 7 }

// look examines a whole record.
func (w *walWalk) look() {
	r := w.record
	if len(r) < recordHead || r[atRecordManager] != tablespaceRecord || r[atRecordInfo]&0xf0 != createInfo {
		return
	}
	data := mainData(r[recordHead:])
	if len(data) < 5 {
		return
	}
	name := data[4:] // after the OID
	if end := slices.Index(name, 0); end >= 0 {
		name = name[:end]
	}
	if filepath.IsAbs(string(name)) {
		w.path = string(name)
	}
}

// mainData passes over the headers in front of a record's own data.
func mainData(b []byte) []byte {
	for len(b) > 0 {
		switch b[0] {
		case blockOrigin:
			b = b[min(3, len(b)):]
		case blockTopXID:
			b = b[min(5, len(b)):]
		case blockDataShort:
			return b[min(2, len(b)):]
		case blockDataLong:
			return b[min(5, len(b)):]
		default:
			return nil
		}
	}
	return nil
}
