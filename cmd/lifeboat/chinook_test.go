package main

import (
	"compress/gzip"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgtest"
)

// chinookPlan asks the sample database for what it is known to hold. Its dumps
// carry no zone in their headers, so the plan says which one it was.
const chinookPlan = `version: 1
deployment: test
workloads:
  - name: chinook
    objectives: {rto: 10m, rpo: 1h}
    databases:
      - name: db
        kind: postgres
        postgres: {backups: ./backups/*, database: chinook, timeZone: ZONE}
        checks:
          - {name: invoices, sql: select count(*) from invoice, expect: {equals: 412}}
          - {name: tracks, sql: select count(*) from track, expect: {min: 3503, max: 3503}}
          - {name: newest invoice, sql: "select max(invoice_date)::date = date '2025-12-22' from invoice", expect: {equals: true}}
          - {name: age of the newest invoice, sql: select max(invoice_date) from invoice, expect: {maxAge: 36500d}}
`

// TestChinookInEveryForm drills a real data set from a base backup and from
// each form of dump, as a user would.
func TestChinookInEveryForm(t *testing.T) {
	if testing.Short() {
		t.Skip("five forms of backup are restored: not in the short tests")
	}
	data, err := filepath.Abs("../../../shared/datasets/chinook.sql")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(data); err != nil {
		t.Skipf("the chinook data set is not beside this checkout: %v", err)
	}
	source := pgtest.Start(t, pgtest.Options{Checksums: true})
	for _, tool := range []string{"psql", "pg_dump", "pg_restore"} {
		if !source.Bin.Has(tool) {
			t.Skipf("%s is not beside the server's programs in %s", tool, source.Bin.Dir)
		}
	}
	source.LoadSQL("postgres", data)
	url := source.URL("chinook")
	dump := func(args ...string) func(t *testing.T, c *cli) {
		return func(t *testing.T, c *cli) {
			cmd := exec.Command(source.Bin.Path("pg_dump"), append(args, "--file", filepath.Join(c.dir, "backups", "chinook"), url)...)
			cmd.Env = append(os.Environ(), "TZ=UTC") // the zone of its header, which it does not write there
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("pg_dump: %v: %s", err, out)
			}
		}
	}
	forms := map[string]func(t *testing.T, c *cli){
		"base backup": func(t *testing.T, c *cli) {
			if code, _, stderr := c.run("backup", "--url", source.URL("postgres"), "--to", "backups"); code != 0 {
				t.Fatalf("backup: exit %d: %s", code, stderr)
			}
		},
		"custom":    dump("--format=custom"),
		"directory": dump("--format=directory"),
		"plain":     dump("--format=plain"),
		"plain gzip": func(t *testing.T, c *cli) {
			dump("--format=plain")(t, c)
			compress(t, filepath.Join(c.dir, "backups", "chinook"))
		},
	}
	for name, back := range forms {
		t.Run(name, func(t *testing.T) {
			c := chinookCLI(t)
			back(t, c)
			code, summary := c.drill()
			if code != 0 || summary.Ending != "Passed" {
				t.Errorf("exit %d, %s: %+v %+v", code, summary.Ending, summary.Findings, summary.Checks)
			}
			c.nothingLeft()
		})
	}
	t.Run("cut short", func(t *testing.T) {
		for _, format := range []string{"--format=custom", "--format=plain"} {
			c := chinookCLI(t)
			dump(format)(t, c)
			file := filepath.Join(c.dir, "backups", "chinook")
			info, err := os.Stat(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(file, info.Size()*2/3); err != nil {
				t.Fatal(err)
			}
			if code, summary := c.drill(); code != exitFailureClean || len(summary.Findings) == 0 {
				t.Errorf("%s: exit %d, %s: %+v", format, code, summary.Ending, summary.Findings)
			}
			c.nothingLeft()
		}
	})
}

func chinookCLI(t *testing.T) *cli {
	t.Helper()
	c := newCLI(t)
	c.write("lifeboat.yaml", strings.Replace(chinookPlan, "ZONE", "UTC", 1))
	if err := os.Mkdir(filepath.Join(c.dir, "backups"), 0o755); err != nil {
		t.Fatal(err)
	}
	return c
}

func compress(t *testing.T, file string) {
	t.Helper()
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(file + ".sql.gz")
	if err != nil {
		t.Fatal(err)
	}
	zip := gzip.NewWriter(out)
	if _, err := io.Copy(zip, in); err != nil {
		t.Fatal(err)
	}
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
}
