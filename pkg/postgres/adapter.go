// Package postgres restores a user's own PostgreSQL backups into throwaway
// servers on this machine: what the steps of a drill ask for, for databases of
// kind postgres.
//
// Recovery points come from package catalog, the restore from package restore,
// the checks from package check; folders, programs and processes are the
// host's (host.go). A restore runs in the background of this process: it
// is asked for its state, and a process that has died leaves a throwaway that
// another one can remove, but not continue.
//
// Errors are *drill.Error. A failure leaves the throwaway, which Remove
// removes with its processes; the source and the backups are only read.
package postgres

import (
	"context"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	pgcheck "github.com/lifeboat-dr/lifeboat/pkg/check/postgres"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/basecopy"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/catalog"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pagesum"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/restore"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/throwaway"
)

// ResourceKind of the throwaway server.
const ResourceKind = "postgres-instance"

// Options of an adapter.
type Options struct {
	Clock clock.Clock // nil: the wall clock
	// CheckProgress is told how far the built-in checks are; nil: nobody asks.
	CheckProgress func(pgcheck.Progress)
	// Survive lets the throwaway servers run on when this process ends, however it
	// does: another one takes the work on. Whoever sees to that removes them.
	Survive bool
}

// Adapter serves the drills of one process. It is safe for concurrent use.
type Adapter struct {
	clock    clock.Clock
	progress func(pgcheck.Progress)
	host     *localHost

	mu   sync.Mutex
	jobs map[string]*job // by the throwaway's name
}

// job is a restore of this process.
type job struct {
	resource  drill.Resource
	restore   *restore.Restore
	backup    catalog.Backup
	throwaway *throwaway.Throwaway
}

// New makes an adapter for this machine.
func New(o Options) *Adapter {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	return &Adapter{clock: o.Clock, progress: o.CheckProgress, host: newLocalHost(o.Clock, o.Survive), jobs: map[string]*job{}}
}

// RecoveryPoints lists the backups that the plan's glob matches, newest first;
// those that cannot be restored are marked.
func (a *Adapter) RecoveryPoints(ctx context.Context, spec drill.Spec) ([]drill.RecoveryPoint, error) {
	source, err := sourceOf(spec)
	if err != nil {
		return nil, err
	}
	found, err := catalog.Scan(ctx, source, a.clock.Now())
	if err != nil {
		return nil, err
	}
	points := make([]drill.RecoveryPoint, len(found))
	for i, b := range found {
		points[i] = b.Point
	}
	return points, nil
}

// StartRestore begins to restore point and returns at once. Called again for
// the same run it returns the same resource. Errors: BackupUnreadable,
// BinariesMissing, RestoreRefused.
func (a *Adapter) StartRestore(ctx context.Context, run drill.Run, spec drill.Spec, point drill.RecoveryPoint) (drill.Copy, error) {
	return drill.Single(a.startRestore(ctx, run, spec, point))
}

