package backup

import (
	"context"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/backup"
	"github.com/aws/aws-sdk-go-v2/service/backup/types"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/protection"
)

// pageSize is the most that one call lists.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_ListBackupJobs.html
const pageSize = 1000

// Jobs are the backup jobs that were made since, by the ARN of what they back up,
// newest first. A part of them would be a wrong answer, so that with an error there
// are none.
func (a *Adapter) Jobs(ctx context.Context, since time.Time) (map[string][]protection.Job, error) {
	found := map[string][]protection.Job{}
	pages := backup.NewListBackupJobsPaginator(a.api, &backup.ListBackupJobsInput{ByCreatedAfter: &since, MaxResults: aws.Int32(pageSize)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, named(err, "listing the backup jobs", "backup:ListBackupJobs")
		}
		for _, j := range page.BackupJobs {
			if aws.ToString(j.ParentJobId) != "" {
				continue // a nested one: its parent says how all of them ended
			}
			resource := aws.ToString(j.ResourceArn)
			found[resource] = append(found[resource], protection.Job{
				ID: aws.ToString(j.BackupJobId), Resource: resource, ResourceType: aws.ToString(j.ResourceType), Vault: aws.ToString(j.BackupVaultArn),
				Point: aws.ToString(j.RecoveryPointArn), Rule: ruleOf(j.CreatedBy), State: string(j.State), Message: aws.ToString(j.StatusMessage),
				Category: aws.ToString(j.MessageCategory), Created: utc(j.CreationDate), Completed: utc(j.CompletionDate),
			})
		}
	}
	newestFirst(found, func(j protection.Job) time.Time { return j.Created })
	return found, nil
}

// CopyJobs are likewise the jobs that copy out of this region and account.
func (a *Adapter) CopyJobs(ctx context.Context, since time.Time) (map[string][]protection.Copy, error) {
	found := map[string][]protection.Copy{}
	pages := backup.NewListCopyJobsPaginator(a.api, &backup.ListCopyJobsInput{ByCreatedAfter: &since, MaxResults: aws.Int32(pageSize)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, named(err, "listing the copy jobs", "backup:ListCopyJobs")
		}
		for _, j := range page.CopyJobs {
			if aws.ToString(j.ParentJobId) != "" {
				continue
			}
			resource := aws.ToString(j.ResourceArn)
			found[resource] = append(found[resource], protection.Copy{
				ID: aws.ToString(j.CopyJobId), Resource: resource, ResourceType: aws.ToString(j.ResourceType), From: aws.ToString(j.SourceBackupVaultArn),
				To: aws.ToString(j.DestinationBackupVaultArn), Point: aws.ToString(j.SourceRecoveryPointArn), Rule: ruleOf(j.CreatedBy),
				State: string(j.State), Message: aws.ToString(j.StatusMessage), Created: utc(j.CreationDate), Completed: utc(j.CompletionDate),
			})
		}
	}
	newestFirst(found, func(c protection.Copy) time.Time { return c.Created })
	return found, nil
}

// ruleOf is the name of the rule that asked for it; "" of what was asked for by
// hand.
func ruleOf(by *types.RecoveryPointCreator) string {
	if by == nil {
		return ""
	}
	return aws.ToString(by.BackupRuleName)
}

// named says what a role lacks: an answer that is denied is no empty list.
func named(err error, what, permission string) error {
	return awsconfig.Named(err, drill.Unexpected, what, fmt.Sprintf("see that the function's role, and every policy above it, allows %s", permission))
}
