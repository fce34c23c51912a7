package answer_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lifeboat-dr/lifeboat/pkg/check/postgres/answer"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgtest"
)

// A catalog that answers without end costs neither memory nor time.
func TestAnAnswerWithoutEndIsGivenUp(t *testing.T) {
	source := pgtest.Start(t, pgtest.Options{})
	connect := func() *pgconn.PgConn {
		conn, err := pgconn.Connect(t.Context(), source.URL("postgres"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close(context.Background()) })
		return conn
	}
	for name, sql := range map[string]string{
		"many rows": "select true from generate_series(1, 1000000000)",
		"long rows": "select repeat('x', 1000000) from generate_series(1, 10000000)",
	} {
		// The set is made before the first row comes where it stands in FROM; in
		// the list of columns it comes row by row.
		if name == "many rows" {
			sql = "select generate_series(1, 1000000000) > 0"
		}
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
		defer cancel()
		conn := connect()
		_, err := answer.Rows(ctx, conn, sql)
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || pg.Code != "54000" || !conn.IsClosed() {
			t.Errorf("%s: %v, closed %t", name, err, conn.IsClosed())
		}
	}
	rows, err := answer.Rows(t.Context(), connect(), "select n, n::text from generate_series(1, $1::int) n", []byte("3"))
	if err != nil || len(rows) != 3 || rows[2][1] != "3" {
		t.Errorf("%v, %v", rows, err)
	}
}
