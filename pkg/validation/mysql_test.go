package validation_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgtest/tlstest"
	"github.com/lifeboat-dr/lifeboat/pkg/validation"
)

func mysqlOptions(s *mysqlServer, a tlstest.Authority) validation.Options {
	return validation.Options{
		Endpoint: drill.Endpoint{Engine: "mysql", Host: "localhost", Port: s.port, Database: "shop"},
		User:     s.user, Password: s.password, Cleartext: s.token, Roots: a.Pool(), StatementTimeout: 30 * time.Second,
		StartedAt: time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC),
	}
}

func TestMySQLChecksOverTLS(t *testing.T) {
	a := tlstest.NewAuthority(t)
	s := startMySQL(t, a, &mysqlServer{user: "admin", password: "right", answers: map[string]mysqlAnswer{
		"SELECT COUNT(*) FROM orders":   {kind: mysqlLongLong, rows: [][]string{{"2000"}}},
		"SELECT MAX(at)":                {kind: mysqlDatetime, rows: [][]string{{"2026-11-02 02:50:00"}}},
		"SELECT AVG(total)":             {kind: mysqlDouble, rows: [][]string{{"NULL"}}},
		"SELECT id, name":               {kind: mysqlText, rows: [][]string{{"1", "Jane Doe"}, {"2", "John Roe"}}},
		"SELECT id FROM orphans":        {kind: mysqlLongLong},
		"SELECT COUNT(*) FROM invoices": {code: 1146, text: "Table 'shop.invoices' doesn't exist"},
		"SELECT SLEEP":                  {code: 3024, text: "maximum statement execution time exceeded"},
		"DELETE":                        {code: 1792, text: "Cannot execute statement in a READ ONLY transaction: Jane Doe"},
	}})
	session, err := validation.Open(context.Background(), mysqlOptions(s, a))
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
	asked := s.statements()
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
	s := startMySQL(t, a, &mysqlServer{user: "admin", password: "right", answers: map[string]mysqlAnswer{
		"SET SESSION max_execution_time": {code: 1193, text: "Unknown system variable"},
	}})
	o := mysqlOptions(s, a)
	o.Endpoint.Engine = "mariadb"
	session, err := validation.Open(context.Background(), o)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	if asked := s.statements(); !slices.Contains(asked, "SET SESSION max_statement_time = 30.000") {
		t.Errorf("asked %q", asked)
	}
}

func TestWhoMySQLLetsIn(t *testing.T) {
	tests := map[string]struct {
		reason string
		token  bool
		plain  bool
		change func(*testing.T, *validation.Options)
		want   drill.ErrorName
	}{
		"password":                         {"as it is", false, false, func(*testing.T, *validation.Options) {}, ""},
		"token":                            {"sent as it is, inside TLS", true, false, func(*testing.T, *validation.Options) {}, ""},
		"a token, not allowed":             {"a server cannot talk a password out of us", true, false, func(_ *testing.T, o *validation.Options) { o.Cleartext = false }, drill.ValidationImpossible},
		"a password that is not in effect": {"RDS rotates it", false, false, func(_ *testing.T, o *validation.Options) { o.Password = "hunter2" }, drill.NotReady},
		"another authority":                {"anybody could be the server", false, false, func(t *testing.T, o *validation.Options) { o.Roots = tlstest.NewAuthority(t).Pool() }, drill.ValidationImpossible},
		"another name":                     {"the certificate is somebody else's", false, false, func(_ *testing.T, o *validation.Options) { o.Endpoint.Host = "127.0.0.1" }, drill.ValidationImpossible},
		"no TLS":                           {"a token would be read on the way", true, true, func(*testing.T, *validation.Options) {}, drill.ValidationImpossible},
		"nobody listens":                   {"the instance is just starting", false, false, func(_ *testing.T, o *validation.Options) { o.Endpoint.Port = 1 }, drill.NotReady},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			a := tlstest.NewAuthority(t)
			s := startMySQL(t, a, &mysqlServer{user: "admin", password: "s3cret", token: tc.token, plain: tc.plain})
			o := mysqlOptions(s, a)
			tc.change(t, &o)
			session, err := validation.Open(context.Background(), o)
			if err == nil {
				defer session.Close()
			}
			if drill.NameOf(err) != tc.want {
				t.Errorf("%s: %q: %v", tc.reason, drill.NameOf(err), err)
			}
			if err != nil && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), "s3cret")) {
				t.Errorf("the error holds a password: %v", err)
			}
		})
	}
}

// Every table to its end, in parts, with the one that cannot be read named by
// its number only.
func TestMySQLDeepRead(t *testing.T) {
	a := tlstest.NewAuthority(t)
	s := startMySQL(t, a, &mysqlServer{user: "admin", password: "right", answers: map[string]mysqlAnswer{
		"SELECT CONCAT":             {kind: mysqlText, rows: [][]string{{"`shop`.`a`"}, {"`shop`.`b`"}, {"`shop`.`c`"}}},
		"CHECKSUM TABLE `shop`.`a`": {kind: mysqlText, rows: [][]string{{"shop.a", "123"}}},
		"CHECKSUM TABLE `shop`.`b`": {kind: mysqlText, rows: [][]string{{"shop.b", "NULL"}}},
		"CHECKSUM TABLE `shop`.`c`": {kind: mysqlText, rows: [][]string{{"shop.c", "456"}}},
	}})
	o := mysqlOptions(s, a)
	o.ReadBudget = time.Nanosecond // used up after every table
	session, err := validation.Open(context.Background(), o)
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
	for _, q := range s.statements() {
		if strings.HasPrefix(q, "CHECKSUM") {
			checksums = append(checksums, q)
		}
	}
	want := []string{"CHECKSUM TABLE `shop`.`a` EXTENDED", "CHECKSUM TABLE `shop`.`b` EXTENDED", "CHECKSUM TABLE `shop`.`c` EXTENDED"}
	if !slices.Equal(checksums, want) {
		t.Errorf("each table once, in order: %q", checksums)
	}
}
