package basebackup

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
)

// Kinds of CopyData messages since version 15 (protocol documentation,
// BASE_BACKUP).
const (
	kindArchive  = 'n' // a new archive: its name, its tablespace's path
	kindManifest = 'm' // the manifest begins
	kindData     = 'd' // of the archive or the manifest
	kindProgress = 'p'
)

// progressStep is how often progress is told, in bytes.
const progressStep = 1 << 20

// stream reads the server's copy data and hands them to a sink.
type stream struct {
	conn     receiver
	single   bool     // since version 15: one copy stream for everything
	archives []string // before: the archives in their order
	out      sink
	progress func(done, total int64)
	total    int64

	done, told int64
	current    io.WriteCloser
}

// receiver is the part of a connection that is read.
type receiver interface {
	ReceiveMessage(ctx context.Context) (pgproto3.BackendMessage, error)
}

// sink stores what comes.
type sink interface {
	// Archive begins an archive, named as pg_basebackup would.
	Archive(name string) (io.WriteCloser, error)
	Manifest() (io.WriteCloser, error)
}

// run reads everything up to the end of the last copy stream.
func (s *stream) run(ctx context.Context) error {
	if s.single {
		if err := s.copyStream(ctx, s.message); err != nil {
			return err
		}
		return s.close()
	}
	for _, name := range s.archives {
		if err := s.begin(s.out.Archive(name)); err != nil {
			return err
		}
		if err := s.rest(ctx, archiveEnd); err != nil {
			return err
		}
	}
	if err := s.begin(s.out.Manifest()); err != nil {
		return err
	}
	return s.rest(ctx, nil)
}

// archiveEnd is what versions 13 and 14 leave to the client: two empty blocks.
var archiveEnd = make([]byte, 1024)

// rest reads the copy stream of what has begun, and ends it.
func (s *stream) rest(ctx context.Context, end []byte) error {
	if err := s.copyStream(ctx, s.write); err != nil {
		return err
	}
	_, err := s.current.Write(end)
	return errors.Join(err, s.close())
}

// copyStream reads one copy stream, its end included.
func (s *stream) copyStream(ctx context.Context, each func([]byte) error) error {
	begun := false
	for {
		msg, err := s.conn.ReceiveMessage(ctx)
		if err != nil {
			return err
		}
		switch msg := msg.(type) {
		case *pgproto3.CopyOutResponse:
			begun = true
		case *pgproto3.CopyData:
			if !begun {
				return errors.New("the server sent data before a copy stream began")
			}
			if err := each(msg.Data); err != nil {
				return err
			}
		case *pgproto3.CopyDone:
			return nil
		case *pgproto3.ErrorResponse:
			return pgconn.ErrorResponseToPgError(msg)
		case *pgproto3.NoticeResponse, *pgproto3.ParameterStatus:
		default:
			return fmt.Errorf("the server sent an unexpected message: %T", msg)
		}
	}
}

// message handles one CopyData of version 15 and later.
func (s *stream) message(data []byte) error {
	if len(data) == 0 {
		return errors.New("the server sent an empty copy message")
	}
	body := data[1:]
	switch data[0] {
	case kindArchive:
		name, _, ok := bytes.Cut(body, []byte{0})
		if !ok || !strings.HasSuffix(string(name), ".tar") {
			return fmt.Errorf("the server sent an archive with the name %q", name)
		}
		return s.begin(s.out.Archive(string(name)))
	case kindManifest:
		return s.begin(s.out.Manifest())
	case kindData:
		return s.write(body)
	case kindProgress:
		return nil // what has come is counted here
	}
	return fmt.Errorf("the server sent a copy message of unknown kind %q", data[0])
}

// begin closes what was written until now and goes on with the next.
func (s *stream) begin(next io.WriteCloser, err error) error {
	if err != nil {
		return err
	}
	if err := s.close(); err != nil {
		return errors.Join(err, next.Close())
	}
	s.current = next
	return nil
}

func (s *stream) write(data []byte) error {
	if s.current == nil {
		return errors.New("the server sent data before it named an archive")
	}
	n, err := s.current.Write(data)
	s.done += int64(n)
	if s.progress != nil && s.done-s.told >= progressStep {
		s.told = s.done
		s.progress(s.done, max(s.total, 0))
	}
	return err
}

// close ends what is being written; twice is no error.
func (s *stream) close() error {
	if s.current == nil {
		return nil
	}
	err := s.current.Close()
	s.current = nil
	if s.progress != nil && s.done != s.told {
		s.told = s.done
		s.progress(s.done, max(s.total, 0))
	}
	return err
}
