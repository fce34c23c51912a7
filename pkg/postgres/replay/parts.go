package replay

import (
	"fmt"
	"slices"
	"strings"
)

// The comments that pg_dump and pg_dumpall begin and end a dump with
// (src/bin/pg_dump/pg_backup_archiver.c and pg_dumpall.c, 9.6 to 18).
const (
	databaseTitle = "-- PostgreSQL database dump"
	clusterTitle  = "-- PostgreSQL database cluster dump"
	completeMark  = " complete"
)

// parts follows the dumps that one file may hold: globals and a dump, several
// dumps, a cluster dump with a dump of each database inside. Each that begins
// must end with its own closing comment.
type parts struct {
	open  []part
	begun int
	// tail are the comments since the last dump was closed: another may begin
	// there and be cut in its title.
	tail   []string
	closed bool // a dump was closed, and only comments came since
}

type part struct {
	title string
	line  int
}

// comment takes a comment line; begins is true where it is the title of a dump
// of one database.
func (p *parts) comment(text string, line int) (begins bool, err error) {
	p.remember(text)
	switch text {
	case databaseTitle:
		if n := len(p.open); n > 0 && p.open[n-1].title == databaseTitle {
			return false, p.unfinished(line)
		}
		return true, p.begin(databaseTitle, line)
	case clusterTitle:
		if len(p.open) > 0 {
			return false, p.unfinished(line)
		}
		return false, p.begin(clusterTitle, line)
	case databaseTitle + completeMark, clusterTitle + completeMark:
		return false, p.finish(strings.TrimSuffix(text, completeMark), line)
	}
	return false, nil
}

// remember keeps a comment. Of many, what stands between the first and the last
// only counts as bare or not.
func (p *parts) remember(text string) {
	const kept = 8
	if n := len(p.tail); n == kept {
		if p.tail[n-2] == "--" {
			p.tail[n-2] = p.tail[n-1]
		}
		p.tail = p.tail[:n-1]
	}
	p.tail = append(p.tail, text)
}

func (p *parts) begin(title string, line int) error {
	p.open = append(p.open, part{title, line})
	p.begun++
	return nil
}

func (p *parts) finish(title string, line int) error {
	n := len(p.open)
	if n == 0 {
		return fmt.Errorf("line %d ends a dump whose beginning is missing", line)
	}
	if p.open[n-1].title != title {
		return p.unfinished(line)
	}
	p.open = p.open[:n-1]
	p.tail, p.closed = nil, true
	return nil
}

// other tells that something else than a comment came. \unrestrict is the last
// line of a dump, so what comes after it is not the dump's.
func (p *parts) other(t token) {
	if p.closed && t.kind == command && strings.HasPrefix(t.text, `\unrestrict`) {
		p.tail = []string{"--"}
		return
	}
	p.tail, p.closed = nil, false
}

func (p *parts) unfinished(line int) error {
	last := p.open[len(p.open)-1]
	return fmt.Errorf("cut short: the dump that begins at line %d has no closing comment of its own before line %d", last.line, line)
}

// end tells whether the file holds whole dumps only.
func (p *parts) end(line int) error {
	switch {
	case len(p.open) > 0:
		return fmt.Errorf("cut short: the closing comment of pg_dump is missing for the dump that begins at line %d", p.open[len(p.open)-1].line)
	case p.begun == 0:
		return fmt.Errorf("cut short: no dump begins in it")
	case p.closed && p.beginsAnother():
		return fmt.Errorf("cut short: another dump begins near line %d, and there is no more of it", line)
	}
	return nil
}

// beginsAnother: after its closing comment a dump has one line "--"; a second
// one is the first of the next title.
func (p *parts) beginsAnother() bool {
	bare := func(s string) bool { return s == "--" }
	if len(p.tail) < 2 || !bare(p.tail[0]) {
		return false
	}
	rest := p.tail[1:]
	if slices.ContainsFunc(rest[:len(rest)-1], func(s string) bool { return !bare(s) }) {
		return false // somebody's own lines
	}
	last := rest[len(rest)-1]
	return strings.HasPrefix(databaseTitle, last) || strings.HasPrefix(clusterTitle, last)
}
