package planfile

import (
	"fmt"
	"math"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"go.yaml.in/yaml/v3"
)

func (d *decoder) scalar(n *yaml.Node, into reflect.Value, path string) {
	if into.Kind() == reflect.Interface {
		d.free(n, into, path)
		return
	}
	expected := map[reflect.Kind]string{
		reflect.String: "a text", reflect.Int: "a whole number", reflect.Float64: "a number", reflect.Bool: "true or false",
	}[into.Kind()]
	wrong := func(hint string) {
		d.add(n, path, fmt.Sprintf("%s is expected, this is %s", expected, kindOf(n)), "", hint)
	}
	if n.Kind != yaml.ScalarNode {
		wrong("")
		return
	}
	switch into.Kind() {
	case reflect.String:
		if n.Tag != "!!str" {
			wrong("put it in quotes if it is meant as a text")
			return
		}
		into.SetString(n.Value)
	case reflect.Bool:
		if n.Tag != "!!bool" {
			wrong("")
			return
		}
		into.SetBool(strings.EqualFold(n.Value, "true"))
	case reflect.Int:
		i, err := strconv.Atoi(n.Value)
		if n.Tag != "!!int" || err != nil {
			wrong("")
			return
		}
		into.SetInt(int64(i))
	case reflect.Float64:
		f, ok := number(n)
		if !ok {
			wrong("without quotes and without a unit")
			return
		}
		into.SetFloat(f)
	default:
		d.add(n, path, fmt.Sprintf("the plan has no values of type %s", into.Type()), "", "")
	}
}

func number(n *yaml.Node) (float64, bool) {
	if n.Tag != "!!int" && n.Tag != "!!float" {
		return 0, false
	}
	f, err := strconv.ParseFloat(strings.ReplaceAll(n.Value, "_", ""), 64)
	return f, err == nil && !math.IsInf(f, 0) && !math.IsNaN(f)
}

// free takes one value of any type: what a check's answer must equal.
func (d *decoder) free(n *yaml.Node, into reflect.Value, path string) {
	switch {
	case n.Kind != yaml.ScalarNode:
		d.add(n, path, "one value is expected, this is "+kindOf(n), "", "a number, true, false or a text")
	case n.Tag == "!!null":
		d.add(n, path, "the value is empty", "", "a number, true, false or a text")
	default:
		into.Set(reflect.ValueOf(one(n)))
	}
}

// document takes a mapping of anything that JSON has: the payload of a function.
func (d *decoder) document(n *yaml.Node, into reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		d.add(n, path, "a mapping with keys is expected, this is "+kindOf(n), "", "")
		return
	}
	into.Set(reflect.ValueOf(d.tree(n, path)))
}

// tree keeps lists and mappings as they are written.
func (d *decoder) tree(n *yaml.Node, path string) any {
	d.visited++
	if d.visited > maxAliasNodes {
		if d.visited == maxAliasNodes+1 {
			d.add(n, path, "the aliases of this file stand for too many values", "", "write them out")
		}
		return nil
	}
	switch n.Kind {
	case yaml.AliasNode:
		return d.tree(n.Alias, path)
	case yaml.MappingNode:
		out := map[string]any{}
		d.pairs(n, path, func(key, value *yaml.Node, at string) { out[key.Value] = d.tree(value, at) })
		return out
	case yaml.SequenceNode:
		out := []any{}
		for i, element := range n.Content {
			out = append(out, d.tree(element, path+"["+strconv.Itoa(i)+"]"))
		}
		return out
	}
	if n.Tag == "!!null" {
		return nil
	}
	if _, is := number(n); is && changedByJSON(n.Value) {
		d.add(n, path, fmt.Sprintf("the number %s would be another one", n.Value), "as JSON numbers go it is rounded, or loses its zeros", "put it in quotes")
	}
	return one(n)
}

// changedByJSON tells of a whole number that JSON's numbers do not keep as it is
// written.
func changedByJSON(value string) bool {
	digits := strings.TrimLeft(strings.ReplaceAll(value, "_", ""), "+-")
	if strings.Trim(digits, "0123456789") != "" {
		return false // with a point or an exponent it says itself that it is rounded
	}
	f, err := strconv.ParseFloat(digits, 64)
	return err == nil && (f > 1<<53 || strconv.FormatFloat(f, 'f', -1, 64) != digits)
}

// one is a value as it is written: a number, true, false or a text.
func one(n *yaml.Node) any {
	if n.Tag == "!!bool" {
		return strings.EqualFold(n.Value, "true")
	}
	if f, ok := number(n); ok {
		return f
	}
	return n.Value
}

func kindOf(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a mapping"
	case yaml.SequenceNode:
		return "a list"
	}
	switch n.Tag {
	case "!!null":
		return "empty"
	case "!!int", "!!float":
		return fmt.Sprintf("the number %s", n.Value)
	case "!!bool":
		return n.Value
	case "!!timestamp":
		return "a time"
	}
	return fmt.Sprintf("the text %q", shorten(n.Value))
}

func shorten(text string) string {
	if runes := []rune(text); len(runes) > 40 {
		return string(runes[:40]) + "..."
	}
	return text
}

// grammar is what the keys of each type of a plan are, by the yaml tags: they are
// asked for once for each object of a file.
var grammar sync.Map // reflect.Type -> grammarOf

type grammarOf struct {
	keys   []string
	fields map[string]int
}

func grammarFor(t reflect.Type) grammarOf {
	if known, ok := grammar.Load(t); ok {
		return known.(grammarOf)
	}
	g := grammarOf{fields: map[string]int{}}
	for i := range t.NumField() {
		key := t.Field(i).Tag.Get("yaml")
		g.keys = append(g.keys, key)
		g.fields[key] = i
	}
	grammar.Store(t, g)
	return g
}

// fieldOf finds the field of a struct by its yaml tag.
func fieldOf(v reflect.Value, key string) (reflect.Value, bool) {
	i, known := grammarFor(v.Type()).fields[key]
	if !known {
		return reflect.Value{}, false
	}
	return v.Field(i), true
}

func keysOf(t reflect.Type) []string { return grammarFor(t).keys }

// nearest is the known key that a misspelt one most likely means; "" if none
// is near: more than a third of the letters would have to change.
func nearest(key string, known []string) string {
	best, distance := "", len(key)/3+1
	for _, k := range known {
		if d := editDistance(strings.ToLower(key), strings.ToLower(k)); d < distance {
			best, distance = k, d
		}
	}
	return best
}

// editDistance counts the letters to insert, delete or change (Levenshtein).
func editDistance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
