package basecopy

import (
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"sync"
)

// aheadBuffers is how many buffers of bufferBytes are read ahead.
const aheadBuffers = 3

// ahead is a reader whose source is read in a goroutine of its own.
type ahead struct {
	full    chan chunk
	empty   chan []byte
	stop    chan struct{}
	once    sync.Once
	current chunk
	rest    []byte
}

type chunk struct {
	buffer []byte
	n      int
	err    error
}

func readAhead(source io.Reader) *ahead {
	a := &ahead{full: make(chan chunk, aheadBuffers), empty: make(chan []byte, aheadBuffers), stop: make(chan struct{})}
	for range aheadBuffers {
		a.empty <- make([]byte, bufferBytes)
	}
	go a.fill(source)
	return a
}

// readFull is io.ReadFull; a source that panics has failed. (This is a goroutine of
// its own: the process would end, and leave the copy behind.)
func readFull(source io.Reader, buffer []byte) (n int, err error) {
	defer func() {
		if broken := recover(); broken != nil {
			debug.PrintStack()
			err = fmt.Errorf("lifeboat broke: %v", broken)
		}
	}()
	return io.ReadFull(source, buffer)
}

func (a *ahead) fill(source io.Reader) {
	for {
		var buffer []byte
		select {
		case buffer = <-a.empty:
		case <-a.stop:
			return
		}
		n, err := readFull(source, buffer)
		if errors.Is(err, io.ErrUnexpectedEOF) && n > 0 {
			// Either the end of the stream or a stream cut short; the next
			// read tells which.
			err = nil
		}
		select {
		case a.full <- chunk{buffer: buffer, n: n, err: err}:
		case <-a.stop:
			return
		}
		if err != nil {
			return
		}
	}
}

// Read returns what was read ahead, and then the source's error.
func (a *ahead) Read(p []byte) (int, error) {
	for len(a.rest) == 0 {
		if a.current.err != nil {
			return 0, a.current.err
		}
		if a.current.buffer != nil {
			a.empty <- a.current.buffer[:cap(a.current.buffer)]
		}
		a.current = <-a.full
		a.rest = a.current.buffer[:a.current.n]
	}
	n := copy(p, a.rest)
	a.rest = a.rest[n:]
	return n, nil
}

// Close ends the goroutine; the source is not closed.
func (a *ahead) Close() error {
	a.once.Do(func() { close(a.stop) })
	return nil
}
