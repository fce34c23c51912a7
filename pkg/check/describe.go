package check

import (
	"fmt"
	"strconv"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Describe writes the expectation for people. A text that is expected is not
// repeated: it may be a row's content.
func Describe(e drill.Expect) string {
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
