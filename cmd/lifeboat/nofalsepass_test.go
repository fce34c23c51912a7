package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/pgtest"
)

func codesOf(findings []drillevidence.Finding) []string {
	var codes []string
	for _, f := range findings {
		codes = append(codes, f.Code)
	}
	return codes
}

// A backup of another cluster passes the same checks: that it is another's is a
// warning, once.
func TestAnotherClustersBackupIsSaidOnce(t *testing.T) {
	c, _ := withBackup(t)
	code, first := c.drill()
	if code != 0 || !slices.Contains(codesOf(first.Findings), "NothingToCompare") {
		t.Errorf("the first: exit %d, %v", code, codesOf(first.Findings))
	}
	code, second := c.drill()
	if code != 0 || slices.ContainsFunc(second.Findings, func(f drillevidence.Finding) bool { return f.Severity != "info" }) || slices.Contains(codesOf(second.Findings), "NothingToCompare") {
		t.Errorf("the second: exit %d, %v", code, second.Findings)
	}
	other := pgtest.Start(t, pgtest.Options{Checksums: true})
	other.Exec("postgres", "create database shop")
	other.Exec("shop", "create table orders (id int primary key, at timestamptz not null); insert into orders select n, now() from generate_series(1, 1000) n")
	time.Sleep(1100 * time.Millisecond) // times inside have whole seconds
	if code, _, stderr := c.run("backup", "--url", other.URL("postgres"), "--to", "backups"); code != 0 {
		t.Fatalf("backup: exit %d, %s", code, stderr)
	}
	code, third := c.drill()
	changed := slices.IndexFunc(third.Findings, func(f drillevidence.Finding) bool { return f.Code == "IdentityChanged" })
	if code != 0 || changed < 0 || third.Findings[changed].Severity != "warning" || !strings.Contains(third.Findings[changed].What, third.RecoveryPoint.ID) {
		t.Errorf("the third: exit %d, %v", code, third.Findings)
	}
	if code, fourth := c.drill(); code != 0 || slices.Contains(codesOf(fourth.Findings), "IdentityChanged") {
		t.Errorf("the fourth: exit %d, %v", code, fourth.Findings)
	}
	c.nothingLeft()
}

func TestABrokenNewestBackupIsInTerminalEvidenceAndMetrics(t *testing.T) {
	c, _ := withBackup(t)
	c.write("backups/tomorrow.dump", "")
	code, stdout, _ := c.run("drill")
	if code != 0 || !strings.Contains(stdout, "warning  BackupPassedOver") || !strings.Contains(stdout, "tomorrow.dump was passed over: empty file") {
		t.Errorf("terminal: exit %d\n%s", code, stdout)
	}
	code, summary := c.drill()
	if code != 0 || !slices.Contains(codesOf(summary.Findings), "BackupPassedOver") {
		t.Errorf("summary: exit %d, %v", code, summary.Findings)
	}
	document, err := os.ReadFile(summary.Evidence)
	if err != nil {
		t.Fatal(err)
	}
	d, err := drillevidence.Decode(document)
	if err != nil || d.Candidates == nil || d.Candidates.PassedOver != 1 || d.Candidates.Seen != 2 {
		t.Errorf("evidence: %+v, %v", d.Candidates, err)
	}
	metrics, err := os.ReadFile(filepath.Join(c.dir, ".lifeboat", "metrics.jsonl"))
	if err != nil || !strings.Contains(string(metrics), `"name":"BackupsPassedOver","unit":"Count","value":1`) {
		t.Errorf("metrics: %v\n%s", err, metrics)
	}
}

func TestChecksThatAskNothingProveNothing(t *testing.T) {
	c, _ := withBackup(t)
	nothing := strings.Replace(smallPlan, "select count(*) from orders, expect: {min: 100}", "select 1, expect: {equals: 1}", 1)
	nothing = strings.Replace(nothing, "select max(at) from orders", "select now()", 1)
	c.write("lifeboat.yaml", nothing)
	code, _, stderr := c.run("plan")
	if code != 0 || !strings.Contains(stderr, "lifeboat.yaml:11:11: no gate check reads a table of the copy") {
		t.Errorf("plan: exit %d, %s", code, stderr)
	}
	if code, summary := c.drill(); code != 0 || !slices.Contains(codesOf(summary.Findings), "GateAsksNothing") {
		t.Errorf("with the built-in checks: exit %d, %v", code, summary.Findings)
	}
	c.write("lifeboat.yaml", nothing+"        builtinChecks: {heapRead: false, invalidIndexes: false, amcheck: false}\n")
	code, summary := c.drill()
	if code != exitFailureClean || len(summary.Findings) == 0 || summary.Findings[0].Code != "NothingAsked" {
		t.Errorf("alone: exit %d, %v", code, summary.Findings)
	}
	c.nothingLeft()
}

func TestTheAllowancesCountAgainstTheRTO(t *testing.T) {
	c, _ := withBackup(t)
	c.write("lifeboat.yaml", strings.Replace(smallPlan, "rpo: 1h}", "rpo: 1h}\n    allowances: {decision: 299999ms}", 1))
	code, summary := c.drill()
	rto := summary.Objectives.RTO
	if code != exitObjectivesMissed || summary.Findings[0].Code != "RTOMissed" || rto.Met || *rto.TargetSeconds != 300 || *rto.BudgetSeconds > 0.0011 || *rto.ActualSeconds > 300 {
		t.Errorf("exit %d, %+v, %v", code, rto, summary.Findings)
	}
	_, stdout, _ := c.run("drill")
	if !strings.Contains(stdout, "measured  budget 0.00s of the target 5m0s") || !strings.Contains(stdout, "declared, not measured: detection 0.00s, decision 5m0s, DNS 0.00s") {
		t.Errorf("terminal:\n%s", stdout)
	}
	c.write("lifeboat.yaml", strings.Replace(smallPlan, "rpo: 1h}", "rpo: 1h}\n    allowances: {decision: 5m}", 1))
	if code, _, stderr := c.run("plan"); code != exitUsage || !strings.Contains(stderr, "the allowances reach the RTO") {
		t.Errorf("plan: exit %d, %s", code, stderr)
	}
}

func TestAKindThatCannotBeDrilledIsRefused(t *testing.T) {
	c := newCLI(t)
	for _, kind := range plan.KindNames(func(k plan.Kind) bool { return !k.Drillable }) {
		c.write("lifeboat.yaml", strings.Replace(smallPlan, "kind: postgres\n        postgres: {backups: ./backups/*, database: shop}", "kind: "+kind+"\n        source: x", 1))
		for _, command := range []string{"plan", "drill", "rehearse"} {
			if code, _, stderr := c.run(command); code != exitUsage || !strings.Contains(stderr, kind+" cannot be drilled yet") {
				t.Errorf("%s of %s: exit %d, %s", command, kind, code, stderr)
			}
		}
	}
}
