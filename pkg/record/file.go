package record

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// WriteFile puts text at path so that, whenever it is killed, path holds all
// of it or what it held before. Without replace, a path that exists is
// fs.ErrExist. The file gets mode 0600 and the time at.
func WriteFile(path string, text []byte, at time.Time, replace bool) (err error) {
	dir := filepath.Dir(path)
	temporary, err := os.CreateTemp(dir, ".tmp-*")
	if err != nil {
		return err
	}
	defer os.Remove(temporary.Name())
	defer temporary.Close()
	if _, err := temporary.Write(text); err != nil {
		return err
	}
	if err := os.Chtimes(temporary.Name(), at, at); err != nil {
		return err
	}
	if err := temporary.Sync(); err != nil {
		return err
	}
	if replace {
		err = os.Rename(temporary.Name(), path)
	} else {
		err = moveToFreeName(temporary.Name(), path)
	}
	if err != nil {
		return err
	}
	return syncFolder(dir)
}

// moveToFreeName links rather than renames, because a link never replaces.
// Where the file system has no links, the look before the rename must do.
func moveToFreeName(from, to string) error {
	err := os.Link(from, to)
	if err == nil || errors.Is(err, fs.ErrExist) {
		return err
	}
	if _, statErr := os.Lstat(to); statErr == nil {
		return fs.ErrExist
	}
	return os.Rename(from, to)
}

func syncFolder(dir string) error {
	folder, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer folder.Close()
	return folder.Sync()
}

// ReadFile reads an ordinary file of at most so many bytes; a symbolic link is
// none, because what it leads to may be exchanged elsewhere.
func ReadFile(path string, maxBytes int64) ([]byte, error) {
	info, err := os.Lstat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not an ordinary file", path)
	}
	if info.Size() > maxBytes {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, maxBytes)
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxBytes+1))
	if err != nil {
		return nil, err
	}
	if int64(len(text)) > maxBytes { // it grew
		return nil, fmt.Errorf("%s is larger than %d bytes", path, maxBytes)
	}
	return text, nil
}
