package rds

import (
	"context"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	awsrds "github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Types of snapshots that one call each lists. Without a type the call answers
// automated and manual ones only:
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBSnapshots.html
var snapshotTypes = []string{"", "awsbackup", "shared"}

// snapshots are those of the source in the region, of every type. resource is
// the source's DbiResourceId where it is known; then RDS filters by it, and once
// more by the name, for those of instances that had it before.
// Without it everything in the region is listed, since a filter by instance
// wants an instance of that name in the same region, and the copy of a
// snapshot need not carry the resource id of its origin.
func (a *Adapter) snapshots(ctx context.Context, look search, region, resource string) ([]candidate, error) {
	if resource == "" {
		return a.snapshotsWhere(ctx, look, region, look.named(region))
	}
	own, err := a.snapshotsWhere(ctx, look, region, look.of(resource), types.Filter{Name: aws.String("dbi-resource-id"), Values: []string{resource}})
	if err != nil {
		return nil, err
	}
	before, err := a.snapshotsWhere(ctx, look, region, look.before(region, resource), byInstance(look.source.Instance)...)
	return append(own, before...), err
}

func (a *Adapter) snapshotsWhere(ctx context.Context, look search, region string, wanted func(types.DBSnapshot) bool, filters ...types.Filter) ([]candidate, error) {
	var found []candidate
	for _, kind := range snapshotTypes {
		in := &awsrds.DescribeDBSnapshotsInput{Filters: filters}
		if kind != "" {
			in.SnapshotType = aws.String(kind)
		}
		pages := awsrds.NewDescribeDBSnapshotsPaginator(a.in(region).rds, in)
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, named(drill.NoUsableBackup, err, "listing the snapshots in %s", region)
			}
			for _, s := range page.DBSnapshots {
				if wanted(s) {
					found = append(found, look.fromSnapshot(s, region))
				}
			}
		}
	}
	return found, nil
}

// of tells whether a snapshot is of the instance, whatever name it had then.
func (l search) of(resource string) func(types.DBSnapshot) bool {
	return func(s types.DBSnapshot) bool { return aws.ToString(s.DbiResourceId) == resource }
}

// before tells whether a snapshot is of another instance that had the name, or
// does not say of which.
func (l search) before(region, resource string) func(types.DBSnapshot) bool {
	return func(s types.DBSnapshot) bool {
		return aws.ToString(s.DbiResourceId) != resource && l.isNamed(s, region)
	}
}

func (l search) named(region string) func(types.DBSnapshot) bool {
	return func(s types.DBSnapshot) bool { return l.isNamed(s, region) }
}

// isNamed tells whether a snapshot is of what has, or had, the source's name. A
// name is not enough: the recovery region may have an instance of the same name,
// and any account can share a snapshot that looks like ours.
func (l search) isNamed(s types.DBSnapshot, region string) bool {
	return strings.EqualFold(aws.ToString(s.DBInstanceIdentifier), l.source.Instance) &&
		l.fromPrimaryRegion(s, region) && l.fromOwner(s)
}

func (l search) fromPrimaryRegion(s types.DBSnapshot, region string) bool {
	origin, sourceRegion := originOf(s).Region, aws.ToString(s.SourceRegion)
	primary := l.source.PrimaryRegion
	if origin == primary || sourceRegion == primary || regionOfZone(aws.ToString(s.AvailabilityZone)) == primary {
		return true
	}
	return region == primary && origin == "" && sourceRegion == ""
}

func (l search) fromOwner(s types.DBSnapshot) bool {
	holder, origin := parse(aws.ToString(s.DBSnapshotArn)).AccountID, originOf(s).AccountID
	switch holder {
	case l.owner:
		return true
	case l.caller: // a copy, by hand or by AWS Backup, maybe by way of a third account
		return origin != "" && origin != l.caller
	}
	return origin == l.owner
}

func (l search) fromSnapshot(s types.DBSnapshot, region string) candidate {
	id := aws.ToString(s.DBSnapshotArn)
	holder := parse(id)
	c := candidate{
		RecoveryPoint: drill.RecoveryPoint{
			ID: id, Location: region,
			SizeBytes: aws.ToInt64(s.FullSnapshotSizeInBytes), ServerVersion: aws.ToString(s.EngineVersion),
			Says: drill.Identity{SystemIdentifier: aws.ToString(s.DbiResourceId)},
		},
		account: holder.AccountID, status: aws.ToString(s.Status), engine: aws.ToString(s.Engine), resource: aws.ToString(s.DbiResourceId),
		encrypted: aws.ToBool(s.Encrypted), key: aws.ToString(s.KmsKeyId),
		of: origin{allocatedGiB: int64(aws.ToInt32(s.AllocatedStorage)), storage: aws.ToString(s.StorageType), options: aws.ToString(s.OptionGroupName)},
	}
	origin := originOf(s)
	copied := origin.Region != "" && (origin.Region != region || origin.AccountID != holder.AccountID) ||
		s.SourceRegion != nil && *s.SourceRegion != region
	c.Kind, c.Origin = kindManual, drill.OriginManual
	switch aws.ToString(s.SnapshotType) {
	case "automated":
		c.Kind, c.Origin = kindAutomated, drill.OriginAutomated
	case "awsbackup":
		c.Kind, c.Origin = kindAWSBackup, drill.OriginAWSBackup
	case "shared":
		c.Kind, c.Origin = kindShared, drill.OriginShared
	}
	switch {
	case holder.AccountID != l.caller:
		c.Kind, c.Origin = kindShared, drill.OriginShared
	case copied && c.Origin != drill.OriginShared:
		c.Kind, c.Copied = kindCopy, true
	}
	c.TakenAt, c.TimeSource = takenAt(s, copied)
	if c.TakenAt.IsZero() && s.SnapshotCreateTime != nil {
		// Nothing in it is newer than that: enough to tell whether it is newer
		// than the chosen one, not enough to restore from it.
		c.TakenAt, c.TimeSource = s.SnapshotCreateTime.UTC(), "SnapshotCreateTime of the copy"
		c.untimed = true
	}
	if (c.TakenAt.IsZero() || c.untimed) && c.status == "available" {
		c.why = fmt.Sprintf("snapshot %s does not say of when its data are", id)
		c.Hint = "a copy carries its original's time only in newer versions of RDS: make a new copy"
	}
	return c
}

// takenAt is the time of the newest transaction in a snapshot, else of its
// original. SnapshotCreateTime is that of the copying where it is a copy, and
// would make old data look fresh.
func takenAt(s types.DBSnapshot, copied bool) (time.Time, string) {
	switch {
	case s.SnapshotDatabaseTime != nil:
		return s.SnapshotDatabaseTime.UTC(), "SnapshotDatabaseTime"
	case s.OriginalSnapshotCreateTime != nil:
		return s.OriginalSnapshotCreateTime.UTC(), "OriginalSnapshotCreateTime"
	case s.SnapshotCreateTime != nil && !copied && s.SourceDBSnapshotIdentifier == nil:
		return s.SnapshotCreateTime.UTC(), "SnapshotCreateTime"
	}
	return time.Time{}, ""
}

// originOf is the ARN of the snapshot that this one was copied from.
func originOf(s types.DBSnapshot) arn.ARN { return parse(aws.ToString(s.SourceDBSnapshotIdentifier)) }

var zone = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]+`)

// regionOfZone: eu-west-1a and us-west-2-lax-1a are in eu-west-1 and us-west-2.
func regionOfZone(name string) string { return zone.FindString(name) }
