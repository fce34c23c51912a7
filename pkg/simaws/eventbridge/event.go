package eventbridge

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// leaf is a value of an event that is neither object nor array.
type leaf struct {
	value any            // string, json.Number, bool or nil
	in    map[string]int // by array of the event, the element that it lies in
}

func (l *leaf) text() (string, bool) {
	if l == nil {
		return "", false
	}
	s, ok := l.value.(string)
	return s, ok
}

func (l *leaf) number() (float64, bool) {
	if l == nil {
		return 0, false
	}
	n, ok := l.value.(json.Number)
	if !ok {
		return 0, false
	}
	f, err := double(n)
	return f, err == nil
}

// leaves lists those of an event by their path.
func leaves(event []byte) (map[string][]leaf, error) {
	value, err := decode(event)
	if err != nil {
		return nil, err
	}
	all := map[string][]leaf{}
	flatten(all, "", value, nil)
	return all, nil
}

func flatten(all map[string][]leaf, path string, value any, in map[string]int) {
	switch v := value.(type) {
	case map[string]any:
		for name, inner := range v {
			next := name
			if path != "" {
				next = path + "." + name
			}
			flatten(all, next, inner, in)
		}
	case []any:
		// Arrays within arrays, and those of one name in different elements, are
		// told apart by the elements that they lie in.
		name := fmt.Sprint(path, in)
		for i, inner := range v {
			deeper := maps.Clone(in)
			if deeper == nil {
				deeper = map[string]int{}
			}
			deeper[name] = i
			flatten(all, path, inner, deeper)
		}
	default:
		all[path] = append(all[path], leaf{value: v, in: in})
	}
}

// matches says whether an event fits, by trying for each field the leaves that
// it accepts.
func (p pattern) matches(event map[string][]leaf) bool {
	return p.fit(event, map[string]int{}, func(map[string]int) bool { return true })
}

// fit finds leaves for all fields and alternatives that lie in no two elements
// of one array, and asks next for the same with what else there is.
func (p pattern) fit(event map[string][]leaf, in map[string]int, next func(map[string]int) bool) bool {
	switch {
	case len(p.fields) > 0:
		rest := pattern{fields: p.fields[1:], ors: p.ors}
		return p.fields[0].fit(event, in, func(in map[string]int) bool { return rest.fit(event, in, next) })
	case len(p.ors) > 0:
		rest := pattern{ors: p.ors[1:]}
		return slices.ContainsFunc(p.ors[0], func(alternative pattern) bool {
			return alternative.fit(event, in, func(in map[string]int) bool { return rest.fit(event, in, next) })
		})
	}
	return next(in)
}

func (f patternField) fit(event map[string][]leaf, in map[string]int, next func(map[string]int) bool) bool {
	accepted := func(l *leaf) bool {
		return slices.ContainsFunc(f.accepts, func(m matcher) bool { return m(l) })
	}
	candidates := event[f.path]
	if len(candidates) == 0 {
		return accepted(nil) && next(in)
	}
	return slices.ContainsFunc(candidates, func(l leaf) bool {
		together, ok := join(in, l.in)
		return ok && accepted(&l) && next(together)
	})
}

// join is in which elements two leaves lie; false: in two of one array.
func join(a, b map[string]int) (map[string]int, bool) {
	all := maps.Clone(a)
	for array, element := range b {
		if other, ok := all[array]; ok && other != element {
			return nil, false
		}
		all[array] = element
	}
	return all, true
}
