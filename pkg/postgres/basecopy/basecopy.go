// Package basecopy puts a base backup (directory or tar) into a throwaway data
// directory and compares every file with the backup's manifest while it
// copies, so that the data are read once.
//
// The danger is in the links: pg_tblspc and tablespace_map of a base backup
// name folders of the live server, and a copy that kept them would truncate
// the source's files with its first DROP TABLE. Therefore:
//
//   - nothing is ever written through a path that the backup supplies: writing
//     is confined to the new data directory and the new tablespace folder by
//     os.Root, which refuses "..", absolute paths and links that lead out;
//   - every tablespace gets a folder of its own in the throwaway, the links in
//     pg_tblspc are made here, and tablespace_map is left out, so PostgreSQL
//     never hears of the old places;
//   - WAL that would create a tablespace with a path, or that cannot be read to
//     the end of the backup, is refused before the server sees it (package wal);
//   - the backup itself is only read. A tablespace link of a directory backup
//     is followed for reading where the manifest's checksums prove the
//     content, or where the target lies in or beside the backup; elsewhere it
//     is refused, because it may be the live server's folder.
//
// Only what belongs to a data directory is taken over. Slots, signals,
// settings, the hba file, old logs and temporary files stay out; what was left
// out is reported. Settings are handed to the caller as text.
//
// Files are written without fsync: PostgreSQL syncs the whole data directory
// itself before it replays the WAL of a backup (SyncDataDirectory in
// StartupXLOG). A failure leaves a partial data directory for the throwaway's
// removal.
package basecopy

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/catalog"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/plainfile"
)

// Job is one copy.
type Job struct {
	Backup catalog.Backup
	// Data is the new data directory; it must not exist or be empty.
	Data string
	// Tablespaces is the folder that gets one folder per tablespace.
	Tablespaces string
	// Progress is told how many bytes of the backup were read since the last
	// call, from several goroutines; nil: nobody asks.
	Progress func(bytes int64)
}

// Result is what the copy learned.
type Result struct {
	Major int
	// Conf and AutoConf are the source's postgresql.conf and
	// postgresql.auto.conf; empty where the backup holds none.
	Conf, AutoConf []byte
	Control        Control
	Findings       []drill.Finding
}

// Copy carries the job out. Errors are *drill.Error: BackupUnreadable for
// anything that is wrong with the backup, RestoreRefused for what would be
// dangerous, RestoreFailed for what is wrong on this side.
func Copy(ctx context.Context, job Job) (Result, error) {
	c, err := newCopier(job)
	if err != nil {
		return Result{}, err
	}
	defer c.close()
	if job.Backup.Kind == catalog.BaseDirectory {
		err = c.fromDirectory(ctx)
	} else {
		err = c.fromTars(ctx)
	}
	if err != nil {
		return Result{}, named(job.Backup, err)
	}
	if err := c.finish(ctx); err != nil {
		return Result{}, named(job.Backup, err)
	}
	return c.result()
}

// named gives an error without a name the one it has: the backup cannot be
// read.
func named(b catalog.Backup, err error) error {
	var already *drill.Error
	if errors.As(err, &already) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	hint := "take the backup again, or restore an older one"
	if errors.Is(err, os.ErrPermission) {
		hint = "let the user that runs lifeboat read the backup: chmod, chown, or run as its owner"
	}
	return &drill.Error{Name: drill.BackupUnreadable, What: "base backup " + b.Path, Hint: hint, Err: err}
}

func refused(what, hint string) error {
	return &drill.Error{Name: drill.RestoreRefused, What: what, Hint: hint}
}

// finish checks what only shows at the end, and links the tablespaces.
func (c *copier) finish(ctx context.Context) error {
	if err := c.verifier.missing(); err != nil {
		return err
	}
	if err := c.verifyEmbedded(ctx); err != nil {
		return err
	}
	if err := c.makeFolders(); err != nil {
		return err
	}
	if err := c.linkTablespaces(); err != nil {
		return err
	}
	return c.lookThroughWAL()
}

// linkTablespaces points pg_tblspc at the throwaway's own folders.
func (c *copier) linkTablespaces() error {
	for _, oid := range c.tablespaceOIDs() {
		own := filepath.Join(c.job.Tablespaces, oid)
		if err := os.MkdirAll(own, 0o700); err != nil {
			return c.failed(err)
		}
		if err := os.Symlink(own, filepath.Join(c.job.Data, "pg_tblspc", oid)); err != nil {
			return c.failed(err)
		}
	}
	return nil
}

func (c *copier) tablespaceOIDs() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var oids []string
	for oid := range c.tablespaces {
		oids = append(oids, oid)
	}
	slices.Sort(oids)
	return oids
}

func (c *copier) result() (Result, error) {
	r := Result{Conf: c.conf, AutoConf: c.autoConf, Findings: c.findings()}
	version, err := plainfile.ReadIn(c.data, "PG_VERSION", 64)
	if err != nil {
		return r, named(c.job.Backup, fmt.Errorf("PG_VERSION: %w", err))
	}
	if _, err := fmt.Sscanf(string(version), "%d", &r.Major); err != nil {
		return r, named(c.job.Backup, errors.New("PG_VERSION names no version: damaged"))
	}
	control, err := ReadControl(c.job.Data)
	if err != nil {
		return r, named(c.job.Backup, err)
	}
	r.Control = control
	if r.Control.Known && !r.Control.Checksums {
		r.Findings = append(r.Findings, drill.Finding{
			Severity: drill.Warning, Code: "NoDataChecksums",
			What: "the source keeps no data checksums: damage inside a page may pass unnoticed",
			Hint: "enable them on the source (pg_checksums --enable, while it is stopped)",
		})
	}
	return r, nil
}
