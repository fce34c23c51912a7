package backup

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/backup"
	"github.com/aws/aws-sdk-go-v2/service/backup/types"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/protection"
)

// RecoveredRules are the plan and the vault by which recovered databases are backed
// up, in one region.
type RecoveredRules struct {
	adapter           *Adapter
	plan, vault, role string // names, and an ARN
}

// NewRecoveredRules makes an adapter. It makes no call. plan and vault are names, role
// is the ARN of what AWS Backup acts as.
func NewRecoveredRules(cfg aws.Config, plan, vault, role string) RecoveredRules {
	return RecoveredRules{New(cfg), plan, vault, role}
}

// Missing is what is not there; "": nothing. Errors: ProtectionFailed, Throttled,
// Transient.
func (r RecoveredRules) Missing(ctx context.Context) (string, error) {
	pages := backup.NewListBackupPlansPaginator(r.adapter.api, &backup.ListBackupPlansInput{})
	for found := false; !found; {
		if !pages.HasMorePages() {
			return fmt.Sprintf("there is no backup plan %s", r.plan), nil
		}
		page, err := pages.NextPage(ctx)
		if err != nil {
			return "", protecting(err, "listing the backup plans", "backup:ListBackupPlans")
		}
		for _, p := range page.BackupPlansList {
			found = found || aws.ToString(p.BackupPlanName) == r.plan
		}
	}
	_, there, err := r.retention(ctx, 1)
	if err == nil && !there {
		return fmt.Sprintf("there is no backup vault %s", r.vault), nil
	}
	return "", err
}

// Copied tells whether a rule that backs a resource up copies it into a vault. Both
// are ARNs. It asks this region only: whether the vault is there, or can be reached now,
// it does not say. Errors are *seen.Unread.
func (r RecoveredRules) Copied(ctx context.Context, resource, vault string) (bool, error) {
	plans, err := r.adapter.Plans(ctx)
	if err != nil {
		return false, err
	}
	for id, name := range plans {
		if name != r.plan {
			continue
		}
		copied, err := r.copies(ctx, id, resource, vault)
		if copied || err != nil {
			return copied, err
		}
	}
	return false, nil
}

// copies tells it of one plan.
func (r RecoveredRules) copies(ctx context.Context, id, resource, vault string) (bool, error) {
	selections, err := r.adapter.Selections(ctx, id)
	if err != nil {
		return false, err
	}
	if !slices.ContainsFunc(selections, func(s protection.Selection) bool { return slices.Contains(s.Resources, resource) }) {
		return false, nil
	}
	p, _, err := r.adapter.Plan(ctx, id)
	return slices.ContainsFunc(p.Rules, func(rule seen.BackupRule) bool {
		return slices.ContainsFunc(rule.Copies, func(c seen.BackupCopy) bool { return c.Vault == vault })
	}), err
}

// retention is how long a recovery point is kept, in days: as wanted, within what a
// lock of the vault lets in. A job outside of it fails.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/vault-lock.html
func (r RecoveredRules) retention(ctx context.Context, wanted int) (days int64, there bool, err error) {
	out, err := r.adapter.api.DescribeBackupVault(ctx, &backup.DescribeBackupVaultInput{BackupVaultName: &r.vault})
	if awsconfig.Code(err) == "ResourceNotFoundException" {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, protecting(err, "looking at vault "+r.vault, "backup:DescribeBackupVault on it")
	}
	days = max(int64(wanted), aws.ToInt64(out.MinRetentionDays), 1)
	if most := aws.ToInt64(out.MaxRetentionDays); most > 0 {
		days = min(days, most)
	}
	return days, true, nil
}

// BackUp asks for a backup now and returns its job. A second call with the same token
// asks for none. Errors: ProtectionFailed, Throttled, Transient.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_StartBackupJob.html
func (r RecoveredRules) BackUp(ctx context.Context, resource, token string, days int) (string, error) {
	keep, there, err := r.retention(ctx, days)
	if err != nil {
		return "", err
	}
	if !there {
		return "", &drill.Error{Name: drill.ProtectionFailed, What: "there is no backup vault " + r.vault, Hint: "deploy lifeboat again"}
	}
	out, err := r.adapter.api.StartBackupJob(ctx, &backup.StartBackupJobInput{
		BackupVaultName: &r.vault, ResourceArn: &resource, IamRoleArn: &r.role, IdempotencyToken: &token, Lifecycle: &types.Lifecycle{DeleteAfterDays: &keep},
	})
	if err != nil {
		return "", protecting(err, "backing up "+resource, "backup:StartBackupJob on the vault "+r.vault+" and iam:PassRole of "+r.role)
	}
	return aws.ToString(out.BackupJobId), nil
}

// BackedUp is how a job stands. Errors: ProtectionFailed, Throttled, Transient.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_DescribeBackupJob.html
func (r RecoveredRules) BackedUp(ctx context.Context, job string) (drill.FirstBackup, error) {
	out, err := r.adapter.api.DescribeBackupJob(ctx, &backup.DescribeBackupJobInput{BackupJobId: &job})
	if awsconfig.Code(err) == "ResourceNotFoundException" { // one that was just made may not be shown yet
		return drill.FirstBackup{State: "not shown yet"}, nil
	}
	if err != nil {
		return drill.FirstBackup{}, protecting(err, "looking at backup job "+job, "backup:DescribeBackupJob")
	}
	is := drill.FirstBackup{State: string(out.State), Why: aws.ToString(out.StatusMessage)}
	switch out.State {
	case types.BackupJobStateRunning:
		is.Begun = true
	case types.BackupJobStateCompleted:
		is.Done = true
	case types.BackupJobStateFailed, types.BackupJobStateAborting, types.BackupJobStateAborted, types.BackupJobStateExpired, types.BackupJobStatePartial:
		is.Failed = true
	case types.BackupJobStateCreated, types.BackupJobStatePending:
	}
	return is, nil
}

func protecting(err error, what, permission string) error {
	return awsconfig.Named(err, drill.ProtectionFailed, what, "see that the role of failovers may call "+permission)
}
