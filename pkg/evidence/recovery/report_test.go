package recoveryevidence_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	recoveryevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/recovery"
)

var update = flag.Bool("update", false, "write the golden files and the published schema")

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

func TestReports(t *testing.T) {
	for name, r := range stories() {
		d := recoveryevidence.Build(r, recoveryevidence.Execution{Host: "laptop"})
		var page bytes.Buffer
		if err := recoveryevidence.Render(&page, d, strings.Repeat("0", 64)); err != nil {
			t.Fatal(err)
		}
		text := page.String()
		golden(t, filepath.Join("testdata", name+".html"), page.Bytes())
		for _, bad := range []string{"<script>", "NaN", "%!", "<nil>", "0xc0"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s: the page has %q", name, bad)
			}
		}
		for _, s := range d.Steps {
			if !strings.Contains(text, s.ID) {
				t.Errorf("%s: the page lacks %s", name, s.ID)
			}
		}
	}
}
