package docs_test

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/planfile"
)

var versionRE = regexp.MustCompile(`(?m)^version:`)

// Every plan that a page shows can be read. A block without a version is a part
// of one.
func TestPlans(t *testing.T) {
	count := 0
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			if b.language != "yaml" || !versionRE.MatchString(b.text) {
				continue
			}
			count++
			file := filepath.Join(t.TempDir(), "lifeboat.yaml")
			if err := os.WriteFile(file, []byte(b.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if loaded, err := planfile.Load(file); err != nil {
				p.problem(t, b.at, "the plan is refused: %v", err)
			} else if declared := loaded.Warnings[:loaded.Declared]; len(declared) > 0 { // what a plan leaves out, it may
				p.problem(t, b.at, "the plan is warned of: %v", declared)
			}
		}
	}
	if count == 0 {
		t.Error("no page shows a plan")
	}
}
