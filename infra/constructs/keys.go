package constructs

import (
	"github.com/aws/aws-cdk-go/awscdk/v2/awsiam"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// NewKey is the key of what lifeboat keeps: evidence, run records, alerts,
// logs. It stays when the stack goes: without it the evidence is lost.
func NewKey(scope constructs.Construct, names Names) awskms.IKey {
	key := awskms.NewKey(scope, jsii.String("Key"), &awskms.KeyProps{
		Description:       jsii.String("lifeboat " + names.Deployment + ": evidence, run records, alerts and logs"),
		EnableKeyRotation: jsii.Bool(true),
		RemovalPolicy:     keep,
	})
	key.AddAlias(jsii.String("alias/" + names.Prefix())).ApplyRemovalPolicy(keep) // by which people find it
	// CloudWatch's alarms publish to the encrypted topics, EventBridge puts what it
	// cannot deliver into the encrypted queue, and CloudWatch Logs encrypts the logs:
	// services, each for this account only.
	key.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:     jsii.String("ServicesOfThisAccount"),
		Actions: jsii.Strings("kms:Decrypt", "kms:GenerateDataKey"),
		Principals: &[]awsiam.IPrincipal{
			awsiam.NewServicePrincipal(jsii.String("cloudwatch.amazonaws.com"), nil),
			awsiam.NewServicePrincipal(jsii.String("events.amazonaws.com"), nil),
		},
		Resources:  jsii.Strings("*"),
		Conditions: &map[string]any{"StringEquals": map[string]any{"aws:SourceAccount": names.Account}},
	}), nil)
	key.AddToResourcePolicy(awsiam.NewPolicyStatement(&awsiam.PolicyStatementProps{
		Sid:        jsii.String("LogsOfThisDeployment"),
		Actions:    jsii.Strings("kms:Encrypt", "kms:Decrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:GenerateDataKey", "kms:DescribeKey"),
		Principals: &[]awsiam.IPrincipal{awsiam.NewServicePrincipal(jsii.String("logs."+names.Region+".amazonaws.com"), nil)},
		Resources:  jsii.Strings("*"),
		Conditions: &map[string]any{"ArnLike": map[string]any{"kms:EncryptionContext:aws:logs:arn": names.ARN("logs", "*")}},
	}), nil)
	return key
}
