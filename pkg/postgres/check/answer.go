package check

import (
	"context"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// AnswerKind is what a value of another database is.
type AnswerKind uint32

// Kinds of answers, by PostgreSQL's type that is judged the same.
const (
	TextAnswer    AnswerKind = 25 // text
	NumberAnswer  AnswerKind = oidNumeric
	BooleanAnswer AnswerKind = oidBool // "t" or "f"
	TimeAnswer    AnswerKind = oidTimestamptz
)

// Answer is the single value that a check of another database gave. A time is
// ISO 8601 with an offset, or UTC.
type Answer struct {
	Kind AnswerKind
	Text string
	Null bool
}

// Judge compares an answer with what is expected, as for PostgreSQL: figures
// are numbers, times and booleans, and of a text only match or mismatch is
// told.
func Judge(a Answer, want drill.Expect, startedAt time.Time, r *drill.CheckResult) {
	r.Expected = describe(want)
	v := value{oid: uint32(a.Kind), text: a.Text, null: a.Null}
	switch {
	case v.null:
		failed(r, "", "the value is NULL: nothing is there")
	case want.MaxAgeSeconds != nil:
		(&Session{o: Options{StartedAt: startedAt}}).judgeAge(context.Background(), v, *want.MaxAgeSeconds, r)
	case want.Equals != nil:
		judgeEquals(v, want.Equals, r)
	default:
		judgeRange(v, want, r)
	}
}

// JudgeRows compares a number of rows with what is expected.
func JudgeRows(n int, want drill.Range, r *drill.CheckResult) {
	r.Expected, r.Figure = describe(drill.Expect{Rows: &want}), n
	if (want.Min != nil && float64(n) < *want.Min) || (want.Max != nil && float64(n) > *want.Max) {
		failed(r, "", "not the expected number of rows")
		return
	}
	pass(r)
}
