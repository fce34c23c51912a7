package docs_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// Every command of the AWS CLI that lifeboat tells people to type, in hints, in
// messages, in the doctor's lines and in outputs, is held to AWS's models as those
// of pages are. What the code puts into it is not known here, and not looked at.
func TestCommandsThatPeopleAreTold(t *testing.T) {
	python := botocore(t)
	var lines, places []string
	for _, folder := range []string{"pkg", "cmd", "functions", "infra"} {
		err := filepath.WalkDir(filepath.Join(root, folder), func(file string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
				return err
			}
			files := token.NewFileSet()
			parsed, err := parser.ParseFile(files, file, nil, parser.SkipObjectResolution)
			if err != nil {
				return err
			}
			ast.Inspect(parsed, func(n ast.Node) bool {
				e, ok := n.(ast.Expr)
				if !ok {
					return true
				}
				text, whole := written(e)
				if !whole {
					return true
				}
				for _, at := range toldRE.FindAllStringIndex(text, -1) {
					if before := text[:at[0]]; strings.HasSuffix(before, "--") || strings.HasSuffix(before, "--world ") {
						continue // of lifeboat
					}
					told := text[at[0]:at[1]]
					lines, places = append(lines, told), append(places, fmt.Sprintf("%s:%d", strings.TrimPrefix(file, root+"/"), files.Position(n.Pos()).Line))
				}
				return false
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(lines) < 20 {
		t.Fatalf("only %d commands were seen", len(lines))
	}
	for i, problems := range heldToAWS(t, python, lines, nil).Lines {
		for _, problem := range problems {
			t.Errorf("%s: %s\n\t%s", places[i], problem, lines[i])
		}
	}
}

var (
	// toldRE is a command in a text, up to where its sentence goes on.
	toldRE = regexp.MustCompile(`\baws [a-z0-9-]+ [a-z-]+ (?:[^",;.()]|[,.]\S|"[^"]*"|\$\([^)]*\))*`)
	verbRE = regexp.MustCompile(`%(?:\[\d+\])?[a-z]`)
)

// written is a text as it stands in the code, literals put together, with $x for
// what is not, or $rest for flags; false where there is no literal.
func written(e ast.Expr) (text string, whole bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind != token.STRING {
			return "", false
		}
		value, err := strconv.Unquote(e.Value)
		return verbRE.ReplaceAllString(value, "$$x"), err == nil
	case *ast.BinaryExpr:
		left, one := written(e.X)
		right, other := written(e.Y)
		if e.Op != token.ADD || !one && !other {
			return "", false
		}
		if !one {
			left = "$x"
		}
		if !other {
			right = "$x"
			if wordRE := regexp.MustCompile(`[a-z]$`); wordRE.MatchString(left) {
				right = " $rest" // flags, which begin with their space
			}
		}
		return left + right, true
	}
	return "", false
}
