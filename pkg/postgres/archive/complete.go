package archive

import (
	"bufio"
	"errors"
	"fmt"
	"io"
)

// CheckComplete tells whether a custom archive of size bytes holds all the
// data blocks that its table of contents names: each must begin inside the
// file with its own number, and the last must reach its end mark. An archive
// that was written to a pipe knows no offsets, and is taken as complete:
// pg_restore finds out.
func CheckComplete(h Header, r io.ReaderAt, size int64) error {
	var last Entry
	withData, known := 0, 0
	for _, e := range h.Entries {
		if !e.HasData {
			continue
		}
		withData++
		if e.Offset == 0 {
			continue
		}
		known++
		if e.Offset >= size {
			return fmt.Errorf("pg_dump archive: cut short: the data of %s %s.%s lie beyond its end", e.Desc, e.Schema, e.Tag)
		}
		if e.Offset > last.Offset {
			last = e
		}
	}
	if known == 0 {
		return nil
	}
	if known < withData {
		return fmt.Errorf("pg_dump archive: cut short: %d of %d data blocks have no place in it", withData-known, withData)
	}
	if err := checkBlock(h, r, size, last); err != nil {
		return fmt.Errorf("pg_dump archive: cut short or damaged in the data of %s %s.%s: %w", last.Desc, last.Schema, last.Tag, err)
	}
	return nil
}

// Kinds of data block.
const (
	blockData  = 1
	blockBlobs = 3
)

func checkBlock(h Header, r io.ReaderAt, size int64, e Entry) error {
	section := io.NewSectionReader(r, e.Offset, size-e.Offset)
	in := &reader{r: bufio.NewReaderSize(section, 64<<10), intSize: h.intSize}
	kind := in.byte()
	if id := in.int(); in.err == nil && id != e.ID {
		return fmt.Errorf("the block there belongs to another entry")
	}
	switch kind {
	case blockData:
		in.skipChunks()
	case blockBlobs:
		for in.err == nil && in.int() != 0 { // the large object's OID
			in.skipChunks()
		}
	default:
		return errors.New("no data block there")
	}
	if in.err != nil {
		return errors.New("it does not reach its end mark")
	}
	return nil
}

// skipChunks passes over chunks of data up to the empty one that ends them.
func (in *reader) skipChunks() {
	for in.err == nil {
		n := in.int()
		if n < 0 {
			in.fail(errors.New("negative length"))
		}
		if n <= 0 || in.err != nil {
			return
		}
		if _, err := in.r.Discard(n); err != nil {
			in.fail(err)
		}
	}
}
