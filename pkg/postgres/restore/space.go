package restore

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/basecopy"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/catalog"
)

// reserve is what a restore needs beside the data: WAL, temporary files.
const reserve = 128 << 20

// CheckSpace compares the free space under folder, which exists, with what the
// restore takes at least: the restored size where the backup tells it, else the
// backup's own size. The error is RestoreRefused, with both figures.
func CheckSpace(b catalog.Backup, folder string) error {
	free, need, err := Space(b, folder)
	if err != nil || free >= need {
		return err
	}
	return &drill.Error{
		Name: drill.RestoreRefused,
		What: fmt.Sprintf("%s has %d MiB free, the restore of %s needs at least %d MiB, with what stays free for others", folder, free>>20, b.Path, need>>20),
		Hint: "free some space, or name another scratch folder in the plan",
	}
}

// Space is what is free under folder, which exists, and what the restore takes of
// it at least, with what stays free for others. The error is RestoreRefused.
func Space(b catalog.Backup, folder string) (free, need int64, err error) {
	free, kept, err := freeOn(folder)
	if err != nil {
		return 0, 0, &drill.Error{Name: drill.RestoreRefused, What: "free space of " + folder, Hint: "check the scratch folder of the plan", Err: err}
	}
	need = max(b.RestoredBytes, b.Point.SizeBytes) + reserve
	if b.Gzip && b.RestoredBytes > 0 {
		need = b.RestoredBytes + reserve
	}
	return free, need + kept, nil
}

// freeOn is what is free on the file system of folder, and what of it a drill
// leaves for others.
func freeOn(folder string) (free, kept int64, err error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(folder, &fs); err != nil {
		return 0, 0, err
	}
	block := int64(fs.Bsize)                                                         //nolint:unconvert // uint32 on macOS
	return int64(fs.Bavail) * block, basecopy.Reserve(int64(fs.Blocks) * block), nil //nolint:gosec // no file system is so large
}

// roomEvery is how often the free space is looked at while a server writes: in
// that time a fast disk takes a part of the reserve.
const roomEvery = 200 * time.Millisecond

// withRoom runs a restore and ends it when the file system comes to the reserve:
// a dump does not tell how large it becomes, and can be made to grow without end.
func (r *Restore) withRoom(ctx context.Context, run func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	go func() {
		for pause(ctx, r.job.Clock, roomEvery) == nil {
			free, kept, err := freeOn(r.job.Work)
			if err == nil && free < kept {
				cancel(&drill.Error{
					Name: drill.RestoreFailed, What: fmt.Sprintf("the restore of %s leaves less than %d MiB free (5 %% of the file system, at most 1 GiB): it was stopped", r.job.Backup.Path, kept>>20),
					Hint: "free some space, or name another scratch folder in the plan",
				})
			}
		}
	}()
	err := run(ctx)
	var full *drill.Error
	if err != nil && errors.As(context.Cause(ctx), &full) {
		return full
	}
	return err
}
