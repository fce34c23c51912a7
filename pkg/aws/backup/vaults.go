package backup

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/backup"
	"github.com/aws/aws-sdk-go-v2/service/backup/types"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/policy"
	"github.com/lifeboat-dr/lifeboat/pkg/protection"
)

// Vault is how a vault really is; that there is none is no error.
func (a *Adapter) Vault(ctx context.Context, name string) (protection.Vault, error) {
	out, err := a.api.DescribeBackupVault(ctx, &backup.DescribeBackupVaultInput{BackupVaultName: &name})
	if awsconfig.Code(err) == "ResourceNotFoundException" {
		return protection.Vault{}, nil
	}
	if err != nil {
		return protection.Vault{}, named(err, "looking at vault "+name, "backup:DescribeBackupVault on it")
	}
	v := protection.Vault{
		ARN: aws.ToString(out.BackupVaultArn), There: true, AirGapped: out.VaultType == types.VaultTypeLogicallyAirGappedBackupVault,
		Made: utc(out.CreationDate), Locked: aws.ToBool(out.Locked), LockDate: utc(out.LockDate),
		Min: inDays(out.MinRetentionDays), Max: inDays(out.MaxRetentionDays), Key: aws.ToString(out.EncryptionKeyArn),
	}
	v.DeniesDeletion, v.Excepted, err = a.deniesDeletion(ctx, name)
	return v, err
}

// deletes are the calls by which a recovery point is lost before its time.
var deletes = []string{"backup:deleterecoverypoint", "backup:updaterecoverypointlifecycle"}

// deniesDeletion is whether the access policy of a vault keeps everybody from
// deleting what lies in it, and from having it expire sooner, and the principals that
// it leaves out. A statement with any other condition denies somebody only.
func (a *Adapter) deniesDeletion(ctx context.Context, name string) (denies bool, excepted []string, err error) {
	out, err := a.api.GetBackupVaultAccessPolicy(ctx, &backup.GetBackupVaultAccessPolicyInput{BackupVaultName: &name})
	if awsconfig.Code(err) == "ResourceNotFoundException" {
		return false, nil, nil // it has none
	}
	if err != nil {
		return false, nil, named(err, "reading the access policy of vault "+name, "backup:GetBackupVaultAccessPolicy on it")
	}
	statements, err := policy.Parse([]byte(aws.ToString(out.Policy)))
	if err != nil {
		return false, nil, named(err, "reading the access policy of vault "+name, "")
	}
	for _, call := range deletes {
		but, denied := denied(call, statements)
		if !denied {
			return false, nil, nil
		}
		for _, who := range but {
			if !slices.Contains(excepted, who) {
				excepted = append(excepted, who)
			}
		}
	}
	return true, excepted, nil
}

// denied tells whether a statement denies a call to everybody but some.
func denied(call string, statements []policy.Statement) (but []string, is bool) {
	wanted := []policy.Statement{{Deny: true, Principals: policy.Set{Items: []string{"*"}}, Actions: policy.Set{Items: []string{call}}, Resources: policy.Set{Items: []string{"*"}}}}
	for _, s := range statements {
		but, only := exceptions(s.Conditions)
		s.Conditions = nil
		if only && len(policy.Missing(wanted, []policy.Statement{s})) == 0 {
			return but, true
		}
	}
	return nil, false
}

// exceptions are the principals to which conditions do not apply; false: they are
// about something else.
func exceptions(conditions []policy.Condition) (but []string, only bool) {
	for _, c := range conditions {
		if c.Key != "aws:principalarn" || c.Operator != "ArnNotLike" && c.Operator != "ArnNotEquals" && c.Operator != "StringNotLike" && c.Operator != "StringNotEquals" {
			return nil, false
		}
		but = append(but, c.Values...)
	}
	return but, true
}

func inDays(n *int64) time.Duration { return time.Duration(aws.ToInt64(n)) * 24 * time.Hour }
