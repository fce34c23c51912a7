package validation_test

import (
	"context"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgtest/tlstest"
	"github.com/lifeboat-dr/lifeboat/pkg/validation"
)

// The plans are as MariaDB 10.11 gives them for these queries.
func TestWhatAMySQLCheckReadsIsInItsPlan(t *testing.T) {
	plan := func(table, extra string) []string {
		return []string{"1", "SIMPLE", table, "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", extra}
	}
	tests := map[string]struct {
		reason string
		plan   mysqlAnswer
		reads  drill.Reads
	}{
		"SELECT COUNT(*) FROM orders":               {"it opens a table", mysqlAnswer{rows: [][]string{plan("orders", "Using index")}}, drill.ReadsTables},
		"SELECT MAX(id) FROM orders":                {"the optimizer got it from the table", mysqlAnswer{rows: [][]string{plan("NULL", "Select tables optimized away")}}, drill.ReadsTables},
		"SELECT COUNT(*) FROM orders WHERE id = 99": {"the optimizer looked it up", mysqlAnswer{rows: [][]string{plan("NULL", "Impossible WHERE noticed after reading const tables")}}, drill.ReadsTables},
		"SELECT COUNT(*) FROM orders WHERE 1 = 0":   {"nothing is opened", mysqlAnswer{rows: [][]string{plan("NULL", "Impossible WHERE")}}, drill.ReadsNothing},
		"SELECT 1":                   {"nothing is opened", mysqlAnswer{rows: [][]string{plan("NULL", "No tables used")}}, drill.ReadsNothing},
		"SELECT * FROM (SELECT 1) x": {"what the query makes itself is no table", mysqlAnswer{rows: [][]string{plan("<derived2>", ""), plan("NULL", "No tables used")}}, drill.ReadsNothing},
		"SELECT COUNT(*) FROM information_schema.tables":                            {"the server's own", mysqlAnswer{rows: [][]string{plan("tables", "Skip_open_table; Scanned all databases")}}, drill.ReadsNothing},
		"SELECT COUNT(*) FROM pg_payments":                                          {"in MySQL that is anybody's name", mysqlAnswer{rows: [][]string{plan("pg_payments", "")}}, drill.ReadsTables},
		"SELECT c FROM vf":                                                          {"a view hides a stored function", mysqlAnswer{rows: [][]string{plan("<derived2>", ""), plan("NULL", "No tables used")}}, drill.ReadsUnknown},
		"SELECT COUNT(*) FROM seq_1_to_5":                                           {"numbers", mysqlAnswer{rows: [][]string{plan("NULL", "Storage engine handles GROUP BY")}}, drill.ReadsNothing},
		"SELECT COUNT(*) FROM JSON_TABLE('[1]', '$[*]' COLUMNS (i INT PATH '$')) t": {"a function's rows", mysqlAnswer{rows: [][]string{plan("t", "Table function: json_table")}}, drill.ReadsNothing},
		"SELECT n FROM own_tables":                                                  {"a view over the server's own", mysqlAnswer{rows: [][]string{plan("TABLES", "Open_full_table; Scanned all databases")}}, drill.ReadsNothing},
		"SELECT healthy()":                                                          {"the plan does not see into it", mysqlAnswer{rows: [][]string{plan("NULL", "No tables used")}}, drill.ReadsUnknown},
		"SELECT IFNULL(1, 0)":                                                       {"the server's own function", mysqlAnswer{rows: [][]string{plan("NULL", "No tables used")}}, drill.ReadsNothing},
		"SELECT COUNT(*) FROM stubborn":                                             {"no plan can be had", mysqlAnswer{code: 1064, text: "You have an error near 'Jane Doe'"}, drill.ReadsUnknown},
	}
	answers := map[string]mysqlAnswer{"SELECT LOWER(routine_name)": {rows: [][]string{{"healthy"}}}}
	for sql, tc := range tests {
		answers[sql] = mysqlAnswer{kind: mysqlLongLong, rows: [][]string{{"1"}}}
		answers["EXPLAIN "+sql] = tc.plan
	}
	a := tlstest.NewAuthority(t)
	s := startMySQL(t, a, &mysqlServer{user: "admin", password: "right", answers: answers})
	session, err := validation.Open(context.Background(), mysqlOptions(s, a))
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	for sql, tc := range tests {
		t.Run(sql, func(t *testing.T) {
			r, err := session.Run(context.Background(), drill.Check{Name: "c", Kind: drill.CheckSQL, SQL: sql, Expect: &drill.Expect{Min: number(0)}, Stage: drill.Gate})
			if err != nil || !r.Passed || r.Reads != tc.reads || (r.Reads == drill.ReadsUnknown) != (r.ReadsWhy != "") || strings.Contains(r.ReadsWhy, "Doe") {
				t.Errorf("%s: reads %q (%s): %+v, %v", tc.reason, r.Reads, r.ReadsWhy, r, err)
			}
		})
	}
}

func TestAKindThatMySQLDoesNotKnowIsNoSkip(t *testing.T) {
	a := tlstest.NewAuthority(t)
	s := startMySQL(t, a, &mysqlServer{user: "admin", password: "right"})
	session, err := validation.Open(context.Background(), mysqlOptions(s, a))
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	for _, kind := range []drill.CheckKind{"", "row-count", drill.CheckCustom} {
		r, err := session.Run(context.Background(), drill.Check{Name: "c", Kind: kind, Stage: drill.Proof})
		if err != nil || r.Outcome != drill.CheckError {
			t.Errorf("kind %q: %+v, %v", kind, r, err)
		}
	}
}
