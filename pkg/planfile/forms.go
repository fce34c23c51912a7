package planfile

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// flatKey is a key that stands outside of the block of its kind: the form of
// before there were blocks.
type flatKey struct {
	database string // path
	kind     plan.Kind
	key      string     // in the block
	node     *yaml.Node // the key where it stands
}

// flatKeys are all of them, in the order of the plan.
func (d *decoder) flatKeys(p plan.Plan) (found []flatKey) {
	for i, w := range p.Workloads {
		for j, database := range w.Databases {
			path, kind := fmt.Sprintf("workloads[%d].databases[%d]", i, j), plan.KindOf(database.Kind)
			for _, key := range kind.Keys {
				if node := d.keys[path+"."+kind.FlatKey(key)]; node != nil {
					found = append(found, flatKey{path, kind, key, node})
				}
			}
		}
	}
	return found
}

// bothForms refuses a key that stands in its block and outside of it.
func (d *decoder) bothForms() {
	for path, inBlock := range d.keys {
		flat := plan.FlatPath(path)
		outside := d.keys[flat]
		if flat == "" || outside == nil || strings.Count(path, ".") > 3 { // workloads[0].databases[0].rds.source
			continue
		}
		later, earlier := inBlock, outside
		if outside.Line > inBlock.Line || outside.Line == inBlock.Line && outside.Column > inBlock.Column {
			later, earlier = outside, inBlock
		}
		d.add(later, path, fmt.Sprintf("the key %q stands in the block of its kind and outside of it", inBlock.Value),
			fmt.Sprintf("one of the two would be ignored, the other stands in line %d", earlier.Line), "keep the one in the block")
	}
}

// warnOfFlatKeys warns once, at the first of them.
func (d *decoder) warnOfFlatKeys(found []flatKey) {
	if len(found) == 0 {
		return
	}
	first := found[0]
	for _, f := range found {
		if f.node.Line < first.node.Line || f.node.Line == first.node.Line && f.node.Column < first.node.Column {
			first = f
		}
	}
	what := fmt.Sprintf("%q stands outside of the block of its kind", first.kind.FlatKey(first.key))
	if n := len(found) - 1; n > 0 {
		what += fmt.Sprintf(", as do others: %d in all", n+1)
	}
	d.add(first.node, first.database, what, "that form is deprecated; what only one kind has stands in its block, here "+first.kind.Block+":",
		"lifeboat plan --migrate rewrites the file")
}
