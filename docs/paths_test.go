package docs_test

import (
	"path/filepath"
	"regexp"
	"testing"
)

var (
	// pathRE finds paths of the repository in code. One in a longer path, such as
	// https://example/docs/, is none.
	pathRE        = regexp.MustCompile(`(?:^|[\s"'(=]|fileb?://)((?:pkg|functions|infra|statemachines|docs|examples|cmd|tools)/[A-Za-z0-9_./<>*-]*)`)
	placeholderRE = regexp.MustCompile(`<[^>]*>`)
)

// Every file and folder of the repository that a page names is there. What stands
// in angle brackets is any name.
func TestPaths(t *testing.T) {
	count := 0
	for _, p := range pages(t) {
		for _, code := range append(p.spans(), p.lines()...) {
			for _, m := range pathRE.FindAllStringSubmatch(code.text, -1) {
				count++
				found, err := filepath.Glob(filepath.Join(root, placeholderRE.ReplaceAllString(m[1], "*")))
				if err != nil || len(found) == 0 {
					p.problem(t, code.at, "there is no %s", m[1])
				}
			}
		}
	}
	if count < 40 {
		t.Errorf("only %d paths were seen", count)
	}
}
