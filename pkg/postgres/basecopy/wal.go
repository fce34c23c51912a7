package basecopy

import (
	"errors"
	"fmt"
	"path/filepath"

	"github.com/lifeboat-dr/lifeboat/pkg/postgres/plainfile"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/wal"
)

// maxLabel bounds backup_label: real ones have some 250 bytes.
const maxLabel = 64 << 10

// lookThroughWAL refuses a backup whose WAL would lead the server out of the
// throwaway (package wal), and takes segments out of the copy that were not
// looked through: PostgreSQL then reads what was read here, or nothing.
func (c *copier) lookThroughWAL() error {
	control, err := ReadControl(c.job.Data)
	if err != nil {
		return err
	}
	if !control.Known {
		return refused("global/pg_control has a layout that lifeboat does not know: what the backup's WAL would do cannot be told",
			"restore it by hand; lifeboat reads clusters of 64-bit machines, versions 13 to 18")
	}
	label, err := plainfile.ReadIn(c.data, "backup_label", maxLabel)
	if err != nil {
		return fmt.Errorf("backup_label: %w", err)
	}
	walked, err := wal.Walk(wal.Options{
		Dir: filepath.Join(c.job.Data, "pg_wal"), Label: label,
		SegmentBytes: control.WALSegment, PageBytes: control.WALPageBytes,
		Checkpoint: control.Checkpoint, Redo: control.Redo, MinRecovery: control.MinRecovery,
		Timeline: max(control.Timeline, control.MinRecoveryTimeline),
	})
	var no *wal.Refused
	if errors.As(err, &no) {
		return refused(no.What, no.Hint)
	}
	if err != nil {
		return err
	}
	for _, name := range walked.Unread {
		if err := c.data.Remove("pg_wal/" + name); err != nil {
			return c.failed(fmt.Errorf("take %s out of the copy: %w", name, err))
		}
	}
	return nil
}
