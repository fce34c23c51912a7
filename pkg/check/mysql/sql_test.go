package mysqlcheck_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/check/mysql/mysqltest"
	"github.com/lifeboat-dr/lifeboat/pkg/check/remote"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/tlstest"
)

func options(s *mysqltest.Server, a tlstest.Authority) remote.Options {
	return remote.Options{
		Endpoint: drill.Endpoint{Engine: "mysql", Host: "localhost", Port: s.Port, Database: "shop"},
		User:     s.User, Password: s.Password, Cleartext: s.Token, Roots: a.Pool(), StatementTimeout: 30 * time.Second,
		StartedAt: time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC),
	}
}

func number(f float64) *float64 { return &f }

func TestMySQLChecksOverTLS(t *testing.T) {
	a := tlstest.NewAuthority(t)
	s := mysqltest.Start(t, a, &mysqltest.Server{User: "admin", Password: "right", Answers: map[string]mysqltest.Answer{
		"SELECT COUNT(*) FROM orders":   {Kind: mysqltest.LongLong, Rows: [][]string{{"2000"}}},
		"SELECT MAX(at)":                {Kind: mysqltest.Datetime, Rows: [][]string{{"2026-11-02 02:50:00"}}},
		"SELECT AVG(total)":             {Kind: mysqltest.Double, Rows: [][]string{{"NULL"}}},
		"SELECT id, name":               {Kind: mysqltest.Text, Rows: [][]string{{"1", "Jane Doe"}, {"2", "John Roe"}}},
		"SELECT id FROM orphans":        {Kind: mysqltest.LongLong},
		"SELECT COUNT(*) FROM invoices": {Code: 1146, Text: "Table 'shop.invoices' doesn't exist"},
		"SELECT SLEEP":                  {Code: 3024, Text: "maximum statement execution time exceeded"},
		"DELETE":                        {Code: 1792, Text: "Cannot execute statement in a READ ONLY transaction: Jane Doe"},
	}})
	session, err := remote.Open(context.Background(), options(s, a))
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	tests := map[string]struct {
		reason  string
		sql     string
		expect  *drill.Expect
		outcome drill.CheckOutcome
	}{
		"count":         {"a number in range", "SELECT COUNT(*) FROM orders", &drill.Expect{Min: number(2000)}, drill.CheckPassed},
		"too few":       {"a number out of range", "SELECT COUNT(*) FROM orders", &drill.Expect{Min: number(2001)}, drill.CheckFailed},
		"age":           {"a time without a zone is UTC", "SELECT MAX(at) FROM orders", &drill.Expect{MaxAgeSeconds: number(601)}, drill.CheckPassed},
		"too old":       {"counted to the start of the drill", "SELECT MAX(at) FROM orders", &drill.Expect{MaxAgeSeconds: number(599)}, drill.CheckFailed},
		"no value":      {"NULL is no number", "SELECT AVG(total) FROM orders", &drill.Expect{Min: number(0)}, drill.CheckFailed},
		"rows":          {"as many as expected", "SELECT id, name FROM customers", &drill.Expect{Rows: &drill.Range{Min: number(2)}}, drill.CheckPassed},
		"no rows":       {"as few as expected", "SELECT id FROM orphans", &drill.Expect{Rows: &drill.Range{Max: number(0)}}, drill.CheckPassed},
		"two columns":   {"one is expected", "SELECT id, name FROM customers", &drill.Expect{Min: number(1)}, drill.CheckError},
		"missing table": {"the backup came back without it", "SELECT COUNT(*) FROM invoices", &drill.Expect{Min: number(1)}, drill.CheckFailed},
		"too slow":      {"it says nothing about the data", "SELECT SLEEP(60)", &drill.Expect{Min: number(0)}, drill.CheckError},
		"writes":        {"sessions are read-only", "DELETE FROM orders", &drill.Expect{Min: number(0)}, drill.CheckError},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			r, err := session.Run(context.Background(), drill.Check{Name: name, Kind: drill.CheckSQL, SQL: tc.sql, Expect: tc.expect, Stage: drill.Gate})
			if err != nil || r.Outcome != tc.outcome {
				t.Errorf("%s: %+v, %v", tc.reason, r, err)
			}
			if strings.Contains(r.Reason, "Doe") || strings.Contains(r.Code, "Doe") {
				t.Errorf("a row leaked: %+v", r)
			}
		})
	}
	asked := s.Statements()
	for _, want := range []string{"SET SESSION TRANSACTION READ ONLY", "SET SESSION max_execution_time = 30000"} {
		if !slices.Contains(asked, want) {
			t.Errorf("%q was not asked: %q", want, asked[:min(len(asked), 4)])
		}
	}
	if !slices.ContainsFunc(asked, func(q string) bool { return strings.Contains(q, "time_zone") && strings.Contains(q, "+00:00") }) {
		t.Error("the session's times are not UTC")
	}
}

