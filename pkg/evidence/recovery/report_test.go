package recoveryevidence_test

import (
	"bytes"
	"flag"
	"html"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	recoveryevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
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
		if name != "many" { // which differs in nothing but its length
			golden(t, filepath.Join("testdata", name+".html"), page.Bytes())
		}
		for _, bad := range []string{"<script>", "NaN", "%!", "<nil>", "0xc0"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s: the page has %q", name, bad)
			}
		}
		for _, s := range d.Steps {
			if !strings.Contains(text, html.EscapeString(s.ID)) {
				t.Errorf("%s: the page lacks %s", name, s.ID)
			}
		}
	}
}

// tiles are the figures at the top, as they are read.
func tiles(t *testing.T, r recovery.Report) string {
	t.Helper()
	var page bytes.Buffer
	if err := recoveryevidence.Render(&page, recoveryevidence.Build(r, recoveryevidence.Execution{}), ""); err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(page.String(), `<dl class="tiles">`)
	text, _, _ = strings.Cut(text, "</dl>")
	return text
}

// No figure at the top is better than what happened: how long it took until it gave up
// is no recovery time, what failed steps would have lost is not known, and of what still
// runs nobody can say that nothing is left.
func TestFiguresOfWhatDidNotSucceed(t *testing.T) {
	without := func(r recovery.Report) recovery.Report { // targets, which would make it red
		r.Run.Workloads = []recovery.Workload{{Name: "orders"}}
		return judged(r.Run, r.Removal, r.Steps...)
	}
	for name, tc := range map[string]struct {
		report recovery.Report
		want   []string
	}{
		"failed":  {without(many()), []string{`bad"><dt>Recovery time</dt><dd>not measured`, `bad"><dt>Data lost</dt><dd>100 s<small>67 steps recovered none`}},
		"unended": {without(unended()), []string{`bad"><dt>Data lost</dt><dd>not measured`, "1 not ended", `bad"><dt>Left behind</dt><dd>not known<small>1 step had not ended`}},
		"passed":  {without(passed()), []string{`good"><dt>Recovery time</dt><dd>10 min 20 s`, `good"><dt>Data lost</dt><dd>30 min<small>at most, of any database`}},
	} {
		text := tiles(t, tc.report)
		for _, want := range tc.want {
			if !strings.Contains(text, want) {
				t.Errorf("%s: it does not say %q: %s", name, want, text)
			}
		}
	}
	d := recoveryevidence.Build(many(), recoveryevidence.Execution{})
	if reason := d.Workloads[0].RPO.Reason; len(reason) > 300 || !strings.Contains(reason, "and 64 more") {
		t.Errorf("nobody reads a reason of %d bytes: %s", len(reason), reason)
	}
}
