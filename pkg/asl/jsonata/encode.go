package jsonata

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/recolabs/gnata"
)

// encode writes a result as compact JSON: keys in their order, numbers as
// JavaScript prints them, text without HTML escapes, as AWS shows it.
func encode(value any) (json.RawMessage, error) {
	var out bytes.Buffer
	if err := appendValue(&out, value); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// object is gnata's ordered map, whose type is internal to it.
type object interface {
	Keys() []string
	Get(key string) (any, bool)
}

func appendValue(out *bytes.Buffer, value any) error {
	if gnata.IsNull(value) {
		out.WriteString("null")
		return nil
	}
	switch v := value.(type) {
	case bool:
		out.WriteString(strconv.FormatBool(v))
	case string:
		appendString(out, v)
	case float64:
		return appendNumber(out, v)
	case int:
		return appendNumber(out, float64(v))
	case int64:
		return appendNumber(out, float64(v))
	case json.Number:
		f, err := strconv.ParseFloat(string(v), 64)
		if err != nil {
			return ErrUnsupported
		}
		return appendNumber(out, f)
	case []any:
		return appendArray(out, v)
	case object:
		return appendObject(out, v.Keys(), v.Get)
	case map[string]any:
		return appendObject(out, slices.Sorted(maps.Keys(v)), func(k string) (any, bool) { e, ok := v[k]; return e, ok })
	default:
		// A sequence that gnata has not collapsed; the type has no public name.
		if normal := gnata.NormalizeValue(value); fmt.Sprintf("%T", value) == "*evaluator.Sequence" && normal != nil {
			return appendValue(out, normal)
		}
		return ErrUnsupported
	}
	return nil
}

func appendArray(out *bytes.Buffer, elements []any) error {
	out.WriteByte('[')
	for i, e := range elements {
		if i > 0 {
			out.WriteByte(',')
		}
		if e == nil { // an undefined element, as JSON.stringify writes it
			out.WriteString("null")
			continue
		}
		if err := appendValue(out, e); err != nil {
			return err
		}
	}
	out.WriteByte(']')
	return nil
}

func appendObject(out *bytes.Buffer, keys []string, get func(string) (any, bool)) error {
	out.WriteByte('{')
	first := true
	for _, k := range keys {
		v, _ := get(k)
		if v == nil { // undefined members are left out, as JSON.stringify does
			continue
		}
		if !first {
			out.WriteByte(',')
		}
		first = false
		appendString(out, k)
		out.WriteByte(':')
		if err := appendValue(out, v); err != nil {
			return err
		}
	}
	out.WriteByte('}')
	return nil
}

func appendString(out *bytes.Buffer, s string) {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s)           // of a string into memory: cannot fail
	out.Truncate(out.Len() - 1) // Encode ends with a newline
}

func appendNumber(out *bytes.Buffer, f float64) error {
	if math.IsInf(f, 0) || math.IsNaN(f) {
		return ErrUnsupported
	}
	out.WriteString(FormatNumber(f))
	return nil
}

// FormatNumber prints a number as JavaScript's Number.prototype.toString does
// (ECMA-262, Number::toString): decimal from 1e-6 up to 1e21, else with an
// exponent that has no leading zeros.
func FormatNumber(f float64) string {
	if f == 0 {
		return "0" // -0 too
	}
	if abs := math.Abs(f); abs >= 1e-6 && abs < 1e21 {
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
	text := strconv.FormatFloat(f, 'e', -1, 64)
	mantissa, exponent, _ := strings.Cut(text, "e")
	sign := exponent[:1]
	return mantissa + "e" + sign + strings.TrimLeft(exponent[1:], "0")
}
