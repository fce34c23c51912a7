package local

import (
	"context"
	"maps"
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/postgres/basebackup"
)

// Backup is a base backup to be taken of a running PostgreSQL.
type Backup struct {
	URL         string // as libpq reads it
	Destination string // the new folder
	Format      string // one of BackupFormats
	// Progress is told now and then how many bytes have come, of about so many.
	Progress func(done, total int64)
}

// Taken is what was taken.
type Taken = basebackup.Result

var backupFormats = map[string]basebackup.Format{
	"auto": basebackup.Auto, "plain": basebackup.Plain, "tar": basebackup.Tar, "tar.gz": basebackup.TarGzip,
}

// BackupFormats are those that there are.
func BackupFormats() []string { return slices.Sorted(maps.Keys(backupFormats)) }

// Take takes it. Errors are BackupFailed, and never hold the URL's password.
func (b Backup) Take(ctx context.Context) (Taken, error) {
	return basebackup.Take(ctx, basebackup.Options{
		URL: b.URL, Destination: b.Destination, Format: backupFormats[b.Format], Progress: b.Progress,
	})
}
