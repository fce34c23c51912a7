package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// Where figures are made; their names stand there, and the units beside them.
var makesFigures = []string{"pkg/drill", "pkg/monitor", "pkg/rounds"}

// notFigures are what else the page calls by names of that form.
var notFigures = []string{"Deployment", "Workload", "Database", "Lifeboat"}

// The page of metrics has exactly those that are published.
func TestMetrics(t *testing.T) {
	published := figures(t)
	p := named(t, "docs/metrics.md")
	said := map[string]bool{}
	for _, s := range p.spans() {
		if !regexp.MustCompile(`^[A-Z][A-Za-z]+$`).MatchString(s.text) || slices.Contains(notFigures, s.text) {
			continue
		}
		said[s.text] = true
		if !published[s.text] {
			p.problem(t, s.at, "nobody publishes %s", s.text)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(published)) {
		if !said[name] {
			t.Errorf("%s:1: says nothing of %s", p.file, name)
		}
	}
	if len(published) < 15 {
		t.Errorf("only %d metrics were seen", len(published))
	}
}

// figures are the names of all metrics in the code: what stands before a unit in
// a call, or as the Name of a composite that has a Unit.
func figures(t *testing.T) map[string]bool {
	t.Helper()
	names, found, constants := map[string]bool{}, []ast.Expr{}, map[string]string{}
	for _, folder := range makesFigures {
		files, err := filepath.Glob(filepath.Join(root, folder, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
			if err != nil {
				t.Fatal(err)
			}
			ast.Inspect(file, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.ValueSpec:
					for i, of := range n.Names {
						if i < len(n.Values) && text(n.Values[i]) != "" {
							constants[of.Name] = text(n.Values[i])
						}
					}
				case *ast.CallExpr:
					if len(n.Args) > 2 && (text(n.Args[1]) == "Seconds" || text(n.Args[1]) == "Count") {
						found = append(found, n.Args[0])
					}
				case *ast.CompositeLit:
					of := map[string]ast.Expr{}
					for _, e := range n.Elts {
						if pair, ok := e.(*ast.KeyValueExpr); ok {
							if key, ok := pair.Key.(*ast.Ident); ok {
								of[key.Name] = pair.Value
							}
						}
					}
					if of["Name"] != nil && text(of["Unit"]) != "" {
						found = append(found, of["Name"])
					}
				}
				return true
			})
		}
	}
	for _, name := range found {
		switch e := name.(type) {
		case *ast.BasicLit:
			names[text(e)] = true
		case *ast.Ident:
			names[constants[e.Name]] = true
		case *ast.SelectorExpr:
			names[constants[e.Sel.Name]] = true
		case *ast.BinaryExpr: // "Drill" + string(ending)
			for _, ending := range []string{"Passed", "ObjectivesMissed", "FailureClean", "FailureDirty"} {
				names[text(e.X)+ending] = true
			}
		}
	}
	delete(names, "") // a parameter
	return names
}

// text of a literal, "" of anything else.
func text(e ast.Expr) string {
	literal, ok := e.(*ast.BasicLit)
	if !ok || literal.Kind != token.STRING {
		return ""
	}
	value, err := strconv.Unquote(literal.Value)
	if err != nil {
		return ""
	}
	return value
}
