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

// serverGrace is how long a server may take for an immediate shutdown, in
// which it frees its shared memory.
const serverGrace = 5 * time.Second

// Remove ends every PostgreSQL program that runs on files of the throwaway and
// removes the throwaway with its socket folder. What does not exist is no
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

func remove(ctx context.Context, path, deployment, name string) error {
	if !filepath.IsAbs(path) || !drill.IsThrowawayName(deployment, name) {
		return fmt.Errorf("it is no absolute path with a name of deployment %s", deployment)
	}
	recorded := ""
	if _, err := os.Lstat(path); err == nil && !isEmpty(path) {
		marker, err := readMarker(path, name)
		if err != nil {
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
	segments := sharedMemory(path) // read before its record goes
	left, err := process.End(ctx, path, serverGrace)
	if err != nil {
		return err
	}
	if len(left) > 0 {
		return fmt.Errorf("%d processes still run, the first is %s with number %d", len(left), left[0].Program, left[0].PID)
	}
	for _, s := range segments {
		s.free()
	}
	return nil
}

// removeFolder removes the contents, then the marker, then the folder. A link
// is unlinked, not followed: os.RemoveAll works relative to open folders.
func removeFolder(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil || !info.IsDir() {
		return errors.Join(err, fmt.Errorf("%s is no folder", path))
	}
	if err := removeContents(path); errors.Is(err, fs.ErrPermission) {
		// A restored tree may have folders that its owner cannot write.
		makeWritable(path)
		if err := removeContents(path); err != nil {
			return err
		}
	} else if err != nil {
		return err
	}
	if err := os.Remove(filepath.Join(path, markerFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return os.Remove(path)
}

func removeContents(path string) error {
	entries, err := os.ReadDir(path)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if e.Name() == markerFile {
			continue
		}
		if err := os.RemoveAll(filepath.Join(path, e.Name())); err != nil {
			return err
		}
	}
	return nil
}

// makeWritable gives the owner back what a folder's mode took. os.Root refuses
// links that lead out of the throwaway; errors show in the next attempt.
func makeWritable(path string) {
	_ = os.Chmod(path, 0o700)
	root, err := os.OpenRoot(path)
	if err != nil {
		return
	}
	defer root.Close()
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
	if err := removeStaging(e.Path); err != nil {
		return &drill.Error{Name: drill.CleanupFailed, What: "remove " + e.Path, Err: err}
	}
	return nil
}
