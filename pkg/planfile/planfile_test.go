package planfile

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the committed schema")

const good = `version: 1
deployment: prod
workloads:
  - name: orders
    objectives: {rto: 60m, rpo: 1h}
    databases:
      - name: orders-db
        kind: postgres
        backups: ./backups/*
        checks:
          - name: orders are there
            sql: select count(*) from orders
            expect: {min: 1000}
`

// refusal is a change to a good plan that must be refused, at a position.
type refusal struct {
	reason       string
	old, new     string
	line, column int
	mention      []string
}

func (c refusal) check(t *testing.T, base string) {
	t.Helper()
	text := strings.Replace(base, c.old, c.new, 1)
	if text == base {
		t.Fatal("the case changes nothing")
	}
	_, err := Parse("lifeboat.yaml", []byte(text))
	var problems Problems
	if !errors.As(err, &problems) {
		t.Fatalf("%s: accepted, error %v", c.reason, err)
	}
	if !slices.ContainsFunc(problems, func(p Problem) bool { return p.Line == c.line && p.Column == c.column }) {
		t.Errorf("%s: nothing reported at %d:%d: %v", c.reason, c.line, c.column, err)
	}
	for _, word := range c.mention {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("%s: %q does not mention %q", c.reason, err, word)
		}
	}
}

func TestProblemsHavePositionAndHint(t *testing.T) {
	cases := map[string]refusal{
		"unknown key":                {"a misspelt key would be ignored", "backups:", "backup_s:", 9, 9, []string{"unknown key", "did you mean backups"}},
		"text for a block":           {"the key next to it was meant", "backups:", "backup:", 9, 9, []string{"a mapping with keys", "did you mean backups"}},
		"number without unit":        {"sixty what?", "rto: 60m", "rto: 60", 5, 23, []string{"no unit"}},
		"duplicate key":              {"one of the two would be ignored", "deployment: prod", "deployment: prod\ndeployment: test", 3, 1, []string{"stands twice"}},
		"unknown kind":               {"no adapter knows it", "kind: postgres", "kind: oracle", 8, 15, []string{"oracle", "postgres, rds-instance"}},
		"kind of check":              {"nobody could ask it", "sql: select count(*) from orders", "kind: row-count\n            sql: select count(*) from orders", 12, 19, []string{`"row-count"`, "proves nothing", "known: sql", "builtinChecks"}},
		"built-in kind of check":     {"it is switched on elsewhere", "sql: select count(*) from orders", "kind: amcheck", 12, 19, []string{`"amcheck"`, "known: sql", "builtinChecks"}},
		"empty expect":               {"whatever it answers would pass", "{min: 1000}", "{}", 13, 21, []string{"expects nothing"}},
		"two expectations":           {"one answer is judged in one way", "{min: 1000}", "{min: 1, equals: 2}", 13, 21, []string{"at once"}},
		"min above max":              {"nothing can be both", "{min: 1000}", "{min: 2, max: 1}", 13, 27, []string{"greater than max"}},
		"text as number":             {"quotes make it a text", "{min: 1000}", `{min: "1000"}`, 13, 27, []string{"a number is expected"}},
		"number as name":             {"YAML reads 42 as a number", "name: orders-db", "name: 42", 7, 15, []string{"in quotes"}},
		"no checks":                  {"a restore nobody asked anything", "        checks:\n          - name: orders are there\n            sql: select count(*) from orders\n            expect: {min: 1000}\n", "        checks: []\n", 10, 17, []string{"no check"}},
		"missing objectives":         {"a drill without a target", "    objectives: {rto: 60m, rpo: 1h}\n", "", 4, 5, []string{"RTO is missing"}},
		"field of another kind":      {"it would be ignored", "backups: ./backups/*", "backups: ./backups/*\n        source: orders-prod", 10, 17, []string{"no source"}},
		"two statements":             {"only one answer is judged", "select count(*) from orders", "select 1; select 2", 12, 18, []string{"more than one statement"}},
		"bad schedule":               {"EventBridge would refuse it", "backups: ./backups/*", "backups: ./backups/*\n        drill: {schedule: cron(0 3 1 * *)}", 10, 27, []string{"5 fields"}},
		"region-loss without region": {"no backup would count", "backups: ./backups/*", "backups: ./backups/*\n        drill: {scenario: region-loss}", 10, 27, []string{"recovery region"}},
		"forbidden setting":          {"the copy must not reach the source", "backups: ./backups/*", "backups: ./backups/*\n        settings: {primary_conninfo: host=db}", 10, 38, []string{"cannot be set"}},
		"zone":                       {"no such zone", "backups: ./backups/*", "backups: ./backups/*\n        timeZone: Europe/Berlim", 10, 19, []string{"no time zone"}},
		"not YAML":                   {"the parser says where", "deployment: prod", "deployment: [", 0, 0, []string{"yaml"}},
		"empty value":                {"null is not nothing", "rpo: 1h", "rpo: ~", 5, 33, []string{"empty"}},
		"merge key":                  {"it would hide what the plan says", "objectives: {rto: 60m, rpo: 1h}", "objectives: {<<: {rto: 60m, rpo: 1h}}", 5, 18, []string{"plain word"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) { c.check(t, good) })
	}
}

