// Package answer reads what a restored server answers to a question of ours,
// and no more than a bound: the copy's catalog is whatever its backup made of it,
// and may answer without end.
//
// A failure leaves the connection closed where the bound was reached: there is no
// other way not to read the rest.
package answer

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
)

// Bounds far above any answer to a question of ours: a million tables with long
// names take about 200 MiB.
const (
	maxRows  = 2_000_000
	maxBytes = 256 << 20
)

// errTooLong is as PostgreSQL would put it (program_limit_exceeded): only the
// SQLSTATE of an error leaves.
var errTooLong = &pgconn.PgError{Code: "54000", Message: "the answer is longer than any that a server has"}

// Rows puts a query with arguments and returns its rows as text. The error is the
// server's, or has SQLSTATE 54000 for an answer beyond the bound.
func Rows(ctx context.Context, conn *pgconn.PgConn, sql string, args ...[]byte) ([][]string, error) {
	return read(ctx, conn, conn.ExecParams(ctx, sql, args, nil, nil, nil), maxRows, maxBytes)
}

func read(ctx context.Context, conn *pgconn.PgConn, result *pgconn.ResultReader, rowsLeft, bytesLeft int) ([][]string, error) {
	var rows [][]string
	for result.NextRow() {
		row := make([]string, len(result.Values()))
		for i, cell := range result.Values() {
			row[i] = string(cell)
			bytesLeft -= len(cell)
		}
		if rowsLeft--; rowsLeft < 0 || bytesLeft < 0 {
			closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
			defer cancel()
			_ = conn.Close(closing)
			return nil, errTooLong
		}
		rows = append(rows, row)
	}
	_, err := result.Close()
	return rows, err
}
