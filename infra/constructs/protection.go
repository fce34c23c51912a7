package constructs

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsbackup"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
)

// ProtectionProps of what backs up what was recovered.
type ProtectionProps struct {
	Names Names
	// Vault is in this region and account. Copies is in the region that was left; the
	// zero Vault: nothing is copied.
	Vault, Copies deployed.Vault
	// Continuous are the ARNs of those that a rule backs up continuously.
	Continuous []string
	Tags       map[string]string // of recovery points
	// Plans have the ARNs of what failovers make: nothing is there before one.
	Plans []BackupPlan
}

// NewProtection has AWS Backup back up what a failover recovered, once its step of kind
// protect has tagged it: the plans are made beforehand, so that a recovery needs no
// control plane but that of its own region, and they find nothing until then.
//
// Copies go to the region that was left. While it is away they fail, each by itself and
// nothing else: a backup is there before its copy begins.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/cross-region-backup.html
//
// A selection names each instance and asks for the tag: one that somebody tags so, and
// which no plan names, is none of lifeboat's business.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/assigning-resources-json.html
func NewProtection(scope constructs.Construct, p ProtectionProps) {
	if len(p.Plans) == 0 {
		return
	}
	scope = constructs.NewConstruct(scope, jsii.String("Protection"))
	props := BackupRoleProps{Names: p.Names, Backups: p.Vault, Copies: p.Copies, Continuous: p.Continuous}
	role := NewRole(constructs.NewConstruct(scope, jsii.String("ProtectRole")), p.Names.ProtectRole(), ofBackups(p.Names), props.statements())
	role.ApplyRemovalPolicy(keep) // AWS Backup deletes with it what expires
	plans := BackupPlansProps{Names: p.Names, Role: *role.RoleArn(), Vault: p.Vault.Name, Tags: p.Tags}
	if p.Copies.Name != "" {
		plans.Copies = p.Copies.ARN()
	}
	for _, one := range p.Plans {
		scope := constructs.NewConstruct(scope, idOf(one.Of))
		var rules []any
		for _, r := range one.Rules {
			rules = append(rules, plans.rule(r))
		}
		made := awsbackup.NewCfnBackupPlan(scope, jsii.String("Plan"), &awsbackup.CfnBackupPlanProps{
			BackupPlan: &awsbackup.CfnBackupPlan_BackupPlanResourceTypeProperty{BackupPlanName: jsii.String(p.Names.ProtectPlan()), BackupPlanRule: rules},
		})
		newSelection(scope, "Recovered", made, &awsbackup.CfnBackupSelection_BackupSelectionResourceTypeProperty{
			IamRoleArn: role.RoleArn(), SelectionName: jsii.String("recovered-" + short(one.Resources)), Resources: jsii.Strings(one.Resources...),
			Conditions: map[string]any{"StringEquals": []any{conditionOf(deployed.TagProtect, p.Names.Deployment), conditionOf(deployed.TagPurpose, deployed.PurposeRecovered)}},
		})
	}
}
