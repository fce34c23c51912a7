package sim_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgtest"
	"github.com/lifeboat-dr/lifeboat/pkg/tlstest"
	"github.com/lifeboat-dr/lifeboat/pkg/world/sim"
)

// realCopy is a PostgreSQL of this machine behind every restored instance.
type realCopy struct {
	source *pgtest.Source
	// before is called before the copy is there.
	before func()
}

func (c realCopy) Start(string, string) (host string, port int, err error) {
	if c.before != nil {
		c.before()
	}
	return "localhost", c.source.Port(), nil
}

func (c realCopy) SetPassword(_, user, password string) error {
	c.source.Exec("postgres", "alter role "+user+" password '"+password+"'")
	return nil
}

func (c realCopy) Stop(string) {}

// shop is a database as the sample plan expects it, with a master user that is
// no superuser, as on RDS.
func shop(t *testing.T) (*pgtest.Source, tlstest.Authority) {
	t.Helper()
	source, authority := pgtest.Encrypted(t)
	source.Exec("postgres", "create role app login createdb; grant pg_read_all_data to app")
	source.Exec("postgres", "create database app")
	source.Exec("app", `create table customers (id int primary key);
		insert into customers select generate_series(1, 100);
		create table orders (id int primary key, customer_id int, created_at timestamptz, note text);
		insert into orders select i, 1 + i % 100, '2026-11-02 02:50:00+00', repeat('x', 300) from generate_series(1, 5000) i;
		checkpoint`)
	return source, authority
}

// The restored instance is a real PostgreSQL: the login that RDS makes, TLS,
// SQL checks and deep reads are real.
func TestARealDatabaseBehindTheCopy(t *testing.T) {
	if testing.Short() {
		t.Skip("starts real servers")
	}
	tests := map[string]struct {
		reason  string
		damage  func(*pgtest.Source)
		ending  drill.Ending
		finding string
	}{
		"as it should be": {"the data are good", nil, drill.Passed, ""},
		"too few orders": {"the count is asked of the data", func(s *pgtest.Source) { s.Exec("app", "delete from orders where id > 10") },
			drill.ObjectivesMissed, "CheckFailed"},
		"a table is missing": {"the backup came back without it", func(s *pgtest.Source) { s.Exec("app", "drop table orders") },
			drill.ObjectivesMissed, "CheckFailed"},
		"a damaged page": {"only a deep read finds it", damagePage, drill.ObjectivesMissed, "CheckFailed"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			source, authority := shop(t)
			copy := realCopy{source: source}
			if tc.damage != nil {
				copy.before = func() { tc.damage(source) }
			}
			p := examplePlan(t)
			on := true
			p.Workloads[0].Databases[0].BuiltinChecks.HeapRead, p.Workloads[0].Databases[0].Database = &on, "app"
			r := rehearse(t, sim.Options{Plan: p, Backing: &sim.Backing{Backing: copy, Roots: authority.Pool()}})
			if r.Ending != tc.ending {
				t.Errorf("%s: %s: %s", tc.reason, r.Ending, r.Cause)
			}
			if tc.finding != "" && r.Evidence.Findings[0].Code != tc.finding {
				t.Errorf("%s: findings %+v", tc.reason, r.Evidence.Findings)
			}
		})
	}
}

// damagePage overwrites the middle of a page that no index leads to.
func damagePage(s *pgtest.Source) {
	file := filepath.Join(s.Data, s.Value("app", "select pg_relation_filepath('orders')"))
	s.Stop()
	f, err := os.OpenFile(file, os.O_WRONLY, 0)
	if err == nil {
		_, err = f.WriteAt([]byte("damage"), 8192*20+4000)
	}
	if err != nil {
		panic(err)
	}
	_ = f.Close()
	s.Restart(nil)
	pgtest.SwitchTLSOn(s)
}
