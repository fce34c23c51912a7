package drillevidence_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/invopop/jsonschema"

	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
)

var update = flag.Bool("update", false, "write the golden files and the published schema")

const (
	root       = "../../.."
	schemaPath = root + "/docs/evidence.schema.json"
)

// generated is the schema of the Go types, with their comments.
func generated(t *testing.T) []byte {
	t.Helper()
	r := &jsonschema.Reflector{}
	t.Chdir(root) // the comments are looked up by import path
	if err := r.AddGoComments("github.com/lifeboat-dr/lifeboat", "./pkg/evidence"); err != nil {
		t.Fatal(err)
	}
	schema := r.Reflect(drillevidence.Document{})
	schema.ID = "https://github.com/lifeboat-dr/lifeboat/blob/main/docs/evidence.schema.json"
	schema.Title = "Evidence of one restore drill"
	text, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	return append(text, '\n')
}

func TestPublishedSchemaIsThatOfTheTypes(t *testing.T) {
	golden(t, schemaAbsolute(t), generated(t))
}

func schemaAbsolute(t *testing.T) string {
	t.Helper()
	path, err := filepath.Abs(schemaPath)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// golden compares with a file, or writes it with -update.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v: write it with -update", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s is not what the code gives; if the change is meant, write it with -update:\n%s", path, diff)
	}
}

// ajvScript reads {schema, documents} and prints the errors of each
// document.
const ajvScript = `
const Ajv = require("ajv/dist/2020").default, addFormats = require("ajv-formats").default;
const input = JSON.parse(require("fs").readFileSync(0, "utf8"));
const ajv = new Ajv({allErrors: true, strict: true, strictTypes: false, allowUnionTypes: true});
addFormats(ajv);
const validate = ajv.compile(input.schema), out = {};
for (const [name, d] of Object.entries(input.documents)) out[name] = validate(d) ? [] : validate.errors.map(e => e.instancePath + " " + e.message);
console.log(JSON.stringify(out));
`

func TestDocumentsFollowTheSchema(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not on the PATH")
	}
	for _, module := range []string{"ajv", "ajv-formats"} {
		if _, err := os.Stat(filepath.Join(root, "node_modules", module)); errors.Is(err, fs.ErrNotExist) {
			t.Skipf("%s is not installed: run npm ci", module)
		}
	}
	schema, err := os.ReadFile(schemaPath)
	if err != nil {
		t.Fatal(err)
	}
	documents := map[string]any{}
	for name, s := range stories() {
		documents[name] = s.document()
	}
	linked := passed().document()
	linked.Previous = &drillevidence.Previous{ID: "before", SHA256: drillevidence.SHA256(nil)}
	documents["linked"] = linked
	// The schema must also refuse, or the test says nothing.
	wrong := passed().document()
	wrong.Ending = "Fine"
	documents["wrong ending"] = wrong
	documents["unknown field"] = map[string]any{"schemaVersion": 1, "sql": "select 1"}

	input, err := json.Marshal(map[string]any{"schema": json.RawMessage(schema), "documents": documents})
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), node, "-e", ajvScript)
	command.Dir, command.Stdin = root, bytes.NewReader(input)
	output, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("ajv: %v\n%s", err, output)
	}
	var found map[string][]string
	if err := json.Unmarshal(output, &found); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	for name := range documents {
		mustFail := name == "wrong ending" || name == "unknown field"
		if mustFail != (len(found[name]) > 0) {
			t.Errorf("%s: errors %q, must fail: %t", name, found[name], mustFail)
		}
	}
}
