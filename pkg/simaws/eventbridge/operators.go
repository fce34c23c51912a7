package eventbridge

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"math/big"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// readMatcher reads one value of a field: a constant, or an object with one
// operator.
func readMatcher(path string, value any) (matcher, error) {
	switch v := value.(type) {
	case map[string]any:
		if len(v) != 1 {
			return nil, invalidPattern("%q: a match expression has one key, not %d", path, len(v))
		}
		for operator, operand := range v {
			m, err := readOperator(operator, operand)
			if err != nil {
				return nil, invalidPattern("%q: %s: %v", path, operator, err)
			}
			return m, nil
		}
	case []any:
		return nil, invalidPattern("%q: Match value must be String, number, true, false, or null", path)
	}
	// A number is compared as it is written: 300 and 300.0 are two values.
	return func(l *leaf) bool { return l != nil && l.value == value }, nil
}

// readOperator reads one of those of
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
func readOperator(name string, operand any) (matcher, error) {
	switch name {
	case "prefix":
		return ofText(affix(strings.HasPrefix))(operand)
	case "suffix":
		return ofText(affix(strings.HasSuffix))(operand)
	case "equals-ignore-case":
		return ofText(text(strings.EqualFold))(operand)
	case "wildcard":
		return ofText(wildcard)(operand)
	case "anything-but":
		return anythingBut(operand)
	case "numeric":
		return numeric(operand)
	case "exists":
		return exists(operand)
	case "cidr":
		return cidr(operand)
	}
	return nil, errors.New("this match type is not recognized")
}

// textMatcher makes the condition on a text from an operand.
type textMatcher func(operand any) (func(string) bool, error)

func ofText(read textMatcher) func(any) (matcher, error) {
	return func(operand any) (matcher, error) {
		accepts, err := read(operand)
		return func(l *leaf) bool {
			s, ok := l.text()
			return ok && accepts(s)
		}, err
	}
}

func text(compare func(value, operand string) bool) textMatcher {
	return func(operand any) (func(string) bool, error) {
		want, ok := operand.(string)
		if !ok {
			return nil, fmt.Errorf("it takes a string")
		}
		return func(value string) bool { return compare(value, want) }, nil
	}
}

// affix also takes {"equals-ignore-case": text}.
func affix(has func(value, affix string) bool) textMatcher {
	return func(operand any) (func(string) bool, error) {
		object, ok := operand.(map[string]any)
		if !ok {
			return text(has)(operand)
		}
		inner, ok := object["equals-ignore-case"]
		if !ok || len(object) != 1 {
			return nil, fmt.Errorf("it takes a string, or equals-ignore-case")
		}
		return text(func(value, want string) bool { return has(strings.ToLower(value), strings.ToLower(want)) })(inner)
	}
}

// wildcard takes a text in which * stands for anything, \* and \\ for
// themselves. AWS also refuses patterns that are too complex; how it measures
// that it does not say.
func wildcard(operand any) (func(string) bool, error) {
	want, ok := operand.(string)
	if !ok {
		return nil, fmt.Errorf("it takes a string")
	}
	parts, star := []string{""}, false
	for i := 0; i < len(want); i++ {
		last := &parts[len(parts)-1]
		switch {
		case want[i] == '*' && star:
			return nil, fmt.Errorf("consecutive wildcard characters in %q", want)
		case want[i] == '*':
			parts = append(parts, "")
		case want[i] == '\\' && (i+1 == len(want) || want[i+1] != '*' && want[i+1] != '\\'):
			return nil, fmt.Errorf("a backslash in %q is before neither * nor \\", want)
		case want[i] == '\\':
			i++
			*last += want[i : i+1]
			star = false
			continue
		default:
			*last += want[i : i+1]
		}
		star = want[i] == '*'
	}
	return func(value string) bool { return matchesParts(value, parts) }, nil
}

// matchesParts says whether a text begins and ends with the first and the last
// part and has the others between them, in order.
func matchesParts(value string, parts []string) bool {
	if len(parts) == 1 {
		return value == parts[0]
	}
	rest, ok := strings.CutPrefix(value, parts[0])
	if !ok {
		return false
	}
	last := len(parts) - 1
	for _, part := range parts[1:last] {
		if _, rest, ok = strings.Cut(rest, part); !ok {
			return false
		}
	}
	return strings.HasSuffix(rest, parts[last])
}

