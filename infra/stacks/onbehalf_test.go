package stacks_test

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/cfn"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/onbehalf"
)

func text(t *testing.T, stack cfn.Template, value any) string {
	t.Helper()
	if value == nil {
		return ""
	}
	resolved, err := stack.Text(value)
	if err != nil {
		t.Fatal(err)
	}
	return resolved
}

// The page has every row, with its source.
func TestTheTableIsDocumented(t *testing.T) {
	const file = "../../docs/on-behalf.md"
	page, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var lines strings.Builder
	for _, row := range onbehalf.Table {
		if !strings.HasPrefix(row.Source, "https://docs.aws.amazon.com/") || row.Why == "" || len(row.Asks) == 0 {
			t.Errorf("%s %s: no reason, source or question", row.On, row.With)
		}
		lines.WriteString(documented(row) + "\n")
	}
	table := regexp.MustCompile(`(?m)^(\| ` + "`" + `.*\n)+`)
	if *update {
		page = table.ReplaceAllLiteral(page, []byte(lines.String()))
		if err := os.WriteFile(file, page, 0o644); err != nil { //nolint:gosec // a page
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(lines.String(), string(table.Find(page))); diff != "" {
		t.Errorf("docs/on-behalf.md is not the table: write it with -update (-table +page):\n%s", diff)
	}
}

// documented is a row as a line of the page.
func documented(row onbehalf.Row) string {
	actions := map[string]bool{}
	for _, q := range row.Asks {
		actions["`"+q.Action+"`"] = true
	}
	on := "`" + row.On + "`"
	if row.With != "" {
		on += " with `" + row.With + "`"
	}
	if row.Without != "" {
		on += " without the role `" + row.Without[strings.LastIndex(row.Without, "/")+1:] + "`"
	}
	who := "the caller"
	switch {
	case row.Principal == onbehalf.Deployer:
		who = "the deployer"
	case row.Principal != "":
		who = row.Principal
	case strings.Contains(row.On, "::"):
		who = "its role"
	}
	why := "[" + row.Why + "](" + row.Source + ")"
	if row.Unproven {
		why += " *(unproven)*"
	}
	return "| " + on + " | " + who + " | " + strings.Join(slices.Sorted(maps.Keys(actions)), ", ") + " | " + why + " |"
}
