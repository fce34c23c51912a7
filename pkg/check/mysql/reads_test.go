package mysqlcheck_test

import (
	"context"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/check/mysql/mysqltest"
	"github.com/lifeboat-dr/lifeboat/pkg/check/remote"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/tlstest"
)

// The plans are as MariaDB 10.11 gives them for these queries.
func TestWhatAMySQLCheckReadsIsInItsPlan(t *testing.T) {
	plan := func(table, extra string) []string {
		return []string{"1", "SIMPLE", table, "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", extra}
	}
	tests := map[string]struct {
		reason string
		plan   mysqltest.Answer
		reads  drill.Reads
	}{
		"SELECT COUNT(*) FROM orders":               {"it opens a table", mysqltest.Answer{Rows: [][]string{plan("orders", "Using index")}}, drill.ReadsTables},
		"SELECT MAX(id) FROM orders":                {"the optimizer got it from the table", mysqltest.Answer{Rows: [][]string{plan("NULL", "Select tables optimized away")}}, drill.ReadsTables},
		"SELECT COUNT(*) FROM orders WHERE id = 99": {"the optimizer looked it up", mysqltest.Answer{Rows: [][]string{plan("NULL", "Impossible WHERE noticed after reading const tables")}}, drill.ReadsTables},
		"SELECT COUNT(*) FROM orders WHERE 1 = 0":   {"nothing is opened", mysqltest.Answer{Rows: [][]string{plan("NULL", "Impossible WHERE")}}, drill.ReadsNothing},
		"SELECT 1":                   {"nothing is opened", mysqltest.Answer{Rows: [][]string{plan("NULL", "No tables used")}}, drill.ReadsNothing},
		"SELECT * FROM (SELECT 1) x": {"what the query makes itself is no table", mysqltest.Answer{Rows: [][]string{plan("<derived2>", ""), plan("NULL", "No tables used")}}, drill.ReadsNothing},
		"SELECT COUNT(*) FROM information_schema.tables":                            {"the server's own", mysqltest.Answer{Rows: [][]string{plan("tables", "Skip_open_table; Scanned all databases")}}, drill.ReadsNothing},
		"SELECT COUNT(*) FROM pg_payments":                                          {"in MySQL that is anybody's name", mysqltest.Answer{Rows: [][]string{plan("pg_payments", "")}}, drill.ReadsTables},
		"SELECT c FROM vf":                                                          {"a view hides a stored function", mysqltest.Answer{Rows: [][]string{plan("<derived2>", ""), plan("NULL", "No tables used")}}, drill.ReadsUnknown},
		"SELECT COUNT(*) FROM seq_1_to_5":                                           {"numbers", mysqltest.Answer{Rows: [][]string{plan("NULL", "Storage engine handles GROUP BY")}}, drill.ReadsNothing},
		"SELECT COUNT(*) FROM JSON_TABLE('[1]', '$[*]' COLUMNS (i INT PATH '$')) t": {"a function's rows", mysqltest.Answer{Rows: [][]string{plan("t", "Table function: json_table")}}, drill.ReadsNothing},
		"SELECT n FROM own_tables":                                                  {"a view over the server's own", mysqltest.Answer{Rows: [][]string{plan("TABLES", "Open_full_table; Scanned all databases")}}, drill.ReadsNothing},
		"SELECT healthy()":                                                          {"the plan does not see into it", mysqltest.Answer{Rows: [][]string{plan("NULL", "No tables used")}}, drill.ReadsUnknown},
		"SELECT IFNULL(1, 0)":                                                       {"the server's own function", mysqltest.Answer{Rows: [][]string{plan("NULL", "No tables used")}}, drill.ReadsNothing},
		"SELECT COUNT(*) FROM stubborn":                                             {"no plan can be had", mysqltest.Answer{Code: 1064, Text: "You have an error near 'Jane Doe'"}, drill.ReadsUnknown},
	}
	answers := map[string]mysqltest.Answer{"SELECT LOWER(routine_name)": {Rows: [][]string{{"healthy"}}}}
	for sql, tc := range tests {
		answers[sql] = mysqltest.Answer{Kind: mysqltest.LongLong, Rows: [][]string{{"1"}}}
		answers["EXPLAIN "+sql] = tc.plan
	}
	a := tlstest.NewAuthority(t)
	s := mysqltest.Start(t, a, &mysqltest.Server{User: "admin", Password: "right", Answers: answers})
	session, err := remote.Open(context.Background(), options(s, a))
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
	s := mysqltest.Start(t, a, &mysqltest.Server{User: "admin", Password: "right"})
	session, err := remote.Open(context.Background(), options(s, a))
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
