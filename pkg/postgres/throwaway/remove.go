package throwaway

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/process"
)

// serverGrace is how long a server may take for an immediate shutdown. (Without
// a sandbox it frees its shared memory in it. What a killed one leaves there is
// nobody's to remove: the record of it is the copy's own.)
const serverGrace = 5 * time.Second

// Remove ends every process of the throwaway's sandboxes, and every PostgreSQL
// program that runs on its files, and removes the throwaway with its socket folder. What does not exist is no
// error, what is not ours is one and stays untouched. A cut-off removal can be
// repeated. The error is CleanupFailed.
func Remove(ctx context.Context, scratch, deployment, name string) error {
	return removeAt(ctx, filepath.Join(home(scratch), name), deployment, name)
}

func removeAt(ctx context.Context, path, deployment, name string) error {
	if err := remove(ctx, path, deployment, name); err != nil {
		return &drill.Error{
			Name: drill.CleanupFailed, What: "remove the throwaway " + path, Err: err,
			Hint: "see what is left there; lifeboat sweep tries again",
		}
	}
	return nil
}

// remove goes on where another removal took something from under it, which two
// sweeps at once do: what is gone is removed. It looks at everything anew then, the
// marker too.
func remove(ctx context.Context, path, deployment, name string) error {
	return withOthers(ctx, func() error { return removeOnce(ctx, path, deployment, name) })
}

// withOthers repeats a removal while others remove the same, and gives way to
// them: ever longer, for about ten seconds.
func withOthers(ctx context.Context, remove func() error) error {
	wait := time.Millisecond
	for range 100 {
		err := remove()
		if !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(wait):
		}
		wait = min(2*wait, 100*time.Millisecond)
	}
	return remove()
}

func removeOnce(ctx context.Context, path, deployment, name string) error {
	if !filepath.IsAbs(path) || !drill.IsThrowawayName(deployment, name) {
		return fmt.Errorf("it is no absolute path with a name of deployment %s", deployment)
	}
	recorded := ""
	if _, err := os.Lstat(path); err == nil && !isEmpty(path) {
		marker, err := readMarker(path, name)
		if err != nil {
			if _, gone := os.Lstat(path); errors.Is(gone, fs.ErrNotExist) || isEmpty(path) {
				return fs.ErrNotExist // somebody else has just removed it
			}
			return err
		}
		recorded = marker.SocketDir
	} else if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := endProcesses(ctx, path); err != nil {
		return err
	}
	for _, dir := range socketDirs(name, recorded) {
		if err := removeSocketDir(dir, name); err != nil {
			return fmt.Errorf("its socket folder: %w", err)
		}
	}
	return removeFolder(path)
}

func endProcesses(ctx context.Context, path string) error {
	left, err := process.End(ctx, path, serverGrace)
	if err != nil {
		return err
	}
	if len(left) > 0 {
		return fmt.Errorf("%d processes still run, the first is %s with number %d", len(left), left[0].Program, left[0].PID)
	}
	return nil
}

// removeFolder removes the contents, then the marker, then the folder, by a
// handle of the folder that holds it (os.Root): a link is unlinked, never
// followed, and nothing outside is reached, whatever is exchanged meanwhile.
func removeFolder(path string) error {
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	home, err := openHome(filepath.Dir(path))
	if err != nil {
		return err
	}
	defer home.Close()
	name := filepath.Base(path)
	if info, err := home.Lstat(name); err != nil || !info.IsDir() {
		return errors.Join(err, fmt.Errorf("%s is no folder", path))
	}
	root, err := home.OpenRoot(name)
	if err != nil {
		return err
	}
	defer root.Close()
	if err := removeContents(root); errors.Is(err, fs.ErrPermission) {
		// A restored tree may have folders that its owner cannot write.
		makeWritable(root)
		if err := removeContents(root); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	if err := root.Remove(markerFile); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return home.Remove(name)
}

func removeContents(root *os.Root) error {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() == markerFile {
			continue
		}
		if err := removeTree(root, e.Name()); err != nil {
			return err
		}
	}
	return nil
}

// makeWritable gives the owner back what a folder's mode took; errors show in
// the next attempt.
func makeWritable(root *os.Root) {
	_ = root.Chmod(".", 0o700)
	_ = fs.WalkDir(root.FS(), ".", func(p string, d fs.DirEntry, err error) error {
		if d == nil || !d.IsDir() {
			return nil
		}
		if err != nil { // could not be read: once more with another mode
			return fs.SkipDir
		}
		_ = root.Chmod(p, 0o700)
		return nil
	})
}

// Remaining tells what is left of a throwaway, as proof of its absence when
// that is nothing: processes, the folder, socket folders. It changes nothing.
func Remaining(scratch, name string) ([]drill.Resource, error) {
	path := filepath.Join(home(scratch), name)
	running, err := process.In(path)
	if err != nil {
		return nil, err
	}
	var left []drill.Resource
	for _, p := range running {
		left = append(left, drill.Resource{Kind: "process", ID: fmt.Sprint(p.PID), Detail: p.Program + " on " + path})
	}
	recorded := ""
	if m, err := readMarker(path, name); err == nil {
		recorded = m.SocketDir
	}
	for _, dir := range append([]string{path}, socketDirs(name, recorded)...) {
		_, err := os.Lstat(dir)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("look for %s: %w", dir, err)
		}
		left = append(left, drill.Resource{Kind: "folder", ID: dir, Detail: dir})
	}
	return left, nil
}

// RemoveEntry removes what List found, also a staging folder.
func RemoveEntry(ctx context.Context, deployment string, e Entry) error {
	if filepath.Base(e.Path) == e.Name {
		return removeAt(ctx, e.Path, deployment, e.Name)
	}
	if name, _, ok := parseStaging(filepath.Base(e.Path)); !ok || name != e.Name || !drill.IsThrowawayName(deployment, name) {
		return &drill.Error{Name: drill.CleanupFailed, What: e.Path + " is not ours"}
	}
	if err := withOthers(ctx, func() error { return removeStaging(e.Path) }); err != nil {
		return &drill.Error{Name: drill.CleanupFailed, What: "remove " + e.Path, Err: err}
	}
	return nil
}
