package planfile

import (
	"strings"

	"go.yaml.in/yaml/v3"
)

// inFlow moves the keys of a database that is written as {name: ..., ...}.
func (m *migrator) inFlow(todo moving) {
	neighbours := len(todo.keys) > 0 && todo.keys[len(todo.keys)-1]-todo.keys[0] == 2*(len(todo.keys)-1)
	if neighbours && todo.drill == nil && todo.block == nil {
		m.embrace(todo) // whatever stands between them stays there
		return
	}
	var texts []string
	for n, i := range todo.keys {
		if n == 0 && todo.block == nil {
			text, ok := m.entryText(todo.database.Content[i])
			if !ok {
				return
			}
			texts = append(texts, text)
			continue
		}
		text, ok := m.cut(todo.database, i)
		if !ok {
			return
		}
		texts = append(texts, text)
	}
	if todo.drill != nil {
		text, ok := m.cut(todo.inDrill, todo.from)
		if !ok {
			return
		}
		texts = append(texts, text)
	}
	if todo.block != nil {
		m.intoFlow(todo.block, texts)
		return
	}
	first := todo.database.Content[todo.keys[0]]
	at, _ := m.keyAt(first)
	end, _ := flowEnd(m.body, at)
	m.edits = append(m.edits, edit{at, end, m.blockKey(todo.kind, at) + " {" + strings.Join(texts, ", ") + "}"})
}

// embrace puts the block around keys that stand beside each other.
func (m *migrator) embrace(todo moving) {
	first, ok := m.keyAt(todo.database.Content[todo.keys[0]])
	last, also := m.keyAt(todo.database.Content[todo.keys[len(todo.keys)-1]])
	if !ok || !also {
		return
	}
	end, _ := flowEnd(m.body, last)
	m.edits = append(m.edits, edit{first, first, m.blockKey(todo.kind, first) + " {"}, edit{end, end, "}"})
}

// entryText is a key and its value; refused where a comment stands in it.
func (m *migrator) entryText(key *yaml.Node) (string, bool) {
	at, ok := m.keyAt(key)
	if !ok {
		return "", false
	}
	end, separator := flowEnd(m.body, at)
	if text := m.body[at:separator]; strings.ContainsAny(text, "\r\n") && strings.Contains(text, "#") {
		m.refuse(key, "there may be a comment in its value")
		return "", false
	}
	return m.body[at:end], true
}

// cut takes an entry out of a flow mapping, with one comma; refused where a
// comment stands beside it.
func (m *migrator) cut(mapping *yaml.Node, i int) (string, bool) {
	key := mapping.Content[i]
	text, ok := m.entryText(key)
	if !ok {
		return "", false
	}
	from, _ := m.keyAt(key)
	to := from + len(text)
	beside := ""
	switch {
	case i > 0:
		before, ok := m.keyAt(mapping.Content[i-2])
		if !ok {
			return "", false
		}
		_, comma := flowEnd(m.body, before)
		beside, from = m.body[comma+1:from], comma
	case len(mapping.Content) > 2:
		next, ok := m.keyAt(mapping.Content[2])
		if !ok {
			return "", false
		}
		beside, to = m.body[to:next], next
	}
	if strings.Contains(beside, "#") {
		m.refuse(key, "a comment stands beside it, and nobody can tell what it is about")
		return "", false
	}
	m.edits = append(m.edits, edit{from, to, ""})
	return text, true
}

// intoFlow puts entries at the end of a flow mapping.
func (m *migrator) intoFlow(block *yaml.Node, texts []string) {
	at := m.offset(block.Line, block.Column)
	if at < 0 || m.body[at] != '{' {
		m.refuse(block, "the place of its block in the text cannot be told")
		return
	}
	at++
	separator := ""
	if n := len(block.Content); n > 0 {
		last, ok := m.keyAt(block.Content[n-2])
		if !ok {
			return
		}
		at, _ = flowEnd(m.body, last)
		separator = ", "
	}
	m.edits = append(m.edits, edit{at, at, separator + strings.Join(texts, ", ")})
}
