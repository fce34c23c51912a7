package rds

import (
	"errors"
	"fmt"
	"slices"

	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// is tells whether AWS answered with one of the codes.
func is(err error, codes ...string) bool {
	return err != nil && slices.Contains(codes, awsconfig.Code(err))
}

// unanswered tells whether a call may have taken effect although it failed: no
// answer came, or none that could be read, or a failure of the server itself.
func unanswered(err error) bool {
	var invalid smithy.InvalidParamsError
	var unsent *smithy.SerializationError
	var unsigned *v4.SigningError
	if errors.As(err, &invalid) || errors.As(err, &unsent) || errors.As(err, &unsigned) {
		return false
	}
	return awsconfig.Code(err) == "" || drill.NameOf(awsconfig.Named(err, drill.Unexpected, "", "")) == drill.Transient
}

// named gives an error of AWS the name that the machine retries or catches:
// Throttled, Transient, QuotaReached, NoCapacity, or else the one given; and the hint of
// its code.
func named(name drill.ErrorName, err error, format string, args ...any) error {
	switch {
	case is(err, "InvalidDBInstanceState", "DBInstanceNotReady"):
		name = drill.Transient
	case is(err, "InsufficientDBInstanceCapacity"):
		name = drill.NoCapacity
	case is(err, "InstanceQuotaExceeded", "StorageQuotaExceeded"):
		name = drill.QuotaReached
	}
	return awsconfig.Named(err, name, fmt.Sprintf(format, args...), hints[awsconfig.Code(err)])
}

// hints per error code: what an operator can do. Those that the same call
// would meet again are here; see "Errors" of
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_RestoreDBInstanceFromDBSnapshot.html
var hints = map[string]string{
	"AccessDenied":                         "the policy of the calling role lacks a permission, or another policy denies it: the message names the action",
	"AccessDeniedException":                "the policy of the calling role lacks a permission, or another policy denies it: the message names the action",
	"ExpiredToken":                         "the caller's credentials have expired: log in again",
	"InstanceQuotaExceeded":                "raise the quota \"DB instances\" (rds, L-7B6409FD) of the region, or remove instances that nobody needs: Aurora, Neptune and DocumentDB count too",
	"StorageQuotaExceeded":                 "raise the quota \"Total storage for all DB instances\" (rds, L-7ADDB58A) of the region",
	"InsufficientDBInstanceCapacity":       noCapacityHint,
	"InsufficientAvailableIPsInSubnet":     "the subnets of the copy's subnet group have no free address: add one, or remove what nobody needs",
	"KMSKeyNotAccessibleFault":             "the key of the recovery point must be enabled, and both its policy and the calling role must allow kms:DescribeKey, kms:Decrypt and kms:CreateGrant (with kms:GrantIsForAWSResource, via rds)",
	"DBSubnetGroupDoesNotCoverEnoughAZs":   "the subnet group of the copy needs subnets in at least two zones that offer this instance class: see regions.zones",
	"DBSubnetGroupNotFoundFault":           "the subnet group of the copy does not exist in the region of the restore: lifeboat's deployment makes one there",
	"InvalidVPCNetworkStateFault":          "the subnets and the security groups of the copy must be of one VPC and must exist",
	"InvalidSubnet":                        "a subnet of the copy's subnet group is gone: make the group anew",
	"DBParameterGroupNotFound":             "the parameter group of the copy does not exist in the region of the restore: make it there, with the source's parameters",
	"OptionGroupNotFoundFault":             "the option group of the copy does not exist in the region of the restore: make it there, with the source's options",
	"DBSnapshotNotFound":                   "the snapshot was deleted after it was chosen: start the drill again",
	"DBInstanceAutomatedBackupNotFound":    "the automated backup was removed after it was chosen: start the drill again",
	"InvalidDBSnapshotState":               "the snapshot is not available any more: see its state in the console, and start the drill again",
	"PointInTimeRestoreNotEnabled":         "the source keeps no transaction logs: give it a backup retention of at least a day",
	"InvalidRestoreFault":                  "RDS cannot restore from this point: the moment may lie outside the window; start the drill again",
	"StorageTypeNotSupported":              "the storage type of the backup is not offered for this instance class or region: name another drill.instanceClass",
	"ProvisionedIopsNotAvailableInAZFault": "the storage of the backup is not offered in the zones of the copy's subnet group: name others (regions.zones)",
	"InvalidParameterCombination":          "the instance class, the engine version and the region of the copy do not go together: the message says which",
	"InvalidParameterValue":                "AWS refuses one of the values of the plan: the message says which",
	"InvalidDBInstanceState":               "the instance is busy with something else at the moment",
}

// noCapacityHint: AWS's guide names another class and other zones. The call names
// no zone: the subnet group of the copy says which may be taken.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Troubleshooting.html
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/capacity-reservations.using.html
const noCapacityHint = "AWS has no instance of this class free at the moment, and would have none in a disaster either: name another drill.instanceClass, or more zones (regions.zones); only a reservation of capacity is sure"

// sourceBusyHint names snapshots only where the plan would take them.
func sourceBusyHint(s target) string {
	hint := "the source is being backed up or changed, and AWS restores from its logs only once it is available: look at its state; " +
		"drill outside of its backup and maintenance windows, or "
	if s.From == drill.FromPITR {
		return hint + "let the plan take snapshots too (it says from: pitr)"
	}
	return hint + "keep snapshots that meet the RPO, which are taken instead"
}
