package mysqlcheck_test

import (
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/check/mysql/mariadbtest"
	"github.com/lifeboat-dr/lifeboat/pkg/check/remote"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/tlstest"
)

// startedAt is when the drill of these tests starts.
var startedAt = time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)

func mariaOptions(s *mariadbtest.Server) remote.Options {
	return remote.Options{
		Endpoint: drill.Endpoint{Engine: "mariadb", Host: "localhost", Port: s.Port, Database: "shop"},
		User:     s.User, Password: s.Password, Roots: s.Authority.Pool(), StatementTimeout: 30 * time.Second, StartedAt: startedAt,
	}
}

func openMaria(t *testing.T, o remote.Options) remote.Session {
	t.Helper()
	session, err := remote.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = session.Close() })
	return session
}

func ask(t *testing.T, session remote.Session, sql string, expect drill.Expect) drill.CheckResult {
	t.Helper()
	r, err := session.Run(t.Context(), drill.Check{Name: "c", Kind: drill.CheckSQL, SQL: sql, Expect: &expect, Stage: drill.Gate})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// What a session does against a real server; the tests share it, because it takes
// seconds to make one.
func TestAgainstMariaDB(t *testing.T) {
	s := mariadbtest.Start(t, mariadbtest.Options{})
	s.Exec(
		"CREATE TABLE shop.orders (id INT PRIMARY KEY, note TEXT, at TIMESTAMP(6) NULL, paid BIT(1))",
		"INSERT INTO shop.orders SELECT seq, REPEAT('Jane Doe ', 20), '2026-11-02 02:50:00', b'1' FROM shop.seq_1_to_20000",
	)
	t.Run("values", func(t *testing.T) { mariaValues(t, s) })
	t.Run("who is let in", func(t *testing.T) { mariaLetsIn(t, s) })
	t.Run("read-only", func(t *testing.T) { mariaReadsOnly(t, s) })
	t.Run("statement timeout", func(t *testing.T) { mariaTimesOut(t, s) })
	t.Run("what is read", func(t *testing.T) { mariaReads(t, s) })
	t.Run("deep read", func(t *testing.T) { mariaDeepRead(t, s) })
	t.Run("damage", func(t *testing.T) { mariaDamage(t, s) })
	t.Run("no TLS", func(t *testing.T) { mariaPlain(t, s) })
}

func mariaLetsIn(t *testing.T, s *mariadbtest.Server) {
	tests := map[string]struct {
		reason string
		change func(*remote.Options)
		want   drill.ErrorName
	}{
		"password":                         {"as it is", func(*remote.Options) {}, ""},
		"a token would be allowed":         {"the server decides what it asks for", func(o *remote.Options) { o.Cleartext = true }, ""},
		"a password that is not in effect": {"RDS rotates it", func(o *remote.Options) { o.Password = "hunter2" }, drill.NotReady},
		"no such database":                 {"it will not appear", func(o *remote.Options) { o.Endpoint.Database = "none" }, drill.ValidationImpossible},
		"another authority":                {"anybody could be the server", func(o *remote.Options) { o.Roots = tlstest.NewAuthority(t).Pool() }, drill.ValidationImpossible},
		"another name":                     {"the certificate is somebody else's", func(o *remote.Options) { o.Endpoint.Host = "127.0.0.1" }, drill.ValidationImpossible},
		"nobody listens":                   {"the instance is just starting", func(o *remote.Options) { o.Endpoint.Port = 1 }, drill.NotReady},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			o := mariaOptions(s)
			tc.change(&o)
			session, err := remote.Open(t.Context(), o)
			if err == nil {
				defer session.Close()
			}
			if drill.NameOf(err) != tc.want {
				t.Errorf("%s: %q: %v", tc.reason, drill.NameOf(err), err)
			}
			if err != nil && (strings.Contains(err.Error(), "hunter2") || strings.Contains(err.Error(), s.Password)) {
				t.Errorf("the error holds a password: %v", err)
			}
		})
	}
}

