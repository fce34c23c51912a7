package basecopy

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// bufferBytes is read, hashed and written at a time.
const bufferBytes = 1 << 20

// maxSettings bounds what is kept of a settings file.
const maxSettings = 4 << 20

// copier writes members of a backup into the throwaway. Its methods may be
// called from several goroutines.
type copier struct {
	job      Job
	data     *os.Root
	spaces   *os.Root
	verifier *verifier
	buffers  sync.Pool
	room     *room // on the file system

	mu           sync.Mutex
	tablespaces  map[string]bool // OIDs that get a folder of their own
	dropped      names           // what was left out, by its name for people
	made         map[string]bool // folders that exist
	conf         []byte
	autoConf     []byte
	bareManifest bool  // inside the tar, and without checksums
	unverified   names // members that the manifest does not list
}

func newCopier(job Job) (*copier, error) {
	c := &copier{
		job: job, tablespaces: map[string]bool{}, made: map[string]bool{},
		buffers: sync.Pool{New: func() any { b := make([]byte, bufferBytes); return &b }},
	}
	if c.job.Progress == nil {
		c.job.Progress = func(int64) {}
	}
	var err error
	if c.verifier, err = loadVerifier(job.Backup.Manifest); err != nil {
		return nil, named(job.Backup, err)
	}
	for _, folder := range []string{job.Data, job.Tablespaces} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			return nil, c.failed(err)
		}
	}
	if err := os.Chmod(job.Data, 0o700); err != nil { // PostgreSQL insists
		return nil, c.failed(err)
	}
	if c.room, err = roomOn(job.Data); err != nil {
		return nil, c.failed(err)
	}
	if c.data, err = os.OpenRoot(job.Data); err != nil {
		return nil, c.failed(err)
	}
	if c.spaces, err = os.OpenRoot(job.Tablespaces); err != nil {
		return nil, errors.Join(c.failed(err), c.data.Close())
	}
	return c, nil
}

func (c *copier) close() { _ = errors.Join(c.data.Close(), c.spaces.Close()) }

// failed names an error of writing.
func (c *copier) failed(err error) error {
	return &drill.Error{
		Name: drill.RestoreFailed, What: "copy of the base backup into " + c.job.Data,
		Hint: "look at the free space and the permissions of the scratch folder", Err: err,
	}
}

// maxMembers bounds what is held in memory of a backup's files: a million of
// them, or of entries of its manifest, take some 300 MB.
const maxMembers = 1_000_000

var errTooMany = fmt.Errorf("it has more than %d files, which lifeboat does not hold in memory", maxMembers)

// member is one file of the backup.
type member struct {
	path string // inside the data directory, with slashes
	size int64
	open func() (io.ReadCloser, error)
}

// copyAll copies members with as many workers as there are processors.
func (c *copier) copyAll(ctx context.Context, members []member) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	queue := make(chan member)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for m := range queue {
				if err := c.copyOne(ctx, m); err != nil {
					cancel(err)
				}
			}
		})
	}
	for _, m := range members {
		if ctx.Err() != nil {
			break
		}
		queue <- m
	}
	close(queue)
	workers.Wait()
	return context.Cause(ctx)
}

func (c *copier) copyOne(ctx context.Context, m member) error {
	if place(m.path) != keep && !c.verifier.lists(m.path) {
		c.leaveOut(m.path)
		if place(m.path) != setting {
			return nil // neither wanted nor to be verified: not even read
		}
	}
	in, err := m.open()
	if err != nil {
		return fmt.Errorf("%s: %w", m.path, err)
	}
	defer in.Close()
	return c.take(ctx, m, in)
}

// take writes one member where it belongs and verifies it on the way.
func (c *copier) take(ctx context.Context, m member, in io.Reader) error {
	name := m.path
	entry, sum, err := c.verifier.begin(name)
	if err != nil {
		return err
	}
	if entry == nil && c.verifier.active() && place(name) == keep && !strings.HasPrefix(name, "pg_wal/") {
		c.mu.Lock()
		c.unverified.add(name)
		c.mu.Unlock()
		return nil // not part of what was backed up: left out
	}
	out, kept, err := c.create(name)
	if err != nil {
		return err
	}
	size, err := c.stream(ctx, name, in, c.room.bounded(out), sum)
	if closeErr := out.Close(); err == nil && closeErr != nil {
		err = c.failed(closeErr)
	}
	if err != nil {
		return err
	}
	if kept != nil {
		c.keepSettings(name, kept.Bytes())
	}
	if entry != nil && !exempt(name) {
		return entry.Verify(size, sum)
	}
	if entry == nil && size != m.size {
		return fmt.Errorf("%s: %d bytes of %d: cut short", name, size, m.size)
	}
	return nil
}

// stream copies in to out; it tells errors of reading, which condemn the
// backup, from errors of writing, which do not.
func (c *copier) stream(ctx context.Context, name string, in io.Reader, out io.Writer, sum hash.Hash) (total int64, err error) {
	buffer := c.buffers.Get().(*[]byte)
	defer c.buffers.Put(buffer)
	for {
		if err := ctx.Err(); err != nil {
			return total, context.Cause(ctx)
		}
		n, readErr := in.Read(*buffer)
		if n > 0 {
			total += int64(n)
			c.job.Progress(int64(n))
			if sum != nil {
				sum.Write((*buffer)[:n])
			}
			if _, err := out.Write((*buffer)[:n]); errors.Is(err, errNoRoom) {
				return total, c.noRoom()
			} else if err != nil {
				return total, c.failed(err)
			}
		}
		if errors.Is(readErr, io.EOF) {
			return total, nil
		}
		if readErr != nil {
			return total, fmt.Errorf("%s: %w", name, readErr)
		}
	}
}

// create opens where a member goes: a file, memory for settings, or nowhere.
func (c *copier) create(name string) (io.WriteCloser, *bytes.Buffer, error) {
	switch place(name) {
	case setting:
		kept := &bytes.Buffer{}
		return limited{kept}, kept, nil
	case drop:
		c.leaveOut(name)
		return limited{nil}, nil, nil
	case keep:
	}
	root, inside := c.data, name
	if oid, rest, ok := tablespacePath(name); ok && c.isTablespace(oid) {
		root, inside = c.spaces, path.Join(oid, rest)
	}
	if err := c.makeParents(root, path.Dir(inside)); err != nil {
		return nil, nil, err
	}
	f, err := root.OpenFile(filepath.FromSlash(inside), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, nil, c.failed(err)
	}
	return f, nil, nil
}

func (c *copier) makeParents(root *os.Root, folder string) error {
	key := root.Name() + "\x00" + folder
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made[key] {
		return nil
	}
	if len(c.made) == maxMembers {
		return errTooMany
	}
	if err := root.MkdirAll(filepath.FromSlash(folder), 0o700); err != nil {
		return c.failed(err)
	}
	c.made[key] = true
	return nil
}

func (c *copier) keepSettings(name string, content []byte) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if name == "postgresql.conf" {
		c.conf = content
	} else {
		c.autoConf = content
	}
}

func (c *copier) isTablespace(oid string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.tablespaces[oid]
}

func (c *copier) addTablespace(oid string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.tablespaces[oid] = true
}

// limited keeps the first maxSettings bytes, or nothing.
type limited struct{ kept *bytes.Buffer }

func (l limited) Write(p []byte) (int, error) {
	if l.kept != nil && l.kept.Len() < maxSettings {
		l.kept.Write(p)
	}
	return len(p), nil
}

func (limited) Close() error { return nil }
