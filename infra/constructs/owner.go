package constructs

import (
	"encoding/json"

	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// NewOwnerOutputs prints what makes backups of the account that owns the
// databases reach this one, where that is another. lifeboat changes nothing in
// the owner's account: its operators do this once.
//
// Two ways lead here. AWS Backup copies by a rule into a vault of this account,
// both in one organisation. Or a manual snapshot is shared, and copied here
// with a key of this account: a shared one that is encrypted cannot be restored
// from, and one under the key aws/rds cannot be shared.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/create-cross-account-backup.html
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/share-encrypted-snapshot.html
//
// managed: lifeboat makes the vault and its policy.
func NewOwnerOutputs(scope constructs.Construct, names Names, owner, ownerRegion string, managed bool) {
	output := func(name, value, description string) {
		awscdk.NewCfnOutput(scope, jsii.String(name), &awscdk.CfnOutputProps{Value: jsii.String(value), Description: jsii.String(description)})
	}
	if !managed {
		output("VaultPolicyStatement", statement(map[string]any{
			"Sid": "LifeboatCopiesArrive", "Effect": "Allow", "Action": "backup:CopyIntoBackupVault", "Resource": "*",
			"Principal": map[string]any{"AWS": root(names, owner)},
		}), "for the policy of the vault in this account that AWS Backup copies into")
	}
	output("OwnerKeyPolicyStatement", statement(map[string]any{
		"Sid": "LifeboatAccountCopies", "Effect": "Allow", "Resource": "*", "Principal": map[string]any{"AWS": root(names, names.Account)},
		"Action": []string{"kms:Decrypt", "kms:DescribeKey", "kms:CreateGrant", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext"},
	}), "for the policy of the keys of account "+owner+" under which the backups are")
	output("ShareSnapshot", "aws rds modify-db-snapshot-attribute --attribute-name restore --values-to-add "+names.Account+
		" --db-snapshot-identifier <manual snapshot> --region "+ownerRegion, "in account "+owner+", once per snapshot, where AWS Backup does not copy")
	output("CopySnapshot", "aws rds copy-db-snapshot --source-db-snapshot-identifier "+names.AnyARN("rds", ownerRegion, owner, "snapshot:<manual snapshot>")+
		" --target-db-snapshot-identifier <name> --kms-key-id <key of this account in "+names.Region+"> --source-region "+ownerRegion+" --region "+names.Region,
		"in this account, after it was shared")
}

func root(names Names, account string) string { return names.AnyARN("iam", "", account, "root") }

func statement(s map[string]any) string {
	text, _ := json.Marshal(s) // texts always encode
	return string(text)
}
