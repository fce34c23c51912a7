package replay

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// copyData reads the lines of one COPY up to its "\." line, which it takes off
// the dump and does not return.
type copyData struct {
	in      *bufio.Reader
	lines   int
	rest    []byte
	midLine bool
	done    bool
	// err is why the dump could not be read on: the server only learns that
	// its COPY was given up.
	err error
}

var errCopyCut = errors.New("the dump ends in the middle of a table's data")

// Read returns whole lines where they fit.
func (d *copyData) Read(p []byte) (int, error) {
	total := 0
	for total < len(p) {
		if len(d.rest) > 0 {
			n := copy(p[total:], d.rest)
			d.rest = d.rest[n:]
			total += n
			continue
		}
		if d.done {
			if total > 0 {
				return total, nil
			}
			return 0, io.EOF
		}
		line, err := d.in.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			if errors.Is(err, io.EOF) {
				err = errCopyCut
			}
			d.err = err
			return total, err
		}
		if !d.midLine && isEnd(line) {
			d.lines++
			d.done = true
			continue
		}
		if d.midLine = err != nil; !d.midLine {
			d.lines++
		}
		d.rest = line // valid until the next read of d.in, which is after it
	}
	return total, nil
}

func isEnd(line []byte) bool {
	return len(line) <= 4 && bytes.Equal(bytes.TrimRight(line, "\r\n"), []byte(`\.`))
}
