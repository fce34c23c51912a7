package catalog

import (
	"context"
	"io/fs"
	"path/filepath"
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// How long to watch whether somebody still writes. Only what was written to
// just now is watched, so that an old wreck costs no time: the choice is part of
// the recovery time that is measured.
const (
	recently      = 15 * time.Minute // a backup in the making may pause: a slow query of pg_dump's
	watchBroken   = 2 * time.Second
	wholeRecently = 10 * time.Second // one that looks whole, whose end cannot be seen from here
	watchWhole    = 500 * time.Millisecond
	watchEvery    = 100 * time.Millisecond
)

// markInProgress tells a backup that is being made right now from one that was
// given up: a process of this machine has it open for writing (also one that
// looks whole: a second dump may follow), or it grows while it is watched. What
// merely looks unfinished is not in progress.
func markInProgress(ctx context.Context, found []Backup, now time.Time) error {
	watched := map[int]*watch{}
	window := time.Duration(0)
	for i, b := range found {
		if b.Kind == BaseDirectory && b.Manifest != "" {
			continue // the manifest is written last, and the folder has many files
		}
		w := lookAt(b.Path)
		age := now.Sub(w.modified)
		if age >= recently {
			continue
		}
		watched[i] = &w
		switch {
		case !b.Point.Usable && b.Point.Standing == drill.Ordinary:
			window = max(window, watchBroken)
		case b.Point.Usable && b.endUnseen() && age < wholeRecently:
			window = max(window, watchWhole)
		}
	}
	if len(watched) == 0 {
		return nil
	}
	open := openForWriting()
	for i, w := range watched {
		w.growing = slices.ContainsFunc(open, func(file string) bool { return within(found[i].Path, file) })
	}
	for waited := time.Duration(0); waited < window && !allGrow(watched); waited += watchEvery {
		if err := clock.Pause(ctx, watchEvery); err != nil {
			return err
		}
		for i, w := range watched {
			now := lookAt(found[i].Path)
			w.growing = w.growing || now.bytes != w.bytes || !now.modified.Equal(w.modified)
		}
	}
	for i, w := range watched {
		if w.growing {
			found[i] = found[i].inProgress()
		}
	}
	return nil
}

// endUnseen: whether it is whole shows only when it is read to its end.
func (b Backup) endUnseen() bool {
	switch b.Kind {
	case DumpPlainGzip, DumpTar:
		return true
	case BaseTar, BaseDirectory: // the manifest is written last
		return b.Manifest == ""
	case DumpCustom: // to a pipe: without the places of its data
		return true
	case DumpPlain, DumpDirectory, Unknown:
		return false
	}
	return true
}

func (b Backup) inProgress() Backup {
	reason := b.Point.Reason
	if b.Point.Usable || reason == "" {
		reason = "it is being written to"
	}
	b = b.unusable(reason, "it counts once it is finished")
	b.Point.Standing = drill.InProgress
	return b
}

// watch is how a backup was at a look.
type watch struct {
	bytes    int64
	modified time.Time // of the file that was written to last
	growing  bool
}

// lookAt takes the sizes and times of all files of a backup.
func lookAt(path string) (w watch) {
	_ = filepath.WalkDir(path, func(_ string, d fs.DirEntry, err error) error {
		if err != nil {
			return nil // what cannot be read was said by inspect
		}
		info, err := d.Info()
		if err != nil {
			return nil
		}
		if info.Mode().IsRegular() {
			w.bytes += info.Size()
		}
		if info.ModTime().After(w.modified) {
			w.modified = info.ModTime()
		}
		return nil
	})
	return w
}

func within(backup, file string) bool {
	if resolved, err := filepath.EvalSymlinks(backup); err == nil {
		backup = resolved
	}
	relative, err := filepath.Rel(backup, file)
	return err == nil && filepath.IsLocal(relative)
}

func allGrow(watched map[int]*watch) bool {
	for _, w := range watched {
		if !w.growing {
			return false
		}
	}
	return true
}
