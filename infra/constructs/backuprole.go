package constructs

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
)

// backupService is AWS Backup, in every partition.
const backupService = "backup.amazonaws.com"

// BackupRoleProps of the role that AWS Backup acts as.
type BackupRoleProps struct {
	Names           Names // where the databases are
	Backups, Copies deployed.Vault
	// Continuous are the ARNs of instances that a rule backs up continuously: AWS
	// Backup changes how long they keep their own automated backups.
	Continuous []string
	// AnyKind: a selection by tags may match what no plan names.
	AnyKind bool
}

// NewBackupRole is a role of this deployment's own and not AWS's managed policy for
// backups: that one may change every instance and delete snapshots in the whole
// account, and grows with each service that AWS Backup learns. What is selected by
// tags may be of any kind, though: only then the managed policy is attached too,
// and whatever it is allowed later comes with it. Of buckets it knows nothing: they
// have one of their own, without which each of their jobs fails.
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForBackup.html
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSBackupServiceRolePolicyForS3Backup.html
//
// It stays when the stack goes: AWS Backup deletes with it what expires.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/backup-iam.html
func NewBackupRole(scope constructs.Construct, p BackupRoleProps) awsiam.Role {
	role := NewRole(constructs.NewConstruct(scope, jsii.String("BackupRole")), p.Names.BackupRole(), ofBackups(p.Names), p.statements())
	role.ApplyRemovalPolicy(keep)
	if p.AnyKind {
		attach := func(id, managed string) {
			role.AddManagedPolicy(awsiam.ManagedPolicy_FromManagedPolicyArn(scope, jsii.String(id), jsii.String(p.Names.AnyARN("iam", "", "aws", "policy/"+managed))))
		}
		attach("AnyKind", "service-role/AWSBackupServiceRolePolicyForBackup")
		attach("Buckets", "AWSBackupServiceRolePolicyForS3Backup")
		accept(role, accepted{"AwsSolutions-IAM4": "backup.tagged selects resources of any kind: only AWS knows what each takes to be backed up."})
	}
	return role
}

// ofBackups is AWS Backup for this account. Its guide names no ARN that it acts for
// where it assumes a role, and a condition on one would not be met.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/iam-service-roles.html
func ofBackups(names Names) awsiam.IPrincipal {
	return assumedFor(backupService, map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": names.Account}})
}

func (p BackupRoleProps) statements() []Statement {
	// AWS Backup's own snapshots: those of nobody else begin so.
	snapshots := func(account, region string) string {
		return p.Names.AnyARN("rds", region, account, "snapshot:awsbackup:*")
	}
	here := p.Names
	made := []string{snapshots(here.Account, here.Region)}
	rds := []Names{here}
	if p.Copies.Region != "" && p.Copies.Region != here.Region {
		// A copy into another region is made by this role; into another account by a
		// role of AWS's over there.
		made, rds = append(made, snapshots(here.Account, p.Copies.Region)), append(rds, here.In(here.Account, p.Copies.Region))
	}
	var services []string
	for _, names := range rds {
		services = append(services, viaService(names, "rds", "backup")["StringEquals"].(map[string]any)["kms:ViaService"].([]string)...)
	}
	instances := here.ARN("rds", "db:*")
	list := []Statement{
		{
			Sid: "MakeSnapshots", Reason: "any instance may be named by the next plan, and a snapshot harms none", Actions: []string{"rds:CreateDBSnapshot", "rds:ListTagsForResource"},
			Resources: append([]string{instances}, made...),
		},
		{Sid: "LookAtInstances", Reason: "instances are found by listing", Actions: []string{"rds:DescribeDBInstances"}, Resources: []string{instances}},
		{
			Sid: "CopyTagAndExpireThem", Reason: "only snapshots of AWS Backup begin so", Actions: []string{"rds:DescribeDBSnapshots", "rds:CopyDBSnapshot", "rds:AddTagsToResource", "rds:DeleteDBSnapshot", "rds:ModifyDBSnapshotAttribute"},
			Resources: made,
		},
		{Sid: "Vaults", Reason: "the vault of the backups and that of the copies", Actions: []string{"backup:DescribeBackupVault", "backup:CopyIntoBackupVault"}, Resources: vaultsOf(p.Backups, p.Copies)},
		{
			Sid: "FromTheVault", Reason: "recovery points have any id", Actions: []string{"backup:CopyFromBackupVault"},
			Resources: []string{p.Backups.ARN(), made[0], here.ARN("backup", "recovery-point:*")},
		},
		{Sid: "TagRecoveryPoints", Reason: "recovery points have any id", Actions: []string{"backup:TagResource"}, Resources: []string{here.ARN("backup", "recovery-point:*")}},
		{Sid: "ReadTags", Reason: "the action has no resource type", Actions: []string{"tag:GetResources"}, Resources: []string{"*"}},
		{Sid: "LookAtKeys", Reason: "each database has its own key", Actions: []string{"kms:DescribeKey"}, Resources: []string{"*"}},
		{
			Sid: "GrantKeys", Reason: "each database has its own key; only for services to use", Actions: []string{"kms:CreateGrant"}, Resources: []string{"*"},
			Conditions: map[string]any{"Bool": map[string]any{"kms:GrantIsForAWSResource": "true"}, "StringEquals": map[string]any{"kms:ViaService": services}},
		},
	}
	if len(p.Continuous) > 0 {
		list = append(
			list,
			Statement{Sid: "KeepPointsInTime", Reason: "continuous backup sets how long an instance keeps its automated backups", Actions: []string{"rds:ModifyDBInstance"}, Resources: p.Continuous},
			Statement{Sid: "ExpirePointsInTime", Reason: "automated backups have any id", Actions: []string{"rds:DeleteDBInstanceAutomatedBackup"}, Resources: []string{here.ARN("rds", "auto-backup:*")}},
		)
	}
	return list
}

func vaultsOf(vaults ...deployed.Vault) (arns []string) {
	for _, v := range vaults {
		if v.Name != "" {
			arns = append(arns, v.ARN())
		}
	}
	return arns
}
