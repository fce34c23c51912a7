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

var update = flag.Bool("update", false, "write the golden template")

// Hashes of packages and of function versions say what was built, not what is
// deployed around it.
var (
	packageHash = regexp.MustCompile(`[0-9a-f]{64}`)
	versionHash = regexp.MustCompile(`(CurrentVersion[0-9A-F]{8})[0-9a-f]{32}`)
)

func TestTemplate(t *testing.T) {
	const golden = "testdata/recovery.template.json"
	text := versionHash.ReplaceAll(packageHash.ReplaceAll(synthesized(t).text, []byte("HASH")), []byte("${1}HASH"))
	var got bytes.Buffer
	if err := json.Indent(&got, text, "", " "); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(golden, got.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatalf("%v: write it with -update", err)
	}
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("what is deployed changed; if it is meant, write %s with -update:\n%s", golden, diff)
	}
}
