package rds

import (
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

var run = drill.Run{
	ID: "first", ExecutionID: "arn:aws:states:eu-central-1:111111111111:execution:drill:first", Deployment: "prod",
	Throwaway: drill.ThrowawayName("prod", "arn:aws:states:eu-central-1:111111111111:execution:drill:first"),
}

func specOf(scenario string) drill.Spec {
	return drill.Spec{
		Deployment: "prod", Workload: "orders", Database: "orders-db", Kind: plan.KindRDSInstance, Scenario: scenario,
		Limits: drill.Limits{LateCreationSeconds: 900},
		Place:  drill.Place{PrimaryRegion: home, RecoveryRegion: refuge, SubnetGroup: "lifeboat-prod", SecurityGroups: []string{"sg-1", "sg-2"}},
		RDS:    &drill.RDSSource{Instance: "orders-prod", Login: drill.LoginManagedPassword},
	}
}

// atHome is a spec without a recovery region.
func atHome() drill.Spec {
	spec := specOf(plan.ScenarioOperatorError)
	spec.Place.RecoveryRegion = ""
	return spec
}

func sourceInstance() *types.DBInstance {
	return &types.DBInstance{
		DBInstanceIdentifier: aws.String("orders-prod"), DBInstanceArn: aws.String(instanceARN), DbiResourceId: aws.String(sourceResource),
		Engine: aws.String("postgres"), EngineVersion: aws.String("16.4"), AllocatedStorage: aws.Int32(100), DBInstanceStatus: aws.String("available"),
		StorageEncrypted: aws.Bool(true), KmsKeyId: aws.String(homeKey), LatestRestorableTime: ago(4 * time.Minute), BackupRetentionPeriod: aws.Int32(7),
		EngineLifecycleSupport: aws.String("open-source-rds-extended-support-disabled"),
	}
}

// snapshotIn is one of the source, taken at home and lying in the region.
func snapshotIn(region, kind, name string, age time.Duration, change ...func(*types.DBSnapshot)) types.DBSnapshot {
	s := types.DBSnapshot{
		DBSnapshotIdentifier: aws.String(name), DBSnapshotArn: aws.String(fmt.Sprintf("arn:aws:rds:%s:%s:snapshot:%s", region, owner, name)),
		DBInstanceIdentifier: aws.String("orders-prod"), DbiResourceId: aws.String(sourceResource), SnapshotType: aws.String(kind), Status: aws.String("available"),
		Engine: aws.String("postgres"), EngineVersion: aws.String("16.4"), AllocatedStorage: aws.Int32(100),
		SnapshotDatabaseTime: ago(age), OriginalSnapshotCreateTime: ago(age), SnapshotCreateTime: ago(age),
	}
	if region != home {
		s.SourceRegion, s.SourceDBSnapshotIdentifier = aws.String(home), aws.String("arn:aws:rds:eu-west-1:111111111111:snapshot:origin")
		s.SnapshotCreateTime, s.DbiResourceId = ago(0), nil
	}
	for _, c := range change {
		c(&s)
	}
	return s
}

func encryptedWith(key string) func(*types.DBSnapshot) {
	return func(s *types.DBSnapshot) { s.Encrypted, s.KmsKeyId = aws.Bool(true), &key }
}

func ownedBy(account string) func(*types.DBSnapshot) {
	return func(s *types.DBSnapshot) { *s.DBSnapshotArn = strings.Replace(*s.DBSnapshotArn, owner, account, 1) }
}

// copyInstance is the copy as it was asked for.
func copyInstance(change ...func(*types.DBInstance)) *types.DBInstance {
	i := &types.DBInstance{
		DBInstanceIdentifier: aws.String(run.Throwaway), DBInstanceArn: aws.String("arn:aws:rds:eu-central-1:111111111111:db:" + run.Throwaway),
		DBInstanceStatus: aws.String("available"), Engine: aws.String("postgres"), DBName: aws.String("orders"),
		Endpoint:           &types.Endpoint{Address: aws.String("copy.eu-central-1.rds.amazonaws.com"), Port: aws.Int32(5432)},
		PubliclyAccessible: aws.Bool(false), DBSubnetGroup: &types.DBSubnetGroup{DBSubnetGroupName: aws.String("lifeboat-prod")},
		VpcSecurityGroups: []types.VpcSecurityGroupMembership{{VpcSecurityGroupId: aws.String("sg-2")}, {VpcSecurityGroupId: aws.String("sg-1")}},
		StorageEncrypted:  aws.Bool(true), KmsKeyId: aws.String(refugeKey), BackupRetentionPeriod: aws.Int32(0),
		TagList: tagsOf(run, now, true, refugeKey),
	}
	for _, c := range change {
		c(i)
	}
	return i
}
