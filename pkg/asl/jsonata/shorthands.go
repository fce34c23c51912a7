package jsonata

import "strings"

// refuseShorthands refuses the operators that gnata has and jsonata 2.0.6 has
// not: the elvis operator ?: and the coalescing operator ??. AWS would answer
// with a syntax error, so a machine that uses them must not run here either.
//
// It also refuses nesting that would use up the stack: maxNesting is far above
// what anybody writes.
func refuseShorthands(source string) error {
	depth := 0
	for i := 0; i < len(source); i++ {
		switch c := source[i]; c {
		case '"', '\'', '`':
			i = skipQuoted(source, i)
		case '/':
			if i+1 < len(source) && source[i+1] == '*' {
				i = skipComment(source, i)
			} else if startsRegex(source, i) {
				i = skipQuoted(source, i)
			}
		case '(', '[', '{':
			if depth++; depth > maxNesting {
				return &Error{Code: "U1001", Message: "The expression is nested too deeply"}
			}
		case ')', ']', '}':
			depth--
			if i+1 < len(source) && c == ')' && source[i+1] == '<' {
				i = skipSignature(source, i+1)
			}
		case '?':
			if i+1 < len(source) && (source[i+1] == '?' || source[i+1] == ':') {
				// jsonata reads ? and then cannot begin an expression with what follows.
				return &Error{Code: "S0211", Message: `The symbol "` + source[i+1:i+2] + `" cannot be used as a unary operator`, Token: source[i+1 : i+2]}
			}
		}
	}
	return nil
}

const maxNesting = 500

// skipSignature returns the index at which the signature of a function, such
// as <sn?:s>, ends; where the sign only means "less than", that of the sign.
func skipSignature(source string, i int) int {
	for end := i + 1; end < len(source); end++ {
		switch c := source[end]; {
		case c == '>' && (end+1 == len(source) || source[end+1] != '>'):
			return end
		case !strings.ContainsRune("abfjlnosux()<>?+-:", rune(c)):
			return i
		}
	}
	return i
}

// skipQuoted returns the index of the quote that closes the one at i.
func skipQuoted(source string, i int) int {
	quote := source[i]
	for i++; i < len(source) && source[i] != quote; i++ {
		if source[i] == '\\' && quote != '`' {
			i++
		}
	}
	return i
}

func skipComment(source string, i int) int {
	for i += 2; i+1 < len(source); i++ {
		if source[i] == '*' && source[i+1] == '/' {
			return i + 1
		}
	}
	return len(source)
}

// startsRegex reports whether the slash at i begins a regular expression: a
// division stands behind an operand.
func startsRegex(source string, i int) bool {
	for i--; i >= 0; i-- {
		switch c := source[i]; {
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			continue
		case c == ')' || c == ']' || c == '}' || c == '"' || c == '\'' || c == '`' || c == '_' || c == '$' || c == '%':
			return false
		case c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= 0x80:
			return false
		}
		return true
	}
	return true
}
