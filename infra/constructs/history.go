package constructs

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsdynamodb"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// NewHistory is the table of run records, locks, tokens and the history of
// drills. It is kept when the stack goes.
func NewHistory(scope constructs.Construct, names Names, key awskms.IKey) awsdynamodb.Table {
	table := awsdynamodb.NewTable(scope, jsii.String("History"), &awsdynamodb.TableProps{
		TableName:    jsii.String(names.Table()),
		PartitionKey: &awsdynamodb.Attribute{Name: jsii.String("pk"), Type: awsdynamodb.AttributeType_STRING},
		SortKey:      &awsdynamodb.Attribute{Name: jsii.String("sk"), Type: awsdynamodb.AttributeType_STRING},
		BillingMode:  awsdynamodb.BillingMode_PAY_PER_REQUEST,
		Encryption:   awsdynamodb.TableEncryption_CUSTOMER_MANAGED, EncryptionKey: key,
		PointInTimeRecoverySpecification: &awsdynamodb.PointInTimeRecoverySpecification{PointInTimeRecoveryEnabled: jsii.Bool(true)},
		TimeToLiveAttribute:              jsii.String("expiresAt"),
		DeletionProtection:               jsii.Bool(true),
		RemovalPolicy:                    keep,
	})
	accept(table, accepted{
		"NIST.800.53.R5-DynamoDBInBackupPlan": "Point-in-time recovery is on; the evidence itself is in the bucket, and a lost history costs the next drill some looks.",
	})
	return table
}
