package constructs

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// EvidenceProps of the bucket.
type EvidenceProps struct {
	Names         Names
	Key           awskms.IKey
	RetentionDays float64
}

// NewEvidence is the bucket of the evidence: versioned, locked (governance)
// for the retention, encrypted, private, and kept when the stack goes.
//
// Governance mode can be lifted by a privileged principal: it is no defence
// against somebody who administers the account. For that the bucket belongs
// into another account.
//
// It returns everything that was made, for whatever is to come after it.
func NewEvidence(scope constructs.Construct, p EvidenceProps) []constructs.IDependable {
	// Nobody names the access log, so CloudFormation does, at a length that fits.
	logs := awss3.NewBucket(scope, jsii.String("EvidenceAccessLog"), &awss3.BucketProps{
		Encryption:        awss3.BucketEncryption_S3_MANAGED,
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(), EnforceSSL: jsii.Bool(true), Versioned: jsii.Bool(true),
		ObjectOwnership: awss3.ObjectOwnership_BUCKET_OWNER_ENFORCED, RemovalPolicy: keep,
		LifecycleRules: &[]*awss3.LifecycleRule{{
			Expiration:                  awscdk.Duration_Days(jsii.Number(p.RetentionDays)),
			NoncurrentVersionExpiration: awscdk.Duration_Days(jsii.Number(1)),
		}},
	})
	accept(logs, aboutReplication, accepted{
		"NIST.800.53.R5-S3DefaultEncryptionKMS": "S3 delivers access logs only to buckets with its own encryption.",
	})
	bucket := awss3.NewBucket(scope, jsii.String("Evidence"), &awss3.BucketProps{
		BucketName: jsii.String(p.Names.Bucket()), Encryption: awss3.BucketEncryption_KMS, EncryptionKey: p.Key, BucketKeyEnabled: jsii.Bool(true),
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(), EnforceSSL: jsii.Bool(true), Versioned: jsii.Bool(true),
		ObjectOwnership: awss3.ObjectOwnership_BUCKET_OWNER_ENFORCED, RemovalPolicy: keep,
		ObjectLockEnabled:          jsii.Bool(true),
		ObjectLockDefaultRetention: awss3.ObjectLockRetention_Governance(awscdk.Duration_Days(jsii.Number(p.RetentionDays))),
		ServerAccessLogsBucket:     logs, ServerAccessLogsPrefix: jsii.String("evidence/"),
	})
	accept(bucket, aboutReplication)
	return []constructs.IDependable{logs, bucket}
}

var aboutReplication = accepted{
	"NIST.800.53.R5-S3BucketReplicationEnabled": "The bucket lies in the recovery region already, apart from what it proves; a replica elsewhere is the owner's choice and cost.",
}
