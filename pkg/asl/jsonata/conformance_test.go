package jsonata

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

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
	if err == nil {
		var value json.RawMessage
		value, err = x.Evaluate(Env{Variables: vars, Now: time.Unix(0, 0)})
		if err == nil {
			return outcome{Value: string(value)}
		}
	}
	var e *Error
	switch {
	case errors.Is(err, ErrUndefined):
		return outcome{Value: "undefined"}
	case errors.Is(err, ErrUnsupported):
		return outcome{Value: "unsupported"}
	case errors.As(err, &e):
		return outcome{Code: e.Code, Message: e.Message}
	}
	return outcome{Message: "not an *Error: " + err.Error()}
}

func TestConformance(t *testing.T) {
	ask := newOracle(t)
	vars, text := variables(t)
	n, d, c := 0, 0, 0
	for _, source := range corpus(t) {
		n++
		theirs, mine := ask(source, text), ours(source, vars)
		if theirs != mine {
			d++
			kind := "MSG "
			if theirs.Code != mine.Code || theirs.Value != mine.Value {
				c++
				kind = "CODE"
			}
			fmt.Printf("%s %s\n     theirs %v\n     ours   %v\n", kind, source, theirs, mine)
		}
	}
	fmt.Println(n, "expressions", d, "differ", c, "in value or code")
}
