package main

import (
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/s3"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/record"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lab"
)

// TestEvidenceOfADeployment: the compiled command, over a connection to a
// simulated AWS that holds one drill.
func TestEvidenceOfADeployment(t *testing.T) {
	ctx, now := context.Background(), time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)
	names := deployed.Names{Deployment: "prod", Account: "111122223333", Region: "eu-central-1"}
	cloud := lab.New(lab.Options{Options: simaws.Options{Clock: clock.NewVirtual(now)}})
	cloud.DynamoDB.CreateTable(names.Account, names.Region, names.Table(), "pk", "sk")
	cloud.S3.CreateBucket(names.Account, names.Region, names.Bucket())
	cfg := awsconfig.New(awsconfig.Options{
		Region: names.Region, HTTPClient: &http.Client{Transport: cloud},
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey(names.Account, "record-evidence"), "secret", ""),
	})
	server := httptest.NewServer(cloud)
	defer server.Close()

	c := newCLI(t)
	plan, err := os.ReadFile("../../examples/rds/lifeboat.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c.write("lifeboat.yaml", string(plan))
	c.env = append(c.env, "AWS_ENDPOINT_URL="+server.URL, "AWS_ACCESS_KEY_ID="+simaws.AccessKey(names.Account, "operator"), "AWS_SECRET_ACCESS_KEY=secret",
		"AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_PROFILE=", "AWS_SESSION_TOKEN=")
	verify := func(code int, tail record.Tail) {
		t.Helper()
		got, stdout, stderr := c.run("evidence", "verify", "--aws", "--json")
		var v verification
		if err := json.Unmarshal([]byte(stdout), &v); err != nil || got != code || v.Tail != tail {
			t.Errorf("exit %d, %s %s (%v)", got, stdout, stderr, err)
		}
	}
	verify(64, record.Unproven)

	bucket := s3.New(cfg, s3.Options{Bucket: names.Bucket(), Clock: clock.NewVirtual(now)})
	table := dynamodb.New(cfg, names.Table(), nil)
	if _, err := (drillevidence.Recorder{Documents: bucket, Index: table}).Record(ctx, drill.EvidenceInput{
		ID: "run-1", Run: drill.Run{ID: "run-1", Deployment: "prod", StartedAt: now}, Removal: drill.Removal{Clean: true}, RecordedAt: now.Add(time.Minute),
		Spec: drill.Spec{Deployment: "prod", Workload: "orders", Database: "orders-db"}, Verdict: drill.Verdict{Ending: drill.Passed},
	}); err != nil {
		t.Fatal(err)
	}
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
