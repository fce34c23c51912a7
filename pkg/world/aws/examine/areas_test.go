package examine

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// docs/doctor.md has a row of each area of an account, in their order.
func TestAreasAreOnTheirPage(t *testing.T) {
	page, err := os.ReadFile("../../../../docs/doctor.md")
	if err != nil {
		t.Fatal(err)
	}
	want := append([]string{}, Always...)
	for _, a := range areas {
		want = append(want, a.name)
	}
	_, after, _ := strings.Cut(string(page), "## The account")
	var rows []string
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z -]+)` \\|").FindAllStringSubmatch(after, -1) {
		rows = append(rows, row[1])
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("(-areas +page):\n%s", diff)
	}
}
