package asl

import (
	"fmt"
	"strings"
)

// Mermaid draws the machine as a Mermaid flowchart: transitions as arrows,
// choices with their conditions, Catch as dotted arrows, the branches of
// Parallel and Map states as boxes. The same machine always gives the same
// text.
func (m *Machine) Mermaid() string {
	d := &drawing{}
	d.line("flowchart TD")
	d.scope(m.scope, "s")
	return d.text.String()
}

type drawing struct {
	text   strings.Builder
	indent int
}

func (d *drawing) line(format string, args ...any) {
	d.text.WriteString(strings.Repeat("    ", d.indent))
	fmt.Fprintf(&d.text, format+"\n", args...)
}

// scope draws the states of one scope; prefix keeps ids of equal names apart.
func (d *drawing) scope(s *stateScope, prefix string) {
	ids := map[string]string{}
	for i, name := range s.order {
		ids[name] = fmt.Sprintf("%s%d", prefix, i)
	}
	d.line("%sstart(( )) --> %s", prefix, ids[s.startAt])
	for _, name := range s.order {
		d.node(s.states[name], ids[name])
	}
	for _, name := range s.order {
		d.arrows(s.states[name], ids)
	}
}

func (d *drawing) node(st *state, id string) {
	label := mermaidText(st.name)
	switch st.kind {
	case typeChoice:
		d.line("%s{%s}", id, label)
	case typeSucceed, typeFail:
		d.line("%s([%s])", id, label)
	case typeWait:
		d.line("%s[/%s/]", id, label)
	case typeParallel, typeMap:
		d.box(st, id, label)
	case typeTask, typePass:
		d.line("%s[%s]", id, label)
	}
}

func (d *drawing) box(st *state, id, label string) {
	d.line("subgraph %s [%s]", id, label)
	d.indent++
	for i, branch := range st.branches {
		d.scope(branch, fmt.Sprintf("%sb%d_", id, i))
	}
	if st.processor != nil {
		d.scope(st.processor, id+"item_")
	}
	d.indent--
	d.line("end")
}

func (d *drawing) arrows(st *state, ids map[string]string) {
	from := ids[st.name]
	for _, c := range st.choices {
		d.line("%s -- %s --> %s", from, mermaidText(conditionText(c.condition)), ids[c.next])
	}
	if st.fallback != "" {
		d.line("%s -- %s --> %s", from, mermaidText("otherwise"), ids[st.fallback])
	}
	if st.next != "" {
		d.line("%s --> %s", from, ids[st.next])
	}
	drawn := map[string]bool{}
	for _, c := range st.catch {
		label := mermaidText(strings.Join(c.errors, ", "))
		if key := c.next + label; !drawn[key] {
			drawn[key] = true
			d.line("%s -. %s .-> %s", from, label, ids[c.next])
		}
	}
}

func conditionText(v *value) string {
	if v.expr == nil {
		return string(v.literal)
	}
	return v.source
}

// mermaidText is a label: quoted, on one line, short, and without the signs
// that mean something to Mermaid or to HTML.
func mermaidText(text string) string {
	text = strings.Join(strings.Fields(text), " ")
	if runes := []rune(text); len(runes) > 60 {
		text = string(runes[:57]) + "..."
	}
	return `"` + strings.NewReplacer(`"`, "#quot;", "<", "#lt;", ">", "#gt;", "#", "#35;", "`", "'").Replace(text) + `"`
}
