// Package printable makes texts that others wrote fit to be shown: names out of
// a backup or a database can hold control codes that clear a terminal or set its
// title, line breaks that forge a line, and marks that turn the direction of what
// follows. Those are written as escapes, and everything has a bound.
package printable

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text returns valid UTF-8 of at most limit bytes and a mark, in one line, in
// which every character can be seen.
func Text(s string, limit int) string {
	cut := 0
	if len(s) > limit {
		end := limit
		for end > 0 && end > limit-utf8.UTFMax && !utf8.RuneStart(s[end]) {
			end--
		}
		s, cut = s[:end], len(s)-end
	}
	if plain(s) && cut == 0 {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); {
		r, width := utf8.DecodeRuneInString(s[i:])
		first := s[i]
		i += width
		switch {
		case r == utf8.RuneError && width == 1:
			fmt.Fprintf(&out, `\x%02x`, first)
		case visible(r):
			out.WriteRune(r)
		case r == '\n':
			out.WriteString(`\n`)
		case r == '\t':
			out.WriteByte(' ')
		case r < 0x10000:
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			fmt.Fprintf(&out, `\U%08x`, r)
		}
	}
	if cut > 0 {
		fmt.Fprintf(&out, "... (%d bytes more)", cut)
	}
	return out.String()
}

func plain(s string) bool {
	for i, r := range s {
		if !visible(r) || r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD") {
			return false
		}
	}
	return true
}

// visible leaves out control and format characters (Cc, Cf: among them those of
// direction and of no width) and the separators of lines and paragraphs.
func visible(r rune) bool {
	return !unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp)
}

// Shown is how many names of a list are told.
const Shown = 10

// longestName of a list: PostgreSQL's own have 63 bytes at most, paths may be
// longer.
const longestName = 200

// List writes the first names and counts the rest.
func List(names []string) string { return ListOf(names, len(names)) }

// ListOf is List where not all of the names are at hand.
func ListOf(names []string, total int) string {
	shown := make([]string, 0, Shown)
	for _, name := range names[:min(len(names), Shown)] {
		shown = append(shown, Text(name, longestName))
	}
	text := strings.Join(shown, ", ")
	if rest := total - len(shown); rest > 0 {
		text += fmt.Sprintf(" and %d more", rest)
	}
	return text
}
