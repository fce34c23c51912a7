package jsonata

import (
	"encoding/json"
	"strings"
)

// refuse gives the syntax errors of jsonata 2.0.6 for what gnata accepts and
// AWS would not: the elvis and coalescing operators, ** between operands, a
// range outside of an array, a comma before a closing bracket, a literal as a
// step of a path. A machine that uses them must not load here either.
//
// It also refuses nesting that would use up the stack.
func refuse(source string) error {
	s := &scanner{source: source}
	for s.at < len(source) {
		if err := s.token(); err != nil {
			return err
		}
	}
	return nil
}

// maxNesting is far above what anybody writes.
const maxNesting = 500

// scanner goes through an expression token by token and knows of the last one
// only what the checks need.
type scanner struct {
	source  string
	at      int
	operand bool   // the last token ends an operand
	last    byte   // the last sign; 0 after anything else
	arrays  []bool // the open brackets; true for an array constructor
}

func (s *scanner) token() error {
	switch c := s.source[s.at]; {
	case c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v':
		s.at++
		return nil
	case strings.HasPrefix(s.source[s.at:], "/*"):
		s.at = skipTo(s.source, s.at+2, "*/")
		return nil
	case c == '"' || c == '\'' || c == '`' || c == '/' && !s.operand:
		return s.step(skipQuoted(s.source, s.at), "")
	case c >= '0' && c <= '9':
		end := skipNumber(s.source, s.at)
		return s.step(end, s.source[s.at:end])
	case nameSign(c):
		return s.word()
	case strings.IndexByte("([{", c) >= 0:
		return s.opening(c)
	case strings.IndexByte(")]}", c) >= 0:
		return s.closing(c)
	}
	return s.sign()
}

// step takes an operand that ends at end. literal is set for numbers and
// words like true, which cannot be a step of a path.
func (s *scanner) step(end int, literal string) error {
	if s.last == '.' && literal != "" {
		shown := literal
		if text, err := json.Marshal(json.Number(literal)); err == nil {
			shown = string(text)
		}
		return syntaxError("S0213", "value", json.RawMessage(shown))
	}
	s.at, s.operand, s.last = end, true, 0
	return nil
}

func (s *scanner) word() error {
	end := s.at
	for end < len(s.source) && (nameSign(s.source[end]) || s.source[end] >= '0' && s.source[end] <= '9') {
		end++
	}
	switch word := s.source[s.at:end]; word {
	case "and", "or", "in":
		if s.operand {
			s.at, s.operand, s.last = end, false, 0
			return nil
		}
	case "true", "false", "null":
		return s.step(end, word)
	}
	return s.step(end, "")
}

func (s *scanner) opening(c byte) error {
	if len(s.arrays) == maxNesting {
		return &Error{Code: "U1001", Message: "The expression is nested too deeply"}
	}
	s.arrays = append(s.arrays, c == '[' && !s.operand)
	s.at, s.operand, s.last = s.at+1, false, c
	return nil
}

func (s *scanner) closing(c byte) error {
	if s.last == ',' {
		return syntaxError("S0211", "token", string(c))
	}
	if len(s.arrays) > 0 {
		s.arrays = s.arrays[:len(s.arrays)-1]
	}
	s.at, s.operand, s.last = s.at+1, true, 0
	if c == ')' && s.at < len(s.source) && s.source[s.at] == '<' {
		s.at = skipSignature(s.source, s.at)
	}
	return nil
}

func (s *scanner) sign() error {
	rest := s.source[s.at:]
	c := rest[0]
	switch {
	case strings.HasPrefix(rest, "??"), strings.HasPrefix(rest, "?:"):
		// jsonata reads ? and then cannot begin an expression with what follows.
		return syntaxError("S0211", "token", rest[1:2])
	case strings.HasPrefix(rest, ".."):
		if len(s.arrays) == 0 || !s.arrays[len(s.arrays)-1] {
			return syntaxError("S0201", "token", "..")
		}
		s.at, s.operand, s.last = s.at+2, false, 0
		return nil
	case strings.HasPrefix(rest, "**"):
		if s.operand {
			return syntaxError("S0201", "token", "**")
		}
		return s.step(s.at+2, "")
	case (c == '*' || c == '%') && !s.operand: // the wildcard, the parent
		return s.step(s.at+1, "")
	}
	s.at, s.operand, s.last = s.at+1, false, c
	return nil
}

func syntaxError(code, parameter string, value any) error {
	if raw, ok := value.(json.RawMessage); ok {
		var decoded any
		if json.Unmarshal(raw, &decoded) == nil {
			value = decoded
		}
	}
	text, _ := message(code, map[string]any{parameter: value})
	token, _ := value.(string)
	return &Error{Code: code, Message: text, Token: token}
}

func nameSign(c byte) bool {
	return c == '_' || c == '$' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80
}

// skipSignature returns the index behind the signature of a function, such as
// <sn?:s>; where the sign only means "less than", that of the sign.
func skipSignature(source string, at int) int {
	for end := at + 1; end < len(source); end++ {
		switch c := source[end]; {
		case c == '>' && (end+1 == len(source) || source[end+1] != '>'):
			return end + 1
		case !strings.ContainsRune("abfjlnosux()<>?+-:", rune(c)):
			return at
		}
	}
	return at
}

// skipQuoted returns the index behind the quote that closes the one at at.
func skipQuoted(source string, at int) int {
	quote := source[at]
	for at++; at < len(source) && source[at] != quote; at++ {
		if source[at] == '\\' && quote != '`' {
			at++
		}
	}
	return min(at+1, len(source))
}

func skipTo(source string, at int, end string) int {
	if n := strings.Index(source[at:], end); n >= 0 {
		return at + n + len(end)
	}
	return len(source)
}

func skipNumber(source string, at int) int {
	digits := func() {
		for at < len(source) && source[at] >= '0' && source[at] <= '9' {
			at++
		}
	}
	digits()
	if at+1 < len(source) && source[at] == '.' && source[at+1] >= '0' && source[at+1] <= '9' {
		at++
		digits()
	}
	if at < len(source) && (source[at] == 'e' || source[at] == 'E') {
		mark := at
		at++
		if at < len(source) && (source[at] == '+' || source[at] == '-') {
			at++
		}
		begin := at
		if digits(); at == begin {
			return mark
		}
	}
	return at
}
