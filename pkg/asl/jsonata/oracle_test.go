package jsonata

import (
	"encoding/base64"
	"os"
	"path/filepath"
	"testing"

	"github.com/dop251/goja"
)

// outcome is what one side says about one expression.
type outcome struct {
	Value   string // compact JSON; "undefined" or "unsupported" where there is none
	Code    string // of the error, where there is one
	Message string
}

func (o outcome) String() string {
	if o.Code+o.Message != "" {
		return o.Code + ": " + o.Message
	}
	return o.Value
}

// ask evaluates one expression. jsonata hands out numbers that JSON cannot hold
// and functions; Step Functions refuses both, so both are "unsupported".
// Buffer is what Node.js has and the interpreter has not: bytes as code units.
const ask = `
const Buffer = {from: (text, encoding) => ({toString: wanted => latin1(text, encoding, wanted)})};
(function(source, variables) {
  const answer = {};
  const unsupported = v => typeof v === 'function' || (typeof v === 'number' && !isFinite(v)) ||
    (v && typeof v === 'object' && (v._jsonata_function || v._jsonata_lambda || Object.values(v).some(unsupported)));
  const failed = e => { answer.Code = e.code || ''; answer.Message = e.message || String(e); };
  try {
    jsonata(source).evaluate(undefined, JSON.parse(variables)).then(v => {
      answer.Value = v === undefined ? 'undefined' : unsupported(v) ? 'unsupported' : JSON.stringify(v);
    }, failed);
  } catch (e) { failed(e); }
  return answer;
})`

// newOracle is jsonata 2.0.6 itself, which AWS runs, in a JavaScript
// interpreter. It skips the test where the npm packages are not installed.
func newOracle(t *testing.T) func(source, variables string) outcome {
	t.Helper()
	path := filepath.Join("..", "..", "..", "node_modules", "jsonata", "jsonata.js")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("jsonata is not installed (make installs it): %v", err)
	}
	vm := goja.New()
	program, err := goja.Compile("jsonata.js", "var module = {exports: {}}, exports = module.exports;\n"+string(text)+"\nvar jsonata = module.exports;", false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := vm.RunProgram(program); err != nil {
		t.Fatal(err)
	}
	if err := vm.Set("latin1", latin1); err != nil {
		t.Fatal(err)
	}
	f, err := vm.RunString(ask)
	if err != nil {
		t.Fatal(err)
	}
	call, _ := goja.AssertFunction(f)
	return func(source, variables string) outcome {
		// The promise is settled when the call returns: goja runs its jobs first.
		value, err := call(goja.Undefined(), vm.ToValue(source), vm.ToValue(variables))
		if err != nil {
			t.Fatalf("%s: %v", source, err)
		}
		answer := value.ToObject(vm)
		text := func(name string) string {
			if v := answer.Get(name); v != nil {
				return v.String()
			}
			return ""
		}
		return outcome{Value: text("Value"), Code: text("Code"), Message: text("Message")}
	}
}

// latin1 is Buffer.from(text, encoding).toString(wanted) of Node.js for the two
// encodings that jsonata uses: "binary" (one byte per character) and "base64".
func latin1(text, encoding, _ string) string {
	if encoding == "base64" {
		raw, _ := base64.StdEncoding.DecodeString(text)
		units := make([]rune, len(raw))
		for i, b := range raw {
			units[i] = rune(b)
		}
		return string(units)
	}
	var raw []byte
	for _, unit := range text {
		raw = append(raw, byte(unit))
	}
	return base64.StdEncoding.EncodeToString(raw)
}
