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

// databases visits every database of the file, in its order.
func (d *decoder) databases(visit func(path func() string, n *yaml.Node)) {
	_, workloads := d.find("workloads")
	for i, w := range entries(workloads) {
		w = resolved(w)
		at := indexOf(w, "databases")
		if w.Kind != yaml.MappingNode || at < 0 {
			continue
		}
		for j, n := range entries(w.Content[at+1]) {
			if n = resolved(n); n.Kind == yaml.MappingNode {
				visit(func() string { return fmt.Sprintf("workloads[%d].databases[%d]", i, j) }, n)
			}
		}
	}
}

func entries(list *yaml.Node) []*yaml.Node {
	if list == nil || resolved(list).Kind != yaml.SequenceNode {
		return nil
	}
	return resolved(list).Content
}

// flatKeys are all of them, in the order of the plan.
func (d *decoder) flatKeys() (found []flatKey) {
	d.databases(func(path func() string, n *yaml.Node) {
		at := indexOf(n, "kind")
		if at < 0 {
			return
		}
		kind := plan.KindOf(resolved(n.Content[at+1]).Value)
		for _, key := range kind.Keys {
			if node, _ := within(n, kind.FlatKey(key)); node != nil {
				found = append(found, flatKey{path(), kind, key, node})
			}
		}
	})
	return found
}

// bothForms refuses a key that stands in its block and outside of it.
func (d *decoder) bothForms() {
	d.databases(func(path func() string, n *yaml.Node) {
		for i := 0; i+1 < len(n.Content); i += 2 {
			if block := resolved(n.Content[i+1]); block.Kind == yaml.MappingNode && plan.IsBlock(n.Content[i].Value) {
				d.bothFormsIn(path(), n, n.Content[i].Value, block)
			}
		}
	})
}

func (d *decoder) bothFormsIn(path string, database *yaml.Node, name string, block *yaml.Node) {
	for i := 0; i+1 < len(block.Content); i += 2 {
		inBlock := block.Content[i]
		at := path + "." + name + "." + inBlock.Value
		flat := plan.FlatPath(at)
		if flat == "" {
			continue
		}
		outside, _ := within(database, strings.TrimPrefix(flat, path+"."))
		if outside == nil {
			continue
		}
		later, earlier := inBlock, outside
		if outside.Line > inBlock.Line || outside.Line == inBlock.Line && outside.Column > inBlock.Column {
			later, earlier = outside, inBlock
		}
		d.add(later, at, fmt.Sprintf("the key %q stands in the block of its kind and outside of it", inBlock.Value),
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
