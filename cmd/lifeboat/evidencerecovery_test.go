package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	recoveryevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/record"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// Evidence of recoveries is listed, shown, drawn and verified beside that of drills.
func TestEvidenceOfRecoveries(t *testing.T) {
	c, drills := withEvidence(t)
	store := recoveryevidence.Beside(drills.Dir, drills.Heads)
	at := time.Date(2026, 11, 9, 3, 0, 0, 0, time.UTC)
	for _, id := range []string{"recovery-1", "recovery-2"} {
		over := at.Add(time.Minute)
		r := recovery.Report{RecordedAt: at.Add(2 * time.Minute), Case: recovery.Case{Removal: recovery.Removal{Clean: true}, Run: recovery.Run{
			ID: id, Deployment: "prod", Mode: recovery.Exercise, StartedAt: at, OverAt: &over, Workloads: []recovery.Workload{{Name: "shop"}},
		}}}
		r.Verdict = recovery.Judge(r.Case)
		_, err := store.Record(t.Context(), r)
		must(t, err)
		at = at.Add(time.Hour)
	}
	code, stdout, stderr := c.run("evidence", "list", "--json")
	var rows []ui.ListedEvidence
	if err := json.Unmarshal([]byte(stdout), &rows); err != nil || code != 0 || len(rows) != 5 || rows[0].ID != "recovery-2" || rows[0].Recovery != "exercise of shop" {
		t.Fatalf("exit %d, %+v %s %v", code, rows, stderr, err)
	}
	if code, stdout, _ := c.run("evidence", "show", "recovery-1"); code != 0 || !strings.Contains(stdout, "exercise of shop") {
		t.Errorf("exit %d, %s", code, stdout)
	}
	stored, err := os.ReadFile(store.Path("recovery-1"))
	must(t, err)
	if code, stdout, _ := c.run("evidence", "show", "recovery-1", "--json"); code != 0 || stdout != string(stored) {
		t.Errorf("not as it is stored: exit %d, %s", code, stdout)
	}
	if code, _, stderr := c.run("evidence", "report", "recovery-1", "--to", "page.html"); code != 0 {
		t.Errorf("exit %d, %s", code, stderr)
	}
	page, err := os.ReadFile(filepath.Join(c.dir, "page.html"))
	if err != nil || !strings.Contains(string(page), record.SHA256(stored)) {
		t.Errorf("the page does not name its document: %v", err)
	}
	verify := func(code int, kind record.Kind) {
		t.Helper()
		got, stdout, stderr := c.run("evidence", "verify", "--json")
		var v verification
		if err := json.Unmarshal([]byte(stdout), &v); err != nil || got != code || kind != "" && (len(v.Problems) == 0 || v.Problems[0].Kind != kind || v.Problems[0].Chain != "prod/recoveries") {
			t.Errorf("exit %d, %s %s", got, stdout, stderr)
		}
	}
	verify(0, "")
	// The folder of recoveries alone is what a bucket has, and can be copied.
	for _, args := range [][]string{{}, {"--heads", ".lifeboat/heads"}} {
		code, stdout, stderr := c.run(append([]string{"evidence", "verify", "--from", ".lifeboat/evidence/recoveries"}, args...)...)
		if code != 0 || !strings.Contains(stdout, "prod/recoveries: documents 2") || strings.Contains(stdout, "tail proven") != (len(args) > 0) {
			t.Errorf("%s: exit %d, %s %s", args, code, stdout, stderr)
		}
	}
	must(t, os.Remove(store.Path("recovery-2")))
	verify(2, record.Missing)
	if code, _, stderr := c.run("history"); code != 0 || strings.Contains(stderr, "recovery") {
		t.Errorf("the history of drills is troubled by recoveries: exit %d, %s", code, stderr)
	}
}

// Over the bucket and the table of a deployment likewise: a recovery that is gone, or
// that says something else, is missed, though no drill is.
func TestEvidenceOfRecoveriesOfADeployment(t *testing.T) {
	ctx, c := t.Context(), newDeployment(t, nil)
	c.record("run-1", c.now)
	verify := func(code int, kind record.Kind) {
		t.Helper()
		got, stdout, stderr := c.run("evidence", "verify", "--aws", "--json")
		var v verification
		if err := json.Unmarshal([]byte(stdout), &v); err != nil || got != code || kind != "" && (len(v.Problems) == 0 || v.Problems[0].Kind != kind || v.Problems[0].ID != "recovery-3") {
			t.Errorf("exit %d, %s %s", got, stdout, stderr)
		}
	}
	recorder := recoveryevidence.Recorder{Documents: c.bucket, Index: c.table, Render: recoveryevidence.Render}
	recorded := func(id string, at time.Time) {
		t.Helper()
		over := at.Add(time.Minute)
		r := recovery.Report{RecordedAt: at.Add(2 * time.Minute), Case: recovery.Case{Removal: recovery.Removal{Clean: true}, Run: recovery.Run{
			ID: id, Deployment: "prod", Mode: recovery.Exercise, StartedAt: at, OverAt: &over, Workloads: []recovery.Workload{{Name: "shop"}},
		}}}
		r.Verdict = recovery.Judge(r.Case)
		_, err := recorder.Record(ctx, r)
		must(t, err)
	}
	recorded("recovery-1", c.now.Add(time.Hour))
	recorded("recovery-2", c.now.Add(2*time.Hour))
	verify(0, "")
	stored, err := c.bucket.Get(ctx, recoveryevidence.Key("recovery-2"))
	must(t, err)
	if code, stdout, stderr := c.run("evidence", "show", "recovery-2", "--aws", "--json"); code != 0 || stdout != string(stored) {
		t.Errorf("exit %d, %s %s", code, stdout, stderr)
	}
	var rows []ui.ListedEvidence
	if code, stdout, stderr := c.run("evidence", "list", "--aws", "--json"); code != 0 || json.Unmarshal([]byte(stdout), &rows) != nil || len(rows) != 3 || rows[0].ID != "recovery-2" {
		t.Errorf("exit %d, %s %s", code, stdout, stderr)
	}
	if code, stdout, stderr := c.run("history", "--aws", "--json"); code != 0 || strings.Contains(stdout, "recovery-") {
		t.Errorf("a recovery is in the history of drills: exit %d, %s %s", code, stdout, stderr)
	}

	// A copy under another name, and then the index names one that is not there.
	_, err = c.bucket.Put(ctx, recoveryevidence.Key("recovery-3"), "application/json", stored)
	must(t, err)
	verify(2, record.Unreadable)
	newest, _, err := c.table.NewestRecovery(ctx)
	must(t, err)
	newest.ID, newest.RecordedAt = "recovery-9", newest.RecordedAt.Add(time.Hour)
	must(t, c.table.AddRecovery(ctx, newest))
	if code, stdout, _ := c.run("evidence", "verify", "--aws"); code != 2 || !strings.Contains(stdout, "recovery-9") {
		t.Errorf("exit %d, %s", code, stdout)
	}
}

