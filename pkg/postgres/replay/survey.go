package replay

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Contents is what the dumps in a file say of themselves.
type Contents struct {
	// Databases are the names of those that it holds dumps of, in its order.
	Databases []string
	// Nameless is true where it also holds a dump that does not say of which
	// database it is.
	Nameless bool
}

// Survey reads a plain dump without executing anything and lists what it holds,
// up to the first database that until accepts (nil: to the end). The error is
// for a file that cannot be read, or that is found to be cut short; it quotes no
// row.
func Survey(ctx context.Context, dump io.Reader, until func(database string) bool) (Contents, error) {
	s := &survey{lex: newLexer(dump)}
	for {
		if err := ctx.Err(); err != nil {
			return s.found, context.Cause(ctx)
		}
		t, err := s.lex.next()
		if err != nil {
			return s.found, err
		}
		switch t.kind {
		case end:
			s.leave()
			return s.found, s.parts.end(t.line)
		case comment:
			err = s.comment(t)
		case command:
			s.parts.other(t)
			err = s.command(t)
		case statement:
			s.parts.other(t)
			err = s.statement(t)
		}
		if len(s.found.Databases) > maxDatabases {
			return s.found, fmt.Errorf("it names more than %d databases", maxDatabases)
		}
		if err != nil {
			return s.found, err
		}
		if n := len(s.found.Databases); until != nil && n > 0 && until(s.found.Databases[n-1]) {
			return s.found, nil
		}
	}
}

// maxDatabases bounds what one file can name: no cluster dump has so many.
const maxDatabases = 10_000

type survey struct {
	lex      *lexer
	parts    parts
	database string // that the file is connected to by its own word; "" for none
	inside   bool   // a dump of one database
	named    bool   // that dump said of which
	found    Contents
}

func (s *survey) comment(t token) error {
	begins, err := s.parts.comment(t.text, t.line)
	if err != nil {
		return err
	}
	switch {
	case begins:
		s.inside, s.named = true, false
		if s.database != "" && len(s.parts.open) > 1 { // pg_dumpall connects before the dump
			s.name(s.database)
		}
	case t.text == databaseTitle+completeMark:
		s.leave()
	}
	return nil
}

// leave ends a dump of one database.
func (s *survey) leave() {
	if s.inside && !s.named {
		s.found.Nameless = true
	}
	s.inside = false
}

func (s *survey) name(database string) {
	s.named = true
	if !slices.Contains(s.found.Databases, database) {
		s.found.Databases = append(s.found.Databases, database)
	}
}

func (s *survey) command(t token) error {
	name, argument, _ := strings.Cut(t.text, " ")
	if name != `\connect` && name != `\c` {
		return nil
	}
	database, err := connectTarget(argument)
	if err != nil {
		return fmt.Errorf("line %d: %w", t.line, err)
	}
	if s.database = database; s.inside {
		s.name(database)
	}
	return nil
}

func (s *survey) statement(t token) error {
	if standardOff.MatchString(t.bare) {
		s.lex.backslashes = strings.Contains(strings.ToLower(t.bare), "off")
	}
	if !copyIn.MatchString(t.bare) {
		return nil
	}
	if err := s.lex.restOfLine(); err != nil {
		return err
	}
	data := &copyData{in: s.lex.in}
	_, err := io.Copy(io.Discard, data)
	s.lex.line += data.lines
	if data.err != nil {
		return data.err
	}
	return err
}
