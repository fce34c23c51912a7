package rds

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsrds "github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// origin is what a restore needs to know of its recovery point, looked up
// anew: the choice is a while ago, and only an id is passed on.
type origin struct {
	engine, version string
	allocatedGiB    int64
	encrypted       bool
	key             string // ARN; "" for a key that AWS owns
	lifecycle       string // EngineLifecycleSupport of the source; "" where it is not known
	class           string // of the source; "" where it is not known
	storage         string // its storage type; "" where the point does not say
	options         string // the option group that the point was made with; "" where it does not say
	sourceOptions   string // that of the source, where the source itself is asked; else ""

	snapshot string // identifier or ARN, as the restore call wants it
	// Exactly one of these is set for a point in time, with its moment.
	instance, resource, backup string
	at                         time.Time
}

// origin finds the recovery point again. Errors: RestoreRefused where it is
// gone, Throttled, Transient.
func (a *Adapter) origin(ctx context.Context, s target, point drill.RecoveryPoint) (origin, error) {
	var o origin
	var err error
	if point.Origin.PointInTime() {
		o, err = a.logOrigin(ctx, s, point)
	} else {
		o, err = a.snapshotOrigin(ctx, s, point)
	}
	if err != nil {
		return origin{}, named(drill.RestoreRefused, err, "looking at recovery point %s", point.ID)
	}
	if engines[o.engine] == "" {
		return origin{}, &drill.Error{Name: drill.RestoreRefused, What: fmt.Sprintf("recovery point %s is of engine %q", point.ID, o.engine), Hint: supportedEngines}
	}
	return o, nil
}

// listedAs are the types that the call must name; what has none is in its
// default.
var listedAs = map[drill.Origin]string{
	drill.OriginAutomated: "automated", drill.OriginAWSBackup: "awsbackup", drill.OriginShared: "shared",
}

func (a *Adapter) snapshotOrigin(ctx context.Context, s target, point drill.RecoveryPoint) (origin, error) {
	_, name, _ := strings.Cut(parse(point.ID).Resource, "snapshot:")
	in := &awsrds.DescribeDBSnapshotsInput{DBSnapshotIdentifier: aws.String(cmp.Or(name, point.ID))}
	// "If this identifier is for an automated snapshot, the SnapshotType
	// parameter must also be specified"; and one that is shared goes by ARN.
	if kind := listedAs[point.Origin]; kind != "" {
		in.SnapshotType = &kind
	}
	if point.Origin == drill.OriginShared {
		in.DBSnapshotIdentifier = &point.ID
	}
	out, err := a.in(s.Region()).rds.DescribeDBSnapshots(ctx, in)
	if err != nil {
		return origin{}, err
	}
	if len(out.DBSnapshots) != 1 {
		return origin{}, &types.DBSnapshotNotFoundFault{Message: aws.String(fmt.Sprintf("%d snapshots %s", len(out.DBSnapshots), *in.DBSnapshotIdentifier))}
	}
	found := out.DBSnapshots[0]
	o := origin{
		engine: aws.ToString(found.Engine), version: aws.ToString(found.EngineVersion), allocatedGiB: int64(aws.ToInt32(found.AllocatedStorage)),
		encrypted: aws.ToBool(found.Encrypted), key: aws.ToString(found.KmsKeyId), snapshot: *in.DBSnapshotIdentifier,
		storage: aws.ToString(found.StorageType), options: aws.ToString(found.OptionGroupName),
	}
	if owner, caller := a.accounts(s); s.Region() == s.PrimaryRegion && owner == caller {
		// Only to learn the source's lifecycle setting: it may well be gone.
		instance, err := a.instance(ctx, s.Region(), s.Instance)
		if err != nil && !is(err, "DBInstanceNotFound") {
			return origin{}, err
		}
		if err == nil {
			o.lifecycle, o.class = aws.ToString(instance.EngineLifecycleSupport), aws.ToString(instance.DBInstanceClass)
		}
	}
	return o, nil
}

func (a *Adapter) logOrigin(ctx context.Context, s target, point drill.RecoveryPoint) (origin, error) {
	id, at, err := splitPointInTime(point.ID)
	if err != nil {
		return origin{}, &drill.Error{Name: drill.RestoreRefused, What: "the recovery point is not understood", Err: err}
	}
	if point.Origin == drill.OriginPITR {
		_, name, _ := strings.Cut(parse(id).Resource, "db:")
		instance, err := a.instance(ctx, s.Region(), name)
		if err != nil {
			return origin{}, err
		}
		return origin{
			engine: aws.ToString(instance.Engine), version: aws.ToString(instance.EngineVersion), allocatedGiB: int64(aws.ToInt32(instance.AllocatedStorage)),
			encrypted: aws.ToBool(instance.StorageEncrypted), key: aws.ToString(instance.KmsKeyId),
			lifecycle: aws.ToString(instance.EngineLifecycleSupport), class: aws.ToString(instance.DBInstanceClass),
			storage: aws.ToString(instance.StorageType), options: optionsOf(*instance), instance: name, at: at,
		}, nil
	}
	out, err := a.in(s.Region()).rds.DescribeDBInstanceAutomatedBackups(ctx, &awsrds.DescribeDBInstanceAutomatedBackupsInput{DBInstanceAutomatedBackupsArn: &id})
	if err != nil {
		return origin{}, err
	}
	if len(out.DBInstanceAutomatedBackups) != 1 {
		return origin{}, &types.DBInstanceAutomatedBackupNotFoundFault{Message: aws.String(fmt.Sprintf("%d automated backups %s", len(out.DBInstanceAutomatedBackups), id))}
	}
	backup := out.DBInstanceAutomatedBackups[0]
	o := origin{
		engine: aws.ToString(backup.Engine), version: aws.ToString(backup.EngineVersion), allocatedGiB: int64(aws.ToInt32(backup.AllocatedStorage)),
		encrypted: aws.ToBool(backup.Encrypted), key: aws.ToString(backup.KmsKeyId), at: at,
		storage: aws.ToString(backup.StorageType), options: aws.ToString(backup.OptionGroupName),
	}
	if point.Origin == drill.OriginReplicated {
		o.backup = id
	} else {
		o.resource = aws.ToString(backup.DbiResourceId) // the instance itself is gone
	}
	return o, nil
}
