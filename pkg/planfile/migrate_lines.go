package planfile

import (
	"regexp"
	"strings"

	"go.yaml.in/yaml/v3"
)

// entry is a key of a block mapping with its value and the comments above it.
type entry struct {
	key         *yaml.Node
	first, last int // lines; first is that of the topmost comment
	column      int // of the key, from 0
	afterDash   bool
}

var dashesRE = regexp.MustCompile(`^ *(- +)+$`)

// inLines moves the keys of a database that is written line by line: each with
// the comments that stand right above it.
func (m *migrator) inLines(todo moving) {
	var entries []entry
	for _, i := range todo.keys {
		e, ok := m.entry(todo.database, i)
		if !ok {
			return
		}
		entries = append(entries, e)
	}
	if todo.block != nil && todo.block.Style&yaml.FlowStyle != 0 {
		m.linesIntoFlow(todo, entries)
		return
	}
	into, at, head := m.target(todo, entries)
	if at < 0 {
		return
	}
	text := head
	for _, e := range entries {
		moved, ok := m.reindented(e, into)
		if !ok {
			return
		}
		text += moved
		m.remove(e, todo.block == nil)
	}
	if todo.drill != nil {
		moved, ok := m.outOfDrill(todo, into)
		if !ok {
			return
		}
		text += moved
	}
	m.edits = append(m.edits, edit{at, at, text})
}

// target is where the keys go: the column, the offset, and what stands before
// them there. The offset is -1 where that was refused.
func (m *migrator) target(todo moving, entries []entry) (column, at int, head string) {
	if b := todo.block; b != nil {
		last, ok := m.entry(b, len(b.Content)-2)
		if !ok {
			return 0, -1, ""
		}
		at = m.starts[last.last]
		if !strings.HasSuffix(m.line(last.last), "\n") && at == len(m.body) {
			head = m.lineBreak()
		}
		return b.Column - 1, at, head
	}
	e := entries[0] // source and backups are required, so there is one
	key, _ := m.keyAt(e.key)
	head = m.blockKey(todo.kind, key) + m.lineBreak()
	if e.afterDash {
		return e.column + 2, key, head
	}
	return e.column + 2, m.starts[e.first-1], strings.Repeat(" ", e.column) + head
}

// entry finds the lines of one entry.
func (m *migrator) entry(mapping *yaml.Node, i int) (entry, bool) {
	key := mapping.Content[i]
	at, ok := m.keyAt(key)
	if !ok {
		return entry{}, false
	}
	before := m.body[m.starts[key.Line-1]:at]
	e := entry{key: key, first: key.Line, last: m.lastLine(key, mapping.Content[i+1]), column: key.Column - 1, afterDash: dashesRE.MatchString(before)}
	if e.last < key.Line || !e.afterDash && strings.Trim(before, " ") != "" {
		m.refuse(key, "something else stands in its line")
		return entry{}, false
	}
	for !e.afterDash && e.first > 1 && isComment(m.line(e.first-1)) && indented(m.line(e.first-1)) == e.column {
		e.first--
	}
	return e, true
}

// lastLine is the last line of a value. YAML says where values begin, not where
// they end: that is before the next one, without the blank lines and comments
// that are not indented as its own would be.
func (m *migrator) lastLine(key, value *yaml.Node) int {
	end := value
	for len(end.Content) > 0 {
		end = end.Content[len(end.Content)-1]
	}
	limit := m.count() + 1
	if next := m.place[end] + 1; next < len(m.order) {
		limit = m.order[next].Line
	}
	for n := max(key.Line, end.Line) + 1; n < limit; n++ {
		if line := m.line(n); strings.HasPrefix(line, "...") || strings.Trim(line, " -\t\r\n") == "" && !isBlank(line) {
			limit = n // the end of the document, or a hyphen whose entry follows
		}
	}
	last := limit - 1
	for last > key.Line && (isBlank(m.line(last)) || isComment(m.line(last)) && indented(m.line(last)) < key.Column) {
		last--
	}
	return last
}

// reindented is an entry's text where its key stands in a column.
func (m *migrator) reindented(e entry, column int) (string, bool) {
	var out strings.Builder
	for n := e.first; n <= e.last; n++ {
		line := m.line(n)
		switch deeper := column - e.column; {
		case e.afterDash && n == e.key.Line:
			at, _ := m.keyAt(e.key)
			out.WriteString(strings.Repeat(" ", column) + m.body[at:m.starts[n]])
		case isBlank(line):
			out.WriteString(line)
		case deeper >= 0:
			out.WriteString(strings.Repeat(" ", deeper) + line)
		case indented(line) < -deeper:
			m.refuse(e.key, "its value is indented less than it")
			return "", false
		default:
			out.WriteString(line[-deeper:])
		}
	}
	text := out.String()
	if m.starts[e.last] == len(m.body) && !lineBreakRE.MatchString(m.line(e.last)) {
		text += m.lineBreak()
	}
	return text, true
}

// remove takes an entry's lines away. Where it stood behind a hyphen, and no
// block takes its place there, what follows moves up to the hyphen.
func (m *migrator) remove(e entry, replaced bool) {
	from, to := m.starts[e.first-1], m.starts[e.last]
	if e.afterDash {
		from, _ = m.keyAt(e.key)
	}
	if e.afterDash && !replaced && e.last < m.count() {
		to += indented(m.line(e.last + 1))
	}
	m.edits = append(m.edits, edit{from, to, ""})
}

// outOfDrill takes from out of the drill. A drill that had nothing else stays,
// empty, with its comments.
func (m *migrator) outOfDrill(todo moving, column int) (string, bool) {
	key := todo.inDrill.Content[todo.from]
	if todo.inDrill.Style&yaml.FlowStyle != 0 {
		text, ok := m.cut(todo.inDrill, todo.from)
		if ok && strings.ContainsAny(text, "\r\n") {
			m.refuse(key, "its value has several lines")
			return "", false
		}
		return strings.Repeat(" ", column) + text + m.lineBreak(), ok
	}
	e, ok := m.entry(todo.inDrill, todo.from)
	if !ok {
		return "", false
	}
	if len(todo.inDrill.Content) == 2 {
		at, ok := m.keyAt(todo.drill)
		colon := at + strings.IndexByte(m.body[max(at, 0):], ':') + 1
		if !ok {
			return "", false
		}
		m.edits = append(m.edits, edit{colon, colon, " {}"})
	}
	text, ok := m.reindented(e, column)
	m.remove(e, false)
	return text, ok
}

// linesIntoFlow puts entries of lines into a block that is written as {...}:
// only what is the same text in both.
func (m *migrator) linesIntoFlow(todo moving, entries []entry) {
	var texts []string
	if todo.drill != nil {
		text, ok := m.outOfDrill(todo, 0)
		if !ok {
			return
		}
		texts = append(texts, strings.TrimRight(text, "\r\n"))
	}
	for _, e := range entries {
		at, _ := m.keyAt(e.key)
		texts = append(texts, strings.TrimRight(m.body[at:m.starts[e.last]], "\r\n"))
		if e.first < e.last {
			m.refuse(e.key, "it has a comment or several lines, and its block is written in one")
			return
		}
		m.remove(e, false)
	}
	for _, text := range texts {
		if strings.ContainsAny(text, "#,[]{}\r\n") {
			m.refuse(todo.block, "what should move into it cannot be written in one line with it")
			return
		}
	}
	m.intoFlow(todo.block, texts)
}
