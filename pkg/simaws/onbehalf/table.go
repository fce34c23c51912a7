// Package onbehalf is the table of what AWS checks on the caller's behalf: the
// permissions that a role needs for what it never calls. A call, or a resource
// that runs with a role, makes AWS ask; whoever lacks the answer sees the call
// fail, or learns nothing at all because a service fails in its place.
//
// It is data, with the page of AWS's documentation that says so in every row.
// It began with what a deployment of lifeboat meets; it is not complete.
package onbehalf

// Row is one thing that makes AWS ask.
type Row struct {
	// On is an API call, "rds:ModifyDBInstance", or the type of a CloudFormation
	// resource that works with a role, "AWS::Lambda::Function".
	On string
	// With is a parameter of the call or a property of the resource, without
	// which AWS does not ask; empty: it always does.
	With string
	Asks []Question
	Why  string
	// Source is the page of the documentation.
	Source string
}

// Question is what is asked. Resource and the values of Context may hold
// ${Partition}, ${Region} and ${Account}, and what the call or the resource
// names: ${Target} (what is called, or written to), ${Bucket}, ${Key}, ${Queue},
// ${Log} and ${Self}, the resource's own ARN.
type Question struct {
	Action   string
	Resource string
	Context  map[string]string
	// Tags: the tags of the request are part of the context.
	Tags bool
}

const (
	anySecret = "arn:${Partition}:secretsmanager:${Region}:${Account}:secret:rds!db-00000000-0000-4000-8000-000000000000-AbCdEf"
	anyKey    = "arn:${Partition}:kms:${Region}:${Account}:key/00000000-0000-4000-8000-000000000000"
)

// Table is every row, calls first.
var Table = []Row{
	{
		On: "rds:ModifyDBInstance", With: "ManageMasterUserPassword", Why: "RDS makes the secret in the caller's name",
		Asks: []Question{
			{Action: "kms:DescribeKey", Resource: anyKey}, // that of the alias aws/secretsmanager
			{Action: "secretsmanager:CreateSecret", Resource: anySecret},
			{Action: "secretsmanager:TagResource", Resource: anySecret},
		},
		Source: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/rds-secrets-manager.html#rds-secrets-manager-permissions",
	},
	restore("rds:RestoreDBInstanceFromDBSnapshot"),
	restore("rds:RestoreDBInstanceToPointInTime"),
	tags("rds:RestoreDBInstanceFromDBSnapshot"),
	tags("rds:RestoreDBInstanceToPointInTime"),
	{
		On: "s3:PutObject", With: "X-Amz-Object-Lock-Mode", Why: "a retention is set with the object",
		Asks:   []Question{{Action: "s3:PutObjectRetention", Resource: "${Target}"}},
		Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock-managing.html",
	},
	{
		On: "s3:PutObject", Why: "the bucket is encrypted with a key of the account, with a bucket key",
		Asks: []Question{{Action: "kms:GenerateDataKey", Resource: "${Key}", Context: map[string]string{
			"kms:ViaService": "s3.${Region}.amazonaws.com", "kms:EncryptionContext:aws:s3:arn": "${Bucket}",
		}}},
		Source: "https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html",
	},
	{
		On: "dynamodb:PutItem", Why: "the table is encrypted with a key of the account",
		Asks: []Question{{Action: "kms:Decrypt", Resource: "${Key}", Context: map[string]string{
			"kms:ViaService": "dynamodb.${Region}.amazonaws.com", "kms:EncryptionContext:aws:dynamodb:subscriberId": "${Account}",
		}}},
		Source: "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html",
	},
	{
		On: "AWS::Lambda::Function", With: "VpcConfig", Why: "Lambda connects the function to its network",
		Asks: []Question{
			{Action: "ec2:CreateNetworkInterface", Resource: "*"}, {Action: "ec2:DescribeNetworkInterfaces", Resource: "*"},
			{Action: "ec2:DescribeSubnets", Resource: "*"}, {Action: "ec2:DeleteNetworkInterface", Resource: "*"},
			{Action: "ec2:AssignPrivateIpAddresses", Resource: "*"}, {Action: "ec2:UnassignPrivateIpAddresses", Resource: "*"},
		},
		Source: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions",
	},
	{
		On: "AWS::Lambda::Function", With: "KmsKeyArn", Why: "the environment is encrypted",
		Asks: []Question{{Action: "kms:Decrypt", Resource: "${Key}", Context: map[string]string{
			"kms:ViaService": "lambda.${Region}.amazonaws.com", "kms:EncryptionContext:aws:lambda:FunctionArn": "${Self}",
		}}},
		Source: "https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars-encryption.html",
	},
	{
		On: "AWS::Lambda::Function", With: "LoggingConfig", Why: "Lambda writes the log",
		Asks:   []Question{{Action: "logs:CreateLogStream", Resource: "${Log}:log-stream:one"}, {Action: "logs:PutLogEvents", Resource: "${Log}:log-stream:one"}},
		Source: "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html",
	},
	{
		On: "AWS::Lambda::Function", With: "DeadLetterConfig", Why: "Lambda sends what the function failed on, and the queue is encrypted",
		Asks:   toQueue,
		Source: "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html",
	},
	{
		On: "AWS::Scheduler::Schedule", Why: "the scheduler calls its target with the schedule's role",
		Asks:   []Question{{Action: "states:StartExecution", Resource: "${Target}"}},
		Source: "https://docs.aws.amazon.com/scheduler/latest/UserGuide/setting-up.html",
	},
	{
		On: "AWS::Scheduler::Schedule", With: "Target.DeadLetterConfig", Why: "what could not be started goes to the queue, which is encrypted",
		Asks:   toQueue,
		Source: "https://docs.aws.amazon.com/scheduler/latest/UserGuide/configuring-schedule-dlq.html",
	},
	{
		On: "AWS::Scheduler::Schedule", With: "KmsKeyArn", Why: "the role opens the payload, which is encrypted with a key of the account",
		Asks: []Question{{Action: "kms:Decrypt", Resource: "${Key}", Context: map[string]string{
			"kms:EncryptionContext:aws:scheduler:schedule:arn": "${Self}",
		}}},
		Source: "https://docs.aws.amazon.com/scheduler/latest/UserGuide/encryption-rest.html",
	},
	{
		On: "AWS::StepFunctions::StateMachine", With: "LoggingConfiguration", Why: "Step Functions sets up its log",
		Asks: []Question{
			{Action: "logs:CreateLogDelivery", Resource: "*"}, {Action: "logs:GetLogDelivery", Resource: "*"}, {Action: "logs:UpdateLogDelivery", Resource: "*"},
			{Action: "logs:DeleteLogDelivery", Resource: "*"}, {Action: "logs:ListLogDeliveries", Resource: "*"}, {Action: "logs:PutResourcePolicy", Resource: "*"},
			{Action: "logs:DescribeResourcePolicies", Resource: "*"}, {Action: "logs:DescribeLogGroups", Resource: "*"},
		},
		Source: "https://docs.aws.amazon.com/step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy",
	},
}

