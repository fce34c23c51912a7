package recoveryevidence_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/invopop/jsonschema"

	recoveryevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/recovery"
)

const root = "../../.."

// The published schema is that of the Go types, with their comments.
func TestPublishedSchemaIsThatOfTheTypes(t *testing.T) {
	path, err := filepath.Abs(root + "/docs/recovery-evidence.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	r := &jsonschema.Reflector{}
	t.Chdir(root) // the comments are looked up by import path
	if err := r.AddGoComments("github.com/lifeboat-dr/lifeboat", "./pkg/evidence"); err != nil {
		t.Fatal(err)
	}
	schema := r.Reflect(recoveryevidence.Document{})
	schema.ID = "https://github.com/lifeboat-dr/lifeboat/blob/main/docs/recovery-evidence.schema.json"
	schema.Title = "Evidence of one recovery"
	text, err := json.MarshalIndent(schema, "", "  ")
	if err != nil {
		t.Fatal(err)
	}
	golden(t, path, append(text, '\n'))
}

// ajvScript reads {schema, documents} and prints the errors of each document.
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
	if _, err := os.Stat(filepath.Join(root, "node_modules", "ajv-formats")); errors.Is(err, fs.ErrNotExist) {
		t.Skip("ajv is not installed: run npm ci")
	}
	schema, err := os.ReadFile(root + "/docs/recovery-evidence.schema.json")
	if err != nil {
		t.Fatal(err)
	}
	documents := map[string]any{}
	for name, r := range stories() {
		documents[name] = recoveryevidence.Build(r, recoveryevidence.Execution{})
	}
	wrong := recoveryevidence.Build(passed(), recoveryevidence.Execution{}) // the schema must also refuse
	wrong.Ending = "Fine"
	documents["wrong"] = wrong
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
		if (name == "wrong") != (len(found[name]) > 0) {
			t.Errorf("%s: errors %q", name, found[name])
		}
	}
}
