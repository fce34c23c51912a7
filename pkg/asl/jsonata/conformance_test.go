package jsonata

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write DIFFERENCES.md anew")

// TestConformance runs every expression of the corpus here and through jsonata
// 2.0.6, and holds DIFFERENCES.md exact: a difference that comes or goes fails.
func TestConformance(t *testing.T) {
	ask := newOracle(t)
	vars, text := variables(t)
	expressions := corpus(t)
	var rows []string
	for _, source := range expressions {
		theirs, mine := ask(source, text), ours(source, vars)
		if theirs != mine {
			rows = append(rows, fmt.Sprintf("| %s | %s | %s |", cell(source), cell(theirs.String()), cell(mine.String())))
		}
	}
	got := fmt.Sprintf(introduction, len(expressions), len(rows)) + strings.Join(rows, "\n") + "\n"
	if *update {
		if err := os.WriteFile("DIFFERENCES.md", []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile("DIFFERENCES.md")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("the differences are not the listed ones; go test -run TestConformance -update writes the list anew (-listed +found):\n%s", diff)
	}
}

const introduction = `# Differences from jsonata 2.0.6

AWS Step Functions evaluates JSONata with jsonata 2.0.6. This list is made by a test, which runs %d
expressions (testdata/corpus.txt) through both and compares values, or codes and messages of errors: %d
differ. A difference that comes or goes fails the test. "undefined" is no value at all; "unsupported" is
a value that JSON cannot hold (a function, an infinite number), which Step Functions refuses.

| expression | jsonata 2.0.6 | here |
|---|---|---|
`

// cell is a text as code in a table of Markdown.
func cell(text string) string {
	text = strings.NewReplacer("|", `\|`, "\n", `\n`).Replace(text)
	if strings.Contains(text, "`") {
		return "`` " + text + " ``"
	}
	return "`" + text + "`"
}

// corpus is one expression per line; a line with ## is a heading.
func corpus(t testing.TB) []string {
	text, err := os.ReadFile("testdata/corpus.txt")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSuffix(line, "\n")
		if line != "" && !strings.HasPrefix(line, "##") {
			out = append(out, line)
		}
	}
	return out
}

// variables are what the expressions of the corpus see, also as one text.
func variables(t testing.TB) (map[string]json.RawMessage, string) {
	text, err := os.ReadFile("testdata/variables.json")
	if err != nil {
		t.Fatal(err)
	}
	var out map[string]json.RawMessage
	if err := json.Unmarshal(text, &out); err != nil {
		t.Fatal(err)
	}
	return out, string(text)
}

func ours(source string, vars map[string]json.RawMessage) outcome {
	x, err := Compile(source)
	var value json.RawMessage
	if err == nil {
		value, err = x.Evaluate(Env{Variables: vars, Now: time.Unix(0, 0)})
	}
	var e *Error
	switch {
	case err == nil:
		return outcome{Value: string(value)}
	case errors.Is(err, ErrUndefined):
		return outcome{Value: "undefined"}
	case errors.Is(err, ErrUnsupported):
		return outcome{Value: "unsupported"}
	case errors.As(err, &e):
		return outcome{Code: e.Code, Message: e.Message}
	}
	return outcome{Message: "not an *Error: " + err.Error()}
}
