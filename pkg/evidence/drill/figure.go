package drillevidence

import (
	"encoding/json"
	"math"
	"strconv"
	"time"
)

// withheld stands for a figure that might be a row's content.
const withheld = "withheld"

// figure keeps what a check's figure may be: a number, a boolean, a time, or
// the word for how a text compared. Adapters promise no more; this is where a
// broken promise ends.
func figure(v any) any {
	text, isText := v.(string)
	if !isText {
		switch v := encodable(v).(type) {
		case nil, bool, float64, int64, json.Number:
			return v
		case string: // a time, or a number that JSON cannot hold
			return v
		}
		return withheld
	}
	if text == "match" || text == "mismatch" {
		return text
	}
	if at, err := time.Parse(time.RFC3339Nano, text); err == nil { // as the run record holds a time
		return encodable(at)
	}
	return withheld
}

// encodable makes a value one that JSON can hold: times in UTC, numbers that
// are none as text.
func encodable(v any) any {
	switch v := v.(type) {
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	case *float64:
		if v == nil {
			return nil
		}
		return encodable(*v)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return strconv.FormatFloat(v, 'g', -1, 64)
		}
		return v
	case float32:
		return encodable(float64(v))
	case int:
		return int64(v)
	case int32:
		return int64(v)
	}
	return v
}
