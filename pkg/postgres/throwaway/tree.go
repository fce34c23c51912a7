package throwaway

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
)

// removeTree removes a name with all that is below it, whatever the copy made of
// it: folders whose mode lets nobody in, and folders so deep that a handle for
// each, as os.Root.RemoveAll holds them, are more than a process may have.
func removeTree(root *os.Root, name string) error {
	err := root.RemoveAll(name)
	if err == nil {
		return nil
	}
	if info, statErr := root.Lstat(name); statErr != nil || !info.IsDir() {
		return errors.Join(err, statErr)
	}
	return flatten(root, name)
}

// flatten removes a tree with two open handles: each folder inside is moved up
// beside the first one, and then is the next.
func flatten(root *os.Root, name string) error {
	pending := []string{name}
	moved := 0
	for len(pending) > 0 {
		at := pending[len(pending)-1]
		inside, err := open(root, at)
		if err != nil {
			return err
		}
		entries, err := fs.ReadDir(inside.FS(), ".")
		if err != nil {
			return errors.Join(err, inside.Close())
		}
		pending = pending[:len(pending)-1]
		for _, e := range entries {
			if !e.IsDir() {
				err = errors.Join(err, inside.Remove(e.Name()))
				continue
			}
			moved++
			beside := fmt.Sprintf("%s.removing-%d", name, moved)
			_ = inside.Chmod(e.Name(), 0o700) // a folder is moved only by who may write it
			if moveErr := root.Rename(path.Join(at, e.Name()), beside); moveErr != nil {
				err = errors.Join(err, moveErr)
				continue
			}
			pending = append(pending, beside)
		}
		if err := errors.Join(err, inside.Close()); err != nil {
			return err
		}
		if err := root.Remove(at); err != nil {
			return err
		}
	}
	return nil
}

// open gives the owner back what a folder's mode took, and opens it.
func open(root *os.Root, name string) (*os.Root, error) {
	if err := root.Chmod(name, 0o700); err != nil {
		return nil, err
	}
	return root.OpenRoot(name)
}
