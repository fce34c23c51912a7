// Package docs_test holds the pages to what they speak of: links, files,
// commands, keys, fields, metrics and variables that they name exist.
package docs_test

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// root of the repository, as seen from here.
const root = ".."

// page is one file in Markdown. The changelog is none: it names what was.
type page struct {
	file   string // from the root
	text   string
	prose  string // the text with its blocks of code blanked, so that offsets stay
	blocks []block
}

// block of code, fenced or indented by four spaces.
type block struct {
	language string // "" where none is said
	text     string
	at       int // offset in the page
}

// span is a piece of code in a sentence, its white space made single.
type span struct {
	text string
	at   int
}

// problem says where, in the form that editors follow.
func (p page) problem(t *testing.T, at int, format string, args ...any) {
	t.Helper()
	t.Errorf("%s:%d: %s", p.file, 1+strings.Count(p.text[:at], "\n"), fmt.Sprintf(format, args...))
}

// pages are all of them.
func pages(t *testing.T) (all []page) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"docs", "examples"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(file string, _ fs.DirEntry, err error) error {
			if strings.HasSuffix(file, ".md") {
				files = append(files, file)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range files {
		if filepath.Base(file) == "CHANGELOG.md" {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name, err := filepath.Rel(root, file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, parse(filepath.ToSlash(name), string(text)))
	}
	if len(all) < 20 {
		t.Fatalf("only %d pages were found", len(all))
	}
	return all
}

// named is the page of a file.
func named(t *testing.T, file string) page {
	t.Helper()
	all := pages(t)
	i := slices.IndexFunc(all, func(p page) bool { return p.file == file })
	if i < 0 {
		t.Fatalf("there is no %s", file)
	}
	return all[i]
}

func parse(file, text string) page {
	p := page{file: file, text: text}
	var prose strings.Builder
	var open *block
	fenced, blank, at := false, true, 0
	for line := range strings.SplitAfterSeq(text, "\n") {
		trimmed := strings.TrimSpace(line)
		fence := strings.HasPrefix(trimmed, "```")
		indented := !fenced && strings.HasPrefix(line, "    ") && (open != nil || blank)
		switch {
		case fence && !fenced:
			if open != nil {
				p.blocks = append(p.blocks, *open)
			}
			open, fenced = &block{language: strings.TrimPrefix(trimmed, "```"), at: at + len(line)}, true
		case fence:
			p.blocks, open, fenced = append(p.blocks, *open), nil, false
		case fenced:
			open.text += line
		case indented && trimmed != "":
			if open == nil {
				open = &block{at: at}
			}
			open.text += line
		case open != nil && trimmed == "":
			open.text += line
		case open != nil:
			p.blocks, open = append(p.blocks, *open), nil
		}
		if fence || open != nil {
			prose.WriteString(blanked(line))
		} else {
			prose.WriteString(line)
		}
		blank = trimmed == ""
		at += len(line)
	}
	if open != nil {
		p.blocks = append(p.blocks, *open)
	}
	p.prose = prose.String()
	return p
}

// blanked has a space for every byte.
func blanked(line string) string {
	blank := strings.Repeat(" ", len(strings.TrimSuffix(line, "\n")))
	if strings.HasSuffix(line, "\n") {
		blank += "\n"
	}
	return blank
}

var spanRE = regexp.MustCompile("`([^`]+)`")

// spans of code in the prose.
func (p page) spans() (all []span) {
	for _, m := range spanRE.FindAllStringSubmatchIndex(p.prose, -1) {
		all = append(all, span{strings.Join(strings.Fields(p.prose[m[2]:m[3]]), " "), m[2]})
	}
	return all
}

// lines of all blocks of code.
func (p page) lines() (all []span) {
	for _, b := range p.blocks {
		at := b.at
		for line := range strings.SplitAfterSeq(b.text, "\n") {
			all = append(all, span{strings.TrimSpace(line), at})
			at += len(line)
		}
	}
	return all
}