func mariaTimesOut(t *testing.T, s *mariadbtest.Server) {
	s.Exec("CREATE FUNCTION shop.slow() RETURNS INT RETURN SLEEP(60)")
	defer s.Exec("DROP FUNCTION shop.slow")
	o := mariaOptions(s)
	o.StatementTimeout = 300 * time.Millisecond
	session := openMaria(t, o)
	for _, sql := range []string{"SELECT SLEEP(60)", "SELECT slow()", "SELECT COUNT(*) FROM seq_1_to_1000000 a, seq_1_to_1000000 b"} {
		r := ask(t, session, sql, drill.Expect{Min: number(0)})
		if r.Outcome != drill.CheckError || r.Code != "MySQL error 1969" || !strings.Contains(r.Reason, "timeout") {
			t.Errorf("%s: %+v", sql, r)
		}
	}
	if r := ask(t, session, "SELECT COUNT(*) FROM orders", drill.Expect{Min: number(20000)}); !r.Passed {
		t.Errorf("the session is not usable any more: %+v", r)
	}
}

// The words of plans are the server's, of its version.
func mariaReads(t *testing.T, s *mariadbtest.Server) {
	s.Exec("CREATE TABLE shop.nothing (id INT)", "CREATE VIEW shop.all_orders AS SELECT * FROM shop.orders",
		"CREATE FUNCTION shop.healthy() RETURNS INT RETURN (SELECT COUNT(*) FROM shop.orders)", "CREATE VIEW shop.hidden AS SELECT shop.healthy() AS n")
	defer s.Exec("DROP TABLE shop.nothing", "DROP VIEW shop.all_orders, shop.hidden", "DROP FUNCTION shop.healthy")
	session := openMaria(t, mariaOptions(s))
	for sql, tc := range map[string]struct {
		reason string
		reads  drill.Reads
	}{
		"SELECT COUNT(*) FROM orders":               {"a table", drill.ReadsTables},
		"SELECT MAX(id) FROM orders":                {"the optimizer got it from the table", drill.ReadsTables},
		"SELECT COUNT(*) FROM orders WHERE id = -5": {"the optimizer looked it up", drill.ReadsTables},
		"SELECT COUNT(*) FROM nothing":              {"an empty table is a table", drill.ReadsTables},
		"SELECT COUNT(*) FROM all_orders":           {"a view", drill.ReadsTables},
		"SELECT EXISTS (SELECT 1 FROM orders)":      {"below", drill.ReadsTables},
		"SELECT COUNT(*) FROM orders WHERE 1 = 0":   {"nothing is opened", drill.ReadsNothing},
		"SELECT 1":                          {"nothing is opened", drill.ReadsNothing},
		"SELECT COUNT(*) FROM (SELECT 1) x": {"what the query makes itself is no table", drill.ReadsNothing},
		"SELECT COUNT(*) FROM information_schema.tables": {"the server's own", drill.ReadsNothing},
		"SELECT COUNT(*) FROM seq_1_to_5":                {"numbers", drill.ReadsNothing},
		"SELECT IFNULL(1, 0)":                            {"the server's own function", drill.ReadsNothing},
		"SELECT healthy()":                               {"the plan does not see into it", drill.ReadsUnknown},
		"SELECT n FROM hidden":                           {"a view hides a stored function", drill.ReadsUnknown},
	} {
		r := ask(t, session, sql, drill.Expect{Min: number(0)})
		if !r.Passed || r.Reads != tc.reads || (r.Reads == drill.ReadsUnknown) != (r.ReadsWhy != "") {
			t.Errorf("%s: %s: reads %q (%s): %+v", sql, tc.reason, r.Reads, r.ReadsWhy, r)
		}
	}
}

// A server that does not speak TLS gets nobody's password.
func mariaPlain(t *testing.T, s *mariadbtest.Server) {
	s.Stop()
	s.Restart(mariadbtest.Options{Plain: true})
	if _, err := remote.Open(t.Context(), mariaOptions(s)); drill.NameOf(err) != drill.ValidationImpossible {
		t.Errorf("%v", err)
	}
}
