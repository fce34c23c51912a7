package main

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/record"
)

// TestEvidenceOfADeployment: the compiled command, over a connection to a
// simulated AWS that holds one drill. --aws is --world aws.
func TestEvidenceOfADeployment(t *testing.T) {
	ctx, c := context.Background(), newDeployment(t, nil)
	now, bucket, table, server := c.now, c.bucket, c.table, c.server
	verify := func(code int, tail record.Tail) {
		t.Helper()
		got, stdout, stderr := c.run("evidence", "verify", "--aws", "--json")
		var v verification
		if err := json.Unmarshal([]byte(stdout), &v); err != nil || got != code || v.Tail != tail {
			t.Errorf("exit %d, %s %s (%v)", got, stdout, stderr, err)
		}
	}
	verify(64, record.Unproven)

	c.record("run-1", now)
	verify(0, record.Proven)
	stored, err := bucket.Get(ctx, "evidence/run-1.json")
	if err != nil {
		t.Fatal(err)
	}
	if code, stdout, stderr := c.run("evidence", "show", "run-1", "--aws", "--json"); code != 0 || stdout != string(stored) {
		t.Errorf("exit %d, %s %s", code, stdout, stderr)
	}
	if code, stdout, stderr := c.run("evidence", "list", "--aws"); code != 0 || !strings.Contains(stdout, "run-1") {
		t.Errorf("exit %d, %s %s", code, stdout, stderr)
	}
	if code, _, stderr := c.run("evidence", "report", "run-1", "--aws", "--to", "page.html"); code != 0 {
		t.Errorf("exit %d, %s", code, stderr)
	}
	page, err := os.ReadFile(filepath.Join(c.dir, "page.html"))
	if err != nil || !strings.Contains(string(page), drillevidence.SHA256(stored)) {
		t.Errorf("the page does not name its document: %v", err)
	}
	if code, _, stderr := c.run("evidence", "show", "run-2", "--aws"); code != 64 || !strings.Contains(stderr, "s3://") {
		t.Errorf("exit %d, %s", code, stderr)
	}

	// The index names one that is gone.
	newest, _, err := table.Newest(ctx, "orders/orders-db")
	if err != nil {
		t.Fatal(err)
	}
	newest.EvidenceID, newest.RecordedAt = "run-9", now.Add(time.Hour)
	if err := table.AddHistory(ctx, newest); err != nil {
		t.Fatal(err)
	}
	verify(2, record.Broken)
	server.Close()
	if code, stdout, stderr := c.run("evidence", "verify", "--aws", "--json"); code != 70 || !strings.Contains(stdout, `"exitCode": 70`) {
		t.Errorf("nobody answers: exit %d, %s %s", code, stdout, stderr)
	}
}

// TestEvidenceOfADeploymentUnderTheNameOfAnother: a copy in the bucket has one
// version, as a document has.
func TestEvidenceOfADeploymentUnderTheNameOfAnother(t *testing.T) {
	ctx, d := context.Background(), newDeployment(t, nil)
	d.record("run-1", d.now)
	text, err := d.bucket.Get(ctx, "evidence/run-1.json")
	must(t, err)
	_, err = d.bucket.Put(ctx, "evidence/run-2.json", "application/json", text)
	must(t, err)
	refusesTheCopy(t, d.cli, "run-2", "run-1", "--aws")
}

// TestEvidenceOfADeploymentWithoutCredentials was not looked at: that is neither
// a mistake on the command line nor bad evidence.
func TestEvidenceOfADeploymentWithoutCredentials(t *testing.T) {
	d := newDeployment(t, nil)
	d.record("run-1", d.now)
	if code, _, stderr := d.run("evidence", "show", "run-9", "--aws"); code != exitUsage {
		t.Errorf("no such document: exit %d, %s", code, stderr)
	}
	d.env = append(d.env, "AWS_ACCESS_KEY_ID=", "AWS_SECRET_ACCESS_KEY=")
	notLooked(t, d.cli, "run-1", "credentials", "--aws")
	if code, _, stderr := d.run("evidence", "verify", "--aws", "--plan", "nowhere.yaml"); code != exitUsage {
		t.Errorf("no such plan: exit %d, %s", code, stderr)
	}
}
