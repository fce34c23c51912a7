package replay

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
)

// maxStatement bounds one statement outside of COPY data: PostgreSQL itself
// takes no more than 1 GiB, and this process must stay small.
const maxStatement = 64 << 20

// kind of what the lexer found.
type kind int

const (
	statement kind = iota // SQL up to its semicolon
	command               // a psql command: one line that begins with a backslash
	comment               // a whole "--" line outside of a statement
	end
)

type token struct {
	kind kind
	text string
	// bare is the beginning of a statement without comments, and with one space
	// for each run of white space: what the rules match.
	bare string
	line int // where it begins
}

// What one token may cost besides a statement's text; the rest of a comment is
// passed over, the others are errors.
const (
	maxBare    = 256 << 10
	maxComment = 4 << 10 // of a line of comment, of which only titles are looked at
	maxCommand = 64 << 10
	maxTag     = 1 << 10 // of a dollar quote
	largeText  = 4 << 20 // a buffer above this is not kept for the next statement
)

// lexer cuts a plain dump into statements, psql commands and comments, as
// psql does (psqlscan.l): quotes, dollar quotes, nested comments, parentheses
// and the bodies of SQL-standard functions keep their semicolons.
type lexer struct {
	in   *bufio.Reader
	line int
	// backslashes: plain quotes hold escapes (standard_conforming_strings is
	// off in this dump).
	backslashes bool

	text   bytes.Buffer
	bare   bytes.Buffer
	parens int
	blocks int      // of BEGIN ATOMIC ... END
	words  []string // the first words of the statement, in upper case
}

func newLexer(in io.Reader) *lexer {
	return &lexer{in: bufio.NewReaderSize(in, 256<<10), line: 1}
}

var errUnfinished = errors.New("the dump ends in the middle of a statement")

func (l *lexer) next() (token, error) {
	l.text.Reset()
	l.bare.Reset()
	l.parens, l.blocks, l.words = 0, 0, l.words[:0]
	begin := 0
	for {
		c, err := l.read()
		if errors.Is(err, io.EOF) {
			if begin > 0 {
				return token{}, errUnfinished
			}
			return token{kind: end, line: l.line}, nil
		}
		if err != nil {
			return token{}, err
		}
		if begin == 0 {
			switch {
			case isSpace(c):
				continue
			case c == '\\':
				at := l.line
				text, cut, err := l.lineUpTo(maxCommand)
				if cut && err == nil {
					err = fmt.Errorf("a psql command is longer than %d KiB", maxCommand>>10)
				}
				return token{kind: command, text: "\\" + text, line: at}, err
			case c == '-' && l.peek() == '-':
				at := l.line
				text, _, err := l.lineUpTo(maxComment)
				return token{kind: comment, text: "-" + text, line: at}, err
			case c == '/' && l.peek() == '*':
				if err := l.block(); err != nil {
					return token{}, unfinished(err)
				}
				continue
			}
			begin = l.line
		}
		done, err := l.feed(c)
		if err != nil {
			return token{}, unfinished(err)
		}
		if done {
			t := token{kind: statement, text: l.text.String(), bare: l.bare.String(), line: begin}
			if l.text.Cap() > largeText {
				l.text = bytes.Buffer{}
			}
			return t, nil
		}
	}
}

func unfinished(err error) error {
	if errors.Is(err, io.EOF) {
		return errUnfinished
	}
	return err
}

// add is the one way into a statement's text, and so its bound.
func (l *lexer) add(c byte) error {
	if l.text.Len() >= maxStatement {
		return fmt.Errorf("a statement is longer than %d MiB", maxStatement>>20)
	}
	l.text.WriteByte(c)
	if l.bare.Len() < maxBare {
		l.bare.WriteByte(c)
	}
	return nil
}

// space stands for a run of white space or a comment, which separate words.
func (l *lexer) space(c byte) error {
	if l.text.Len() >= maxStatement {
		return fmt.Errorf("a statement is longer than %d MiB", maxStatement>>20)
	}
	l.text.WriteByte(c)
	if b := l.bare.Bytes(); len(b) > 0 && len(b) < maxBare && b[len(b)-1] != ' ' {
		l.bare.WriteByte(' ')
	}
	return nil
}

// feed adds what begins with c; done after the statement's semicolon. A comment
// counts as the white space that it is to the server.
func (l *lexer) feed(c byte) (done bool, err error) {
	switch {
	case isSpace(c):
		return false, l.space(c)
	case c == '-' && l.peek() == '-':
		if _, _, err := l.lineUpTo(0); err != nil {
			return false, err
		}
		return false, l.space('\n')
	case c == '/' && l.peek() == '*':
		if err := l.block(); err != nil {
			return false, err
		}
		return false, l.space(' ')
	}
	if err := l.add(c); err != nil {
		return false, err
	}
	switch {
	case c == ';':
		return l.parens == 0 && l.blocks == 0, nil
	case c == '(':
		l.parens++
	case c == ')':
		l.parens = max(0, l.parens-1)
	case c == '\'':
		return false, l.quoted('\'', l.backslashes || l.afterE())
	case c == '"':
		return false, l.quoted('"', false)
	case c == '$':
		return false, l.dollar()
	case c == '\\':
		return false, errors.New("a psql command inside of a statement")
	case isWord(c):
		return false, l.word(c)
	}
	return false, nil
}

