package docs_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// source is all code of ours that runs, with the machines.
func source(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	for _, folder := range []string{"pkg", "cmd", "functions", "statemachines", "infra"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || strings.HasSuffix(name, "_test.go") || !strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, ".asl.json") {
				return err
			}
			text, err := os.ReadFile(name)
			all.Write(text)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all.String()
}

var wordRE = regexp.MustCompile(`^[A-Z][A-Za-z]+$`)

// The words that drills end in, and the codes of findings, are API: the table of
// causes has none that the code does not say.
func TestWordsOfDrills(t *testing.T) {
	code, p := source(t), named(t, "docs/drill.md")
	_, table, found := strings.Cut(p.prose, "## Which cause leads to which ending")
	table, _, cut := strings.Cut(table, "\n## ")
	if !found || !cut {
		t.Fatal("the table of causes is gone")
	}
	start, count := strings.Index(p.prose, table), 0
	for _, s := range p.spans() {
		if s.at < start || s.at > start+len(table) || !wordRE.MatchString(s.text) {
			continue
		}
		count++
		if !strings.Contains(code, `"`+s.text+`"`) {
			p.problem(t, s.at, "the code says %s nowhere", s.text)
		}
	}
	if count < 40 {
		t.Errorf("only %d words were seen", count)
	}
}
