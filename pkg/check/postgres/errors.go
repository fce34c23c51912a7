package pgcheck

import (
	"errors"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lifeboat-dr/lifeboat/pkg/check"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// code is all of a database error that may leave.
func code(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return pg.Code
	}
	return check.ConnectionLost
}

// judgeError turns a database error into the outcome of a check.
func judgeError(r *drill.CheckResult, err error, about string) {
	c := code(err)
	switch {
	case c == "42P01":
		check.Fail(r, c, about+"a table that the check names is missing in the restored data")
	case c == "42703" || c == "3F000" || c == "42704":
		check.Fail(r, c, about+"a column, schema or object that the check names is missing in the restored data")
	case damaged(c):
		check.Fail(r, c, about+"the restored storage is damaged")
	case c == "57014":
		check.Fault(r, c, about+check.TimedOut)
	case c == check.ConnectionLost:
		check.Fault(r, c, about+"the connection to the copy was check.ConnectionLost: the server may have crashed")
	default:
		check.Fault(r, c, about+check.Refused)
	}
}

// damaged tells the codes of broken storage: data_corrupted, index_corrupted,
// internal_error (a nonsensical length in a tuple), io_error, and a data file
// that is missing.
func damaged(code string) bool {
	switch code {
	case "XX000", "XX001", "XX002", "58030", "58P01":
		return true
	}
	return false
}
