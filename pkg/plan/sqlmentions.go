package plan

import (
	"slices"
	"strings"
)

// Mentions is what the text of a query names. It is no parse: what it cannot
// see (views, functions that read tables) only the server knows.
type Mentions struct {
	// Unsure: the text may be read in more than one way (a backslash in a string).
	Unsure    bool
	Tables    []Name   // after FROM, JOIN and TABLE, without those that the query itself makes (WITH)
	Functions []string // in lower case
}

// Name of a table; the schema is empty where the query does not say it.
type Name struct{ Schema, Table string }

// MentionsOf reads a query.
func MentionsOf(sql string) Mentions {
	words, sure := sqlWords(sql)
	m := Mentions{Unsure: !sure}
	made := madeBy(words)
	for i, w := range words {
		switch {
		case w.is("from") && isFunctionFrom(words, i): // extract(year from ...), substring(... from ...)
		case w.is("from") || w.is("join") || w.is("table"):
			m.Tables = append(m.Tables, tablesAfter(words, i+1, made)...)
		case w.identifier() && i+1 < len(words) && words[i+1].text == "(" && !keywords[w.lower()] && len(made[w.name()]) == 0:
			m.Functions = append(m.Functions, w.lower())
		}
	}
	return m
}

// body is where the words of a WITH query stand.
type body struct{ from, to int }

// madeBy finds what a query makes itself: WITH name AS (...), with columns and
// MATERIALIZED; where it is not recursive, the name stands for the table of that
// name inside.
func madeBy(words []word) map[string][]body {
	made := map[string][]body{}
	recursive := false
	for i, w := range words {
		recursive = recursive || w.is("recursive")
		if !w.is("as") {
			continue
		}
		open := i + 1
		for open < len(words) && (words[open].is("not") || words[open].is("materialized")) {
			open++
		}
		if open >= len(words) || words[open].text != "(" {
			continue
		}
		at := beforeColumns(words, i-1)
		if at < 1 || !words[at].identifier() || !(words[at-1].is("with") || words[at-1].is("recursive") || words[at-1].text == ",") {
			continue
		}
		b := body{open, closing(words, open)}
		if recursive {
			b = body{}
		}
		made[words[at].name()] = append(made[words[at].name()], b)
	}
	return made
}

// isMade tells whether the name at i is one that the query made.
func isMade(made map[string][]body, name string, i int) bool {
	inside := func(b body) bool { return i > b.from && i < b.to }
	return len(made[name]) > 0 && !slices.ContainsFunc(made[name], inside)
}

// tablesAfter reads a list of tables: names with aliases, parted by commas; a
// parenthesis begins a subquery, which is read by itself, or a join.
func tablesAfter(words []word, i int, made map[string][]body) []Name {
	var found []Name
	for i < len(words) {
		for i < len(words) && (words[i].is("only") || words[i].is("lateral") || words[i].text == "(") {
			i++
		}
		if i >= len(words) || !words[i].identifier() || reserved[words[i].lower()] && !words[i].quoted {
			return found
		}
		name := Name{Table: words[i].name()}
		if i+2 < len(words) && words[i+1].text == "." && words[i+2].identifier() {
			name = Name{Schema: words[i].name(), Table: words[i+2].name()}
			i += 2
		}
		if function := i+1 < len(words) && words[i+1].text == "("; !function && !(name.Schema == "" && isMade(made, name.Table, i)) {
			found = append(found, name)
		}
		i = afterAlias(words, i+1)
		if i >= len(words) || words[i].text != "," {
			return found
		}
		i++
	}
	return found
}

// afterAlias passes over the arguments of a function in FROM and an alias.
func afterAlias(words []word, i int) int {
	for i < len(words) {
		switch w := words[i]; {
		case w.text == "(":
			i = closing(words, i) + 1
		case w.is("as") || w.identifier() && (w.quoted || !reserved[w.lower()]):
			i++
		default:
			return i
		}
	}
	return i
}

func closing(words []word, open int) int {
	depth := 0
	for i := open; i < len(words); i++ {
		switch words[i].text {
		case "(":
			depth++
		case ")":
			if depth--; depth == 0 {
				return i
			}
		}
	}
	return len(words)
}

