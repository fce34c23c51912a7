package planfile

import (
	"cmp"
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// maxAliasNodes bounds what aliases may expand to: a few lines of YAML can
// stand for more nodes than fit into memory.
const maxAliasNodes = 1_000_000

// decoder fills a plan from YAML nodes. Where a value stood is looked for in the
// nodes when somebody asks: few are asked for, of very many.
type decoder struct {
	file     string
	root     *yaml.Node
	problems Problems
	visited  int
	// refused are paths whose value could not be read: what validation says of
	// them would only repeat it.
	refused map[string]bool
}

func newDecoder(file string) *decoder {
	return &decoder{file: file, refused: map[string]bool{}}
}

func (d *decoder) decode(root *yaml.Node, p *plan.Plan) {
	d.root = root
	d.value(root, reflect.ValueOf(p).Elem(), "")
}

func (d *decoder) add(at *yaml.Node, path, what, why, hint string) {
	d.refused[path] = true
	d.problems = append(d.problems, Problem{
		Problem: plan.Problem{Path: path, What: what, Why: why, Hint: hint}, File: d.file, Line: at.Line, Column: at.Column,
	})
}

// semantic adds a problem that validation found, at the nearest place that the
// file has: the value, else the object that lacks it.
func (d *decoder) semantic(p plan.Problem) {
	for path := p.Path; ; path = parent(path) {
		flat := plan.FlatPath(path) // validation speaks of blocks; the file may have the flat form
		if d.refused[path] && path != "" || flat != "" && d.refused[flat] {
			return
		}
		key, at := d.find(path)
		if p.OfKey && path == p.Path {
			at = key
		}
		if at == nil && flat != "" {
			_, at = d.find(flat)
		}
		if at != nil {
			d.problems = append(d.problems, Problem{Problem: p, File: d.file, Line: at.Line, Column: at.Column})
			return
		}
		if path == "" {
			d.problems = append(d.problems, Problem{Problem: p, File: d.file})
			return
		}
	}
}

// taken are the problems so far, in the order of the file; they are gone from here.
func (d *decoder) taken() Problems {
	problems := d.problems
	d.problems = nil
	slices.SortStableFunc(problems, func(a, b Problem) int { return cmp.Or(a.Line-b.Line, a.Column-b.Column) })
	return problems
}

func parent(path string) string {
	return path[:max(strings.LastIndexAny(path, ".["), 0)]
}

func (d *decoder) value(n *yaml.Node, into reflect.Value, path string) {
	d.visited++
	if d.visited > maxAliasNodes {
		if d.visited == maxAliasNodes+1 {
			d.add(n, path, "the aliases of this file stand for too many values", "", "write them out")
		}
		return
	}
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if into.Kind() == reflect.Pointer {
		if n.Tag == "!!null" {
			d.add(n, path, "the value is empty", "", "give one, or remove the key")
			return
		}
		into.Set(reflect.New(into.Type().Elem()))
		into = into.Elem()
	}
	if text, ok := into.Addr().Interface().(encoding.TextUnmarshaler); ok {
		d.text(n, text, path)
		return
	}
	switch into.Kind() {
	case reflect.Struct:
		d.object(n, into, path)
	case reflect.Slice:
		d.list(n, into, path)
	case reflect.Map:
		if into.Type().Elem().Kind() == reflect.Interface {
			d.document(n, into, path)
			return
		}
		d.texts(n, into, path)
	default:
		d.scalar(n, into, path)
	}
}

func (d *decoder) text(n *yaml.Node, into encoding.TextUnmarshaler, path string) {
	if n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		d.add(n, path, "a duration is expected, this is "+kindOf(n), "", "for instance 90s, 60m or 1h30m")
		return
	}
	if err := into.UnmarshalText([]byte(n.Value)); err != nil {
		d.add(n, path, err.Error(), "", "")
	}
}

// Steps used to be kept as they were written, for people.
const (
	prose    = "recoveries run what stands here; until they did it was kept as written and never used"
	stepLike = "for instance {name: orders, kind: restore, database: orders-db}, see docs/plan.md#steps; what only people read belongs into a comment or a runbook"
)

