package backup

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/backup"
	"github.com/aws/aws-sdk-go-v2/service/backup/types"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
	"github.com/lifeboat-dr/lifeboat/pkg/protection"
)

// Selections of a plan, by its id. Errors are *seen.Unread.
func (a *Adapter) Selections(ctx context.Context, plan string) ([]protection.Selection, error) {
	var list []protection.Selection
	pages := backup.NewListBackupSelectionsPaginator(a.api, &backup.ListBackupSelectionsInput{BackupPlanId: &plan})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, seen.Cannot(err, "the selections of backup plan "+plan, "backup:ListBackupSelections on it")
		}
		for _, s := range page.BackupSelectionsList {
			out, err := a.api.GetBackupSelection(ctx, &backup.GetBackupSelectionInput{BackupPlanId: &plan, SelectionId: s.SelectionId})
			if err == nil && out.BackupSelection == nil {
				err = errors.New("AWS Backup says nothing of it")
			}
			if err != nil {
				return nil, seen.Cannot(err, "selection "+aws.ToString(s.SelectionName)+" of backup plan "+plan, "backup:GetBackupSelection on the plan")
			}
			list = append(list, selection(plan, aws.ToString(s.SelectionId), *out.BackupSelection))
		}
	}
	return list, nil
}

func selection(plan, id string, s types.BackupSelection) protection.Selection {
	out := protection.Selection{
		Plan: plan, ID: id, Name: aws.ToString(s.SelectionName), Role: aws.ToString(s.IamRoleArn), Resources: s.Resources, NotResources: s.NotResources,
	}
	for _, c := range s.ListOfTags {
		out.Tags = append(out.Tags, protection.Condition{Operator: protection.StringEquals, Key: protection.TagKey(aws.ToString(c.ConditionKey)), Value: aws.ToString(c.ConditionValue)})
	}
	if s.Conditions == nil {
		return out
	}
	by := map[protection.Operator][]types.ConditionParameter{
		protection.StringEquals: s.Conditions.StringEquals, protection.StringLike: s.Conditions.StringLike,
		protection.StringNotEquals: s.Conditions.StringNotEquals, protection.StringNotLike: s.Conditions.StringNotLike,
	}
	for _, operator := range protection.Operators {
		for _, c := range by[operator] {
			out.Conditions = append(out.Conditions, protection.Condition{Operator: operator, Key: protection.TagKey(aws.ToString(c.ConditionKey)), Value: aws.ToString(c.ConditionValue)})
		}
	}
	return out
}
