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
	"github.com/lifeboat-dr/lifeboat/pkg/sandbox"
)

// localHost keeps throwaways below the plan's scratch folder.
type localHost struct {
	clock   clock.Clock
	survive bool // servers run on when lifeboat ends
}

func newLocalHost(c clock.Clock, survive bool) *localHost {
	return &localHost{clock: c, survive: survive}
}

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

// Admit refuses what would have to be trusted and is not: code that the backup
// brings along runs in a sandbox, or with the plan's word for it.
func (h *localHost) Admit(spec drill.Spec) error {
	run, err := sandbox.Detect()
	if err != nil {
		return err
	}
	if run.Kind() != sandbox.None || spec.Postgres.Trust == drill.TrustBackup {
		return nil
	}
	return &drill.Error{
		Name: drill.RestoreRefused, What: "this machine has no sandbox for " + spec.Name() + ": code in its backup would run with the rights of " + run.Who(),
		Hint: "drill on Linux 5.12 or newer with user namespaces, or 5.13 with Landlock; or say trust: backup in the plan if nobody else can write the backups or the database",
	}
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
		Bin: set, Folder: t.Path, Data: t.Data(), Owned: []string{t.Tablespaces()}, Work: t.Work(), SocketDir: t.SocketDir(), Survive: spec.Keep || h.survive,
		Backup: b.Path,
	})
	if err != nil {
		return nil, nil, err
	}
	findings = append(findings, drill.Finding{
		Severity: drill.Info, Code: "RestoredWith", What: fmt.Sprintf("the copy ran with %s (%s), %s, %s", set, set.Source, s.RunsAs(), sandbox.Limits()),
	})
	return s, append(findings, protection(s)...), nil
}

// protection tells what the protection of the copy lacks.
func protection(s *server.Server) []drill.Finding {
	switch s.Protection().Kind() {
	case sandbox.Namespaces:
	case sandbox.Landlock:
		return []drill.Finding{{
			Severity: drill.Warning, Code: "WeakerSandbox",
			What: "the kernel refuses user namespaces: the copy ran under Landlock and seccomp, in sight of the other processes of its user",
			Hint: "allow user namespaces (docs/security-of-drills.md), or drill only backups that you trust",
		}}
	case sandbox.None:
		return []drill.Finding{{
			Severity: drill.Warning, Code: "NoSandbox",
			What: "code in the backup ran without a sandbox, because the plan trusts the backup: with the rights of " + s.Protection().Who(),
			Hint: "drill on Linux with user namespaces, where nothing needs to be trusted",
		}}
	}
	return nil
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
