package backup

import (
	"context"
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
	v.DeniesDeletion, err = a.deniesDeletion(ctx, name)
	return v, err
}

// deletes are the calls by which a recovery point is lost before its time.
var deletes = []string{"backup:deleterecoverypoint"}

// deniesDeletion is whether the access policy of a vault keeps everybody from
// deleting what lies in it. A statement with a condition denies somebody only.
func (a *Adapter) deniesDeletion(ctx context.Context, name string) (bool, error) {
	out, err := a.api.GetBackupVaultAccessPolicy(ctx, &backup.GetBackupVaultAccessPolicyInput{BackupVaultName: &name})
	if awsconfig.Code(err) == "ResourceNotFoundException" {
		return false, nil // it has none
	}
	if err != nil {
		return false, named(err, "reading the access policy of vault "+name, "backup:GetBackupVaultAccessPolicy on it")
	}
	statements, err := policy.Parse([]byte(aws.ToString(out.Policy)))
	if err != nil {
		return false, named(err, "reading the access policy of vault "+name, "")
	}
	wanted := []policy.Statement{{Deny: true, Principals: policy.Set{Items: []string{"*"}}, Actions: policy.Set{Items: deletes}, Resources: policy.Set{Items: []string{"*"}}}}
	return len(policy.Missing(wanted, statements)) == 0, nil
}

func inDays(n *int64) time.Duration { return time.Duration(aws.ToInt64(n)) * 24 * time.Hour }