// quoted reads to the closing quote; a doubled quote comes as two strings,
// which amounts to the same.
func (l *lexer) quoted(quote byte, escapes bool) error {
	for {
		c, err := l.read()
		if err != nil {
			return err
		}
		if err := l.add(c); err != nil {
			return err
		}
		switch {
		case c == quote:
			if l.peek() != quote {
				return nil
			}
			c, _ = l.read()
			err = l.add(c)
		case c == '\\' && escapes:
			if c, err = l.read(); err != nil {
				return err
			}
			err = l.add(c)
		}
		if err != nil {
			return err
		}
	}
}

// afterE tells whether the quote that was just added follows a lone E.
func (l *lexer) afterE() bool {
	b := l.text.Bytes()
	n := len(b) - 1
	return n >= 1 && (b[n-1] == 'E' || b[n-1] == 'e') && (n < 2 || !isWord(b[n-2]))
}

// dollar reads $tag$ ... $tag$; a lone $ (as in $1) is just a character.
func (l *lexer) dollar() error {
	tag := []byte{'$'}
	for {
		c := l.peek()
		if c == '$' {
			break
		}
		if !isWord(c) || (len(tag) == 1 && c >= '0' && c <= '9') {
			return nil
		}
		_, _ = l.read() // what peek has shown
		if err := l.add(c); err != nil {
			return err
		}
		if tag = append(tag, c); len(tag) > maxTag {
			return fmt.Errorf("the tag of a dollar quote is longer than %d bytes", maxTag)
		}
	}
	_, _ = l.read()
	if err := l.add('$'); err != nil {
		return err
	}
	tag = append(tag, '$')
	from := l.text.Len()
	for {
		c, err := l.read()
		if err != nil {
			return err
		}
		if err := l.add(c); err != nil {
			return err
		}
		if c == '$' && l.text.Len()-from >= len(tag) && bytes.HasSuffix(l.text.Bytes(), tag) {
			return nil
		}
	}
}

// block passes over a comment in slashes, which may hold others.
func (l *lexer) block() error {
	depth, previous := 0, byte('/')
	for {
		c, err := l.read()
		if err != nil {
			return err
		}
		switch {
		case previous == '/' && c == '*':
			depth++
			c = 0
		case previous == '*' && c == '/':
			if depth--; depth == 0 {
				return nil
			}
			c = 0
		}
		previous = c
	}
}

// word reads a word and follows BEGIN ATOMIC bodies of functions.
func (l *lexer) word(first byte) error {
	from := l.text.Len() - 1
	for isWord(l.peek()) || l.peek() == '$' {
		c, _ := l.read()
		if err := l.add(c); err != nil {
			return err
		}
	}
	if l.text.Len()-from > maxTag { // no word that means anything
		return nil
	}
	if len(l.words) >= 4 && l.blocks == 0 && first != 'B' && first != 'b' {
		return nil
	}
	word := strings.ToUpper(string(l.text.Bytes()[from:]))
	if len(l.words) < 4 {
		l.words = append(l.words, word)
	}
	switch {
	case word == "BEGIN" && l.inFunction(), word == "CASE" && l.blocks > 0:
		l.blocks++
	case word == "END" && l.blocks > 0:
		l.blocks--
	}
	return nil
}

// inFunction: CREATE [OR REPLACE] FUNCTION|PROCEDURE.
func (l *lexer) inFunction() bool {
	if len(l.words) < 2 || l.words[0] != "CREATE" {
		return false
	}
	for _, w := range l.words[1:] {
		if w == "FUNCTION" || w == "PROCEDURE" {
			return true
		}
	}
	return false
}

func (l *lexer) read() (byte, error) {
	c, err := l.in.ReadByte()
	if c == '\n' {
		l.line++
	}
	return c, err
}

func (l *lexer) peek() byte {
	b, err := l.in.Peek(1)
	if err != nil {
		return 0
	}
	return b[0]
}

// lineUpTo reads to the end of the line and returns its first bytes; cut: there
// were more.
func (l *lexer) lineUpTo(limit int) (text string, cut bool, err error) {
	var kept []byte
	for {
		part, err := l.in.ReadSlice('\n')
		room := min(limit-len(kept), len(part))
		kept, cut = append(kept, part[:room]...), cut || room < len(part)
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err == nil:
			l.line++
		case errors.Is(err, io.EOF):
			err = nil
		}
		return strings.TrimRight(string(kept), "\r\n"), cut, err
	}
}

// restOfLine passes over it: what follows a COPY on its line.
func (l *lexer) restOfLine() error {
	_, _, err := l.lineUpTo(0)
	return err
}

func isSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' || c == '\v'
}

func isWord(c byte) bool {
	return c == '_' || c >= 0x80 || c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}
