// Package restore turns a backup into a running throwaway server, in the
// background, and tells how far it is.
//
// A base backup is copied and verified in one pass (package basecopy), gets a
// configuration of lifeboat's own and is started; PostgreSQL replays the WAL
// that is inside. A dump gets a new cluster: plain SQL is replayed here
// (package replay), archives are restored by pg_restore. Neither takes over
// owners, privileges, subscriptions, user mappings or event triggers: what is
// proven is the data, and nothing in the copy may act on other systems.
//
// Durability is left as PostgreSQL has it: fsync stays on, a copied data
// directory is synced by the server before it replays WAL, initdb syncs what
// it makes. A restore by hand with the same tools does the same work.
//
// A failure leaves a partial data directory, and perhaps a running server, in
// the throwaway: the caller stops the one and removes the other.
package restore

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/catalog"
)

// Server is the throwaway's server. Data is its data directory.
type Server interface {
	// InitDB makes an empty cluster with a superuser called postgres.
	InitDB(ctx context.Context, encoding string) error
	// Start writes the configuration (settings over its own) and starts the
	// server; it may return before connections are accepted.
	Start(ctx context.Context, settings map[string]string) error
	// Ready tells whether connections are accepted; the error is for a server
	// that has ended.
	Ready(ctx context.Context) (bool, error)
	// Connect opens a connection as user.
	Connect(ctx context.Context, user, database string, parameters map[string]string) (*pgconn.PgConn, error)
	// HasLibrary tells whether the programs come with a preload library.
	HasLibrary(name string) bool
	// Tool runs one of the client programs against the server and passes each
	// line of its standard error to line.
	Tool(ctx context.Context, name string, args []string, line func(string)) error
}

// Job is what to restore, and where.
type Job struct {
	Backup catalog.Backup
	Source drill.PostgresSource
	// Data is the new data directory, Tablespaces and Work folders beside it.
	Data, Tablespaces, Work string
	// Server makes the server for a major version; 0: not known, any newer
	// one will do (dumps only).
	Server func(ctx context.Context, major int) (Server, []drill.Finding, error)
	Clock  clock.Clock
}

// Restore is a job that was started.
type Restore struct {
	job    Job
	cancel context.CancelFunc
	ended  chan struct{}
	done   atomic.Int64 // bytes

	mu       sync.Mutex
	phase    string
	total    int64
	err      error
	findings []drill.Finding // not reported yet
	server   Server
	user     string
	database string
	cluster  bool // the copy holds more than database
	said     drill.Identity
	at       time.Time // available
}

// Words for RestoreStatus.Status.
const (
	copying    = "copying"
	creating   = "creating"
	recovering = "recovering"
	restoring  = "restoring"
	available  = "available"
)

// Start begins the work and returns at once. The restore ends with ctx, or
// with Stop.
func Start(ctx context.Context, job Job) *Restore {
	ctx, cancel := context.WithCancel(ctx)
	r := &Restore{job: job, cancel: cancel, ended: make(chan struct{}), total: job.Backup.Point.SizeBytes, findings: job.Backup.Findings}
	r.enter(copying)
	go func() {
		defer close(r.ended)
		defer cancel()
		err := r.withRoom(ctx, r.run)
		r.mu.Lock()
		defer r.mu.Unlock()
		if r.err = named(job.Backup, err); err == nil {
			r.phase, r.at = available, job.Clock.Now()
		}
	}()
	return r
}

// run fails where it panics: what a backup holds may break who reads it, and the
// copy is removed all the same.
func (r *Restore) run(ctx context.Context) (err error) {
	defer func() {
		if broken := recover(); broken != nil {
			debug.PrintStack()
			err = fmt.Errorf("lifeboat broke: %v", broken)
		}
	}()
	if r.job.Backup.Kind.Base() {
		return r.base(ctx)
	}
	r.enter(creating)
	return r.dump(ctx)
}

// Status is one observation. Findings are handed out once each; the error is
// the restore's own, every time.
func (r *Restore) Status() (drill.RestoreStatus, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.err != nil {
		return drill.RestoreStatus{}, r.err
	}
	s := drill.RestoreStatus{
		Available: r.phase == available, Status: r.phase, AvailableAt: r.at,
		DoneBytes: min(r.done.Load(), r.total), TotalBytes: r.total, ObservedAt: r.job.Clock.Now(), Findings: r.findings, Says: r.said,
	}
	r.findings = nil
	return s, nil
}

// stopWithin bounds how long an end is waited for: a file system that does not
// answer must not hold up the removal for ever.
const stopWithin = time.Minute

// Stop ends the work and waits until nothing of it runs any more; false: it still
// does. The server is not stopped.
func (r *Restore) Stop() bool {
	r.cancel()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	late := make(chan struct{})
	go func() {
		if pause(ctx, r.job.Clock, stopWithin) == nil {
			close(late)
		}
	}()
	select {
	case <-r.ended:
		return true
	case <-late:
		return false
	}
}

// Target is how to reach the restored data, once they are available. Cluster is
// true where more than the one database was restored.
func (r *Restore) Target() (server Server, user, database string, cluster bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.server, r.user, r.database, r.cluster
}

func (r *Restore) enter(phase string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.phase = phase
}

func (r *Restore) note(found ...drill.Finding) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.findings = append(r.findings, found...)
}

// use makes the server for a major version.
func (r *Restore) use(ctx context.Context, major int) (Server, error) {
	server, findings, err := r.job.Server(ctx, major)
	if err != nil {
		return nil, err
	}
	r.note(findings...)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.server = server
	return server, nil
}

func (r *Restore) ready(user, database string, cluster bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.user, r.database, r.cluster = user, database, cluster
}

func (r *Restore) says(said drill.Identity) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.said = said
}

// await polls until the server accepts connections: often, for the moment of
// availability is part of what is measured.
func (r *Restore) await(ctx context.Context, server Server) error {
	for {
		ok, err := server.Ready(ctx)
		if ok || err != nil {
			return err
		}
		if err := pause(ctx, r.job.Clock, 20*time.Millisecond); err != nil {
			return err
		}
	}
}

func pause(ctx context.Context, c clock.Clock, d time.Duration) error {
	woken := make(chan struct{})
	stop := c.AfterFunc(d, func() { close(woken) })
	defer stop()
	select {
	case <-woken:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("the restore was stopped: %w", context.Cause(ctx))
	}
}

// named makes sure that an error has a name.
func named(b catalog.Backup, err error) error {
	var already *drill.Error
	if err == nil || errors.As(err, &already) {
		return err
	}
	return &drill.Error{
		Name: drill.RestoreFailed, What: "restore of " + b.Path, Err: err,
		Hint: "run the drill with --keep and look at the server's log in the throwaway",
	}
}