// anythingBut accepts every leaf but those that its operand names: a string or
// a number, a list of either, or an operator on strings with one or a list.
// Unproven is that a value that is no string passes an operator on strings, as
// the open implementation has it.
func anythingBut(operand any) (matcher, error) {
	object, isObject := operand.(map[string]any)
	if !isObject {
		return but(operand, constants)
	}
	if len(object) != 1 {
		return nil, fmt.Errorf("one operator, not %d", len(object))
	}
	for operator, inner := range object {
		read, ok := map[string]textMatcher{
			"prefix": text(strings.HasPrefix), "suffix": text(strings.HasSuffix),
			"equals-ignore-case": text(strings.EqualFold), "wildcard": wildcard,
		}[operator]
		if !ok {
			return nil, fmt.Errorf("unsupported anything-but pattern %s", operator)
		}
		return but(inner, func(values []any) ([]matcher, error) {
			var all []matcher
			for _, v := range values {
				m, err := ofText(read)(v)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", operator, err)
				}
				all = append(all, m)
			}
			return all, nil
		})
	}
	return nil, nil // an object of one key is never empty
}

// but accepts what none of the matchers of one value or a list does.
func but(operand any, read func([]any) ([]matcher, error)) (matcher, error) {
	values, isList := operand.([]any)
	if !isList {
		values = []any{operand}
	}
	if len(values) == 0 {
		return nil, fmt.Errorf("an empty list")
	}
	refused, err := read(values)
	return func(l *leaf) bool {
		return l != nil && !slices.ContainsFunc(refused, func(m matcher) bool { return m(l) })
	}, err
}

// constants are strings only or numbers only; numbers are compared by value.
func constants(values []any) ([]matcher, error) {
	var all []matcher
	numbers := 0
	for _, v := range values {
		switch v := v.(type) {
		case string:
			all = append(all, func(l *leaf) bool { return l.value == v })
		case json.Number:
			numbers++
			want, err := double(v)
			if err != nil {
				return nil, err
			}
			all = append(all, func(l *leaf) bool {
				got, ok := l.number()
				return ok && got == want
			})
		default:
			return nil, fmt.Errorf("it takes strings or numbers")
		}
	}
	if numbers != 0 && numbers != len(values) {
		return nil, fmt.Errorf("a list of strings and numbers")
	}
	return all, nil
}

// numeric takes ["=", 1], one bound, or a lower one and then an upper one.
func numeric(operand any) (matcher, error) {
	list, ok := operand.([]any)
	if !ok || len(list) != 2 && len(list) != 4 {
		return nil, fmt.Errorf("it takes a list of one or two comparisons")
	}
	var compare []func(float64) bool
	var kinds string
	var bounds []float64
	for ; len(list) > 0; list = list[2:] {
		operator, _ := list[0].(string)
		number, ok := list[1].(json.Number)
		if !ok {
			return nil, fmt.Errorf("%v is no number", list[1])
		}
		n, err := double(number)
		if err != nil {
			return nil, err
		}
		test, ok := map[string]func(float64) bool{
			"=": func(f float64) bool { return f == n },
			"<": func(f float64) bool { return f < n }, "<=": func(f float64) bool { return f <= n },
			">": func(f float64) bool { return f > n }, ">=": func(f float64) bool { return f >= n },
		}[operator]
		if !ok {
			return nil, fmt.Errorf("unrecognized numeric comparison %v", list[0])
		}
		kinds += operator[:1]
		compare, bounds = append(compare, test), append(bounds, n)
	}
	switch {
	case len(bounds) == 2 && kinds != "><":
		return nil, fmt.Errorf("a range has a lower and then an upper bound")
	case len(bounds) == 2 && bounds[0] >= bounds[1]:
		return nil, fmt.Errorf("bottom must be less than top")
	}
	return func(l *leaf) bool {
		n, ok := l.number()
		return ok && !slices.ContainsFunc(compare, func(test func(float64) bool) bool { return !test(n) })
	}, nil
}

// double is a number as EventBridge compares it: one beyond what it holds
// exactly it refuses in a pattern, and takes for no number in an event.
func double(n json.Number) (float64, error) {
	f, err := strconv.ParseFloat(n.String(), 64)
	if math.Abs(f) == maxExact { // rounded, perhaps
		exact, ok := new(big.Rat).SetString(n.String())
		if !ok || exact.Abs(exact).Cmp(big.NewRat(maxExact, 1)) > 0 {
			err = strconv.ErrRange
		}
	}
	if err != nil || math.Abs(f) > maxExact {
		return 0, fmt.Errorf("%s is not between -2^53 and 2^53", n)
	}
	return f, nil
}

func exists(operand any) (matcher, error) {
	want, ok := operand.(bool)
	if !ok {
		return nil, fmt.Errorf("it takes true or false")
	}
	return func(l *leaf) bool { return (l != nil) == want }, nil
}

func cidr(operand any) (matcher, error) {
	want, ok := operand.(string)
	if !ok {
		return nil, fmt.Errorf("it takes a string")
	}
	network, err := netip.ParsePrefix(want)
	if err != nil {
		return nil, err
	}
	return func(l *leaf) bool {
		s, _ := l.text()
		address, err := netip.ParseAddr(s)
		return err == nil && network.Contains(address)
	}, nil
}
