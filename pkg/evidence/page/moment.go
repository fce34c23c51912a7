package page

import "time"

// Moment writes a moment for people, in UTC; fractions only where there
// are any.
func Moment(at any) string {
	var t time.Time
	switch at := at.(type) {
	case time.Time:
		t = at
	case *time.Time:
		if at == nil {
			return "not known"
		}
		t = *at
	}
	if t.IsZero() {
		return "not known"
	}
	if t.Nanosecond() < int(time.Millisecond) {
		return t.UTC().Format("2006-01-02 15:04:05 UTC")
	}
	return t.UTC().Format("2006-01-02 15:04:05.000 UTC")
}

// Seconds is the figure that was judged.
func Seconds(s float64) string { return Trimmed(s, 3) + " s" }
