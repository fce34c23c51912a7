// Package basebackup takes a base backup of a running PostgreSQL, over the
// replication protocol, with the WAL that makes it consistent and a manifest
// with SHA-256 checksums.
//
// It is what pg_basebackup does with --wal-method=fetch, without needing that
// program in the server's version. The server decides what is in the backup
// and streams it as tar archives, one per tablespace; they are unpacked (plain
// format) or stored. Versions 13 and 14 send one copy stream per archive and
// one for the manifest, later ones a single stream whose messages tell what
// they carry.
//
// Everything is written to <destination>.partial, synced, and renamed: under
// its own name a backup is complete. A failure removes the partial one; a
// killed process leaves it, and the next call says so. The server is only
// read, apart from the checkpoint that every backup begins with.
package basebackup

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/jackc/pglogrepl"
	"github.com/jackc/pgx/v5/pgconn"
)

// Format is how a backup lies on the disk.
type Format string

const (
	// Auto is Plain, and Tar for a server with tablespaces.
	Auto Format = ""
	// Plain is a data directory as a server would start on. A server with
	// tablespaces is refused: links to them would point into the live server.
	Plain Format = "plain"
	// Tar is base.tar and one tar per tablespace, as pg_basebackup -Ft has it.
	Tar Format = "tar"
	// TarGzip compresses the archives.
	TarGzip Format = "tar.gz"
)

// Options say what to back up, and where to.
type Options struct {
	// URL of the server, as libpq reads it, PG* environment included. Its
	// user needs REPLICATION, and an entry in pg_hba.conf for "replication".
	URL string
	// Destination is the new folder; it must not exist, its parent is made.
	Destination string
	Format      Format
	Label       string // of the backup; "": lifeboat
	// Spread lets the server take its time for the checkpoint; the default is
	// to ask for a fast one.
	Spread bool
	// MaxRateKiB limits the transfer, in KiB per second; 0: no limit, else 32
	// to 1048576.
	MaxRateKiB int32
	// Progress is told now and then how many bytes have come, and how many
	// are expected; 0: not known. The total is an estimate.
	Progress func(doneBytes, totalBytes int64)
}

// Result is what was taken.
type Result struct {
	Destination   string
	Format        Format
	Bytes         int64 // as the server sent them
	ServerVersion string
	SystemID      string
	Timeline      int32
	StartLSN      string
	EndLSN        string
	Tablespaces   int // beside the default one
}

// Take takes one base backup. Errors are BackupFailed, and never hold the
// URL's password.
func Take(ctx context.Context, o Options) (Result, error) {
	destination, err := filepath.Abs(o.Destination)
	if err != nil || o.Destination == "" {
		return Result{}, failed("no destination for the backup", err, "name a folder that does not exist yet")
	}
	o.Destination = destination
	partial := o.Destination + ".partial"
	if err := vacant(o.Destination, partial); err != nil {
		return Result{}, err
	}
	conn, err := connect(ctx, o.URL)
	if err != nil {
		return Result{}, err
	}
	defer conn.Close(context.WithoutCancel(ctx))
	if err := os.MkdirAll(filepath.Dir(partial), 0o755); err != nil {
		return Result{}, storage("make the backup's folder", err)
	}
	if err := os.Mkdir(partial, 0o700); err != nil {
		return Result{}, storage("make the backup's folder", err)
	}
	result, err := take(ctx, conn, o, partial)
	if err == nil {
		err = publish(partial, o.Destination)
	}
	if err != nil {
		return Result{}, explain(ctx, errors.Join(err, os.RemoveAll(partial)))
	}
	return result, nil
}

func vacant(destination, partial string) error {
	if _, err := os.Lstat(destination); !errors.Is(err, fs.ErrNotExist) {
		return failed(destination+" exists already", err, "name a folder that does not exist yet; a backup is never overwritten")
	}
	if _, err := os.Lstat(partial); !errors.Is(err, fs.ErrNotExist) {
		return failed(partial+" exists already", err, "another backup is being taken there, or one was killed: then remove it")
	}
	return nil
}

// publish makes the partial backup durable and gives it its name.
func publish(partial, destination string) error {
	if err := syncTree(partial); err != nil {
		return storage("sync the backup", err)
	}
	if _, err := os.Lstat(destination); !errors.Is(err, fs.ErrNotExist) {
		return failed(destination+" exists already", err, "somebody made it while the backup was taken")
	}
	if err := os.Rename(partial, destination); err != nil {
		return storage("rename the backup", err)
	}
	if err := syncOne(filepath.Dir(destination)); err != nil {
		return storage("sync the backup's folder", err)
	}
	return nil
}

func take(ctx context.Context, conn *pgconn.PgConn, o Options, partial string) (Result, error) {
	system, err := pglogrepl.IdentifySystem(ctx, conn)
	if err != nil {
		return Result{}, err
	}
	version := conn.ParameterStatus("server_version")
	result := Result{Destination: o.Destination, ServerVersion: version, SystemID: system.SystemID}
	total := expectedBytes(ctx, o.URL)

	label := o.Label
	if label == "" {
		label = "lifeboat"
	}
	started, err := pglogrepl.StartBaseBackup(ctx, conn, pglogrepl.BaseBackupOptions{
		Label: label, Fast: !o.Spread, WAL: true, MaxRate: o.MaxRateKiB,
		NoWait:        true, // WAL comes with the backup; nobody waits for an archive
		TablespaceMap: true, Manifest: true, ManifestChecksums: "SHA256",
	})
	if err != nil {
		return Result{}, err
	}
	result.Timeline, result.StartLSN, result.Tablespaces = started.TimelineID, started.LSN.String(), len(started.Tablespaces)
	if result.Format, err = chooseFormat(o.Format, result.Tablespaces); err != nil {
		return Result{}, err
	}
	in := &stream{
		conn: conn, single: majorOf(version) >= 15, archives: archiveNames(started.Tablespaces),
		out: newSink(partial, result.Format), progress: o.Progress, total: total,
	}
	if err := in.run(ctx); err != nil {
		_ = in.close() // what is half written fails again, for the same reason
		return Result{}, err
	}
	finished, err := pglogrepl.FinishBaseBackup(ctx, conn)
	if err != nil {
		return Result{}, err
	}
	result.EndLSN, result.Bytes = finished.LSN.String(), in.done
	return result, nil
}

func chooseFormat(asked Format, tablespaces int) (Format, error) {
	switch {
	case asked == Auto && tablespaces > 0:
		return Tar, nil
	case asked == Auto:
		return Plain, nil
	case asked == Plain && tablespaces > 0:
		return "", failed(fmt.Sprintf("the server has %d tablespaces, which the plain format can only hold as links into the live server", tablespaces), nil,
			"use the tar format")
	case asked == Plain || asked == Tar || asked == TarGzip:
		return asked, nil
	}
	return "", failed(fmt.Sprintf("%q is no format", asked), nil, "use plain, tar or tar.gz")
}

// archiveNames are the archives in the order in which versions 13 and 14 send
// them: the default tablespace is last (basebackup.c).
func archiveNames(tablespaces []pglogrepl.BaseBackupTablespace) []string {
	var names []string
	for _, t := range tablespaces {
		names = append(names, fmt.Sprintf("%d.tar", uint32(t.OID)))
	}
	return append(names, baseArchive)
}
