package restore

import (
	"context"
	"fmt"
	"maps"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lifeboat-dr/lifeboat/pkg/check/postgres/answer"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/basecopy"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/settings"
)

// base restores a base backup.
func (r *Restore) base(ctx context.Context) error {
	major := r.job.Backup.ProgramsMajor()
	var server Server
	var err error
	if major > 0 { // missing programs are told before an hour of copying
		if server, err = r.use(ctx, major); err != nil {
			return err
		}
	}
	total := r.job.Backup.Point.SizeBytes
	copied, err := basecopy.Copy(ctx, basecopy.Job{
		Backup: r.job.Backup, Data: r.job.Data, Tablespaces: r.job.Tablespaces,
		Progress: r.progress(total),
	})
	if err != nil {
		return err
	}
	r.note(copied.Findings...)
	if copied.Control.Known {
		r.says(drill.Identity{SystemIdentifier: fmt.Sprint(copied.Control.SystemIdentifier), ServerVersion: fmt.Sprint(copied.Major)})
	}
	if server == nil {
		if server, err = r.use(ctx, copied.Major); err != nil {
			return err
		}
	}
	candidates, err := superusers(r.job.Data, r.job.Source.User)
	if err != nil {
		return err
	}
	r.enter(recovering)
	if err := server.Start(ctx, r.baseSettings(server, copied)); err != nil {
		return err
	}
	if err := r.await(ctx, server); err != nil {
		return err
	}
	database := r.job.Source.Database
	if database == "" {
		database = "postgres"
	}
	user, err := firstThatConnects(ctx, server, candidates)
	if err != nil {
		return err
	}
	r.ready(user, database, true)
	return nil
}

// progress counts bytes read. Compressed tars are counted after decompression,
// so their total is the manifest's where there is one.
func (r *Restore) progress(total int64) func(int64) {
	if r.job.Backup.Gzip {
		total = r.job.Backup.RestoredBytes
	}
	r.mu.Lock()
	r.total = total
	r.mu.Unlock()
	return func(n int64) { r.done.Add(n) }
}

// baseSettings puts together what the copy runs with: what gives the data
// their meaning, what recovery needs, the plan's own, and last what keeps the
// copy to itself.
func (r *Restore) baseSettings(server Server, copied basecopy.Result) map[string]string {
	all := settings.Defaults()
	taken, findings := settings.ForCopy(copied.Conf, copied.AutoConf, server.HasLibrary)
	r.note(findings...)
	maps.Copy(all, taken)
	c := copied.Control
	maps.Copy(all, settings.Required(c.MaxConnections, c.MaxWorkerProcesses, c.MaxWALSenders, c.MaxPreparedTransactions, c.MaxLocksPerTransaction))
	maps.Copy(all, r.job.Source.Settings)
	maps.Copy(all, settings.Safe(copied.Major))
	return all
}

// firstThatConnects returns the first role that the server lets in as a
// superuser.
func firstThatConnects(ctx context.Context, server Server, candidates []string) (string, error) {
	code := "none was found"
	for _, user := range candidates {
		conn, err := server.Connect(ctx, user, "template1", map[string]string{"session_preload_libraries": "", "local_preload_libraries": ""})
		if err != nil {
			code = sqlstate(err)
			continue
		}
		super := isSuperuser(ctx, conn)
		_ = conn.Close(ctx)
		if super {
			return user, nil
		}
		code = "it is no superuser"
	}
	return "", &drill.Error{
		Name: drill.RestoreFailed, What: fmt.Sprintf("no superuser of the restored cluster could connect (%d tried; the last: %s)", len(candidates), code),
		Hint: "name one that may log in under user in the plan",
	}
}

func isSuperuser(ctx context.Context, conn *pgconn.PgConn) bool {
	rows, err := answer.Rows(ctx, conn, "select rolsuper from pg_catalog.pg_roles where rolname = current_user")
	return err == nil && len(rows) == 1 && rows[0][0] == "t"
}
