package printable

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// ShellWord is a word as it is typed into a shell: plain where it can be, in single
// quotes, or as $'...' where a terminal would not show what it is.
func ShellWord(word string) string {
	plain := word != ""
	for _, r := range word {
		switch {
		case r == utf8.RuneError, !unicode.IsPrint(r):
			return escaped(word)
		case r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_-+./:@%,", r):
			plain = false
		}
	}
	if plain {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

func escaped(word string) string {
	var text strings.Builder
	for _, b := range []byte(word) {
		if b >= 0x20 && b < 0x7f && b != '\'' && b != '\\' {
			text.WriteByte(b)
		} else {
			fmt.Fprintf(&text, `\%03o`, b)
		}
	}
	return "$'" + text.String() + "'"
}
