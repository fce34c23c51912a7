package stacks_test

import (
	"cmp"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"testing"
)

// changes are what one template has otherwise than another.
type changes struct {
	Gone    []string                  `json:"gone,omitempty"`
	New     map[string]any            `json:"new,omitempty"`
	Changed map[string]map[string]any `json:"changed,omitempty"` // of what both have: the parts that differ, with their new values; null is gone
}

// TestShapes holds the other ways to deploy to a golden file each. It has only
// what differs from the example's templates, or from those of the same plan without
// what the shape is about, whole beside it: a second and third
// template of 200 kB would be read by nobody, and would change with every line
// of the first. A fleet's is small because a fleet has nothing per database.
func TestShapes(t *testing.T) {
	for name, shape := range allShapes() {
		if !shape.golden {
			continue
		}
		t.Run(name, func(t *testing.T) {
			a, other := shaped(t, name), shaped(t, cmp.Or(shape.beside, "example"))
			for _, f := range a.findings {
				t.Error(f)
			}
			differ := map[string]map[string]changes{}
			for stack, text := range a.texts {
				differ[stack] = map[string]changes{}
				was, is := parts(t, other.texts[stack]), parts(t, text)
				for _, part := range []string{"Resources", "Outputs"} {
					if c := compare(was[part], is[part]); c.Gone != nil || c.New != nil || c.Changed != nil {
						differ[stack][part] = c
					}
				}
			}
			got, err := json.MarshalIndent(differ, "", " ")
			if err != nil {
				t.Fatal(err)
			}
			asGolden(t, "testdata/"+name+".changes.json", append(got, '\n'))
		})
	}
}

// parts of a template: resources and outputs by their ids.
func parts(t *testing.T, text []byte) (of map[string]map[string]map[string]any) {
	t.Helper()
	var all map[string]json.RawMessage
	if text != nil { // else there is no such stack
		if err := json.Unmarshal(withoutHashes(text), &all); err != nil {
			t.Fatal(err)
		}
	}
	of = map[string]map[string]map[string]any{}
	for _, part := range []string{"Resources", "Outputs"} {
		var list map[string]map[string]any
		if all[part] != nil {
			if err := json.Unmarshal(all[part], &list); err != nil {
				t.Fatal(err)
			}
		}
		of[part] = list
	}
	return of
}

func compare(was, is map[string]map[string]any) (c changes) {
	for _, id := range slices.Sorted(maps.Keys(was)) {
		if is[id] == nil {
			c.Gone = append(c.Gone, id)
		}
	}
	for id, now := range is {
		then := was[id]
		if then == nil {
			if c.New == nil {
				c.New = map[string]any{}
			}
			c.New[id] = now
			continue
		}
		if differ := differing("", then, now); len(differ) > 0 {
			if c.Changed == nil {
				c.Changed = map[string]map[string]any{}
			}
			c.Changed[id] = differ
		}
	}
	return c
}

// differing are the parts of a value that are not as they were, by their paths;
// a list is one part.
func differing(path string, was, is map[string]any) map[string]any {
	found := map[string]any{}
	for name := range was {
		if _, there := is[name]; !there {
			found[path+name] = nil
		}
	}
	for name, now := range is {
		inner, object := now.(map[string]any)
		then, before := was[name].(map[string]any)
		switch {
		case reflect.DeepEqual(was[name], now):
		case object && before:
			maps.Copy(found, differing(path+name+".", then, inner))
		default:
			found[path+name] = now
		}
	}
	return found
}
