package stacks_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden templates")

// Hashes of packages and of function versions say what was built, not what is
// deployed around it.
var (
	packageHash = regexp.MustCompile(`[0-9a-f]{64}`)
	versionHash = regexp.MustCompile(`(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}`)
)

// withoutHashes is the template of a stack, to be compared.
func withoutHashes(text []byte) []byte {
	return versionHash.ReplaceAll(packageHash.ReplaceAll(text, []byte("HASH")), []byte("${1}HASH"))
}

func TestTemplates(t *testing.T) {
	for stack, golden := range map[string]string{"lifeboat-prod": "testdata/drills.template.json", "lifeboat-prod-kept": "testdata/kept.template.json"} {
		t.Run(stack, func(t *testing.T) {
			var got bytes.Buffer
			if err := json.Indent(&got, withoutHashes(synthesized(t).texts[stack]), "", " "); err != nil {
				t.Fatal(err)
			}
			asGolden(t, golden, got.Bytes())
		})
	}
}

func asGolden(t *testing.T, golden string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(golden, got, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatalf("%v: write it with -update", err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("what is deployed changed; if it is meant, write %s with -update:\n%s", golden, diff)
	}
}
