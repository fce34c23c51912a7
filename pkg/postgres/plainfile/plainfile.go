// Package plainfile opens the files of a backup, which somebody else wrote: an
// ordinary file or none. A link inside a backup is never followed, a pipe or a
// device never waited for, and whatever is read as a whole has a bound.
//
// A file is looked at before it is opened, because opening a device may do
// something, and again through its handle, because it may have been replaced in
// between.
package plainfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// ErrNotPlain is for links, pipes, devices and sockets.
var ErrNotPlain = errors.New("it is no ordinary file: links, pipes and devices in a backup are not opened")

// ErrTooLong is for content that goes on beyond its bound.
var ErrTooLong = errors.New("it is longer than it can be")

// Open opens a file inside a backup.
func Open(path string) (*os.File, error) { return open(path, os.Lstat, syscall.O_NOFOLLOW) }

// Follow opens a file that the user named, perhaps through a link.
func Follow(path string) (*os.File, error) { return open(path, os.Stat, 0) }

func open(path string, look func(string) (fs.FileInfo, error), flag int) (*os.File, error) {
	info, err := look(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: path, Err: ErrNotPlain}
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK|flag, 0)
	if err != nil {
		return nil, err
	}
	return same(f, info)
}

// OpenIn opens a file below a root.
func OpenIn(root *os.Root, name string) (*os.File, error) {
	name = filepath.FromSlash(name)
	info, err := root.Lstat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "open", Path: name, Err: ErrNotPlain}
	}
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	return same(f, info)
}

// same makes sure that the handle is of the file that was looked at.
func same(f *os.File, looked fs.FileInfo) (*os.File, error) {
	info, err := f.Stat()
	if err == nil && (!info.Mode().IsRegular() || !os.SameFile(info, looked)) {
		err = &fs.PathError{Op: "open", Path: f.Name(), Err: ErrNotPlain}
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// Read returns the content of a small file inside a backup, at most limit bytes.
func Read(path string, limit int64) ([]byte, error) {
	f, err := Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return All(f, limit)
}

// ReadIn is Read below a root.
func ReadIn(root *os.Root, name string, limit int64) ([]byte, error) {
	f, err := OpenIn(root, name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return All(f, limit)
}

// All reads to the end, and no further than limit: what is longer is
// ErrTooLong.
func All(r io.Reader, limit int64) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(content)) > limit {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLong, limit)
	}
	return content, err
}
