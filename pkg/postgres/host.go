package postgres

import (
	"context"
	"fmt"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/catalog"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgbin"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/restore"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/server"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/throwaway"
)

// localHost keeps throwaways below the plan's scratch folder.
type localHost struct{ clock clock.Clock }

func newLocalHost(c clock.Clock) *localHost { return &localHost{clock: c} }

// Create begins with nothing: what an earlier process left of this execution
// cannot be continued.
func (h *localHost) Create(ctx context.Context, run drill.Run, spec drill.Spec) (*throwaway.Throwaway, error) {
	if err := h.Remove(ctx, run, spec); err != nil {
		return nil, &drill.Error{
			Name: drill.RestoreRefused, What: "remove what an earlier attempt left", Err: err, Hint: "look what stands in the scratch folder of the plan",
		}
	}
	return throwaway.Create(throwaway.Options{
		Scratch: spec.Postgres.Scratch, Deployment: deployment(run, spec), RunID: run.ID, ExecutionID: run.ExecutionID, Version: run.Version, CreatedAt: h.clock.Now(),
	})
}

// Choose finds programs of a version that fits the backup: its own for a base
// backup, its own or a newer one for a dump. The error is BinariesMissing.
func (h *localHost) Choose(ctx context.Context, spec drill.Spec, b catalog.Backup, major int) (pgbin.Set, []drill.Finding, error) {
	found, err := pgbin.Find(ctx, pgbin.Options{Binaries: spec.Postgres.Binaries})
	if err != nil {
		return pgbin.Set{}, nil, err
	}
	if b.Kind.Base() {
		set, err := found.ForBaseBackup(major)
		return set, nil, err
	}
	return found.ForDump(major, b.Dump != nil)
}

// Server makes the server of a throwaway, which is not started.
func (h *localHost) Server(ctx context.Context, t *throwaway.Throwaway, spec drill.Spec, b catalog.Backup, major int) (restore.Server, []drill.Finding, error) {
	set, findings, err := h.Choose(ctx, spec, b, major)
	if err != nil {
		return nil, nil, err
	}
	s, err := server.New(ctx, server.Config{
		Bin: set, Folder: t.Path, Data: t.Data(), Owned: []string{t.Tablespaces(), t.Work()}, SocketDir: t.SocketDir(), Survive: spec.Keep,
	})
	if err != nil {
		return nil, nil, err
	}
	return s, append(findings, drill.Finding{
		Severity: drill.Info, Code: "RestoredWith", What: fmt.Sprintf("the copy ran with %s (%s), %s", set, set.Source, s.RunsAs()),
	}), nil
}

// Remove ends the processes and removes the folders; not found is success.
func (h *localHost) Remove(ctx context.Context, run drill.Run, spec drill.Spec) error {
	return throwaway.Remove(ctx, spec.Postgres.Scratch, deployment(run, spec), name(run, spec))
}

// Remaining lists what still exists of a run.
func (h *localHost) Remaining(run drill.Run, spec drill.Spec) ([]drill.Resource, error) {
	return throwaway.Remaining(spec.Postgres.Scratch, name(run, spec))
}

// name is the throwaway's: the run's own record of it, or the same from the
// execution.
func name(run drill.Run, spec drill.Spec) string {
	if run.Throwaway != "" {
		return run.Throwaway
	}
	return drill.ThrowawayName(deployment(run, spec), run.ExecutionID)
}

func deployment(run drill.Run, spec drill.Spec) string {
	if run.Deployment != "" {
		return run.Deployment
	}
	return spec.Deployment
}
