package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var environmentRE = regexp.MustCompile(`\bLIFEBOAT_[A-Z_]+\b`)

// Every variable of the environment that a page names is one that the code, or
// what runs it, reads.
func TestEnvironment(t *testing.T) {
	read := map[string]bool{}
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && (entry.Name() == "node_modules" || entry.Name() == "docs" || file != root && strings.HasPrefix(entry.Name(), ".")) {
			return filepath.SkipDir
		}
		if entry.IsDir() || !slices.Contains([]string{".go", ".mjs", ""}, filepath.Ext(file)) || entry.Type() != 0 || filepath.Ext(file) == "" && entry.Name() != "Makefile" {
			return nil
		}
		text, err := os.ReadFile(file)
		for _, name := range environmentRE.FindAllString(string(text), -1) {
			read[name] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pages(t) {
		for _, m := range environmentRE.FindAllStringIndex(p.text, -1) {
			if name := p.text[m[0]:m[1]]; !read[name] {
				p.problem(t, m[0], "nobody reads %s", name)
			}
		}
	}
	if len(read) < 10 {
		t.Errorf("only %d variables were seen", len(read))
	}
}
