package planfile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// Migration is a plan file in today's form.
type Migration struct {
	Text []byte // the same bytes where nothing had to move
	Keys int    // how many keys moved into blocks
	Hash string // of the plan, before and after
}

const byteOrderMark = "\ufeff"

// Migrate moves flat keys into the blocks of their kinds. It edits the text and
// writes no YAML of its own: comments, order, quoting and every line that does
// not move stay as they are. The result is read again, and must mean the same.
//
// The error is Problems: those of a plan that cannot be used, or the places that
// cannot be moved without a person.
func Migrate(name string, data []byte) (Migration, error) {
	body, marked := strings.CutPrefix(string(data), byteOrderMark)
	p, d, err := read(name, []byte(body))
	if err != nil {
		return Migration{}, err
	}
	flat, hash := d.flatKeys(), p.Hash()
	if len(flat) == 0 {
		return Migration{Text: data, Hash: hash}, nil
	}
	m := newMigrator(d, body)
	done := map[*yaml.Node]bool{}
	for _, f := range flat {
		_, database := d.find(f.database)
		database = resolved(database)
		if !done[database] { // an alias stands for one that is done
			m.database(database, f.kind)
		}
		done[database] = true
	}
	text, whole := m.apply()
	if len(d.problems) > 0 {
		return Migration{}, d.problems
	}
	if why := differs(name, text, hash); why != "" || !whole {
		d.add(flat[0].node, flat[0].database, "the plan cannot be migrated", cmp.Or(why, "two changes would meet in one place"), byHand)
		return Migration{}, d.problems
	}
	if marked {
		text = byteOrderMark + text
	}
	return Migration{Text: []byte(text), Keys: len(flat), Hash: hash}, nil
}

// MigrateFile is Migrate of a file, which it leaves as it is.
func MigrateFile(path string) (Migration, error) {
	data, err := readFile(path)
	if err != nil {
		return Migration{}, err
	}
	return Migrate(path, data)
}

const byHand = "move its keys into the block by hand, see docs/plan.md"

// differs says what the rewritten plan lost; "" for nothing.
func differs(name, text, hash string) string {
	p, d, err := read(name, []byte(text))
	switch {
	case err != nil:
		return "the rewritten file could not be read: " + err.Error()
	case p.Hash() != hash:
		return "the rewritten file would mean something else"
	case len(d.flatKeys()) > 0:
		return "the rewritten file would still have keys outside of blocks"
	}
	return ""
}

// migrator collects the edits of one file.
type migrator struct {
	*decoder
	lines
	edits []edit
	order []*yaml.Node // of the file
	place map[*yaml.Node]int
}

// edit replaces text; an empty range is an insertion.
type edit struct {
	from, to int
	text     string
}

func newMigrator(d *decoder, text string) *migrator {
	m := &migrator{decoder: d, lines: linesOf(text), place: map[*yaml.Node]int{}}
	var walk func(*yaml.Node)
	walk = func(n *yaml.Node) {
		m.place[n] = len(m.order)
		m.order = append(m.order, n)
		for _, child := range n.Content {
			walk(child)
		}
	}
	walk(d.root)
	return m
}

// apply makes the edits; false where two of them overlap.
func (m *migrator) apply() (string, bool) {
	slices.SortStableFunc(m.edits, func(a, b edit) int { return cmp.Or(a.from-b.from, a.to-b.to) })
	var out strings.Builder
	at := 0
	for _, e := range m.edits {
		if e.from < at {
			return "", false
		}
		out.WriteString(m.body[at:e.from] + e.text)
		at = e.to
	}
	out.WriteString(m.body[at:])
	return out.String(), true
}

// refuse says that a place is left to a person.
func (m *migrator) refuse(at *yaml.Node, why string) {
	m.add(at, "", fmt.Sprintf("%q cannot be migrated", at.Value), why, byHand)
}

func resolved(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// moving is what must move in one database.
type moving struct {
	kind     plan.Kind
	database *yaml.Node
	keys     []int      // indices of the keys that move, in database.Content
	block    *yaml.Node // the value of the block; nil: there is none yet
	drill    *yaml.Node // the key of the drill that from moves out of; nil: it does not
	inDrill  *yaml.Node // the drill
	from     int        // index in inDrill.Content
}

// database plans the move of one database's keys.
func (m *migrator) database(n *yaml.Node, kind plan.Kind) {
	todo := moving{kind: kind, database: n}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.Value == kind.Block && value.Kind == yaml.AliasNode:
			m.refuse(key, "it is an alias, and what moves into it would move elsewhere too")
			return
		case key.Value == kind.Block:
			todo.block = value
		case key.Value != "from" && kind.FlatKey(key.Value) == key.Value:
			todo.keys = append(todo.keys, i)
		case key.Value == "drill" && kind.FlatKey("from") != "":
			at := indexOf(resolved(value), "from")
			if at >= 0 && value.Kind == yaml.AliasNode {
				m.refuse(key, "it is an alias, and from would be taken from elsewhere too")
				return
			}
			if at >= 0 {
				todo.drill, todo.inDrill, todo.from = key, value, at
			}
		}
	}
	if n.Style&yaml.FlowStyle != 0 {
		m.inFlow(todo)
		return
	}
	m.inLines(todo)
}

func indexOf(mapping *yaml.Node, key string) int {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if mapping.Content[i].Value == key {
			return i
		}
	}
	return -1
}

// keyAt is the offset of a key; false, and refused, where it does not stand
// where YAML says.
func (m *migrator) keyAt(key *yaml.Node) (int, bool) {
	at := m.offset(key.Line, key.Column)
	if at >= 0 && (strings.HasPrefix(m.body[at:], key.Value) || at < len(m.body) && strings.IndexByte(`"'`, m.body[at]) >= 0) {
		return at, true
	}
	m.refuse(key, "its place in the text cannot be told")
	return 0, false
}

// blockKey is the block's key, quoted where the one beside it is: the file may
// be JSON.
func (m *migrator) blockKey(kind plan.Kind, beside int) string {
	if m.body[beside] == '"' {
		return `"` + kind.Block + `":`
	}
	return kind.Block + ":"
}
