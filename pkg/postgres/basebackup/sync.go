package basebackup

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
)

// syncers is how many files are synced side by side: journals of file systems
// commit them together.
const syncers = 16

// syncTree syncs every file and folder below the folder, and the folder.
func syncTree(folder string) error {
	paths := make(chan string)
	errs := make(chan error, syncers)
	var workers sync.WaitGroup
	for range syncers {
		workers.Go(func() {
			var first error
			for path := range paths {
				if err := syncOne(path); err != nil && first == nil {
					first = err
				}
			}
			errs <- first
		})
	}
	err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		if err == nil {
			paths <- path
		}
		return err
	})
	close(paths)
	workers.Wait()
	close(errs)
	for e := range errs {
		err = errors.Join(err, e)
	}
	return err
}

// syncOne syncs a file or a folder; a file system that syncs no folders is no
// error.
func syncOne(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, unix.ENOTSUP) {
		err = nil
	}
	return errors.Join(err, f.Close())
}
