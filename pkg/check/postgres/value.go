package pgcheck

import "github.com/lifeboat-dr/lifeboat/pkg/check"

// Type OIDs (pg_type.dat); they never change.
const (
	oidBool        = 16
	oidInt8        = 20
	oidInt2        = 21
	oidInt4        = 23
	oidOID         = 26
	oidFloat4      = 700
	oidFloat8      = 701
	oidDate        = 1082
	oidTimestamp   = 1114
	oidTimestamptz = 1184
	oidNumeric     = 1700
)

// valueOf reads an answer in PostgreSQL's text form, which is also that of
// check.Value.
func valueOf(oid uint32, raw []byte) check.Value {
	return check.Value{Kind: kindOf(oid), Text: string(raw), Null: raw == nil}
}

func kindOf(oid uint32) check.Kind {
	switch oid {
	case oidBool:
		return check.Boolean
	case oidInt2, oidInt4, oidInt8, oidOID, oidFloat4, oidFloat8, oidNumeric:
		return check.Number
	case oidTimestamptz:
		return check.Time
	case oidDate, oidTimestamp:
		return check.LocalTime
	}
	return check.Text
}
