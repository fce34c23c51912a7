package main

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
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
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lab"
	simlambda "github.com/lifeboat-dr/lifeboat/pkg/simaws/lambda"
)

// deployment is a working folder with the plan of what is deployed in a
// simulated AWS, which the compiled command reaches over a connection.
type deployment struct {
	*cli
	names   deployed.Names
	now     time.Time
	bucket  *s3.Bucket
	table   *dynamodb.Table
	server  *httptest.Server
	machine *guarded
}

func newDeployment(t *testing.T, sweeper simlambda.Function) *deployment {
	t.Helper()
	d := &deployment{
		cli: newCLI(t), now: time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC),
		machine: &guarded{},
		names:   deployed.Names{Deployment: "prod", Account: "111122223333", Region: "eu-central-1"},
	}
	functions := map[string]simlambda.Function{}
	if sweeper != nil {
		functions[d.names.ARN("lambda", "function:"+d.names.Function(deployed.Sweeper))] = sweeper
	}
	cloud := lab.New(lab.Options{
		Options: simaws.Options{Clock: clock.NewVirtual(d.now)}, Functions: functions, Executions: d.machine,
	})
	cloud.DynamoDB.CreateTable(d.names.Account, d.names.Region, d.names.Table(), "pk", "sk")
	cloud.S3.CreateBucket(d.names.Account, d.names.Region, d.names.Bucket())
	cfg := awsconfig.New(awsconfig.Options{
		Region: d.names.Region, HTTPClient: &http.Client{Transport: cloud},
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey(d.names.Account, "record-evidence"), "secret", ""),
	})
	d.bucket, d.table = s3.New(cfg, s3.Options{Bucket: d.names.Bucket(), Clock: clock.NewVirtual(d.now)}), dynamodb.New(cfg, d.names.Table(), nil)
	d.server = httptest.NewServer(cloud)
	t.Cleanup(d.server.Close)
	plan, err := os.ReadFile("../../examples/rds/lifeboat.yaml")
	must(t, err)
	d.write("lifeboat.yaml", string(plan))
	d.env = append(d.env, "AWS_ENDPOINT_URL="+d.server.URL, "AWS_ACCESS_KEY_ID="+simaws.AccessKey(d.names.Account, "operator"), "AWS_SECRET_ACCESS_KEY=secret",
		"AWS_EC2_METADATA_DISABLED=true", "AWS_CONFIG_FILE="+os.DevNull, "AWS_SHARED_CREDENTIALS_FILE="+os.DevNull, "AWS_PROFILE=", "AWS_SESSION_TOKEN=")
	return d
}

// record is a drill of orders/orders-db that passed.
func (d *deployment) record(id string, at time.Time) {
	d.t.Helper()
	_, err := (drillevidence.Recorder{Documents: d.bucket, Index: d.table}).Record(context.Background(), drill.EvidenceInput{
		ID: id, Run: drill.Run{ID: id, Deployment: "prod", StartedAt: at}, Removal: drill.Removal{Clean: true}, RecordedAt: at.Add(time.Minute),
		Spec: drill.Spec{Deployment: "prod", Workload: "orders", Database: "orders-db"}, Verdict: drill.Verdict{Ending: drill.Passed},
	})
	must(d.t, err)
}
