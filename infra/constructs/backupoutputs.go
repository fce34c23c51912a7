package constructs

import (
	"strings"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
)

// NewBackupOutputs prints what there is where the databases are.
func NewBackupOutputs(scope constructs.Construct, names Names, backups, copies deployed.Vault, plans []MadePlan) {
	output := outputs(scope)
	output("BackupVault", backups.ARN(), "where recovery points lie")
	if copies.Name != "" {
		output("CopiesVault", copies.ARN(), "where their copies come to")
	}
	var ids []string
	for _, p := range plans {
		ids = append(ids, *p.AttrBackupPlanId())
	}
	if len(ids) > 0 {
		output("BackupPlans", strings.Join(ids, ","), "ids of the plans, one for each set of rules")
		output("BackupRole", names.AnyARN("iam", "", names.Account, "role/"+names.BackupRole()), "what AWS Backup acts as; for a job that is started by hand as well")
	}
	output("BackupsTopic", names.ARN("sns", names.BackupsTopic()), "what failed backups are told by; every address has to confirm a mail of AWS first")
}

// NewVaultOutputs prints what there is for the copies.
func NewVaultOutputs(scope constructs.Construct, copies deployed.Vault, buckets []DumpBucket) {
	output := outputs(scope)
	if copies.Ours {
		output("CopiesVault", copies.ARN(), "where copies of recovery points come to")
	}
	var names []string
	for _, b := range buckets {
		names = append(names, "s3://"+b.Name)
	}
	if len(names) > 0 {
		output("DumpBuckets", strings.Join(names, ","), "where dumps are written to")
	}
}

func outputs(scope constructs.Construct) func(name, value, description string) {
	scope = constructs.NewConstruct(scope, jsii.String("Outputs"))
	return func(name, value, description string) {
		made := awscdk.NewCfnOutput(scope, jsii.String(name), &awscdk.CfnOutputProps{Value: jsii.String(value), Description: jsii.String(description)})
		made.OverrideLogicalId(jsii.String(name))
	}
}