func (a *Adapter) startRestore(ctx context.Context, run drill.Run, spec drill.Spec, point drill.RecoveryPoint) (drill.Resource, error) {
	source, err := sourceOf(spec)
	if err != nil {
		return drill.Resource{}, err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if j := a.jobs[name(run, spec)]; j != nil {
		return j.resource, nil
	}
	if err := a.host.Admit(spec); err != nil {
		return drill.Resource{}, err
	}
	b, err := catalog.Inspect(source, point)
	if err != nil {
		return drill.Resource{}, err
	}
	if !b.Point.Usable {
		return drill.Resource{}, &drill.Error{Name: drill.BackupUnreadable, What: "backup " + point.ID + ": " + b.Point.Reason, Hint: b.Point.Hint}
	}
	if major := b.ProgramsMajor(); major > 0 || !b.Kind.Base() { // told before anything is made
		if _, _, err := a.host.Choose(ctx, spec, b, major); err != nil {
			return drill.Resource{}, err
		}
	}
	at, err := a.host.Create(ctx, run, spec)
	if err != nil {
		return drill.Resource{}, err
	}
	if err := restore.CheckSpace(b, at.Path); err != nil {
		return drill.Resource{}, err
	}
	j := &job{backup: b, throwaway: at, resource: drill.Resource{Kind: ResourceKind, ID: at.Marker.Name, Detail: at.Path, CreatedAt: at.Marker.CreatedAt}}
	j.restore = restore.Start(context.WithoutCancel(ctx), restore.Job{
		Backup: b, Source: source, Data: at.Data(), Tablespaces: at.Tablespaces(), Work: at.Work(), Clock: a.clock,
		Server: func(ctx context.Context, major int) (restore.Server, []drill.Finding, error) {
			return a.host.Server(ctx, at, spec, b, major)
		},
	})
	a.jobs[name(run, spec)] = j
	return j.resource, nil
}

// RestoreStatus is one observation of the restore. A restore that ended badly
// is an error: BackupUnreadable, RestoreFailed, RestoreRefused.
func (a *Adapter) RestoreStatus(_ context.Context, run drill.Run, spec drill.Spec, res drill.Resource) (drill.RestoreStatus, error) {
	j := a.job(run, spec)
	if j == nil {
		return drill.RestoreStatus{}, &drill.Error{
			Name: drill.RestoreFailed, What: "restore " + res.ID + " is not of this process: the one that began it has ended",
			Hint: "run the drill again; lifeboat sweep removes what is left",
		}
	}
	return j.restore.Status()
}

// PrepareLogin has nothing to make: the copy is a server of this process, behind a
// socket of its own, and OpenChecks knows the way in.
func (a *Adapter) PrepareLogin(context.Context, drill.Run, drill.Spec, drill.Resource) (drill.Access, error) {
	return drill.Access{}, nil
}

// Session puts checks to the restored data.
type Session interface {
	Run(ctx context.Context, check drill.Check) (drill.CheckResult, error)
	Close() error
}

// OpenChecks connects to the restored data. The error is ValidationImpossible.
func (a *Adapter) OpenChecks(ctx context.Context, run drill.Run, spec drill.Spec, res drill.Resource) (Session, error) {
	source, err := sourceOf(spec)
	if err != nil {
		return nil, err
	}
	j := a.job(run, spec)
	if j == nil {
		return nil, &drill.Error{Name: drill.ValidationImpossible, What: "restore " + res.ID + " is not of this process", Hint: "run the drill again"}
	}
	server, user, database, cluster := j.restore.Target()
	if user == "" {
		return nil, &drill.Error{Name: drill.ValidationImpossible, What: "restore " + res.ID + " is not available yet"}
	}
	if spec.Keep { // from here on, cleaning up leaves it to a person
		if err := j.throwaway.MarkKept(); err != nil {
			return nil, &drill.Error{Name: drill.ValidationImpossible, What: "mark " + j.throwaway.Path + " as kept", Err: err}
		}
	}
	return pgcheck.Open(ctx, pgcheck.Options{
		Pages: pagesOf(j),
		Connect: func(ctx context.Context, database string, parameters map[string]string) (*pgconn.PgConn, error) {
			return server.Connect(ctx, user, database, withoutTriggers(parameters))
		},
		Database: database, Cluster: cluster,
		StatementTimeout: seconds(spec.Limits.StatementSeconds),
		ReadTimeout:      seconds(max(spec.Limits.StatementSeconds, spec.Limits.ValidateSeconds)),
		StartedAt:        run.StartedAt, TimeZone: source.TimeZone, Clock: a.clock, Progress: a.progress,
	})
}

// pagesOf verifies the pages of a base backup whose source kept checksums; a
// cluster that a dump was loaded into is lifeboat's own.
func pagesOf(j *job) func(context.Context) (pgcheck.Pages, error) {
	control, err := basecopy.ReadControl(j.throwaway.Data())
	if !j.backup.Kind.Base() || err != nil || !control.Known || !control.Checksums {
		return nil
	}
	return func(ctx context.Context) (pgcheck.Pages, error) {
		report, err := pagesum.Verify(ctx, pagesum.Cluster{
			Data: j.throwaway.Data(), Tablespaces: j.throwaway.Tablespaces(), BlockBytes: control.BlockBytes, FileBlocks: control.FileBlocks,
		})
		return pgcheck.Pages(report), err
	}
}

// withoutTriggers keeps event triggers of the copy from what the checks make in
// it, amcheck for example: before version 17 there is no setting that switches
// them off (event_triggers), but a session that replicates fires only those that
// ask for it (ALTER EVENT TRIGGER ... ENABLE REPLICA). It is no protection by
// itself: the sandbox is.
func withoutTriggers(parameters map[string]string) map[string]string {
	all := map[string]string{"session_replication_role": "replica"}
	maps.Copy(all, parameters)
	return all
}

// Parts is the throwaway server, with its folder: one thing.
func (a *Adapter) Parts(run drill.Run) drill.Copy {
	return drill.Copy{{Kind: ResourceKind, ID: run.Throwaway}}
}

// Remove stops the restore and removes the throwaway with its processes. What
// is not there is removed already.
func (a *Adapter) Remove(ctx context.Context, run drill.Run, spec drill.Spec, _ drill.Resource) error {
	if _, err := sourceOf(spec); err != nil {
		return err
	}
	if j := a.job(run, spec); j != nil && !j.restore.Stop() {
		return &drill.Error{
			Name: drill.CleanupFailed, What: "restore " + j.resource.ID + " does not come to an end: it waits for a file system that does not answer",
			Hint: "look at the disks of the backups and of the scratch folder; lifeboat sweep removes what is left",
		}
	}
	if err := a.host.Remove(ctx, run, spec); err != nil {
		return err
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.jobs, name(run, spec))
	return nil
}

// Remaining lists what still exists of a run; empty is the proof of removal.
func (a *Adapter) Remaining(_ context.Context, run drill.Run, spec drill.Spec) ([]drill.Resource, error) {
	if _, err := sourceOf(spec); err != nil {
		return nil, err
	}
	return a.host.Remaining(run, spec)
}

// ConnectHint tells how to connect to a copy that was kept, and with what command
// to remove it. It holds no secret.
func (a *Adapter) ConnectHint(run drill.Run, spec drill.Spec, sweep string) string {
	remove := "remove it:  " + sweep
	j := a.job(run, spec)
	if j == nil {
		return remove
	}
	running, user, database, _ := j.restore.Target()
	s, ok := running.(interface {
		ConnectionString(user, database string) string
	})
	if !ok || user == "" {
		return remove
	}
	return fmt.Sprintf("connect:    psql \"%s\"\n%s", s.ConnectionString(user, database), remove)
}

func (a *Adapter) job(run drill.Run, spec drill.Spec) *job {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.jobs[name(run, spec)]
}

func sourceOf(spec drill.Spec) (drill.PostgresSource, error) {
	if spec.Postgres == nil {
		return drill.PostgresSource{}, &drill.Error{
			Name: drill.NoUsableBackup, What: fmt.Sprintf("%s is of kind %q and names no backups of PostgreSQL", spec.Name(), spec.Kind),
			Hint: "declare the database with kind postgres and a glob for its backups",
		}
	}
	return *spec.Postgres, nil
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
