package postgres_test

import (
	"context"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgtest"
	"github.com/lifeboat-dr/lifeboat/pkg/sourcetest"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// The local source does what every source must.
func TestConformance(t *testing.T) {
	if testing.Short() {
		t.Skip("restores real servers")
	}
	source := pgtest.Start(t, pgtest.Options{})
	clients(t, source)
	source.Exec("postgres", "create table orders as select generate_series(1, 1000) as id")
	backups := scratch(t)
	dump := filepath.Join(backups, "orders.dump")
	if out, err := exec.Command(source.Bin.Path("pg_dump"), "-Fc", "-f", dump, "-d", source.URL("postgres")).CombinedOutput(); err != nil {
		t.Fatalf("pg_dump: %v\n%s", err, out)
	}
	sourcetest.Run(t, func(t *testing.T) sourcetest.Subject {
		adapter := postgres.New(postgres.Options{})
		spec := specOf(t, filepath.Join(backups, "*"))
		spec.Postgres.Database = "postgres"
		spec.Checks = []drill.Check{{Name: "orders are there", Kind: drill.CheckSQL, SQL: "select count(*) from orders", Expect: &drill.Expect{Min: limit(1000)}}}
		run, other := runOf(t), runOf(t)
		other.ExecutionID += "-other"
		other.Throwaway = drill.ThrowawayName("test", other.ExecutionID)
		t.Cleanup(func() {
			if err := adapter.Remove(context.Background(), run, spec, adapter.Parts(run).First()); err != nil {
				t.Error(err)
			}
		})
		return sourcetest.Subject{
			Source: adapter, Run: run, Other: other, Spec: spec, Wait: func() { time.Sleep(5 * time.Millisecond) },
			OpenChecks: func(ctx context.Context, run drill.Run, spec drill.Spec, res drill.Resource, _ drill.Access) (drillstep.CheckSession, error) {
				return adapter.OpenChecks(ctx, run, spec, res)
			},
		}
	})
}
