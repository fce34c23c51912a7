package throwaway

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Entry is something in the scratch folder that carries our name.
type Entry struct {
	Name string
	Path string
	// Marker is nil for what has none: a folder whose making or removal was
	// cut off (Ours), or somebody else's (not Ours).
	Marker *Marker
	Ours   bool
	Why    string // not Ours: why
	Owner  Life
	// ModifiedAt is the folder's own time, for graces.
	ModifiedAt time.Time
}

// Abandoned tells that the entry is ours, nobody works on it and nobody asked
// to keep it: it may be removed.
func (e Entry) Abandoned() bool {
	return e.Ours && e.Owner == Dead && (e.Marker == nil || !e.Marker.Kept)
}

// List returns what carries the deployment's name in the scratch folder, by
// path. A scratch folder that does not exist holds nothing.
func List(scratch, deployment string) ([]Entry, error) {
	entries, err := list(scratch, deployment)
	if other := home(scratch); err == nil && other != scratch {
		var more []Entry
		more, err = list(other, deployment)
		entries = append(entries, more...)
	}
	return entries, err
}

func list(scratch, deployment string) ([]Entry, error) {
	found, err := os.ReadDir(scratch)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list throwaways: %w", err)
	}
	var entries []Entry
	for _, f := range found {
		e := Entry{Name: f.Name(), Path: filepath.Join(scratch, f.Name())}
		if info, err := f.Info(); err == nil {
			e.ModifiedAt = info.ModTime().UTC()
		}
		if name, owner, ok := parseStaging(f.Name()); ok && drill.IsThrowawayName(deployment, name) {
			e.Name, e.Ours, e.Owner = name, true, owner.Life()
			entries = append(entries, e)
			continue
		}
		if !drill.IsThrowawayName(deployment, f.Name()) {
			continue
		}
		marker, err := readMarker(e.Path, e.Name)
		switch {
		case err == nil:
			e.Marker, e.Ours, e.Owner = &marker, true, marker.Owner.Life()
		case isEmpty(e.Path):
			e.Ours, e.Owner = true, Dead // its removal was cut off
		default:
			if _, gone := os.Lstat(e.Path); errors.Is(gone, fs.ErrNotExist) {
				continue // somebody else has just removed it
			}
			e.Why = err.Error()
		}
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b Entry) int { return strings.Compare(a.Path, b.Path) })
	return entries, nil
}

func isEmpty(folder string) bool {
	info, err := os.Lstat(folder)
	if err != nil || !info.IsDir() {
		return false
	}
	entries, err := os.ReadDir(folder)
	return err == nil && len(entries) == 0
}

// stagingName holds all that is needed to tell whether its maker lives.
func stagingName(name string, o Owner) string {
	return fmt.Sprintf(".%s.%d.%s.%s", name, o.PID, o.Started, shortBoot(o.Boot))
}

func parseStaging(text string) (name string, o Owner, ok bool) {
	parts := strings.Split(strings.TrimPrefix(text, "."), ".")
	if !strings.HasPrefix(text, ".") || len(parts) < 4 {
		return "", Owner{}, false
	}
	tail := parts[len(parts)-3:] // a deployment's name may have dots
	pid, err := strconv.Atoi(tail[0])
	if err != nil {
		return "", Owner{}, false
	}
	me, err := self()
	if err != nil {
		return "", Owner{}, false
	}
	o = Owner{PID: pid, Started: tail[1], Host: me.Host, Boot: me.Boot, Space: me.Space}
	if tail[2] != shortBoot(me.Boot) {
		o.Boot = tail[2] // another start of this machine, or another machine
	}
	return strings.Join(parts[:len(parts)-3], "."), o, true
}

func shortBoot(boot string) string {
	short := strings.ReplaceAll(boot, "-", "")
	return short[:min(8, len(short))]
}

// removeStaging removes a staging folder with at most a marker in it.
func removeStaging(path string) error {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not ours: it is no folder", path)
	}
	for _, name := range []string{markerFile, partialMarker} {
		if err := os.Remove(filepath.Join(path, name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return os.Remove(path)
}