// MariaDB names its timeout otherwise, and counts seconds.
func TestMariaDBTimeout(t *testing.T) {
	a := tlstest.NewAuthority(t)
	s := mysqltest.Start(t, a, &mysqltest.Server{User: "admin", Password: "right", Answers: map[string]mysqltest.Answer{
		"SET SESSION max_execution_time": {Code: 1193, Text: "Unknown system variable"},
	}})
	o := options(s, a)
	o.Endpoint.Engine = "mariadb"
	session, err := remote.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	if asked := s.Statements(); !slices.Contains(asked, "SET SESSION max_statement_time = 30.000") {
		t.Errorf("asked %q", asked)
	}
}

// Every table to its end, in parts, with the one that cannot be read named by
// its number only.
func TestMySQLDeepRead(t *testing.T) {
	a := tlstest.NewAuthority(t)
	s := mysqltest.Start(t, a, &mysqltest.Server{User: "admin", Password: "right", Answers: map[string]mysqltest.Answer{
		"SELECT CONCAT":             {Kind: mysqltest.Text, Rows: [][]string{{"`shop`.`a`"}, {"`shop`.`b`"}, {"`shop`.`c`"}}},
		"CHECKSUM TABLE `shop`.`a`": {Kind: mysqltest.Text, Rows: [][]string{{"shop.a", "123"}}},
		"CHECKSUM TABLE `shop`.`b`": {Kind: mysqltest.Text, Rows: [][]string{{"shop.b", "NULL"}}},
		"CHECKSUM TABLE `shop`.`c`": {Kind: mysqltest.Text, Rows: [][]string{{"shop.c", "456"}}},
	}})
	o := options(s, a)
	o.ReadBudget = time.Nanosecond // used up after every table
	session, err := remote.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	check := drill.Check{Name: "deep", Kind: drill.CheckHeapRead, Stage: drill.Proof}
	var last drill.CheckResult
	calls := 0
	for calls < 10 {
		calls++
		if last, err = session.Run(context.Background(), check); err != nil {
			t.Fatal(err)
		}
		if !last.Unfinished {
			break
		}
		check.Cursor = last.Cursor
	}
	if last.Outcome != drill.CheckFailed || last.Figure != any(3) || !strings.Contains(last.Reason, "`shop`.`b` MySQL error 1034") {
		t.Errorf("%d calls: %+v", calls, last)
	}
	var checksums []string
	for _, q := range s.Statements() {
		if strings.HasPrefix(q, "CHECKSUM") {
			checksums = append(checksums, q)
		}
	}
	want := []string{"CHECKSUM TABLE `shop`.`a` EXTENDED", "CHECKSUM TABLE `shop`.`b` EXTENDED", "CHECKSUM TABLE `shop`.`c` EXTENDED"}
	if !slices.Equal(checksums, want) {
		t.Errorf("each table once, in order: %q", checksums)
	}
}
