package constructs

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awss3"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// DumpBucket keeps the dumps of a database that lifeboat reads on a machine.
type DumpBucket struct {
	Name string
	// Lock is one of plan.Immutability...: what is written cannot be overwritten or
	// deleted for Days; none: it can, and only its versions stay.
	Lock string
	Days float64
}

// NewDumpBuckets makes the buckets, apart from what they keep copies of. Object
// Lock in governance mode can be lifted by who has s3:BypassGovernanceRetention;
// in compliance mode by nobody, not even the root user, before Days are over.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
func NewDumpBuckets(scope constructs.Construct, names Names, buckets []DumpBucket) {
	if len(buckets) == 0 {
		return
	}
	scope = constructs.NewConstruct(scope, jsii.String("Dumps"))
	key := awskms.NewKey(scope, jsii.String("Key"), &awskms.KeyProps{
		Description: jsii.String("lifeboat " + names.Deployment + ": dumps of databases"), EnableKeyRotation: jsii.Bool(true), RemovalPolicy: keep,
	})
	longest := 0.0
	for _, b := range buckets {
		longest = max(longest, b.Days)
	}
	logs := awss3.NewBucket(scope, jsii.String("AccessLog"), &awss3.BucketProps{
		Encryption:        awss3.BucketEncryption_S3_MANAGED,
		BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(), EnforceSSL: jsii.Bool(true), Versioned: jsii.Bool(true),
		ObjectOwnership: awss3.ObjectOwnership_BUCKET_OWNER_ENFORCED, RemovalPolicy: keep,
		LifecycleRules: &[]*awss3.LifecycleRule{{
			Expiration: awscdk.Duration_Days(jsii.Number(longest)), NoncurrentVersionExpiration: awscdk.Duration_Days(jsii.Number(1)),
		}},
	})
	accept(logs, aboutReplication, accepted{"NIST.800.53.R5-S3DefaultEncryptionKMS": "S3 delivers access logs only to buckets with its own encryption."})
	for _, b := range buckets {
		props := &awss3.BucketProps{
			BucketName: jsii.String(b.Name), Encryption: awss3.BucketEncryption_KMS, EncryptionKey: key, BucketKeyEnabled: jsii.Bool(true),
			BlockPublicAccess: awss3.BlockPublicAccess_BLOCK_ALL(), EnforceSSL: jsii.Bool(true), Versioned: jsii.Bool(true),
			ObjectOwnership: awss3.ObjectOwnership_BUCKET_OWNER_ENFORCED, RemovalPolicy: keep,
			ServerAccessLogsBucket: logs, ServerAccessLogsPrefix: jsii.String(b.Name + "/"),
		}
		duration := awscdk.Duration_Days(jsii.Number(b.Days))
		switch b.Lock {
		case plan.ImmutabilityCompliance:
			props.ObjectLockEnabled, props.ObjectLockDefaultRetention = jsii.Bool(true), awss3.ObjectLockRetention_Compliance(duration)
		case plan.ImmutabilityGovernance:
			props.ObjectLockEnabled, props.ObjectLockDefaultRetention = jsii.Bool(true), awss3.ObjectLockRetention_Governance(duration)
		}
		bucket := awss3.NewBucket(scope, idOf(b.Name), props)
		accept(bucket, aboutReplication)
		if props.ObjectLockEnabled == nil {
			accept(bucket, accepted{"NIST.800.53.R5-S3BucketDefaultLockEnabled": "The plan says objectLock: none."})
		}
	}
}
