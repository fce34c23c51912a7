package basebackup

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

const (
	baseArchive  = "base.tar"
	manifestFile = "backup_manifest"
)

// bufferBytes is large enough that small files cost one write.
const bufferBytes = 1 << 20

func newSink(folder string, format Format) sink {
	if format == Plain {
		return plain{folder}
	}
	return tars{folder, format == TarGzip}
}

// create makes a new file in the backup.
func create(folder, name string) (io.WriteCloser, error) {
	if !filepath.IsLocal(name) || filepath.Base(name) != name {
		return nil, fmt.Errorf("the server named an archive %q", name)
	}
	f, err := os.OpenFile(filepath.Join(folder, name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	return &buffered{Writer: bufio.NewWriterSize(f, bufferBytes), file: f}, nil
}

type buffered struct {
	*bufio.Writer
	file *os.File
}

func (b *buffered) Close() error { return errors.Join(b.Flush(), b.file.Close()) }

// tars stores the archives as they come.
type tars struct {
	folder string
	gzip   bool
}

func (t tars) Manifest() (io.WriteCloser, error) { return create(t.folder, manifestFile) }

func (t tars) Archive(name string) (io.WriteCloser, error) {
	if !t.gzip {
		return create(t.folder, name)
	}
	file, err := create(t.folder, name+".gz")
	if err != nil {
		return nil, err
	}
	z, err := gzip.NewWriterLevel(file, gzip.BestSpeed)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return &compressed{z, file}, nil
}

type compressed struct {
	*gzip.Writer
	file io.Closer
}

func (c *compressed) Close() error { return errors.Join(c.Writer.Close(), c.file.Close()) }

// plain unpacks the one archive of a server without tablespaces.
type plain struct{ folder string }

func (p plain) Manifest() (io.WriteCloser, error) { return create(p.folder, manifestFile) }

func (p plain) Archive(name string) (io.WriteCloser, error) {
	if name != baseArchive {
		return nil, fmt.Errorf("the server sent the archive %s of a tablespace", name)
	}
	root, err := os.OpenRoot(p.folder)
	if err != nil {
		return nil, err
	}
	r, w := io.Pipe()
	u := &unpacking{PipeWriter: w, ended: make(chan struct{})}
	go func() {
		defer close(u.ended)
		u.err = errors.Join(unpack(r, root), root.Close())
		r.CloseWithError(u.err) // io.ErrClosedPipe for a writer that goes on
	}()
	return u, nil
}

// unpacking is an archive that is unpacked while it comes.
type unpacking struct {
	*io.PipeWriter
	ended chan struct{}
	err   error
}

func (u *unpacking) Close() error {
	_ = u.PipeWriter.Close() // never an error
	<-u.ended
	return u.err
}

// unpack writes a tar below root, which refuses whatever leads out of it.
func unpack(in io.Reader, root *os.Root) error {
	archive := tar.NewReader(bufio.NewReaderSize(in, bufferBytes))
	buffer := make([]byte, bufferBytes)
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			_, err = io.Copy(io.Discard, in) // the padding of the archive
			return err
		}
		if err != nil {
			return fmt.Errorf("the archive from the server: %w", err)
		}
		name := filepath.FromSlash(strings.TrimPrefix(strings.TrimSuffix(h.Name, "/"), "./"))
		switch h.Typeflag {
		case tar.TypeDir:
			if name == "." || name == "" {
				continue
			}
			err = root.MkdirAll(name, 0o700)
		case tar.TypeReg:
			err = unpackFile(root, name, h, archive, buffer)
		default:
			err = fmt.Errorf("the archive from the server holds %q, which is neither a file nor a folder", h.Name)
		}
		if err != nil {
			return err
		}
	}
}

func unpackFile(root *os.Root, name string, h *tar.Header, in io.Reader, buffer []byte) error {
	if dir := filepath.Dir(name); dir != "." {
		if err := root.MkdirAll(dir, 0o700); err != nil {
			return err
		}
	}
	f, err := root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, h.FileInfo().Mode().Perm()&0o750|0o600)
	if err != nil {
		return err
	}
	// The wrapper hides ReadFrom, which would ignore the buffer.
	_, err = io.CopyBuffer(struct{ io.Writer }{f}, in, buffer)
	return errors.Join(err, f.Close())
}