var toQueue = []Question{
	{Action: "sqs:SendMessage", Resource: "${Queue}"},
	{Action: "kms:GenerateDataKey", Resource: "${Key}", Context: map[string]string{"kms:ViaService": "sqs.${Region}.amazonaws.com", "kms:EncryptionContext:aws:sqs:arn": "${Queue}"}},
	{Action: "kms:Decrypt", Resource: "${Key}", Context: map[string]string{"kms:ViaService": "sqs.${Region}.amazonaws.com", "kms:EncryptionContext:aws:sqs:arn": "${Queue}"}},
}

// restore is of an encrypted recovery point: RDS opens it in the caller's name.
func restore(call string) Row {
	via := map[string]string{"kms:ViaService": "rds.${Region}.amazonaws.com"}
	grant := map[string]string{"kms:ViaService": "rds.${Region}.amazonaws.com", "kms:GrantIsForAWSResource": "true"}
	return Row{
		On: call, Why: "the recovery point is encrypted, and RDS opens it in the caller's name",
		Asks: []Question{
			{Action: "kms:DescribeKey", Resource: anyKey, Context: via}, {Action: "kms:Decrypt", Resource: anyKey, Context: via},
			{Action: "kms:CreateGrant", Resource: anyKey, Context: grant},
		},
		Source: "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.Keys.html",
	}
}

// tags are part of the restore call.
func tags(call string) Row {
	return Row{
		On: call, With: "Tags.Tag.1.Key", Why: "the tags are part of the call",
		Asks:   []Question{{Action: "rds:AddTagsToResource", Resource: "${Target}", Context: map[string]string{"rds:TagsFromRequest": "true"}, Tags: true}},
		Source: "https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrds.html",
	}
}
