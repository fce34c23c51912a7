package throwaway

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// markerFile is in every throwaway and in every socket folder.
const markerFile = "lifeboat.json"

// partialMarker is a marker that is being written.
const partialMarker = markerFile + ".partial"

// mostMarker bounds what is read of a marker.
const mostMarker = 64 << 10

// Marker says whose a folder is.
type Marker struct {
	Name        string    `json:"name"` // of the throwaway
	Deployment  string    `json:"deployment"`
	RunID       string    `json:"runId"`
	ExecutionID string    `json:"executionId"`
	CreatedAt   time.Time `json:"createdAt"` // UTC
	Owner       Owner     `json:"owner"`
	SocketDir   string    `json:"socketDir"`
	Version     string    `json:"version,omitempty"` // of lifeboat
	// Kept: a person asked for the copy to stay.
	Kept bool `json:"kept,omitempty"`
}

// writeMarker writes the marker and syncs it, so that it is there whole, or
// not at all.
func writeMarker(folder string, m Marker) error {
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	partial := filepath.Join(folder, partialMarker)
	f, err := os.OpenFile(partial, os.O_CREATE|os.O_TRUNC|os.O_WRONLY|syscall.O_NOFOLLOW, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(raw, '\n'))
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := os.Rename(partial, filepath.Join(folder, markerFile)); err != nil {
		return err
	}
	return syncFolder(folder)
}

// readMarker returns the marker of a folder, or why the folder is not ours. A
// link is never ours, nor is a marker of another name: a folder that was
// copied or renamed.
func readMarker(folder, name string) (Marker, error) {
	info, err := os.Lstat(folder)
	if err != nil {
		return Marker{}, err
	}
	if !info.IsDir() {
		return Marker{}, fmt.Errorf("%s is not ours: it is no folder", folder)
	}
	f, err := os.OpenFile(filepath.Join(folder, markerFile), os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return Marker{}, fmt.Errorf("%s is not ours: it has no %s", folder, markerFile)
	}
	if err != nil {
		return Marker{}, err
	}
	defer f.Close()
	var m Marker
	if err := json.NewDecoder(io.LimitReader(f, mostMarker)).Decode(&m); err != nil {
		return Marker{}, fmt.Errorf("%s is not ours: its %s is not readable: %w", folder, markerFile, err)
	}
	if m.Name != name {
		return Marker{}, fmt.Errorf("%s is not ours: its %s is of %q", folder, markerFile, m.Name)
	}
	return m, nil
}

func syncFolder(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, unix.ENOTSUP) {
		err = nil // this file system syncs no folders
	}
	return errors.Join(err, f.Close())
}

func outOfSpace(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}
