// Package replay restores a plain SQL dump by executing it itself instead of
// handing it to psql: a dump is text that psql may be told by to run shell
// commands and to read files. Here only \connect means anything, \restrict and
// \unrestrict are passed over, and every other backslash command is refused.
//
// The dump is streamed: a statement at a time, COPY data in buffers, runs of
// INSERT in batches. Statements that would reach out of the copy or need what
// it lacks are passed over and counted (see skipReason). The first error ends
// the restore; of it only the SQLSTATE and the line of the dump are told,
// because messages quote rows.
//
// A file may hold several dumps (see parts). One without its closing comment
// was cut short, and that is an error even if every statement in it succeeded.
// What was restored until an error stays in the throwaway.
package replay

import (
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/lifeboat-dr/lifeboat/pkg/check/postgres/answer"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Options of one replay.
type Options struct {
	// Connect opens a connection to a database of the copy as its superuser.
	Connect func(ctx context.Context, database string) (*pgconn.PgConn, error)
	// Database is where the dump begins, before any \connect.
	Database string
	// Target is where a dump of one database goes that comes after globals and
	// does not say its database; "": where the file is connected to, as with
	// psql. Create makes it, empty.
	Target string
	Create func(ctx context.Context, database string) error
}

// Result of a complete replay.
type Result struct {
	// Databases that the dump connected to, in its order; the first is
	// Options.Database.
	Databases []string
	Findings  []drill.Finding
}

// Run executes the dump. Errors are *drill.Error: BackupUnreadable where the
// dump is cut short or not what it should be, RestoreFailed where the server
// refused a statement.
func Run(ctx context.Context, dump io.Reader, options Options) (Result, error) {
	p := &player{options: options, lex: newLexer(dump), skipped: map[string]int{}, made: map[string]bool{}}
	p.result.Databases = []string{options.Database}
	defer p.disconnect(ctx)
	if err := p.connect(ctx, options.Database); err != nil {
		return Result{}, err
	}
	if err := p.play(ctx); err != nil {
		return Result{}, err
	}
	p.result.Findings = p.findings()
	return p.result, nil
}

type player struct {
	options    Options
	lex        *lexer
	conn       *pgconn.PgConn
	result     Result
	parts      parts
	database   string // that conn is connected to
	foreign    bool   // the dump has made a foreign server
	extensions map[string]bool
	skipped    map[string]int
	made       map[string]bool // databases that the dump itself made
	locales    bool
	batch      strings.Builder
	batchLine  int
}

func (p *player) play(ctx context.Context) error {
	for {
		t, err := p.lex.next()
		if err != nil {
			return p.unreadable(err)
		}
		if t.kind != statement || !isInsert(t.bare) || p.batch.Len() > batchBytes {
			if err := p.flush(ctx); err != nil {
				return err
			}
		}
		switch t.kind {
		case end:
			if err := p.parts.end(t.line); err != nil {
				return p.unreadable(err)
			}
			return nil
		case comment:
			err = p.comment(ctx, t)
		case command:
			p.parts.other(t)
			err = p.command(ctx, t)
		case statement:
			p.parts.other(t)
			err = p.statement(ctx, t)
		}
		if err != nil {
			return err
		}
	}
}

// comment follows where the dumps of the file begin and end.
func (p *player) comment(ctx context.Context, t token) error {
	begins, err := p.parts.comment(t.text, t.line)
	if err != nil {
		return p.unreadable(err)
	}
	if begins && len(p.parts.open) == 1 && p.options.Target != "" && maintenance(p.database) {
		return p.enterTarget(ctx)
	}
	return nil
}

// maintenance tells the databases that every cluster has.
func maintenance(database string) bool { return database == "postgres" || database == "template1" }

func (p *player) enterTarget(ctx context.Context) error {
	if maintenance(p.options.Target) {
		return p.connect(ctx, p.options.Target)
	}
	if !slices.Contains(p.result.Databases, p.options.Target) {
		if err := p.options.Create(ctx, p.options.Target); err != nil {
			return err
		}
	}
	return p.connect(ctx, p.options.Target)
}

// maxMessage bounds what the server can send at once: a dump's code can have it
// say what it likes, and nothing of it is wanted.
const maxMessage = 16 << 20

// maxReasons bounds what is told apart: each missing extension is one.
const maxReasons = 1000

// batchBytes of INSERT statements go to the server at once.
const batchBytes = 64 << 10

func isInsert(sql string) bool { return strings.HasPrefix(sql, "INSERT ") }

func (p *player) statement(ctx context.Context, t token) error {
	if isInsert(t.bare) {
		if p.batch.Len() == 0 {
			p.batchLine = t.line
		}
		p.batch.WriteString(t.text + "\n")
		return nil
	}
	if copyIn.MatchString(t.bare) {
		return p.copy(ctx, t)
	}
	if anyCopy.MatchString(t.bare) {
		return p.unreadable(fmt.Errorf("line %d: a COPY that does not read from the dump itself is not executed", t.line))
	}
	if reason := p.skipReason(t.bare); reason != "" {
		if _, known := p.skipped[reason]; known || len(p.skipped) < maxReasons {
			p.skipped[reason]++
		}
		return nil
	}
	if standardOff.MatchString(t.bare) {
		p.lex.backslashes = strings.Contains(strings.ToLower(t.bare), "off")
	}
	if createDatabase.MatchString(t.bare) {
		return p.createDatabase(ctx, t)
	}
	if err := EnsurePolicyRoles(ctx, p.conn, t.bare); err != nil {
		return p.refused(ctx, t.line, err)
	}
	err := execOne(ctx, p.conn, t.text)
	if off := p.conn.ParameterStatus("standard_conforming_strings"); off != "" {
		p.lex.backslashes = off == "off" // however it was set
	}
	if tolerable(t.bare, err) {
		return nil
	}
	return p.refused(ctx, t.line, err)
}

func (p *player) flush(ctx context.Context) error {
	if p.batch.Len() == 0 {
		return nil
	}
	sql := p.batch.String()
	p.batch.Reset()
	return p.refused(ctx, p.batchLine, p.conn.Exec(ctx, sql).Close())
}

var (
	// A table, its columns and options, with their quotes: a string in another
	// COPY must not be taken for this one's end.
	copyIn = regexp.MustCompile(`(?is)^COPY (?:"(?:[^"]|"")*"|[\w$.\x{80}-\x{10FFFF}])+ ?(?:\((?:"(?:[^"]|"")*"|[^"'()])*\) ?)?FROM stdin ?` +
		`(?:(?:WITH ?)?\((?:'(?:[^']|'')*'|[^'()])*\) ?)?;$`)
	anyCopy     = regexp.MustCompile(`(?i)^COPY\b`)
	standardOff = regexp.MustCompile(`(?i)^SET standard_conforming_strings`)
)

// execOne executes a single statement. The extended protocol takes no more than
// one, so that what the server reads as several never passes as the first.
func execOne(ctx context.Context, conn *pgconn.PgConn, sql string) error {
	_, err := conn.ExecParams(ctx, sql, nil, nil, nil, nil).Close()
	return err
}

func (p *player) copy(ctx context.Context, t token) error {
	if err := p.lex.restOfLine(); err != nil {
		return p.unreadable(err)
	}
	data := &copyData{in: p.lex.in}
	_, err := p.conn.CopyFrom(ctx, data, t.text)
	p.lex.line += data.lines
	if data.err != nil {
		return p.unreadable(data.err)
	}
	return p.refused(ctx, t.line+data.lines, err)
}

// command carries out a psql command of the dump.
func (p *player) command(ctx context.Context, t token) error {
	name, argument, _ := strings.Cut(t.text, " ")
	switch name {
	case `\restrict`, `\unrestrict`:
		return nil
	case `\connect`, `\c`:
		database, err := connectTarget(argument)
		if err != nil {
			return p.unreadable(fmt.Errorf("line %d: %w", t.line, err))
		}
		return p.connect(ctx, database)
	}
	return &drill.Error{
		Name: drill.RestoreRefused, What: fmt.Sprintf("line %d of the dump is a psql command that pg_dump does not write: it is not executed", t.line),
		Hint: "look at the dump: psql would run it, with shell commands and all",
	}
}

var connectString = regexp.MustCompile(`^dbname='((?:[^'\\]|\\.)*)'$`)

// connectTarget reads the forms that pg_dump and pg_dumpall write:
// name, "name", -reuse-previous=on "dbname='name'".
func connectTarget(argument string) (string, error) {
	argument = strings.TrimSpace(argument)
	rest, reuse := strings.CutPrefix(argument, "-reuse-previous=on ")
	name := strings.TrimSuffix(strings.TrimSpace(rest), ";")
	if strings.HasPrefix(name, `"`) && strings.HasSuffix(name, `"`) && len(name) > 2 {
		name = strings.ReplaceAll(name[1:len(name)-1], `""`, `"`)
	} else if strings.ContainsAny(name, " \t") {
		return "", errors.New(`\connect with more than a database is not executed`)
	}
	if m := connectString.FindStringSubmatch(name); reuse && m != nil {
		name = strings.NewReplacer(`\'`, `'`, `\\`, `\`).Replace(m[1])
	}
	if name == "" || name == "-" {
		return "", errors.New(`\connect without a database`)
	}
	return name, nil
}

func (p *player) connect(ctx context.Context, database string) error {
	p.disconnect(ctx)
	conn, err := p.options.Connect(ctx, database)
	if err != nil {
		return &drill.Error{Name: drill.RestoreFailed, What: "connect to the copy's database " + database + ": " + code(err)}
	}
	conn.Frontend().SetMaxBodyLen(maxMessage)
	p.conn, p.database, p.extensions = conn, database, nil
	if !slices.Contains(p.result.Databases, database) {
		p.result.Databases = append(p.result.Databases, database)
	}
	if p.extensions, err = available(ctx, conn); err != nil {
		return p.refused(ctx, 0, err)
	}
	return nil
}

func (p *player) disconnect(ctx context.Context) {
	if p.conn != nil {
		_ = p.conn.Close(ctx)
		p.conn = nil
	}
}

func available(ctx context.Context, conn *pgconn.PgConn) (map[string]bool, error) {
	rows, err := answer.Rows(ctx, conn, "select name from pg_catalog.pg_available_extensions")
	if err != nil {
		return nil, err
	}
	names := map[string]bool{}
	for _, row := range rows {
		names[row[0]] = true
	}
	return names, nil
}

func (p *player) unreadable(err error) error {
	return &drill.Error{
		Name: drill.BackupUnreadable, What: "the dump cannot be restored to its end", Err: err,
		Hint: "take the dump again, and look at how pg_dump or the copy ended",
	}
}

// refused turns a server's error into one that quotes no row.
func (p *player) refused(ctx context.Context, line int, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return &drill.Error{
		Name: drill.RestoreFailed, What: fmt.Sprintf("the server refused the dump's statement at line %d: %s", line, code(err)),
		Hint: hintFor(code(err)),
	}
}

// code is all of a database error that may leave: its SQLSTATE.
func code(err error) string {
	var pg *pgconn.PgError
	if errors.As(err, &pg) {
		return "SQLSTATE " + pg.Code
	}
	return "connection lost"
}

func hintFor(code string) string {
	switch code {
	case "SQLSTATE 53100":
		return "the disk of the scratch folder is full"
	case "SQLSTATE 42704", "SQLSTATE 42883", "SQLSTATE 58P01":
		return "an extension or role that the dump needs may be missing here: see the findings"
	case "connection lost":
		return "look at the free memory and disk of this machine"
	}
	return "restore the dump by hand with psql to see the statement and the message"
}
