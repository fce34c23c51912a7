package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// runPlan prints the table of a plan file as words per line.
func runPlan(t *testing.T, file string) [][]string {
	t.Helper()
	var out, errOut bytes.Buffer
	if code := run(context.Background(), []string{"plan", "--plan", file}, strings.NewReader(""), &out, &errOut); code != 0 {
		t.Fatalf("exit %d: %s", code, errOut.String())
	}
	var table [][]string
	for _, line := range strings.Split(strings.TrimSpace(out.String()), "\n")[2:] {
		table = append(table, strings.Fields(line))
	}
	return table
}

func TestPlanShowsWhatAnRDSDrillRestores(t *testing.T) {
	table := runPlan(t, "../../examples/rds/lifeboat.yaml")
	row := strings.Join(table[1], " ")
	for _, want := range []string{
		"orders/orders-db rds-instance 1h 1h region-loss", "cron(0 3 1 * ? *) 3 orders-prod", "eu-west-1 -> eu-central-1 newest",
	} {
		if !strings.Contains(row, want) {
			t.Errorf("%q is not in %q", want, row)
		}
	}
	if !slices.Equal(table[0][7:], []string{"SOURCE", "REGIONS", "FROM"}) {
		t.Errorf("header %q", table[0])
	}
}

func TestPlanShowsTheTagsOfCopies(t *testing.T) {
	text, err := os.ReadFile("../../examples/rds/lifeboat.yaml")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "lifeboat.yaml")
	if err := os.WriteFile(file, append(text, "\ntags: {Team: payments, CostCenter: 4711, B: x, A: y z}\n"...), 0o600); err != nil {
		t.Fatal(err)
	}
	table := runPlan(t, file)
	if row := strings.Join(table[1], " "); table[0][len(table[0])-1] != "TAGS" || !strings.HasSuffix(row, "newest A=y z, B=x, CostCenter=4711, 1 more") {
		t.Errorf("%q, %q", table[0], row)
	}
}

func TestPlanShowsFromAndTheCustomCheck(t *testing.T) {
	text, err := os.ReadFile("../../examples/rds/lifeboat.yaml")
	if err != nil {
		t.Fatal(err)
	}
	changed := strings.Replace(string(text), "        checks:\n", "        builtinChecks: {heapRead: true}\n"+
		"        customCheck: {name: shop, function: \"arn:aws:lambda:eu-central-1:111122223333:function:check-orders\"}\n        checks:\n", 1)
	changed = strings.Replace(changed, "# from: pitr ", "from: pitr # ", 1)
	file := filepath.Join(t.TempDir(), "lifeboat.yaml")
	if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	row := strings.Join(runPlan(t, file)[1], " ")
	if !strings.Contains(row, "3 + 1 built in + 1 custom") || !strings.HasSuffix(row, " pitr") {
		t.Errorf("%q", row)
	}
}

func TestPlanOfLocalDatabasesHasNoRegions(t *testing.T) {
	if header := runPlan(t, "../../examples/local/lifeboat.yaml")[0]; slices.Contains(header, "REGIONS") {
		t.Errorf("%q", header)
	}
}
