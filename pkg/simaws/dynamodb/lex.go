package dynamodb

import (
	"strings"
	"unicode"
)

// token of an expression. Its kind is its text for symbols and, in capitals,
// for keywords; otherwise "name", "#" for a placeholder of a name, ":" for one
// of a value, "number", and "" at the end.
type token struct {
	kind string
	text string
	at   int
}

// keywords may be written in either case, functions may not.
var keywords = map[string]bool{"AND": true, "OR": true, "NOT": true, "BETWEEN": true, "IN": true, "SET": true, "REMOVE": true, "ADD": true, "DELETE": true}

const symbols = "()[],.=<>+-"

// lex splits an expression. The bool is false at a character that belongs to no
// token, which is then the last token's text.
func lex(text string) ([]token, bool) {
	var tokens []token
	for at := 0; at < len(text); {
		rest := text[at:]
		if strings.TrimLeft(rest[:1], " \t\r\n") == "" {
			at++
			continue
		}
		t := next(rest)
		t.at = at
		tokens = append(tokens, t)
		if t.kind == "bad" {
			return tokens, false
		}
		at += len(t.text)
	}
	return append(tokens, token{at: len(text)}), true
}

// next is the token that a text begins with.
func next(text string) token {
	first := rune(text[0])
	switch {
	case first == '#' || first == ':':
		if word := wordOf(text[1:]); word != "" {
			return token{kind: text[:1], text: text[:1] + word}
		}
	case first == '_' || isLetter(first):
		word := wordOf(text)
		if upper := strings.ToUpper(word); keywords[upper] {
			return token{kind: upper, text: word}
		}
		return token{kind: "name", text: word}
	case unicode.IsDigit(first):
		return token{kind: "number", text: wordOf(text)}
	case strings.HasPrefix(text, "<>") || strings.HasPrefix(text, "<=") || strings.HasPrefix(text, ">="):
		return token{kind: text[:2], text: text[:2]}
	case strings.ContainsRune(symbols, first):
		return token{kind: text[:1], text: text[:1]}
	}
	return token{kind: "bad", text: text[:1]}
}

// wordOf is what belongs to a name or a placeholder.
func wordOf(text string) string {
	end := strings.IndexFunc(text, func(r rune) bool { return r != '_' && !isLetter(r) && (r < '0' || r > '9') })
	if end < 0 {
		return text
	}
	return text[:end]
}

func isLetter(r rune) bool { return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' }
