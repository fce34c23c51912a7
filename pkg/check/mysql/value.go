package mysqlcheck

import (
	"database/sql"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/check"
)

// valueOf reads a value by the name of its type in the driver. A time has no
// zone in MySQL; the session's is UTC.
func valueOf(kind string, raw sql.RawBytes) check.Value {
	v := check.Value{Kind: check.Text, Text: string(raw), Null: raw == nil}
	switch kind = strings.TrimPrefix(kind, "UNSIGNED "); kind {
	case "TINYINT", "SMALLINT", "MEDIUMINT", "INT", "BIGINT", "DECIMAL", "FLOAT", "DOUBLE", "YEAR":
		v.Kind = check.Number
	case "DATETIME", "TIMESTAMP":
		v.Kind, v.Text = check.Time, v.Text+"+00"
	case "DATE":
		v.Kind, v.Text = check.Time, v.Text+" 00:00:00+00"
	}
	return v
}
