package restore

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/catalog"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/plainfile"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/replay"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/settings"
)

// superuser of a cluster that lifeboat makes itself.
const superuser = "postgres"

// fallbackDatabase is where a dump goes that does not say its database.
const fallbackDatabase = "restored"

// dump restores pg_dump's output into a new cluster.
func (r *Restore) dump(ctx context.Context) error {
	server, err := r.use(ctx, r.job.Backup.ProgramsMajor())
	if err != nil {
		return err
	}
	if err := server.InitDB(ctx, "UTF8"); err != nil {
		return err
	}
	all := settings.LoadDefaults()
	maps.Copy(all, r.job.Source.Settings)
	maps.Copy(all, settings.Safe(0))
	if err := server.Start(ctx, all); err != nil {
		return err
	}
	if err := r.await(ctx, server); err != nil {
		return err
	}
	r.enter(restoring)
	if r.job.Backup.Dump != nil {
		return r.archive(ctx, server)
	}
	return r.plain(ctx, server)
}

// plain replays SQL text.
func (r *Restore) plain(ctx context.Context, server Server) error {
	f, err := plainfile.Follow(r.job.Backup.Path)
	if err != nil {
		return unreadable(r.job.Backup, err)
	}
	defer f.Close()
	in := io.Reader(&counted{in: f, add: func(n int64) { r.done.Add(n) }})
	if r.job.Backup.Kind == catalog.DumpPlainGzip {
		z, err := gzip.NewReader(bufio.NewReaderSize(in, 1<<20))
		if err != nil {
			return unreadable(r.job.Backup, err)
		}
		in = z
	}
	first := cmp.Or(r.job.Source.Database, fallbackDatabase)
	if r.job.Backup.Cluster {
		first = "postgres"
	} else if err := r.createDatabase(ctx, server, first, ""); err != nil {
		return err
	}
	result, err := replay.Run(ctx, in, replay.Options{
		Database: first, Target: r.job.Source.Database,
		Create: func(ctx context.Context, database string) error { return r.createDatabase(ctx, server, database, "") },
		Connect: func(ctx context.Context, database string) (*pgconn.PgConn, error) {
			return server.Connect(ctx, superuser, database, nil)
		},
	})
	if err != nil {
		return err
	}
	r.note(result.Findings...)
	r.ready(superuser, r.chosen(result.Databases), len(result.Databases) > 1)
	return nil
}

// chosen is the database that the checks ask: the plan's, else the last that
// the dump connected to which is not PostgreSQL's own, else the first.
func (r *Restore) chosen(databases []string) string {
	if r.job.Source.Database != "" {
		return r.job.Source.Database
	}
	for _, name := range slices.Backward(databases) {
		if name != "postgres" && name != "template1" {
			return name
		}
	}
	return databases[0]
}

// createDatabase makes the database that a dump goes into. sql is the dump's
// own CREATE DATABASE; "" makes one with the cluster's locale.
func (r *Restore) createDatabase(ctx context.Context, server Server, name, sql string) error {
	if name == "postgres" || name == "template1" {
		return nil
	}
	conn, err := server.Connect(ctx, superuser, "postgres", nil)
	if err != nil {
		return fmt.Errorf("connect to the new cluster: %s", sqlstate(err))
	}
	defer conn.Close(ctx)
	if sql == "" {
		sql = "CREATE DATABASE x TEMPLATE = template0;"
	}
	localeMissing, err := replay.CreateDatabase(ctx, conn, sql, name)
	if err != nil {
		return fmt.Errorf("create database %q: %s", name, sqlstate(err))
	}
	if localeMissing {
		r.note(replay.LocaleMissing())
	}
	return nil
}

// counted counts what is read of the dump's file.
type counted struct {
	in  io.Reader
	add func(int64)
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.add(int64(n))
	return n, err
}

func unreadable(b catalog.Backup, err error) error {
	hint := "take the backup again, or restore an older one"
	if errors.Is(err, os.ErrPermission) {
		hint = "let the user that runs lifeboat read the backup: chmod, chown, or run as its owner"
	}
	return &drill.Error{Name: drill.BackupUnreadable, What: "backup " + b.Path, Hint: hint, Err: err}
}

// sqlstate is all of a database error that may leave.
func sqlstate(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return "SQLSTATE " + pg.Code
	}
	return "no connection"
}
