package pgcheck

import "github.com/jackc/pgx/v5/pgconn"

// pgError is an error of the server whose message quotes a row, as they do.
func pgError(code string) error {
	return &pgconn.PgError{Code: code, Message: "row text", Detail: "row text"}
}
