package planfile

import "strings"

// flowEnd finds where an entry of a flow mapping ends that begins at an offset:
// after its value, and at the comma or bracket that follows.
func flowEnd(text string, at int) (end, separator int) {
	depth, fresh, quoted := 0, true, false // fresh: a value may begin here
	end = at
	for ; at < len(text); at++ {
		c, afterQuote := text[at], quoted
		quoted = false
		switch {
		case strings.IndexByte(" \t\r\n", c) >= 0:
			quoted = afterQuote
			continue
		case c == '#' && strings.IndexByte(" \t\r\n,[]{}", text[at-1]) >= 0:
			at = comment(text, at) - 1
			quoted = afterQuote
			continue
		case fresh && (c == '"' || c == '\''):
			at, fresh, quoted = quote(text, at), false, true
		case fresh && (c == '&' || c == '!'):
			for at+1 < len(text) && strings.IndexByte(" \t\r\n,[]{}", text[at+1]) < 0 {
				at++
			}
		case c == '[' || c == '{':
			depth, fresh = depth+1, true
		case c == ',' || c == ']' || c == '}':
			if depth == 0 {
				return end, at
			}
			fresh, quoted = c == ',', c != ','
			if c != ',' {
				depth--
			}
		case c == ':' && (afterQuote || at+1 < len(text) && strings.IndexByte(" \t\r\n,[]{}", text[at+1]) >= 0):
			fresh = true
		default:
			fresh = false
		}
		end = min(at+1, len(text))
	}
	return end, len(text)
}

// comment is the offset of the end of a line.
func comment(text string, at int) int {
	if n := strings.IndexAny(text[at:], "\r\n"); n >= 0 {
		return at + n
	}
	return len(text)
}

// quote is the offset of the quote that ends what begins with one.
func quote(text string, at int) int {
	open := text[at]
	for at++; at < len(text); at++ {
		switch {
		case open == '"' && text[at] == '\\':
			at++
		case open == '\'' && strings.HasPrefix(text[at:], "''"):
			at++
		case text[at] == open:
			return at
		}
	}
	return at
}
