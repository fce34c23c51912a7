package rds

import (
	"context"
	"io"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	awsrds "github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/mototest"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// motoRDS is moto, and what moto lacks: it has no account quotas.
type motoRDS struct{ *awsrds.Client }

func (motoRDS) DescribeAccountAttributes(context.Context, *awsrds.DescribeAccountAttributesInput, ...func(*awsrds.Options)) (*awsrds.DescribeAccountAttributesOutput, error) {
	return &awsrds.DescribeAccountAttributesOutput{AccountQuotas: []types.AccountQuota{quota("DBInstances", 1, 40)}}, nil
}

// TestAgainstMoto takes the way of a drill, except for what moto 5.2 does not
// model: it restores at once, ignores two flags (see below), has no account
// quotas and no default option groups. So nothing here tests waiting; the
// simulated AWS does.
func TestAgainstMoto(t *testing.T) {
	cfg := mototest.Start(t)
	ctx := context.Background()
	const region, motoAccount = "eu-central-1", "123456789012"
	client := awsrds.NewFromConfig(cfg)
	must := func(_ any, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	// moto's CreateServiceLinkedRole spells the name otherwise than AWS.
	must(iam.NewFromConfig(cfg).CreateRole(ctx, &iam.CreateRoleInput{RoleName: aws.String("AWSServiceRoleForRDS"), AssumeRolePolicyDocument: aws.String("{}")}))
	must(client.CreateDBSubnetGroup(ctx, &awsrds.CreateDBSubnetGroupInput{
		DBSubnetGroupName: aws.String("lifeboat-prod"), DBSubnetGroupDescription: aws.String("drills"), SubnetIds: motoSubnets(t, *cfg.BaseEndpoint),
	}))
	must(client.CreateDBInstance(ctx, &awsrds.CreateDBInstanceInput{
		DBInstanceIdentifier: aws.String("orders-prod"), Engine: aws.String("postgres"), EngineVersion: aws.String("16.4"), DBInstanceClass: aws.String("db.t4g.medium"),
		AllocatedStorage: aws.Int32(20), MasterUsername: aws.String("app"), MasterUserPassword: aws.String("a-password"), BackupRetentionPeriod: aws.Int32(7),
		Tags: []types.Tag{{Key: aws.String("backup"), Value: aws.String("daily")}},
	}))
	must(client.CreateDBSnapshot(ctx, &awsrds.CreateDBSnapshotInput{DBInstanceIdentifier: aws.String("orders-prod"), DBSnapshotIdentifier: aws.String("by-hand")}))

	a := newAdapter(Options{Account: motoAccount}, func(region string) clients {
		c := newClients(cfg)
		c.rds = motoRDS{client}
		return c
	})
	spec := atHome()
	spec.Place.PrimaryRegion, spec.RDS.From, spec.Place.SecurityGroups = region, drill.FromSnapshot, []string{"sg-isolated"}
	points, err := a.RecoveryPoints(ctx, spec)
	must(nil, err)
	choice := drill.Choose(points)
	point, passedOver := choice.Point, choice.Findings
	if point == nil {
		t.Fatalf("nothing to choose from: %+v", passedOver)
	}
	for range 2 { // the second call finds what the first one made
		res, err := a.StartRestore(ctx, run, spec, *point)
		if err != nil || res.First().ID != run.Throwaway {
			t.Fatalf("%+v, %v", res, err)
		}
	}
	// moto ignores PubliclyAccessible and BackupRetentionPeriod of a restore: the
	// copy is not taken as it is.
	_, err = a.RestoreStatus(ctx, run, spec, copyResource)
	if e := wantError(t, err, drill.RestoreFailed); !strings.Contains(e.What, "public") || !strings.Contains(e.What, "7 days") || strings.Count(e.What, ";") != 1 {
		t.Errorf("%v", e)
	}
	must(client.ModifyDBInstance(ctx, &awsrds.ModifyDBInstanceInput{
		DBInstanceIdentifier: &run.Throwaway, PubliclyAccessible: aws.Bool(false), BackupRetentionPeriod: aws.Int32(0), ApplyImmediately: aws.Bool(true),
	}))
	status, err := a.RestoreStatus(ctx, run, spec, copyResource)
	if err != nil || !status.Available {
		t.Fatalf("%+v, %v", status, err)
	}
	if found, err := a.List(ctx, region, "prod"); err != nil || len(found) != 1 {
		t.Errorf("%+v, %v", found, err)
	}
	must(nil, a.Remove(ctx, run, spec, copyResource))
	must(nil, a.Remove(ctx, run, spec, copyResource))
	if left, err := a.Remaining(ctx, run, spec); err != nil || len(left) > 0 {
		t.Errorf("%+v, %v", left, err)
	}
	must(client.DescribeDBInstances(ctx, &awsrds.DescribeDBInstancesInput{DBInstanceIdentifier: aws.String("orders-prod")}))
}

// motoSubnets are those of moto's default VPC; lifeboat has no client for EC2.
func motoSubnets(t *testing.T, endpoint string) []string {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, endpoint, strings.NewReader("Action=DescribeSubnets&Version=2016-11-15"))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260101/eu-central-1/ec2/aws4_request, SignedHeaders=host, Signature=0")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for _, m := range regexp.MustCompile(`<subnetId>([^<]+)<`).FindAllSubmatch(body, -1) {
		ids = append(ids, string(m[1]))
	}
	return ids
}
