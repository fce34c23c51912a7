package mysqlcheck

import (
	"database/sql"
	"strconv"
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
	case "BIT":
		// A column is sent as its bytes, what is computed of one as digits, both
		// under this type: what is not surely one bit stays a text.
		if len(raw) == 1 && raw[0] <= 1 {
			v.Kind, v.Text = check.Number, strconv.Itoa(int(raw[0]))
		}
	case "DATETIME", "TIMESTAMP":
		v.Kind, v.Text = check.Time, v.Text+"+00"
	case "DATE":
		v.Kind, v.Text = check.Time, v.Text+" 00:00:00+00"
	}
	return v
}

// truthOf reads a number as the truth that it is in MySQL, which has no other:
// TRUE is 1, and BOOLEAN a TINYINT. What is neither 1 nor 0 stays a number.
func truthOf(v check.Value) check.Value {
	if v.Kind != check.Number {
		return v
	}
	switch v.Text {
	case "0":
		v.Kind, v.Text = check.Boolean, "f"
	case "1":
		v.Kind, v.Text = check.Boolean, "t"
	}
	return v
}
