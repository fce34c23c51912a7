package mysqlcheck_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/check/mysql/mariadbtest"
	"github.com/lifeboat-dr/lifeboat/pkg/check/remote"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

func mariaValues(t *testing.T, s *mariadbtest.Server) {
	session := openMaria(t, mariaOptions(s))
	// In a zone of its own, a server would tell times that are hours off.
	s.Exec("SET GLOBAL time_zone = '+05:30'")
	defer s.Exec("SET GLOBAL time_zone = 'SYSTEM'")
	elsewhere := openMaria(t, mariaOptions(s))
	tests := map[string]struct {
		reason  string
		sql     string
		expect  drill.Expect
		outcome drill.CheckOutcome
	}{
		"count":                  {"a number in range", "SELECT COUNT(*) FROM orders", drill.Expect{Min: number(20000), Max: number(20000)}, drill.CheckPassed},
		"too few":                {"a number out of range", "SELECT COUNT(*) FROM orders", drill.Expect{Min: number(20001)}, drill.CheckFailed},
		"negative":               {"has a sign", "SELECT CAST(-5 AS SIGNED)", drill.Expect{Equals: -5.0}, drill.CheckPassed},
		"unsigned":               {"beyond what is signed", "SELECT CAST(18446744073709551615 AS UNSIGNED)", drill.Expect{Equals: "18446744073709551615"}, drill.CheckPassed},
		"unsigned, one less":     {"exact, where a float is not", "SELECT CAST(18446744073709551614 AS UNSIGNED)", drill.Expect{Equals: "18446744073709551615"}, drill.CheckFailed},
		"decimal":                {"a tenth is a tenth", "SELECT CAST(0.1 AS DECIMAL(20,10))", drill.Expect{Equals: 0.1}, drill.CheckPassed},
		"sum":                    {"a sum is a decimal", "SELECT SUM(id) FROM orders", drill.Expect{Equals: 200010000.0}, drill.CheckPassed},
		"double":                 {"with an exponent", "SELECT 1.5e30", drill.Expect{Min: number(1e30)}, drill.CheckPassed},
		"year":                   {"is a number", "SELECT YEAR(MIN(at)) FROM orders", drill.Expect{Equals: 2026.0}, drill.CheckPassed},
		"bit":                    {"is a number, not the byte that it is sent as", "SELECT paid FROM orders WHERE id = 1", drill.Expect{Equals: 1.0}, drill.CheckPassed},
		"computed bit":           {"MariaDB sends digits as if they were bytes: which of both is not known", "SELECT MIN(paid) FROM orders", drill.Expect{Equals: 1.0}, drill.CheckError},
		"bit as a number":        {"how to ask for it", "SELECT MIN(paid + 0) FROM orders", drill.Expect{Equals: 1.0}, drill.CheckPassed},
		"bits":                   {"a literal is binary text", "SELECT b'100000001'", drill.Expect{Equals: 257.0}, drill.CheckError},
		"true":                   {"a truth is the number 1 in MySQL", "SELECT EXISTS (SELECT 1 FROM orders)", drill.Expect{Equals: true}, drill.CheckPassed},
		"false":                  {"and 0", "SELECT 1 = 2", drill.Expect{Equals: true}, drill.CheckFailed},
		"false is expected":      {"and 0", "SELECT 1 = 2", drill.Expect{Equals: false}, drill.CheckPassed},
		"true of a bit":          {"how BOOLEAN is often kept", "SELECT paid FROM orders WHERE id = 1", drill.Expect{Equals: true}, drill.CheckPassed},
		"no truth":               {"2 is neither", "SELECT 2", drill.Expect{Equals: true}, drill.CheckError},
		"text":                   {"as it is", "SELECT 'Jane Doe'", drill.Expect{Equals: "Jane Doe"}, drill.CheckPassed},
		"another text":           {"only that it does not match", "SELECT 'Jane Doe'", drill.Expect{Equals: "x"}, drill.CheckFailed},
		"text for a number":      {"a mistake in the check", "SELECT '12'", drill.Expect{Min: number(0)}, drill.CheckError},
		"long text":              {"as it is", "SELECT REPEAT('x', 100000) = REPEAT('x', 100000)", drill.Expect{Equals: 1.0}, drill.CheckPassed},
		"blob":                   {"is text", "SELECT CAST('abc' AS BINARY)", drill.Expect{Equals: "abc"}, drill.CheckPassed},
		"date":                   {"its midnight, in UTC", "SELECT CAST('2026-11-02' AS DATE)", drill.Expect{MaxAgeSeconds: number(10800)}, drill.CheckPassed},
		"date, too old":          {"counted to the start of the drill", "SELECT CAST('2026-11-02' AS DATE)", drill.Expect{MaxAgeSeconds: number(10799)}, drill.CheckFailed},
		"datetime":               {"a time without a zone is UTC", "SELECT CAST('2026-11-02 02:50:00' AS DATETIME)", drill.Expect{MaxAgeSeconds: number(600)}, drill.CheckPassed},
		"datetime with fraction": {"to the microsecond", "SELECT CAST('2026-11-02 02:59:59.5' AS DATETIME(6))", drill.Expect{MaxAgeSeconds: number(0.5)}, drill.CheckPassed},
		"timestamp, too old":     {"counted to the start of the drill", "SELECT MAX(at) FROM orders", drill.Expect{MaxAgeSeconds: number(599)}, drill.CheckFailed},
		"timestamp":              {"a point in time", "SELECT MAX(at) FROM orders", drill.Expect{MaxAgeSeconds: number(600)}, drill.CheckPassed},
		"zero date":              {"is no time", "SELECT CAST('0000-00-00' AS DATE)", drill.Expect{MaxAgeSeconds: number(600)}, drill.CheckError},
		"time of day":            {"is no point in time", "SELECT CAST('02:50:00' AS TIME)", drill.Expect{MaxAgeSeconds: number(600)}, drill.CheckError},
		"null":                   {"nothing is there", "SELECT MAX(at) FROM orders WHERE id < 0", drill.Expect{MaxAgeSeconds: number(600)}, drill.CheckFailed},
		"null number":            {"nothing is there", "SELECT AVG(id) FROM orders WHERE id < 0", drill.Expect{Min: number(0)}, drill.CheckFailed},
		"rows":                   {"as many as expected", "SELECT id, note FROM orders LIMIT 5", drill.Expect{Rows: &drill.Range{Min: number(5), Max: number(5)}}, drill.CheckPassed},
		"no rows":                {"as few as expected", "SELECT id FROM orders WHERE id < 0", drill.Expect{Rows: &drill.Range{Max: number(0)}}, drill.CheckPassed},
		"no row":                 {"what it asks for is not there", "SELECT id FROM orders WHERE id < 0", drill.Expect{Min: number(0)}, drill.CheckFailed},
		"two columns":            {"one is expected", "SELECT id, note FROM orders LIMIT 1", drill.Expect{Min: number(1)}, drill.CheckError},
		"two rows":               {"one is expected", "SELECT id FROM orders LIMIT 2", drill.Expect{Min: number(1)}, drill.CheckError},
		"missing table":          {"the backup came back without it", "SELECT COUNT(*) FROM invoices", drill.Expect{Min: number(1)}, drill.CheckFailed},
		"missing column":         {"the backup came back without it", "SELECT MAX(total) FROM orders", drill.Expect{Min: number(1)}, drill.CheckFailed},
		"no query":               {"it could not be asked", "SELEKT 1", drill.Expect{Min: number(1)}, drill.CheckError},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			for where, session := range map[string]remote.Session{"UTC": session, "elsewhere": elsewhere} {
				r := ask(t, session, tc.sql, tc.expect)
				if r.Outcome != tc.outcome || r.Passed != (tc.outcome == drill.CheckPassed) {
					t.Errorf("server in %s: %s: %+v", where, tc.reason, r)
				}
				if text := fmt.Sprint(r); strings.Contains(text, "Doe") {
					t.Errorf("a row leaked: %s", text)
				}
			}
		})
	}
}
