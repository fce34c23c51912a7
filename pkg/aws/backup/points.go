package backup

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/backup"
	"github.com/aws/aws-sdk-go-v2/service/backup/types"

	"github.com/lifeboat-dr/lifeboat/pkg/protection"
)

// Points are the recovery points that lie in a vault, by the ARN of what they are
// of, newest first; since the zero time: all of them.
func (a *Adapter) Points(ctx context.Context, vault string, since time.Time) (map[string][]protection.Point, error) {
	found := map[string][]protection.Point{}
	in := &backup.ListRecoveryPointsByBackupVaultInput{BackupVaultName: &vault, MaxResults: aws.Int32(pageSize)}
	if !since.IsZero() {
		in.ByCreatedAfter = &since
	}
	pages := backup.NewListRecoveryPointsByBackupVaultPaginator(a.api, in)
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, named(err, "listing the recovery points of vault "+vault, "backup:ListRecoveryPointsByBackupVault on it")
		}
		for _, p := range page.RecoveryPoints {
			if aws.ToString(p.ParentRecoveryPointArn) == "" { // of a nested one its parent tells
				resource := aws.ToString(p.ResourceArn)
				found[resource] = append(found[resource], point(p))
			}
		}
	}
	newestFirst(found, func(p protection.Point) time.Time { return p.Created })
	return found, nil
}

func point(p types.RecoveryPointByBackupVault) protection.Point {
	out := protection.Point{
		ARN: aws.ToString(p.RecoveryPointArn), Resource: aws.ToString(p.ResourceArn), ResourceType: aws.ToString(p.ResourceType),
		Vault: aws.ToString(p.BackupVaultArn), Source: aws.ToString(p.SourceBackupVaultArn), Rule: ruleOf(p.CreatedBy),
		Status: string(p.Status), Message: aws.ToString(p.StatusMessage), Created: utc(p.CreationDate), Completed: utc(p.CompletionDate),
		Encrypted: p.IsEncrypted, Key: aws.ToString(p.EncryptionKeyArn),
	}
	// No field tells; the id does. Only a continuous one is ever STOPPED.
	// https://docs.aws.amazon.com/aws-backup/latest/devguide/point-in-time-recovery-finding.html
	out.Continuous = strings.Contains(out.ARN, ":recovery-point:continuous:") || p.Status == types.RecoveryPointStatusStopped
	if p.CalculatedLifecycle != nil {
		out.Deletes = utc(p.CalculatedLifecycle.DeleteAt)
	}
	return out
}

// newestFirst sorts what a list gives in no order that anybody promises.
func newestFirst[T any](by map[string][]T, at func(T) time.Time) {
	for _, list := range by {
		slices.SortStableFunc(list, func(a, b T) int { return at(b).Compare(at(a)) })
	}
}

func utc(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}
