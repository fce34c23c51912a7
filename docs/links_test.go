package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

var linkRE = regexp.MustCompile(`\]\(([^)\s]+)\)`)

// Every link inside of the repository leads to a file, and to a heading of it.
func TestLinks(t *testing.T) {
	headings := map[string]map[string]bool{}
	for _, p := range pages(t) {
		headings[p.file] = anchors(p)
	}
	count := 0
	for _, p := range pages(t) {
		for _, m := range linkRE.FindAllStringSubmatchIndex(p.prose, -1) {
			target := p.prose[m[2]:m[3]]
			if strings.Contains(target, "://") || strings.HasPrefix(target, "mailto:") {
				continue
			}
			count++
			file, anchor, _ := strings.Cut(target, "#")
			name := p.file
			if file != "" {
				name = filepath.ToSlash(filepath.Join(filepath.Dir(p.file), file))
			}
			if _, err := os.Stat(filepath.Join(root, name)); err != nil {
				p.problem(t, m[2], "the link %s leads to no file", target)
			} else if anchor != "" && !headings[name][anchor] {
				p.problem(t, m[2], "the link %s leads to no heading of %s", target, name)
			}
		}
	}
	if count < 50 {
		t.Errorf("only %d links were seen", count)
	}
}

var headingRE = regexp.MustCompile(`(?m)^#{1,6} +(.+?) *$`)

// anchors of a page's headings, as GitHub makes them.
func anchors(p page) map[string]bool {
	all := map[string]bool{}
	for _, m := range headingRE.FindAllStringSubmatch(p.prose, -1) {
		anchor := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
				return unicode.ToLower(r)
			}
			return -1
		}, linkRE.ReplaceAllString(m[1], ""))
		unique := anchor
		for n := 1; all[unique]; n++ {
			unique = anchor + "-" + strconv.Itoa(n)
		}
		all[unique] = true
	}
	return all
}
