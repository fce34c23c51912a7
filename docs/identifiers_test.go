package docs_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// declarations of all packages of ours, by the packages' names: what is declared
// at the top, and the methods and fields of it. Packages of one name are one.
func declarations(t *testing.T) map[string]map[string]bool {
	t.Helper()
	all := map[string]map[string]bool{}
	for _, folder := range []string{"pkg", "infra", "functions", "statemachines"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(name string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			of := all[file.Name.Name]
			if of == nil {
				of = map[string]bool{}
				all[file.Name.Name] = of
			}
			for _, d := range file.Decls {
				switch d := d.(type) {
				case *ast.FuncDecl:
					of[d.Name.Name] = true
				case *ast.GenDecl:
					ast.Inspect(d, func(n ast.Node) bool {
						switch n := n.(type) {
						case *ast.TypeSpec:
							of[n.Name.Name] = true
						case *ast.ValueSpec:
							for _, v := range n.Names {
								of[v.Name] = true
							}
						case *ast.Field:
							for _, v := range n.Names {
								of[v.Name] = true
							}
						}
						return true
					})
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}

var identifierRE = regexp.MustCompile(`^([a-z][a-z0-9]*)\.([A-Z][A-Za-z0-9]*)(?:\.([A-Z][A-Za-z0-9]*))?(?:\(.*\))?$`)

// Every Go name that a page gives with a package of ours is declared there.
func TestIdentifiers(t *testing.T) {
	declared, count := declarations(t), 0
	for _, p := range pages(t) {
		for _, s := range p.spans() {
			m := identifierRE.FindStringSubmatch(s.text)
			if m == nil || declared[m[1]] == nil {
				continue // of Go itself, or of a library
			}
			count++
			if !declared[m[1]][m[2]] || m[3] != "" && !declared[m[1]][m[3]] {
				p.problem(t, s.at, "package %s has no %s", m[1], strings.TrimPrefix(s.text, m[1]+"."))
			}
		}
	}
	if count < 5 {
		t.Errorf("only %d names were seen", count)
	}
}
