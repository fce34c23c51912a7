package rds

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsrds "github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
)

type automatedAPI interface {
	awsrds.DescribeDBInstancesAPIClient
	awsrds.DescribeDBInstanceAutomatedBackupsAPIClient
}

// Automated are automated backups of DB instances, in an account and region.
type Automated struct {
	api    automatedAPI
	region string
}

// NewAutomated makes an adapter. It makes no call.
func NewAutomated(cfg aws.Config) Automated { return Automated{awsrds.NewFromConfig(cfg), cfg.Region} }

// Instance by its name; false: there is none. Errors are *seen.Unread.
func (a Automated) Instance(ctx context.Context, name string) (seen.Instance, bool, error) {
	out, err := a.api.DescribeDBInstances(ctx, &awsrds.DescribeDBInstancesInput{DBInstanceIdentifier: &name})
	if awsconfig.Code(err) == "DBInstanceNotFound" || err == nil && len(out.DBInstances) == 0 {
		return seen.Instance{}, false, nil
	}
	if err != nil {
		return seen.Instance{}, false, seen.Cannot(err, "instance "+name, "rds:DescribeDBInstances on it")
	}
	of := out.DBInstances[0] // a name is that of one
	i := seen.Instance{
		ARN: aws.ToString(of.DBInstanceArn), ResourceID: aws.ToString(of.DbiResourceId), Status: aws.ToString(of.DBInstanceStatus),
		Retention: inDays(of.BackupRetentionPeriod), BackupWindow: aws.ToString(of.PreferredBackupWindow), MaintenanceWindow: aws.ToString(of.PreferredMaintenanceWindow),
		Key: aws.ToString(of.KmsKeyId), Tags: map[string]string{},
	}
	if of.LatestRestorableTime != nil {
		i.Latest = of.LatestRestorableTime.UTC()
	}
	for _, t := range of.TagList {
		i.Tags[aws.ToString(t.Key)] = aws.ToString(t.Value)
	}
	return i, true, nil
}

// Replication into this region of the automated backups of an instance of another,
// by its ARN and resource id; false: there is none. Errors are *seen.Unread.
func (a Automated) Replication(ctx context.Context, arn, resourceID string) (seen.Replication, bool, error) {
	pages := awsrds.NewDescribeDBInstanceAutomatedBackupsPaginator(a.api, &awsrds.DescribeDBInstanceAutomatedBackupsInput{
		Filters: []types.Filter{{Name: aws.String("dbi-resource-id"), Values: []string{resourceID}}},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return seen.Replication{}, false, seen.Cannot(err, "automated backups in "+a.region, "rds:DescribeDBInstanceAutomatedBackups on it")
		}
		for _, b := range page.DBInstanceAutomatedBackups {
			if aws.ToString(b.DBInstanceArn) != arn || aws.ToString(b.Region) == a.region {
				continue // one that an instance of this region has itself
			}
			r := seen.Replication{ARN: aws.ToString(b.DBInstanceAutomatedBackupsArn), Status: aws.ToString(b.Status), Retention: inDays(b.BackupRetentionPeriod)}
			if b.RestoreWindow != nil && b.RestoreWindow.LatestTime != nil {
				r.Latest = b.RestoreWindow.LatestTime.UTC()
			}
			return r, true, nil
		}
	}
	return seen.Replication{}, false, nil
}

func inDays(n *int32) time.Duration { return time.Duration(aws.ToInt32(n)) * 24 * time.Hour }
