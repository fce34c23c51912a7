package eventbridge

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Limits of a pattern. That of its length is a quota, which an account can have
// raised to 4096.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html#eb-limits
const (
	maxPatternChars = 2048
	maxCombinations = 1000 // of $or
	maxExact        = 1 << 53
)

// pattern is a condition on events: each of its fields must be one that the
// event has, and in some alternative of each $or.
//
// An event is the list of its leaves, each under the names that lead to it
// joined by dots: arrays are left out of the path. Two fields that are matched
// by different elements of one array do not match together, as AWS's open
// implementation has it (https://github.com/aws/event-ruler); the user guide is
// silent on that.
type pattern struct {
	fields []patternField
	ors    [][]pattern
}

type patternField struct {
	path    string
	accepts []matcher // any of them
}

// matcher says whether it accepts a leaf; nil: there is none of this name.
type matcher func(*leaf) bool

func invalidPattern(format string, args ...any) error {
	return wire.Errorf("InvalidEventPatternException", "Event pattern is not valid. Reason: "+format, args...)
}

func parsePattern(text json.RawMessage) (pattern, error) {
	if len([]rune(string(text))) > maxPatternChars {
		return pattern{}, invalidPattern("it has more than %d characters", maxPatternChars)
	}
	value, err := decode(text)
	if err != nil {
		return pattern{}, invalidPattern("%v", err)
	}
	object, ok := value.(map[string]any)
	if !ok {
		return pattern{}, invalidPattern("Filter is not an object")
	}
	p, err := readPattern("", object)
	if err == nil && p.combinations() > maxCombinations {
		err = invalidPattern("$or has more than %d rule combinations", maxCombinations)
	}
	return p, err
}

// decode keeps numbers as they are written.
func decode(text []byte) (any, error) {
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	var value any
	if err := d.Decode(&value); err != nil {
		return nil, err
	}
	if d.More() {
		return nil, fmt.Errorf("more than one JSON document")
	}
	return value, nil
}

func readPattern(prefix string, object map[string]any) (pattern, error) {
	var p pattern
	if len(object) == 0 {
		return p, invalidPattern("Empty objects are not allowed: %q", strings.TrimSuffix(prefix, "."))
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		path := prefix + name
		var err error
		switch value := object[name].(type) {
		case map[string]any:
			var inner pattern
			inner, err = readPattern(path+".", value)
			p.fields, p.ors = append(p.fields, inner.fields...), append(p.ors, inner.ors...)
		case []any:
			if name == "$or" {
				err = p.addOr(prefix, value)
			} else {
				err = p.addField(path, value)
			}
		default:
			err = invalidPattern("%q must be an object or an array", path)
		}
		if err != nil {
			return p, err
		}
	}
	return p, nil
}

// addOr reads the alternatives of a $or. One that AWS would take for a field of
// that name, because it has less than two objects, is refused.
func (p *pattern) addOr(prefix string, values []any) error {
	var alternatives []pattern
	for _, v := range values {
		object, ok := v.(map[string]any)
		if !ok {
			return invalidPattern("%q has an alternative that is no object", prefix+"$or")
		}
		alternative, err := readPattern(prefix, object)
		if err != nil {
			return err
		}
		alternatives = append(alternatives, alternative)
	}
	if len(alternatives) < 2 {
		return invalidPattern("%q has less than two alternatives", prefix+"$or")
	}
	p.ors = append(p.ors, alternatives)
	return nil
}

func (p *pattern) addField(path string, values []any) error {
	f := patternField{path: path}
	for _, v := range values {
		m, err := readMatcher(path, v)
		if err != nil {
			return err
		}
		f.accepts = append(f.accepts, m)
	}
	if len(f.accepts) == 0 {
		return invalidPattern("Empty arrays are not allowed: %q", path)
	}
	p.fields = append(p.fields, f)
	return nil
}

// combinations multiplies the alternatives of each $or, as the user guide does.
func (p pattern) combinations() int {
	n := 1
	for _, or := range p.ors {
		sum := 0
		for _, alternative := range or {
			sum += alternative.combinations()
		}
		n = min(n*sum, maxCombinations+1)
	}
	return n
}
