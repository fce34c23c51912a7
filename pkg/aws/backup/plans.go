package backup

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/backup"
	"github.com/aws/aws-sdk-go-v2/service/backup/types"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
)

// MostRuns is as far as AWS looks ahead.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_GetBackupPlan.html
const MostRuns = 10

// Plans are the names of all plans by their ids. Errors are *seen.Unread.
func (a *Adapter) Plans(ctx context.Context) (map[string]string, error) {
	names := map[string]string{}
	pages := backup.NewListBackupPlansPaginator(a.api, &backup.ListBackupPlansInput{})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, seen.Cannot(err, "the backup plans", "backup:ListBackupPlans")
		}
		for _, p := range page.BackupPlansList {
			names[aws.ToString(p.BackupPlanId)] = aws.ToString(p.BackupPlanName)
		}
	}
	return names, nil
}

// Plan by its id, with its next runs; false: there is none, or it was deleted. Errors
// are *seen.Unread.
func (a *Adapter) Plan(ctx context.Context, id string) (seen.BackupPlan, bool, error) {
	out, err := a.api.GetBackupPlan(ctx, &backup.GetBackupPlanInput{BackupPlanId: &id, MaxScheduledRunsPreview: MostRuns})
	if awsconfig.Code(err) == "ResourceNotFoundException" || err == nil && out.DeletionDate != nil {
		return seen.BackupPlan{}, false, nil
	}
	if err != nil || out.BackupPlan == nil {
		return seen.BackupPlan{}, false, seen.Cannot(err, "the backup plan "+id, "backup:GetBackupPlan on it")
	}
	p := seen.BackupPlan{ID: id, Name: aws.ToString(out.BackupPlan.BackupPlanName)}
	for _, r := range out.BackupPlan.Rules {
		p.Rules = append(p.Rules, rule(r))
	}
	for _, run := range out.ScheduledRunsPreview {
		p.Runs = append(p.Runs, seen.BackupRun{Rule: aws.ToString(run.RuleId), At: aws.ToTime(run.ExecutionTime).UTC()})
	}
	return p, true, nil
}

func rule(r types.BackupRule) seen.BackupRule {
	out := seen.BackupRule{
		ID: aws.ToString(r.RuleId), Name: aws.ToString(r.RuleName), Vault: aws.ToString(r.TargetBackupVaultName),
		Schedule: aws.ToString(r.ScheduleExpression), Timezone: aws.ToString(r.ScheduleExpressionTimezone),
		StartWindow: minutes(r.StartWindowMinutes), CompletionWindow: minutes(r.CompletionWindowMinutes),
		Continuous: aws.ToBool(r.EnableContinuousBackup),
	}
	out.Retention, out.ColdAfter = lifecycle(r.Lifecycle)
	for _, c := range r.CopyActions {
		to := seen.BackupCopy{Vault: aws.ToString(c.DestinationBackupVaultArn)}
		to.Retention, to.ColdAfter = lifecycle(c.Lifecycle)
		out.Copies = append(out.Copies, to)
	}
	return out
}

// lifecycle: -1 is for ever, as is what is not set.
func lifecycle(l *types.Lifecycle) (keep, cold time.Duration) {
	if l == nil {
		return 0, 0
	}
	return days(l.DeleteAfterDays), days(l.MoveToColdStorageAfterDays)
}

func days(n *int64) time.Duration {
	return max(0, time.Duration(aws.ToInt64(n))*24*time.Hour)
}

func minutes(n *int64) time.Duration { return time.Duration(aws.ToInt64(n)) * time.Minute }
