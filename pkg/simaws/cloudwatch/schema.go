package cloudwatch

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// rule checks a value of a JSON document and notes what is wrong with it.
type rule func(at string, v any, f *findings)

// findings are what is wrong, each with its place.
type findings []string

func (f *findings) add(at, format string, args ...any) {
	if at == "" {
		at = "/"
	}
	*f = append(*f, at+": "+fmt.Sprintf(format, args...))
}

// object has the named members and no others.
func object(members map[string]rule, required ...string) rule {
	return func(at string, v any, f *findings) {
		o, ok := v.(map[string]any)
		if !ok {
			f.add(at, "should be an object")
			return
		}
		for _, name := range required {
			if _, ok := o[name]; !ok {
				f.add(at, "should have the property %q", name)
			}
		}
		for _, name := range slices.Sorted(maps.Keys(o)) {
			check, ok := members[name]
			if !ok {
				f.add(at, "should not have the property %q", name)
				continue
			}
			check(at+"/"+name, o[name], f)
		}
	}
}

func listOf(element rule, least, most int) rule {
	return func(at string, v any, f *findings) {
		list, ok := v.([]any)
		if !ok {
			f.add(at, "should be an array")
			return
		}
		if n := len(list); n < least || n > most {
			f.add(at, "should have %d to %d items, has %d", least, most, n)
		}
		for i, v := range list {
			element(at+"/"+strconv.Itoa(i), v, f)
		}
	}
}

func matching(re *regexp.Regexp, what string) rule {
	return func(at string, v any, f *findings) {
		if s, ok := v.(string); !ok || !re.MatchString(s) {
			f.add(at, "should be %s, is %v", what, v)
		}
	}
}

func oneOf(texts ...string) rule {
	return func(at string, v any, f *findings) {
		if s, ok := v.(string); !ok || !slices.Contains(texts, s) {
			f.add(at, "should be one of %s, is %v", strings.Join(texts, ", "), v)
		}
	}
}

// integer from least to most, a multiple of step.
func integer(least, most, step int64) rule {
	return func(at string, v any, f *findings) {
		n, ok := v.(json.Number)
		i, err := n.Int64()
		if !ok || err != nil || i < least || i > most || i%step != 0 {
			f.add(at, "should be a whole number from %d to %d in steps of %d, is %v", least, most, step, v)
		}
	}
}

func anyText(at string, v any, f *findings) {
	if _, ok := v.(string); !ok {
		f.add(at, "should be a text, is %v", v)
	}
}

func anyNumber(at string, v any, f *findings) {
	if _, ok := v.(json.Number); !ok {
		f.add(at, "should be a number, is %v", v)
	}
}

func anyBool(at string, v any, f *findings) {
	if _, ok := v.(bool); !ok {
		f.add(at, "should be true or false, is %v", v)
	}
}

func anything(string, any, *findings) {}
