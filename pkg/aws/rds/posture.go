package rds

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// assertPosture looks whether the copy is isolated and set up as it was asked
// for: after the restore, and after every change. No IAM condition exists for
// security groups, and PubliclyAccessible is not one of ModifyDBInstance, so
// only looking tells. The error, RestoreFailed, names everything that is wrong.
func assertPosture(i types.DBInstance, run drill.Run, s target) error {
	var wrong []string
	for _, look := range []func(types.DBInstance, drill.Run, target) string{
		wrongOwner, public, wrongSubnets, wrongSecurityGroups, backedUp, protected, wrongKey, wrongIAM,
	} {
		if w := look(i, run, s); w != "" {
			wrong = append(wrong, w)
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	return &drill.Error{
		Name: drill.RestoreFailed,
		What: fmt.Sprintf("instance %s is not as it was asked for: %s", run.Throwaway, strings.Join(wrong, "; ")),
		Hint: "it holds a copy of the data, so the drill ends here and removes it; CloudTrail says who changed it (ModifyDBInstance, AddTagsToResource)",
	}
}

func wrongOwner(i types.DBInstance, run drill.Run, _ target) string {
	if ours(i, run) {
		return ""
	}
	return "it does not carry the tags of this execution"
}

func public(i types.DBInstance, _ drill.Run, _ target) string {
	if i.PubliclyAccessible != nil && !*i.PubliclyAccessible {
		return ""
	}
	return "it is publicly accessible"
}

func wrongSubnets(i types.DBInstance, _ drill.Run, s target) string {
	name := "none"
	if i.DBSubnetGroup != nil {
		name = aws.ToString(i.DBSubnetGroup.DBSubnetGroupName)
	}
	if strings.EqualFold(name, s.SubnetGroup) { // RDS stores it in lower case
		return ""
	}
	return fmt.Sprintf("its subnet group is %s instead of %s", name, s.SubnetGroup)
}

// wrongSecurityGroups wants exactly those of the plan: one more opens a door,
// one less closes that of the checks.
func wrongSecurityGroups(i types.DBInstance, _ drill.Run, s target) string {
	var has []string
	for _, g := range i.VpcSecurityGroups {
		has = append(has, aws.ToString(g.VpcSecurityGroupId))
	}
	wanted := slices.Sorted(slices.Values(s.SecurityGroups))
	slices.Sort(has)
	if slices.Equal(slices.Compact(has), slices.Compact(wanted)) {
		return ""
	}
	return fmt.Sprintf("its security groups are [%s] instead of [%s]", strings.Join(has, " "), strings.Join(wanted, " "))
}

func backedUp(i types.DBInstance, _ drill.Run, _ target) string {
	if days := aws.ToInt32(i.BackupRetentionPeriod); days != 0 {
		return fmt.Sprintf("it is backed up (retention %d days)", days)
	}
	if p := i.PendingModifiedValues; p != nil && aws.ToInt32(p.BackupRetentionPeriod) != 0 {
		return fmt.Sprintf("it is about to be backed up (retention %d days)", *p.BackupRetentionPeriod)
	}
	return ""
}

func protected(i types.DBInstance, _ drill.Run, _ target) string {
	if aws.ToBool(i.DeletionProtection) {
		return "it is protected against deletion"
	}
	return ""
}

// wrongKey compares with what was found at the recovery point and noted in a
// tag; see tagsOf.
func wrongKey(i types.DBInstance, _ drill.Run, _ target) string {
	wanted, has := tag(i.TagList, deployed.TagKey), keyNone
	if aws.ToBool(i.StorageEncrypted) {
		has = cmp.Or(aws.ToString(i.KmsKeyId), keyAWSOwned)
	}
	if i.StorageEncryptionType == types.StorageEncryptionTypeSse {
		has = keyAWSOwned
	}
	var fits bool
	switch wanted {
	case "":
	case keyNone, keyAWSOwned: // RDS may encrypt by itself what was not
		fits = has == wanted || has == keyAWSOwned
	default:
		fits = has != keyNone && has != keyAWSOwned && sameKey(has, wanted)
	}
	if fits {
		return ""
	}
	return fmt.Sprintf("it is encrypted with %s, and its recovery point with %s", has, cmp.Or(wanted, "an unknown key (the tag "+deployed.TagKey+" is gone)"))
}

func wrongIAM(i types.DBInstance, _ drill.Run, s target) string {
	wanted := s.Login == drill.LoginIAM
	if aws.ToBool(i.IAMDatabaseAuthenticationEnabled) == wanted {
		return ""
	}
	return fmt.Sprintf("IAM authentication is %t instead of %t", !wanted, wanted)
}
