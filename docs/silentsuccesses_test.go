package docs_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/protection"
)

// The page of silent successes has the tables by which findings are made.
func TestSilentSuccesses(t *testing.T) {
	file := filepath.Join(root, "docs/silent-successes.md")
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := made(t, string(content), "pkg/protection: silent", findings(protection.SilentSuccesses()))
	want = made(t, want, "pkg/protection: said", findings(protection.Said()))
	if *update {
		if err := os.WriteFile(file, []byte(want), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want, string(content)); diff != "" {
		t.Errorf("docs/silent-successes.md is not the tables: go test ./docs -run TestSilentSuccesses -update\n%s", diff)
	}
}

func findings(list []protection.Silent) string {
	var to strings.Builder
	to.WriteString("| finding | what it is | what to do |\n|---|---|---|\n")
	for _, s := range list {
		fmt.Fprintf(&to, "| `%s` | %s [AWS](%s) | %s |\n", s.Code, s.Says, s.Source, s.Do)
	}
	return to.String()
}
