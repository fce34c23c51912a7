package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// goldenTemplates are what is deployed, as infra/stacks holds it.
func goldenTemplates(t *testing.T) (all []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, "infra/stacks/testdata/*.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, string(text))
	}
	if len(all) < 4 {
		t.Fatalf("only %d templates were found", len(all))
	}
	return all
}

var (
	// goldenNameRE finds the names in the templates, of the deployment prod.
	goldenNameRE = regexp.MustCompile(`lifeboat-prod((?:-[A-Za-z0-9]+)*)`)
	// deployedNameRE finds them in pages; what follows a slash or a colon is within
	// what has the name.
	deployedNameRE = regexp.MustCompile(`lifeboat-(?:<deployment>|prod|scratch)((?:-[A-Za-z0-9]+|-<[^>]*>|-\$[A-Z]+|-\*)*)`)
	// aCopyRE is a throwaway, by the first digits of its execution's digest.
	aCopyRE = regexp.MustCompile(`^-(<12 hex>|[0-9a-f]{12}|\*)$`)
	// placeRE is account and region, however they are said.
	placeRE = regexp.MustCompile(`^-(\$ACCOUNT|<account>|111122223333)-(\$RECOVERY|<region>|eu-central-1)$`)
)

// Every name of what lifeboat makes on AWS is one that a template has, of whatever
// deployment a page speaks.
func TestNamesOfWhatIsDeployed(t *testing.T) {
	made := map[string]bool{}
	for _, template := range goldenTemplates(t) {
		for _, m := range goldenNameRE.FindAllStringSubmatch(template, -1) {
			made[m[1]] = true
		}
	}
	count := 0
	for _, p := range pages(t) {
		for _, code := range append(p.spans(), p.lines()...) {
			for _, m := range deployedNameRE.FindAllStringSubmatch(code.text, -1) {
				count++
				if name := m[1]; !made[name] && !aCopyRE.MatchString(name) && !(placeRE.MatchString(name) && made["-111122223333-eu-central-1"]) {
					p.problem(t, code.at, "nothing is called %s", m[0])
				}
			}
		}
	}
	if count < 40 {
		t.Errorf("only %d names were seen", count)
	}
}

var (
	outputRE   = regexp.MustCompile(`output\("([A-Z][A-Za-z]+)"`)
	ofOutputRE = regexp.MustCompile("\\b(?:output|outputs)\\s+`?([A-Z][A-Za-z]+)")
)

// The table of outputs has exactly those that a deployment prints, and no page names
// another.
func TestOutputs(t *testing.T) {
	made := map[string]bool{}
	files, err := filepath.Glob(filepath.Join(root, "infra/constructs/*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range outputRE.FindAllStringSubmatch(string(text), -1) {
			made[m[1]] = true
		}
	}
	deploy := named(t, "docs/deploy.md")
	_, table, found := strings.Cut(deploy.prose, "### Outputs\n")
	table, _, cut := strings.Cut(table, "\n### ")
	if !found || !cut || len(made) < 15 {
		t.Fatalf("the table of outputs is gone, or they are: %d", len(made))
	}
	said := map[string]bool{}
	for _, m := range regexp.MustCompile("`([A-Z][A-Za-z]+)`").FindAllStringSubmatch(table, -1) {
		said[m[1]] = true
	}
	for name := range made {
		if !said[name] {
			t.Errorf("%s: the table of outputs does not have %s", deploy.file, name)
		}
	}
	count := 0
	for _, p := range pages(t) {
		for _, m := range ofOutputRE.FindAllStringSubmatchIndex(p.text, -1) {
			count++
			if name := p.text[m[2]:m[3]]; !made[name] {
				p.problem(t, m[2], "there is no output %s", name)
			}
		}
	}
	if count < 6 {
		t.Errorf("only %d outputs were seen", count)
	}
}

// literalsOf tells whether a text is a constant, or a value in a table, of some
// packages.
func literalsOf(t *testing.T, folders ...string) func(string) bool {
	t.Helper()
	found := map[string]bool{}
	for _, folder := range folders {
		files, err := filepath.Glob(filepath.Join(root, folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING {
					if text, err := strconv.Unquote(l.Value); err == nil {
						found[text] = true
					}
				}
				return true
			})
		}
	}
	return func(text string) bool { return found[text] }
}