func TestAllProblemsAtOnce(t *testing.T) {
	text := strings.NewReplacer("version: 1", "version: 3", "rto: 60m", "rto: soon", "kind: postgres", "kynd: postgres", "{min: 1000}", "{}").Replace(good)
	_, err := Parse("p.yaml", []byte(text))
	var problems Problems
	if !errors.As(err, &problems) || len(problems) < 4 {
		t.Fatalf("four mistakes, got: %v", err)
	}
	for i := 1; i < len(problems); i++ {
		if problems[i-1].Line > problems[i].Line {
			t.Errorf("not in the order of the file: %v", err)
		}
	}
}

// goodHash is good's, as it stands in evidence of before checks had kinds.
const goodHash = "4310de8927b1537aff6922a3232bac280f6455f6ab7a7fc4dbb1f34981530c7d"

func TestHashIsOfWhatIsMeant(t *testing.T) {
	base, err := Parse("a", []byte(good))
	if err != nil {
		t.Fatal(err)
	}
	same, err := Parse("b", []byte("# a comment\n"+strings.Replace(good, "60m", "1h", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if named, err := Parse("d", []byte(strings.Replace(good, "sql: select", "kind: sql\n            sql: select", 1))); err != nil || named.Hash != base.Hash {
		t.Errorf("naming the kind that a check has anyway changed the hash: %v", err)
	}
	if base.Hash != goodHash {
		t.Errorf("the hash of a plan without kinds has changed: %s", base.Hash)
	}
	other, err := Parse("c", []byte(strings.Replace(good, "1000", "1001", 1)))
	if err != nil {
		t.Fatal(err)
	}
	if base.Hash != same.Hash {
		t.Error("a comment and another spelling of a duration changed the hash")
	}
	if base.Hash == other.Hash || base.Hash == "" {
		t.Error("another expectation left the hash as it was")
	}
}

func TestExamplesLoad(t *testing.T) {
	files, err := filepath.Glob("../../examples/*/lifeboat.yaml")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	for _, file := range files {
		loaded, err := Load(file)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		if len(loaded.Warnings) > 0 {
			t.Errorf("%s: an example is not in today's form: %v", file, loaded.Warnings)
		}
		if !filepath.IsAbs(loaded.Folder) {
			t.Errorf("%s: its folder is not absolute: %s", file, loaded.Folder)
		}
	}
}

func TestPublishedSchemaIsTrue(t *testing.T) {
	const file = "../../docs/lifeboat.schema.json"
	got, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(file, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("the schema has changed; go test ./pkg/planfile -update rewrites it (-published +now):\n%s", diff)
	}
}

// large is a plan with n databases.
func large(n int) []byte {
	var out bytes.Buffer
	out.WriteString("version: 1\ndeployment: fleet\nworkloads:\n")
	for i := range n {
		if i%10 == 0 {
			fmt.Fprintf(&out, "  - name: workload-%d\n    objectives: {rto: 60m, rpo: 1h}\n    databases:\n", i)
		}
		fmt.Fprintf(&out, "      - name: db-%d\n        kind: postgres\n        postgres: {backups: ./backups/%d/*}\n        checks:\n"+
			"          - {name: rows, sql: select count(*) from t, expect: {min: 1}}\n          - {name: fresh, sql: select max(at) from t, expect: {maxAge: 60m}}\n", i, i)
	}
	return out.Bytes()
}

func TestTenThousandDatabasesFitInto500MB(t *testing.T) {
	data := large(10_000)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := Parse("large.yaml", data); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	// Everything ever allocated bounds what was in use at any moment.
	if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > 500 {
		t.Errorf("loading allocated %d MB", mb)
	}
}

func BenchmarkTenThousandDatabases(b *testing.B) {
	data := large(10_000)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse("large.yaml", data); err != nil {
			b.Fatal(err)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(good))
	f.Add([]byte(goodRDS))
	f.Add([]byte("accounts: {primary: 1}\nevidence: ~\nworkloads: [{databases: [{kind: rds-instance, customCheck: {}, drill: {from: copy, kmsKey: 'arn:'}}]}]"))
	f.Add([]byte("a: &a [*a]"))
	f.Add([]byte("version: 1\nworkloads: [{databases: [{checks: [{expect: {rows: {}}}]}]}]"))
	f.Add([]byte("x: &x {a: 1}\ny: {<<: *x}"))
	f.Fuzz(func(_ *testing.T, data []byte) {
		_, _ = Parse("fuzz.yaml", data) // must not panic, and must end
	})
}
