package restore

import (
	"fmt"

	"golang.org/x/sys/unix"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/catalog"
)

// reserve is what a restore needs beside the data: WAL, temporary files.
const reserve = 128 << 20

// CheckSpace compares the free space under folder, which exists, with what the
// restore takes at least: the restored size where the backup tells it, else the
// backup's own size. The error is RestoreRefused, with both figures.
func CheckSpace(b catalog.Backup, folder string) error {
	var fs unix.Statfs_t
	if err := unix.Statfs(folder, &fs); err != nil {
		return &drill.Error{Name: drill.RestoreRefused, What: "free space of " + folder, Hint: "check the scratch folder of the plan", Err: err}
	}
	free := int64(fs.Bavail) * int64(fs.Bsize) //nolint:unconvert // uint32 on macOS
	need := max(b.RestoredBytes, b.Point.SizeBytes) + reserve
	if b.Gzip && b.RestoredBytes > 0 {
		need = b.RestoredBytes + reserve
	}
	if free >= need {
		return nil
	}
	return &drill.Error{
		Name: drill.RestoreRefused,
		What: fmt.Sprintf("%s has %d MiB free, the restore of %s needs at least %d MiB", folder, free>>20, b.Path, need>>20),
		Hint: "free some space, or name another scratch folder in the plan",
	}
}
