package rds

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsrds "github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/protection"
)

// Native are the windows of the automated backups of the instances of a region, by
// their ARNs in lower case: of every one, also where it keeps none.
func (a *Adapter) Native(ctx context.Context, region string) (map[string]protection.Window, error) {
	found := map[string]protection.Window{}
	pages := awsrds.NewDescribeDBInstancesPaginator(a.in(region).rds, &awsrds.DescribeDBInstancesInput{MaxRecords: aws.Int32(pageSize)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, named(drill.Unexpected, err, "listing the instances in %s", region)
		}
		for _, i := range page.DBInstances {
			w := protection.Window{Retention: int(aws.ToInt32(i.BackupRetentionPeriod)), Status: aws.ToString(i.DBInstanceStatus)}
			if i.LatestRestorableTime != nil {
				w.Latest = wholeSecond(*i.LatestRestorableTime)
			}
			found[strings.ToLower(aws.ToString(i.DBInstanceArn))] = w
		}
	}
	return found, nil
}

// Replicated are the windows of the automated backups that are replicated into a
// region, by the ARNs of their instances in lower case. Of an instance that was made
// anew under its name the newest counts.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReplicateBackups.html
func (a *Adapter) Replicated(ctx context.Context, region string) (map[string]protection.Window, error) {
	found := map[string]protection.Window{}
	pages := awsrds.NewDescribeDBInstanceAutomatedBackupsPaginator(a.in(region).rds, &awsrds.DescribeDBInstanceAutomatedBackupsInput{MaxRecords: aws.Int32(pageSize)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, named(drill.Unexpected, err, "listing the automated backups in %s", region)
		}
		for _, b := range page.DBInstanceAutomatedBackups {
			of := aws.ToString(b.DBInstanceArn)
			if parse(of).Region == region || b.RestoreWindow == nil || b.RestoreWindow.LatestTime == nil {
				continue // its own, or nothing to restore from yet
			}
			w := protection.Window{Latest: wholeSecond(*b.RestoreWindow.LatestTime), Retention: int(aws.ToInt32(b.BackupRetentionPeriod)), Status: aws.ToString(b.Status)}
			if key := strings.ToLower(of); w.Latest.After(found[key].Latest) {
				found[key] = w
			}
		}
	}
	return found, nil
}
