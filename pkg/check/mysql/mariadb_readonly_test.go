package mysqlcheck_test

import (
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/check/mysql/mariadbtest"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// The user may do everything; nothing is changed all the same.
func mariaReadsOnly(t *testing.T, s *mariadbtest.Server) {
	s.Exec("CREATE SEQUENCE shop.numbers", "CREATE TABLE shop.flat (id INT) ENGINE = Aria", "INSERT INTO shop.flat VALUES (1)",
		"CREATE FUNCTION shop.evil() RETURNS INT BEGIN DELETE FROM shop.orders; RETURN 1; END",
		"CREATE PROCEDURE shop.worse() BEGIN DELETE FROM shop.orders; SELECT 1; END")
	defer s.Exec("DROP SEQUENCE shop.numbers", "DROP TABLE shop.flat", "DROP FUNCTION shop.evil", "DROP PROCEDURE shop.worse")
	session := openMaria(t, mariaOptions(s))
	for _, sql := range []string{
		"DELETE FROM orders RETURNING id", "INSERT INTO orders (id) VALUES (-1) RETURNING id", "UPDATE orders SET note = ''", "REPLACE INTO orders (id) VALUES (1) RETURNING id",
		"DELETE FROM flat RETURNING id", "TRUNCATE orders", "DROP TABLE orders", "CREATE TABLE more (id INT)", "ALTER TABLE orders ADD more INT",
		"SELECT evil()", "CALL worse()", "SELECT NEXTVAL(numbers)", "SET PASSWORD = PASSWORD('x')", "CREATE USER more",
		"SET STATEMENT tx_read_only = 0 FOR DELETE FROM orders RETURNING id",
		// A check must not open the door for the next one.
		"SET SESSION TRANSACTION READ WRITE", "DELETE FROM flat RETURNING id", "DELETE FROM orders RETURNING id",
		"SET SESSION tx_read_only = 0", "DELETE FROM orders RETURNING id", "COMMIT", "DELETE FROM orders RETURNING id",
		"START TRANSACTION READ WRITE", "DELETE FROM orders RETURNING id", "BEGIN", "DELETE FROM orders RETURNING id", "DROP TABLE flat", "SELECT evil()",
	} {
		for _, expect := range []drill.Expect{{Rows: &drill.Range{Min: number(1)}}, {Min: number(0)}} {
			if r := ask(t, session, sql, expect); r.Passed {
				t.Errorf("%s: %+v", sql, r)
			}
		}
	}
	if left := s.Value("SELECT CONCAT_WS(' ', (SELECT COUNT(*) FROM shop.orders WHERE note <> ''), (SELECT COUNT(*) FROM shop.flat), (SELECT COUNT(*) FROM mysql.user WHERE user = 'more'))"); left != "20000 1 0" {
		t.Errorf("something was changed: %s", left)
	}
	if r := ask(t, session, "SELECT COUNT(*) FROM orders", drill.Expect{Min: number(20000)}); !r.Passed {
		t.Errorf("the session is not usable any more: %+v", r)
	}
}
