package planfile

import (
	"regexp"
	"strings"
	"unicode/utf8"
)

// lines is a text by the lines that YAML counts in it, from 1.
type lines struct {
	body   string
	starts []int // offset of each line; one more is the end of the text
}

var lineBreakRE = regexp.MustCompile("\r\n|[\n\r\u0085\u2028\u2029]")

func linesOf(text string) lines {
	l := lines{body: text, starts: []int{0}}
	for _, at := range lineBreakRE.FindAllStringIndex(text, -1) {
		l.starts = append(l.starts, at[1])
	}
	if l.starts[len(l.starts)-1] < len(text) {
		l.starts = append(l.starts, len(text))
	}
	return l
}

func (l lines) count() int { return len(l.starts) - 1 }

// line is one of them, with its break.
func (l lines) line(n int) string { return l.body[l.starts[n-1]:l.starts[n]] }

// offset of a column, which counts characters from 1; -1 for one that the line
// does not have.
func (l lines) offset(line, column int) int {
	if line < 1 || line > l.count() {
		return -1
	}
	at := l.starts[line-1]
	for ; column > 1; column-- {
		if at >= l.starts[line] {
			return -1
		}
		_, size := utf8.DecodeRuneInString(l.body[at:])
		at += size
	}
	return at
}

// lineBreak is how the text ends its lines.
func (l lines) lineBreak() string {
	if found := lineBreakRE.FindString(l.body); found != "" {
		return found
	}
	return "\n"
}

// indented is a line's indentation, in spaces.
func indented(line string) int { return len(line) - len(strings.TrimLeft(line, " ")) }

func isBlank(line string) bool   { return strings.TrimSpace(line) == "" }
func isComment(line string) bool { return strings.HasPrefix(strings.TrimSpace(line), "#") }
