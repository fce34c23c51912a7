package rds

import (
	"context"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsrds "github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

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
	instance, err := a.instance(ctx, s.Region(), run.Throwaway)
	if err == nil {
		return []drill.Resource{resourceOf(*instance)}, nil
	}
	if !is(err, "DBInstanceNotFound") {
		return nil, named(drill.CleanupFailed, err, "looking for instance %s in %s", run.Throwaway, s.Region())
	}
	backups, err := a.leftBackups(ctx, s.Region(), run.Throwaway)
	if err != nil {
		return nil, err
	}
	snapshots, err := a.leftSnapshots(ctx, s.Region(), run.Throwaway)
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

// Throwaway is a copy that some execution of the deployment made, as a sweeper
// needs to know it: Remove takes a run with its name and its execution.
type Throwaway struct {
	Resource    drill.Resource
	Deployment  string
	ExecutionID string
	RunID       string
	Status      string // RDS's own word
	// Age since it was asked for; zero where nobody knows, which is no age to
	// delete by.
	Age time.Duration
}

// List finds every copy of the deployment in the region: what has both its
// name and its tag.
func (a *Adapter) List(ctx context.Context, region, deployment string) ([]Throwaway, error) {
	var found []Throwaway
	now := a.options.Clock.Now()
	pages := awsrds.NewDescribeDBInstancesPaginator(a.in(region).rds, &awsrds.DescribeDBInstancesInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, named(drill.CleanupFailed, err, "listing the instances in %s", region)
		}
		for _, i := range page.DBInstances {
			if !drill.IsThrowawayName(deployment, aws.ToString(i.DBInstanceIdentifier)) || tag(i.TagList, tagDeployment) != deployment {
				continue
			}
			t := Throwaway{
				Resource: resourceOf(i), Deployment: deployment, ExecutionID: tag(i.TagList, tagExecution), RunID: tag(i.TagList, tagRun),
				Status: aws.ToString(i.DBInstanceStatus),
			}
			if at := t.Resource.CreatedAt; !at.IsZero() {
				t.Age = now.Sub(at)
			}
			found = append(found, t)
		}
	}
	return found, nil
}

// Run is what Remove needs to remove it.
func (t Throwaway) Run() drill.Run {
	return drill.Run{ID: t.RunID, ExecutionID: t.ExecutionID, Deployment: t.Deployment, Throwaway: t.Resource.ID}
}