func (d *decoder) object(n *yaml.Node, into reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		if into.Type() == reflect.TypeFor[plan.Step]() {
			d.add(n, path, "a step is a mapping with keys, this is "+kindOf(n), prose, stepLike)
			return
		}
		d.add(n, path, "a mapping with keys is expected, this is "+kindOf(n), "", "keys: "+strings.Join(keysOf(into.Type()), ", "))
		return
	}
	d.pairs(n, path, func(key, value *yaml.Node, at string) {
		field, ok := fieldOf(into, key.Value)
		if !ok {
			known := keysOf(into.Type())
			hint := "known here: " + strings.Join(known, ", ")
			if near := nearest(key.Value, known); near != "" {
				hint = "did you mean " + near + "?"
			}
			if into.Type() == reflect.TypeFor[plan.Step]() && indexOf(n, "kind") < 0 {
				// Most likely a step of before they were read. What it lacks goes without saying.
				d.add(key, at, fmt.Sprintf("a step has no key %q", key.Value), prose, stepLike)
				d.refused[path] = true
				return
			}
			d.add(key, at, fmt.Sprintf("unknown key %q", key.Value), "it would be ignored", hint)
			return
		}
		if meant := meantText(n, key.Value, value, field); meant != "" {
			d.add(key, at, fmt.Sprintf("%q is a mapping with keys, this is %s", key.Value, kindOf(value)), "", "did you mean "+meant+"?")
			return
		}
		d.value(value, field, at)
	})
}

// meantText is the key of the kind's block that a text most likely belongs to
// which stands where a mapping is expected: backup: ./backups/* of kind postgres.
// "": there is none.
func meantText(database *yaml.Node, key string, value *yaml.Node, field reflect.Value) string {
	if value.Kind != yaml.ScalarNode || value.Tag != "!!str" || field.Type() != reflect.TypeFor[*plan.DatabaseBackup]() {
		return ""
	}
	kind := indexOf(database, "kind")
	if kind < 0 {
		return ""
	}
	return nearest(key, plan.KindOf(resolved(database.Content[kind+1]).Value).Keys)
}

// texts is a map of texts: PostgreSQL's settings. Numbers and switches may
// stand there without quotes.
func (d *decoder) texts(n *yaml.Node, into reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		d.add(n, path, "a mapping with keys is expected, this is "+kindOf(n), "", "")
		return
	}
	into.Set(reflect.MakeMap(into.Type()))
	d.pairs(n, path, func(key, value *yaml.Node, at string) {
		if value.Kind != yaml.ScalarNode || value.Tag == "!!null" {
			d.add(value, at, "one value is expected, this is "+kindOf(value), "", "")
			return
		}
		into.SetMapIndex(reflect.ValueOf(key.Value), reflect.ValueOf(value.Value))
	})
}

// pairs goes through the keys of a mapping; one that stands twice, or is no
// text, is refused.
func (d *decoder) pairs(n *yaml.Node, path string, each func(key, value *yaml.Node, at string)) {
	var seen keysSeen
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		at := join(path, key.Value)
		if key.Kind != yaml.ScalarNode || key.Tag == "!!merge" {
			d.add(key, at, "a key is a plain word here", "merge keys would hide what the plan says", "write the keys out")
			d.refused[path] = path != "" // what the mapping lacks without them says nothing
			continue
		}
		if earlier := seen.add(key); earlier != nil {
			d.add(key, at, fmt.Sprintf("the key %q stands twice", key.Value), fmt.Sprintf("one of the two would be ignored, the other stands in line %d", earlier.Line), "keep one of them")
			continue
		}
		each(key, value, at)
	}
}

func (d *decoder) list(n *yaml.Node, into reflect.Value, path string) {
	if n.Kind != yaml.SequenceNode {
		if into.Type() == reflect.TypeFor[[]plan.Step]() && n.Kind == yaml.ScalarNode && n.Tag == "!!str" {
			d.add(n, path, "steps are a list, this is "+kindOf(n), prose, stepLike)
			return
		}
		d.add(n, path, "a list is expected, this is "+kindOf(n), "", "each entry begins with a hyphen")
		return
	}
	into.Set(reflect.MakeSlice(into.Type(), len(n.Content), len(n.Content)))
	for i, element := range n.Content {
		at := path + "[" + strconv.Itoa(i) + "]"
		d.value(element, into.Index(i), at)
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
