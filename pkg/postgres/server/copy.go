package server

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// copyRegular copies a backup, a file or a folder of files, for a program that
// cannot be lent the backup itself. Links, pipes and devices are refused: they
// would be read with lifeboat's rights.
func copyRegular(ctx context.Context, from, to string) error {
	if err := os.RemoveAll(to); err != nil {
		return err
	}
	info, err := os.Lstat(from)
	if err != nil {
		return err
	}
	root, err := os.OpenRoot(filepath.Dir(to))
	if err != nil {
		return err
	}
	defer root.Close()
	if !info.IsDir() {
		source, err := os.OpenRoot(filepath.Dir(from))
		if err != nil {
			return err
		}
		defer source.Close()
		return copyFile(source, filepath.Base(from), root, filepath.Base(to))
	}
	source, err := os.OpenRoot(from)
	if err != nil {
		return err
	}
	defer source.Close()
	return fs.WalkDir(source.FS(), ".", func(path string, d fs.DirEntry, err error) error {
		if err = errors.Join(err, ctx.Err()); err != nil {
			return err
		}
		at := filepath.Join(filepath.Base(to), path)
		if d.IsDir() {
			return root.Mkdir(at, 0o700)
		}
		return copyFile(source, path, root, at)
	})
}

func copyFile(source *os.Root, path string, into *os.Root, at string) error {
	in, err := source.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return err
	}
	defer in.Close()
	if info, err := in.Stat(); err != nil || !info.Mode().IsRegular() {
		return errors.Join(err, fmt.Errorf("%s is no regular file", path))
	}
	out, err := into.OpenFile(at, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	return errors.Join(err, out.Close())
}
