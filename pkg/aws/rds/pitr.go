package rds

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsrds "github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// pointsInTime are the moments that the source can be restored to from what
// lies in the region, and its resource id where the source itself is there.
//
// Where the source lives, it says so itself, and what was retained of others
// that had its name is listed beside it; where it is gone, its own automated
// backups may have been retained. In any other region only the automated
// backups that are replicated to it count:
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReplicateBackups.html
func (a *Adapter) pointsInTime(ctx context.Context, look search, region string) ([]candidate, string, error) {
	if region == look.source.PrimaryRegion && look.owner == look.caller {
		instance, err := a.instance(ctx, region, look.source.Instance)
		if err != nil && !is(err, "DBInstanceNotFound") {
			return nil, "", named(drill.NoUsableBackup, err, "looking at instance %s in %s", look.source.Instance, region)
		}
		if err == nil {
			if e := member(*instance); e != nil {
				return nil, "", e
			}
			resource := aws.ToString(instance.DbiResourceId)
			before, err := a.leftBehind(ctx, look, region, resource)
			return append(before, fromInstance(*instance, region)), resource, err
		}
	}
	found, err := a.automatedBackups(ctx, look, region, func(types.DBInstanceAutomatedBackup) bool { return true })
	return found, "", err
}

// instance describes one; the error may be DBInstanceNotFound.
func (a *Adapter) instance(ctx context.Context, region, name string) (*types.DBInstance, error) {
	out, err := a.in(region).rds.DescribeDBInstances(ctx, &awsrds.DescribeDBInstancesInput{DBInstanceIdentifier: &name})
	if err != nil {
		return nil, err
	}
	if len(out.DBInstances) != 1 {
		return nil, &types.DBInstanceNotFoundFault{Message: aws.String(fmt.Sprintf("%d instances %s", len(out.DBInstances), name))}
	}
	return &out.DBInstances[0], nil
}

func fromInstance(i types.DBInstance, region string) candidate {
	id := aws.ToString(i.DBInstanceArn)
	c := candidate{
		RecoveryPoint: drill.RecoveryPoint{
			ID: id, Kind: kindPITR, Origin: drill.OriginPITR, TimeSource: "LatestRestorableTime", Location: region,
			ServerVersion: aws.ToString(i.EngineVersion), Says: drill.Identity{SystemIdentifier: aws.ToString(i.DbiResourceId)},
		},
		account: parse(id).AccountID, status: "available", engine: aws.ToString(i.Engine),
		resource: aws.ToString(i.DbiResourceId), made: aws.ToTime(i.InstanceCreateTime),
		encrypted: aws.ToBool(i.StorageEncrypted), key: aws.ToString(i.KmsKeyId),
		of: origin{allocatedGiB: int64(aws.ToInt32(i.AllocatedStorage)), storage: aws.ToString(i.StorageType), options: optionsOf(i)},
	}
	if i.LatestRestorableTime == nil && aws.ToInt32(i.BackupRetentionPeriod) > 0 {
		c.status = "creating"
		c.why = fmt.Sprintf("instance %s has no point in time to restore to yet: its first backup is still being made", aws.ToString(i.DBInstanceIdentifier))
		c.Hint = "wait for the first backup of the instance"
		return c
	}
	if i.LatestRestorableTime == nil {
		c.none = aws.ToInt32(i.BackupRetentionPeriod) == 0
		c.why = fmt.Sprintf("instance %s keeps no transaction logs (backup retention %d days), so there is no point in time to restore to",
			aws.ToString(i.DBInstanceIdentifier), aws.ToInt32(i.BackupRetentionPeriod))
		c.Hint = fmt.Sprintf("aws rds modify-db-instance --db-instance-identifier %s --backup-retention-period 7 --apply-immediately --region %s",
			aws.ToString(i.DBInstanceIdentifier), region)
		return c
	}
	c.TakenAt = wholeSecond(*i.LatestRestorableTime)
	c.ID = pointInTime(id, c.TakenAt)
	return c
}

func fromBackup(b types.DBInstanceAutomatedBackup, region string) candidate {
	id := aws.ToString(b.DBInstanceAutomatedBackupsArn)
	c := candidate{
		RecoveryPoint: drill.RecoveryPoint{
			ID: id, Kind: kindReplicated, Origin: drill.OriginReplicated, TimeSource: "RestoreWindow.LatestTime", Location: region,
			ServerVersion: aws.ToString(b.EngineVersion), Says: drill.Identity{SystemIdentifier: aws.ToString(b.DbiResourceId)},
		},
		account: parse(id).AccountID, status: "available", engine: aws.ToString(b.Engine),
		resource: aws.ToString(b.DbiResourceId), made: aws.ToTime(b.InstanceCreateTime), retained: aws.ToString(b.Status) == retainedStatus,
		encrypted: aws.ToBool(b.Encrypted), key: aws.ToString(b.KmsKeyId),
		of: origin{allocatedGiB: int64(aws.ToInt32(b.AllocatedStorage)), storage: aws.ToString(b.StorageType), options: aws.ToString(b.OptionGroupName)},
	}
	if parse(aws.ToString(b.DBInstanceArn)).Region == region {
		c.Kind, c.Origin = kindPITR, drill.OriginRetained // kept after the instance was deleted
	}
	if b.RestoreWindow == nil || b.RestoreWindow.LatestTime == nil {
		c.why = fmt.Sprintf("automated backup %s has no restore window yet, its state is %q", id, aws.ToString(b.Status))
		c.Hint = "the first snapshot is still being made or copied: wait for it"
		c.status = aws.ToString(b.Status)
		return c
	}
	c.TakenAt = wholeSecond(*b.RestoreWindow.LatestTime)
	c.ID = pointInTime(id, c.TakenAt)
	return c
}

// wholeSecond rounds down: RDS takes whole seconds, and nothing later than it
// said.
func wholeSecond(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }
