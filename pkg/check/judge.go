package check

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// OneValue judges the shape of an answer: a second row or column is a mistake in
// the check, no row at all means that what it asks for is not there. False: it is
// judged, and no value is to be.
func OneValue(columns, rows int, r *drill.CheckResult) bool {
	switch {
	case columns != 1:
		Fault(r, "", fmt.Sprintf("it returns %d columns, one is expected", columns))
	case rows > 1:
		Fault(r, "", fmt.Sprintf("it returns %d rows, one is expected", rows))
	case rows == 0:
		Fail(r, "", "it returned no row")
	default:
		return true
	}
	return false
}

// JudgeNull fails a value that is NULL; false: it is none.
func JudgeNull(v Value, r *drill.CheckResult) bool {
	if v.Null {
		Fail(r, "", "the value is NULL: nothing is there")
	}
	return v.Null
}

// Judge compares a value with what is expected of it. startedAt is the start of
// the drill, to which ages are counted; a time without a zone is no time here
// (see JudgeAge).
func Judge(v Value, want drill.Expect, startedAt time.Time, r *drill.CheckResult) {
	switch {
	case JudgeNull(v, r):
	case want.MaxAgeSeconds != nil:
		var at time.Time
		if v.Kind == Time {
			at, _ = v.Time(time.UTC)
		}
		JudgeAge(Moment{At: at.UTC(), Kind: v.Kind}, *want.MaxAgeSeconds, startedAt, r)
	case want.Equals != nil:
		judgeEquals(v, want.Equals, r)
	default:
		judgeRange(v, want, r)
	}
}

// JudgeRows compares a number of rows with what is expected; otherwise is the
// reason where it is not.
func JudgeRows(n int, want drill.Range, otherwise string, r *drill.CheckResult) {
	r.Figure = n
	if (want.Min != nil && float64(n) < *want.Min) || (want.Max != nil && float64(n) > *want.Max) {
		Fail(r, "", otherwise)
		return
	}
	Pass(r)
}

// Moment is a point in time that a value was read as.
type Moment struct {
	At      time.Time // zero: the value is no time
	Kind    Kind      // of the value
	Assumed string    // for people: in which zone a time without one was taken to be
}

// tolerated is how far a time may lie after the drill's start: clocks differ.
const tolerated = time.Minute

// JudgeAge fails what was older than limit seconds at the start of the drill.
func JudgeAge(m Moment, limit float64, startedAt time.Time, r *drill.CheckResult) {
	if m.At.IsZero() {
		Fault(r, "", "maxAge needs a timestamp or a date, the value is a "+m.Kind.String())
		return
	}
	age := startedAt.Sub(m.At).Seconds()
	r.Figure, r.DataAgeSeconds, r.Reason = m.At, &age, m.Assumed
	switch {
	case age < -tolerated.Seconds():
		Fail(r, "", Join(fmt.Sprintf("the newest value lies %.0f s after the start of the drill: it says nothing about freshness, or its time zone is not the assumed one", -age), m.Assumed))
	case age > limit:
		Fail(r, "", Join(fmt.Sprintf("%.0f s old at the start of the drill", age), m.Assumed))
	default:
		Pass(r)
	}
}

func judgeRange(v Value, want drill.Expect, r *drill.CheckResult) {
	n := v.Number()
	r.Figure = v.Figure()
	if n == nil {
		if v.Kind == Number {
			Fail(r, "", "the value is not a finite number")
			return
		}
		Fault(r, "", "min and max need a number, the value is a "+v.Kind.String())
		return
	}
	if (want.Min != nil && n.Cmp(rat(*want.Min)) < 0) || (want.Max != nil && n.Cmp(rat(*want.Max)) > 0) {
		Fail(r, "", "out of range")
		return
	}
	Pass(r)
}

// judgeEquals compares numbers as numbers and everything else as text; of a
// text only match or mismatch is told.
func judgeEquals(v Value, want any, r *drill.CheckResult) {
	var same bool
	switch expected := want.(type) {
	case bool:
		if v.Kind != Boolean {
			Fault(r, "", "a boolean is expected, the value is a "+v.Kind.String())
			return
		}
		same = (v.Text == "t") == expected
	case string:
		same = v.Text == expected
		if n, ok := new(big.Rat).SetString(strings.TrimSpace(expected)); ok && v.Number() != nil {
			same = v.Number().Cmp(n) == 0
		}
	default:
		n, ok := new(big.Rat).SetString(fmt.Sprint(expected))
		if !ok || v.Kind != Number {
			Fault(r, "", "a number is expected, the value is a "+v.Kind.String())
			return
		}
		same = v.Number() != nil && v.Number().Cmp(n) == 0
	}
	if r.Figure = v.Figure(); v.Kind == Text {
		r.Figure = map[bool]string{true: "match", false: "mismatch"}[same]
	}
	if !same {
		Fail(r, "", "not what is expected")
		return
	}
	Pass(r)
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
