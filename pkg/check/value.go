package check

import (
	"math"
	"math/big"
	"strconv"
	"time"
)

// Kind is what a value is, for its judgement.
type Kind int

// Kinds of values. The zero value is a text: what nothing else is known of.
const (
	Text      Kind = iota
	Number         // decimal or with an exponent; NaN and infinity are not finite
	Boolean        // "t" or "f"
	Time           // a point in time: ISO 8601 with an offset, or UTC
	LocalTime      // a date or time without a zone: what point it is must be assumed
)

// String is the word that reasons use.
func (k Kind) String() string {
	switch k {
	case Number:
		return "number"
	case Boolean:
		return "boolean"
	case Time, LocalTime:
		return "time"
	case Text:
	}
	return "text"
}

// Value is the single value that a check gave, as text. It may be a row's
// content: of a Text nothing leaves.
type Value struct {
	Kind Kind
	Text string
	Null bool
}

// Number is exact, however long; nil for NaN, infinity and what is no number.
func (v Value) Number() *big.Rat {
	if v.Kind != Number {
		return nil
	}
	if n, ok := new(big.Rat).SetString(v.Text); ok {
		return n
	}
	return nil
}

// Time reads it in zone where it has no offset; false: it is no time, or one
// without a date that Go has (infinity, before Christ).
func (v Value) Time(zone *time.Location) (time.Time, bool) {
	if v.Kind != Time && v.Kind != LocalTime {
		return time.Time{}, false
	}
	return parseTime(v.Text, zone)
}

// Figure is what may be told of the value; nil: nothing.
func (v Value) Figure() any {
	switch v.Kind {
	case Boolean:
		return v.Text == "t"
	case Number:
		if n, err := strconv.ParseInt(v.Text, 10, 64); err == nil {
			return n
		}
		if f, err := strconv.ParseFloat(v.Text, 64); err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
			return f
		}
	case Time:
		if at, ok := v.Time(time.UTC); ok {
			return at.UTC()
		}
	case Text, LocalTime:
	}
	return nil // NaN and infinity are not JSON, a time without a zone is no point in time
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
