package check

import (
	"fmt"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

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

// value is the answer to a check, in PostgreSQL's text form. It does not leave
// the package.
type value struct {
	oid  uint32
	text string
	null bool
}

func newValue(oid uint32, raw []byte) value {
	return value{oid: oid, text: string(raw), null: raw == nil}
}

func (v value) kind() string {
	switch v.oid {
	case oidBool:
		return "boolean"
	case oidInt2, oidInt4, oidInt8, oidOID, oidFloat4, oidFloat8, oidNumeric:
		return "number"
	case oidDate, oidTimestamp, oidTimestamptz:
		return "time"
	}
	return "text"
}

// number is exact, however long; nil for NaN, infinity and what is no number.
func (v value) number() *big.Rat {
	if v.kind() != "number" {
		return nil
	}
	if n, ok := new(big.Rat).SetString(v.text); ok {
		return n
	}
	return nil
}

// figure is what may be told of the value.
func (v value) figure() any {
	switch v.kind() {
	case "boolean":
		return v.text == "t"
	case "number":
		if n, err := strconv.ParseInt(v.text, 10, 64); err == nil {
			return n
		}
		if f, err := strconv.ParseFloat(v.text, 64); err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
			return f
		}
		return nil // NaN and infinity are not JSON
	case "time":
		if at, ok := parseTime(v.text, time.UTC); ok && v.oid == oidTimestamptz {
			return at.UTC()
		}
		return nil
	}
	return nil
}

// parseTime reads the ISO form, with an offset or in zone.
func parseTime(text string, zone *time.Location) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02 15:04:05.999999999Z07", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999Z07:00:00"} {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	for _, layout := range []string{"2006-01-02 15:04:05.999999999", "2006-01-02"} {
		if at, err := time.ParseInLocation(layout, text, zone); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}

func judgeRange(v value, want drill.Expect, r *drill.CheckResult) {
	n := v.number()
	r.Figure = v.figure()
	if n == nil {
		if v.kind() == "number" {
			failed(r, "", "the value is not a finite number")
			return
		}
		fault(r, "", "min and max need a number, the value is a "+v.kind())
		return
	}
	if (want.Min != nil && n.Cmp(rat(*want.Min)) < 0) || (want.Max != nil && n.Cmp(rat(*want.Max)) > 0) {
		failed(r, "", "out of range")
		return
	}
	pass(r)
}

// judgeEquals compares numbers as numbers and everything else as text; of a
// text only match or mismatch is told.
func judgeEquals(v value, want any, r *drill.CheckResult) {
	var same bool
	switch expected := want.(type) {
	case bool:
		if v.kind() != "boolean" {
			fault(r, "", "a boolean is expected, the value is a "+v.kind())
			return
		}
		same = (v.text == "t") == expected
	case string:
		same = v.text == expected
		if n, ok := new(big.Rat).SetString(strings.TrimSpace(expected)); ok && v.number() != nil {
			same = v.number().Cmp(n) == 0
		}
	default:
		n, ok := new(big.Rat).SetString(fmt.Sprint(expected))
		if !ok || v.kind() != "number" {
			fault(r, "", "a number is expected, the value is a "+v.kind())
			return
		}
		same = v.number() != nil && v.number().Cmp(n) == 0
	}
	if r.Figure = v.figure(); v.kind() == "text" {
		r.Figure = map[bool]string{true: "match", false: "mismatch"}[same]
	}
	if !same {
		failed(r, "", "not what is expected")
		return
	}
	pass(r)
}

// rat reads the figure as its shortest decimal, as it stands in the plan: 0.1
// is a tenth here and not the nearest binary fraction.
func rat(f float64) *big.Rat {
	n, ok := new(big.Rat).SetString(strconv.FormatFloat(f, 'g', -1, 64))
	if !ok {
		return new(big.Rat)
	}
	return n
}

// describe writes the expectation for people. A text that is expected is not
// repeated: it may be a row's content.
func describe(e drill.Expect) string {
	switch {
	case e.Rows != nil:
		return "rows " + describeRange(e.Rows.Min, e.Rows.Max)
	case e.MaxAgeSeconds != nil:
		return "at most " + number(*e.MaxAgeSeconds) + " s old"
	case e.Equals != nil:
		if _, isText := e.Equals.(string); isText {
			return "the text in the plan"
		}
		return fmt.Sprintf("= %v", e.Equals)
	}
	return describeRange(e.Min, e.Max)
}

func describeRange(low, high *float64) string {
	switch {
	case low != nil && high != nil:
		return number(*low) + " to " + number(*high)
	case low != nil:
		return ">= " + number(*low)
	case high != nil:
		return "<= " + number(*high)
	}
	return "any"
}

func number(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
