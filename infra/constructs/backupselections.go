package constructs

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2/awsbackup"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
)

// maxARNs is what AWS Backup takes in one selection, without wildcards.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/aws-backup-limits.html
const maxARNs = 500

// newSelections says what a plan backs up: each database by its ARN, so that no
// tag that somebody removes ends its backups, and no opt-in of the region decides;
// then whatever has the tags.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/assigning-resources-json.html
func newSelections(scope constructs.Construct, p BackupPlansProps, made awsbackup.CfnBackupPlan, one BackupPlan) {
	part := 0
	for arns := range slices.Chunk(one.Resources, maxARNs) {
		part++
		n := strconv.Itoa(part)
		newSelection(scope, "Named"+n, made, &awsbackup.CfnBackupSelection_BackupSelectionResourceTypeProperty{
			IamRoleArn: jsii.String(p.Role), SelectionName: jsii.String("named-" + n + "-" + short(arns)), Resources: jsii.Strings(arns...),
		})
	}
	if len(one.Tagged) == 0 {
		return
	}
	var has []any
	var key []string
	for _, tag := range slices.Sorted(maps.Keys(one.Tagged)) {
		has = append(has, conditionOf(tag, one.Tagged[tag]))
		key = append(key, tag, one.Tagged[tag])
	}
	newSelection(scope, "Tagged", made, &awsbackup.CfnBackupSelection_BackupSelectionResourceTypeProperty{
		IamRoleArn: jsii.String(p.Role), SelectionName: jsii.String("tagged-" + short(key)), Resources: jsii.Strings("*"),
		// Conditions are all to be met. A copy of a drill carries the tags of the plan
		// and of its database, and is no more to be backed up than anything of
		// lifeboat's own, of whichever deployment.
		Conditions: map[string]any{
			"StringEquals":  has,
			"StringNotLike": []any{conditionOf(deployed.TagDeployment, "*")},
		},
	})
}

func conditionOf(tag, value string) map[string]any {
	return map[string]any{"ConditionKey": "aws:ResourceTag/" + tag, "ConditionValue": value}
}

// newSelection makes one. None can be changed: what differs is another, made
// before the old one goes, and so it has another name.
// https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-backup-backupselection.html
func newSelection(scope constructs.Construct, id string, made awsbackup.CfnBackupPlan, selection *awsbackup.CfnBackupSelection_BackupSelectionResourceTypeProperty) {
	awsbackup.NewCfnBackupSelection(scope, jsii.String(id), &awsbackup.CfnBackupSelectionProps{BackupPlanId: made.AttrBackupPlanId(), BackupSelection: selection})
}

// short tells lists apart.
func short(list []string) string {
	sum := sha256.Sum256([]byte(fmt.Sprint(len(list), " ", strings.Join(list, "\x00"))))
	return hex.EncodeToString(sum[:4])
}
