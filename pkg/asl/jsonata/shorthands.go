package jsonata

// refuseShorthands refuses the operators that gnata has and jsonata 2.0.6 has
// not: the elvis operator ?: and the coalescing operator ??. AWS would answer
// with a syntax error, so a machine that uses them must not run here either.
func refuseShorthands(source string) error {
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
		case '?':
			if i+1 < len(source) && (source[i+1] == '?' || source[i+1] == ':') {
				// jsonata reads ? and then cannot begin an expression with what follows.
				return &Error{Code: "S0211", Message: `The symbol "` + source[i+1:i+2] + `" cannot be used as a unary operator`, Token: source[i+1 : i+2]}
			}
		}
	}
	return nil
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