// A drill and a recovery may be called the same: executions of two machines may. Neither
// hides the other, and nothing was tampered with.
func TestARecoveryCalledAsADrill(t *testing.T) {
	c, drills := withEvidence(t)
	recorded(t, drills, "run-2")
	code, stdout, stderr := c.run("evidence", "verify")
	if code != 0 || !strings.Contains(stdout, "prod/recoveries: documents 1, tail proven") {
		t.Errorf("exit %d, %s %s", code, stdout, stderr)
	}
	code, stdout, stderr = c.run("evidence", "list")
	if code != 0 || strings.Count(stdout, "exercise of shop") != 1 || strings.Count(stdout, "shop/db") != 3 {
		t.Errorf("exit %d, %s %s", code, stdout, stderr)
	}
	for id, want := range map[string]string{"run-2": "shop/db", "recoveries/run-2": "exercise of shop"} {
		if code, stdout, stderr := c.run("evidence", "show", id); code != 0 || !strings.Contains(stdout, want) {
			t.Errorf("%s: exit %d, %s %s", id, code, stdout, stderr)
		}
	}
}

// recorded is a recovery that failed, in the store beside that of drills.
func recorded(t *testing.T, drills drillevidence.Store, id string) recoveryevidence.Store {
	t.Helper()
	store := recoveryevidence.Beside(drills.Dir, drills.Heads)
	at := time.Date(2026, 11, 9, 3, 0, 0, 0, time.UTC)
	r := recovery.Report{RecordedAt: at.Add(2 * time.Minute), Case: recovery.Case{Removal: recovery.Removal{Clean: true}, Run: recovery.Run{
		ID: id, Deployment: "prod", Mode: recovery.Exercise, StartedAt: at, OverAt: &at, Workloads: []recovery.Workload{{Name: "shop"}},
	}}}
	r.Verdict = recovery.Judge(r.Case)
	_, err := store.Record(t.Context(), r)
	must(t, err)
	return store
}

// A forged document of one kind among those of the other is nobody's evidence: it is not
// shown as the outcome of what it is called, nor does it accuse what it is forged after.
func TestForgedAmongTheOtherKind(t *testing.T) {
	for name, tc := range map[string]struct {
		id       string
		from, to func(drills drillevidence.Store, recoveries recoveryevidence.Store) string
		why      string
	}{
		"a recovery among drills": {
			"recovery-1", func(_ drillevidence.Store, r recoveryevidence.Store) string { return r.Path("recovery-1") },
			func(d drillevidence.Store, _ recoveryevidence.Store) string { return d.Path("recovery-1") }, "the record of a recovery",
		},
		"a drill among recoveries": {
			"recoveries/run-2", func(d drillevidence.Store, _ recoveryevidence.Store) string { return d.Path("run-2") },
			func(_ drillevidence.Store, r recoveryevidence.Store) string { return r.Path("run-2") }, "the record of a drill",
		},
	} {
		t.Run(name, func(t *testing.T) {
			c, drills := withEvidence(t)
			recoveries := recorded(t, drills, "recovery-1")
			text, err := os.ReadFile(tc.from(drills, recoveries))
			must(t, err)
			must(t, os.WriteFile(tc.to(drills, recoveries), []byte(strings.Replace(string(text), "FailureClean", "Passed", 1)), 0o600))
			for _, args := range [][]string{{"show", tc.id}, {"show", tc.id, "--json"}, {"list"}} {
				code, stdout, stderr := c.run(append([]string{"evidence"}, args...)...)
				if code != 2 || strings.Contains(stdout, "Passed") || !strings.Contains(stderr, tc.why) {
					t.Errorf("%s: exit %d, %s %s", args, code, stdout, stderr)
				}
			}
			code, stdout, _ := c.run("evidence", "verify", "--json")
			var v verification
			if err := json.Unmarshal([]byte(stdout), &v); err != nil || code != 2 || len(v.Problems) != 1 || v.Problems[0].Kind != record.Unreadable {
				t.Errorf("exit %d, %s", code, stdout)
			}
		})
	}
}