// beforeColumns steps back over a list of columns.
func beforeColumns(words []word, i int) int {
	if i < 0 || words[i].text != ")" {
		return i
	}
	for depth := 0; i >= 0; i-- {
		switch words[i].text {
		case ")":
			depth++
		case "(":
			if depth--; depth == 0 {
				return i - 1
			}
		}
	}
	return -1
}

// isFunctionFrom: the parenthesis around this FROM belongs to a function.
func isFunctionFrom(words []word, i int) bool {
	depth := 0
	for j := i - 1; j >= 0; j-- {
		switch {
		case words[j].text == ")":
			depth++
		case words[j].text == "(" && depth > 0:
			depth--
		case words[j].text == "(":
			return j > 0 && slices.Contains([]string{"extract", "substring", "trim", "overlay", "position"}, words[j-1].lower())
		}
	}
	return false
}

// word is a part of a query: an identifier, a sign, or a literal (its text is
// not kept).
type word struct {
	text   string
	quoted bool
}

func (w word) lower() string          { return strings.ToLower(w.text) }
func (w word) is(keyword string) bool { return !w.quoted && strings.EqualFold(w.text, keyword) }

// name folds case as PostgreSQL does.
func (w word) name() string {
	if w.quoted {
		return w.text
	}
	return w.lower()
}

func (w word) identifier() bool {
	return w.quoted || w.text != "" && (isLetter(w.text[0]))
}

func isLetter(c byte) bool {
	return c == '_' || c >= 0x80 || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// sqlWords cuts a query into words, without comments. It is sure of them unless a
// string has a backslash: whether that escapes, the server's settings say.
func sqlWords(sql string) (words []word, sure bool) {
	sure = true
	for i := 0; i < len(sql); {
		rest := sql[i:]
		switch c := sql[i]; {
		case strings.HasPrefix(rest, "--"):
			i += until(rest, "\n", 2)
		case strings.HasPrefix(rest, "/*"):
			i += until(rest, "*/", 2)
		case c == '\'':
			end := until(rest, "'", 1)
			sure = sure && !strings.Contains(rest[:end], `\`)
			words = append(words, word{text: "'"})
			i += end
		case c == '"' || c == '`':
			end := until(rest, string(c), 1)
			words = append(words, word{text: strings.TrimSuffix(rest[1:end], string(c)), quoted: true})
			i += end
		case c == '$' && dollarTag(rest) != "":
			tag := dollarTag(rest)
			i += until(rest, tag, len(tag))
			words = append(words, word{text: "'"})
		case isLetter(c):
			end := 1
			for end < len(rest) && (isLetter(rest[end]) || rest[end] >= '0' && rest[end] <= '9' || rest[end] == '$') {
				end++
			}
			words = append(words, word{text: rest[:end]})
			i += end
		case c == ' ' || c == '\t' || c == '\n' || c == '\r':
			i++
		default:
			words = append(words, word{text: string(c)})
			i++
		}
	}
	return words, sure
}

// until is the length up to and with mark, searched from skip on.
func until(text, mark string, skip int) int {
	at := strings.Index(text[min(skip, len(text)):], mark)
	if at < 0 {
		return len(text)
	}
	return skip + at + len(mark)
}

// dollarTag is the $tag$ that text begins with.
func dollarTag(text string) string {
	end := strings.IndexByte(text[1:], '$')
	if end < 0 {
		return ""
	}
	for i, c := range []byte(text[1 : 1+end]) {
		if !isLetter(c) && (i == 0 || c < '0' || c > '9') {
			return ""
		}
	}
	return text[:end+2]
}

// reserved words cannot be the name of a table without quotes, in PostgreSQL or
// MySQL; keywords may stand before a parenthesis and are no functions.
var (
	reserved = setOf(`select from where group order having limit offset fetch union intersect except all any some in and or not as on using
		join left right full inner outer cross natural lateral only case when then else end is null true false array table for returning
		with distinct values window`)
	keywords = setOf(`select from where group order by having limit offset fetch union intersect except all any some exists in
		and or not as on using join left right full inner outer cross natural lateral only values case when then else end over filter within
		partition with recursive window distinct between like ilike is null true false cast interval array row table tablesample for returning
		ordinality materialized`)
)

func setOf(words string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		set[w] = true
	}
	return set
}
