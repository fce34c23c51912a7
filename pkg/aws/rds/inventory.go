package rds

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsrds "github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Kinds of what Remaining may find besides the copy itself.
const (
	snapshotKind        = "rds-snapshot"
	automatedBackupKind = "rds-automated-backup"
)

// Remaining lists what exists under the run's name: the instance, in whatever
// state and whoever's, or what its deletion may have left behind: snapshots
// and retained automated backups. Those carry no tags of ours, so nothing here
// deletes them; a person does. Empty is the proof that all is gone.
func (a *Adapter) Remaining(ctx context.Context, run drill.Run, spec drill.Spec) ([]drill.Resource, error) {
	s, err := source(spec)
	if err != nil {
		return nil, err
	}
	return a.remaining(ctx, run, s.Region())
}

func (a *Adapter) remaining(ctx context.Context, run drill.Run, region string) ([]drill.Resource, error) {
	instance, err := a.instance(ctx, region, run.Throwaway)
	if err == nil {
		return []drill.Resource{resourceOf(*instance)}, nil
	}
	if !is(err, "DBInstanceNotFound") {
		return nil, named(drill.CleanupFailed, err, "looking for instance %s in %s", run.Throwaway, region)
	}
	backups, err := a.leftBackups(ctx, region, run.Throwaway)
	if err != nil {
		return nil, err
	}
	snapshots, err := a.leftSnapshots(ctx, region, run.Throwaway)
	if err != nil {
		return nil, err
	}
	return append(backups, snapshots...), nil
}

func byInstance(name string) []types.Filter {
	return []types.Filter{{Name: aws.String("db-instance-id"), Values: []string{name}}}
}

func (a *Adapter) leftBackups(ctx context.Context, region, name string) ([]drill.Resource, error) {
	var left []drill.Resource
	pages := awsrds.NewDescribeDBInstanceAutomatedBackupsPaginator(a.in(region).rds, &awsrds.DescribeDBInstanceAutomatedBackupsInput{Filters: byInstance(name)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if is(err, "DBInstanceAutomatedBackupNotFound", "DBInstanceNotFound") {
			return left, nil
		}
		if err != nil {
			return nil, named(drill.CleanupFailed, err, "looking for automated backups of %s in %s", name, region)
		}
		for _, b := range page.DBInstanceAutomatedBackups {
			if strings.EqualFold(aws.ToString(b.DBInstanceIdentifier), name) {
				left = append(left, drill.Resource{Kind: automatedBackupKind, ID: aws.ToString(b.DbiResourceId), Detail: aws.ToString(b.DBInstanceAutomatedBackupsArn)})
			}
		}
	}
	return left, nil
}

func (a *Adapter) leftSnapshots(ctx context.Context, region, name string) ([]drill.Resource, error) {
	var left []drill.Resource
	for _, kind := range []*string{nil, aws.String("awsbackup")} {
		pages := awsrds.NewDescribeDBSnapshotsPaginator(a.in(region).rds, &awsrds.DescribeDBSnapshotsInput{SnapshotType: kind, Filters: byInstance(name)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if is(err, "DBSnapshotNotFound", "DBInstanceNotFound") {
				break
			}
			if err != nil {
				return nil, named(drill.CleanupFailed, err, "looking for snapshots of %s in %s", name, region)
			}
			for _, s := range page.DBSnapshots {
				if strings.EqualFold(aws.ToString(s.DBInstanceIdentifier), name) {
					left = append(left, drill.Resource{Kind: snapshotKind, ID: aws.ToString(s.DBSnapshotIdentifier), Detail: aws.ToString(s.DBSnapshotArn), CreatedAt: aws.ToTime(s.SnapshotCreateTime)})
				}
			}
		}
	}
	return left, nil
}

// List finds every copy of the deployment in the region: what has both its
// name and its tag.
func (a *Adapter) List(ctx context.Context, region, deployment string) ([]drill.Throwaway, error) {
	var found []drill.Throwaway
	now := a.options.Clock.Now()
	pages := awsrds.NewDescribeDBInstancesPaginator(a.in(region).rds, &awsrds.DescribeDBInstancesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, named(drill.CleanupFailed, err, "listing the instances in %s", region)
		}
		for _, i := range page.DBInstances {
			if !drill.IsThrowawayName(deployment, aws.ToString(i.DBInstanceIdentifier)) || tag(i.TagList, deployed.TagDeployment) != deployment ||
				tag(i.TagList, deployed.TagPurpose) == deployed.PurposeRecovered {
				continue
			}
			t := drill.Throwaway{
				Copy: drill.Copy{resourceOf(i)}, Deployment: deployment, ExecutionID: tag(i.TagList, deployed.TagExecution), RunID: tag(i.TagList, deployed.TagRun),
				Status: aws.ToString(i.DBInstanceStatus),
			}
			if at := t.Copy.First().CreatedAt; !at.IsZero() {
				t.Age = now.Sub(at)
			}
			found = append(found, t)
		}
	}
	return found, nil
}

// Sweep asks for the removal of a part of one of those that List found; see
// Remove.
func (a *Adapter) Sweep(ctx context.Context, region string, t drill.Throwaway, part drill.Resource) error {
	return a.remove(ctx, t.Run(), region, part)
}
