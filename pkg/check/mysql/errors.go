package mysqlcheck

import (
	"errors"
	"strconv"

	"github.com/go-sql-driver/mysql"

	"github.com/lifeboat-dr/lifeboat/pkg/check"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Errors of MySQL: https://dev.mysql.com/doc/mysql-errors/8.0/en/server-error-reference.html
const (
	unknownVariable   = 1193
	noSuchTable       = 1146
	unknownColumn     = 1054
	statementTimedOut = 3024
	mariaTimedOut     = 1969
	interrupted       = 1317
	lockTimedOut      = 1205
	outOfMemory       = 1037
	outOfSortMemory   = 1038
	diskFull          = 1021
	databaseDenied    = 1044
	tableDenied       = 1142
	columnDenied      = 1143
)

// saysNothing tells the errors of a table that was not read: for want of time,
// resources or rights. They are no damage.
func saysNothing(err error) bool {
	var answered *mysql.MySQLError
	if !errors.As(err, &answered) {
		return false
	}
	switch answered.Number {
	case statementTimedOut, mariaTimedOut, interrupted, lockTimedOut, outOfMemory, outOfSortMemory, diskFull, tableDenied, columnDenied, databaseDenied:
		return true
	}
	return false
}

// Code is all of a database error that may leave; empty: it is not the server's.
func Code(err error) string {
	var answered *mysql.MySQLError
	if errors.As(err, &answered) {
		return "MySQL error " + strconv.Itoa(int(answered.Number))
	}
	return ""
}

// judgeError turns a database error into the outcome of a check.
func judgeError(r *drill.CheckResult, err error) {
	var answered *mysql.MySQLError
	if !errors.As(err, &answered) {
		check.Fault(r, check.ConnectionLost, "the connection to the copy was lost")
		return
	}
	switch answered.Number {
	case noSuchTable, unknownColumn:
		check.Fail(r, Code(err), "a table or column that the check names is missing in the restored data")
	case statementTimedOut, mariaTimedOut:
		check.Fault(r, Code(err), check.TimedOut)
	default:
		check.Fault(r, Code(err), check.Refused)
	}
}
