package mysqlcheck_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/check/mysql/mariadbtest"
	"github.com/lifeboat-dr/lifeboat/pkg/check/remote"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// deepRead reads to the end, and returns the last result and the number of calls.
func deepRead(t *testing.T, session remote.Session) (r drill.CheckResult, calls int) {
	t.Helper()
	c := drill.Check{Name: "deep", Kind: drill.CheckHeapRead, Stage: drill.Proof}
	for calls < 100 {
		calls++
		var err error
		if r, err = session.Run(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if !r.Unfinished {
			return r, calls
		}
		c.Cursor = r.Cursor
	}
	t.Fatal("the deep read does not end")
	return r, calls
}

func mariaDeepRead(t *testing.T, s *mariadbtest.Server) {
	s.Exec(
		"CREATE TABLE shop.Zebra (id INT)", "CREATE TABLE shop.`a``b c.d` (id INT)", "CREATE TABLE shop.`Käse` (id INT)",
		"CREATE TABLE shop.versions (id INT) WITH SYSTEM VERSIONING",
		"CREATE TABLE shop.parts (id INT) PARTITION BY HASH (id) PARTITIONS 3", "CREATE TABLE shop.flat (id INT) ENGINE = Aria",
		"CREATE VIEW shop.view AS SELECT * FROM shop.orders", "CREATE SEQUENCE shop.numbers",
	)
	defer s.Exec("DROP TABLE shop.Zebra, shop.`a``b c.d`, shop.`Käse`, shop.versions, shop.parts, shop.flat", "DROP VIEW shop.view", "DROP SEQUENCE shop.numbers")
	const tables = 8 // with orders and the sequence, whose row is the user's; a view has nothing of its own
	r, calls := deepRead(t, openMaria(t, mariaOptions(s)))
	if !r.Passed || r.Figure != any(tables) || calls != 1 || r.Reads != drill.ReadsTables {
		t.Errorf("in one call: %d calls, %+v", calls, r)
	}
	o := mariaOptions(s)
	o.ReadBudget = time.Nanosecond // used up after every table
	r, calls = deepRead(t, openMaria(t, o))
	if !r.Passed || r.Figure != any(tables) || calls != tables {
		t.Errorf("in parts: %d calls, %+v", calls, r)
	}
	// A table that is not read in time is no damage.
	o = mariaOptions(s)
	o.StatementTimeout = 2 * time.Millisecond
	s.Exec("CREATE TABLE shop.huge AS SELECT seq AS id, REPEAT('x', 100) AS filler FROM shop.seq_1_to_200000")
	defer s.Exec("DROP TABLE shop.huge")
	r, _ = deepRead(t, openMaria(t, o))
	if r.Outcome != drill.CheckError || !strings.Contains(r.Reason, "timeout") {
		t.Errorf("too slow: %+v", r)
	}
}

func mariaDamage(t *testing.T, s *mariadbtest.Server) {
	s.Exec("CREATE TABLE shop.damaged AS SELECT seq AS id, REPEAT('x', 500) AS filler FROM shop.seq_1_to_5000", "CREATE TABLE shop.z_behind (id INT)")
	s.Stop()
	f, err := os.OpenFile(filepath.Join(s.Data, "shop", "damaged.ibd"), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	for page := int64(20); page < 40; page++ {
		if _, err := f.WriteAt([]byte("damage damage damage"), page*16384+5000); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	s.Restart(mariadbtest.Options{})
	r, _ := deepRead(t, openMaria(t, mariaOptions(s)))
	if r.Outcome != drill.CheckFailed || r.Figure != any(3) || !strings.Contains(r.Reason, "`shop`.`damaged`") || strings.Contains(r.Reason, "z_behind") {
		t.Errorf("%+v", r)
	}
}
