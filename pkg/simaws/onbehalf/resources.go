package onbehalf

import "slices"

const (
	encryptedQueues = docs + "AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html"
	encryptedTopics = docs + "sns/latest/dg/sns-key-management.html#compatibility-with-aws-services"
	stepEncryption  = docs + "step-functions/latest/dg/encryption-at-rest.html"
	logsEncryption  = docs + "AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html"
)

// ofSelf is what a service tells of the resource for which it works.
func ofSelf(pairs ...string) map[string]string {
	return context(append([]string{"aws:SourceArn", "${Self}", "aws:SourceAccount", "${Account}"}, pairs...)...)
}

// trust lets a service take the role of a resource.
func trust(on, with, service, source, page string) Row {
	return Row{
		On: on, With: with, Principal: service, Why: "the service takes the role, which trusts it",
		Asks:   []Question{{Action: "sts:AssumeRole", Resource: "${Role}", Context: context("aws:SourceArn", source, "aws:SourceAccount", "${Account}")}},
		Source: page,
	}
}

// pass has whoever makes a resource pass its role to the service.
func pass(on, with, service, page string) Row {
	return Row{
		On: on, With: with, Principal: Deployer, Why: "its role is passed to the service",
		Asks:   []Question{{Action: "iam:PassRole", Resource: "${Role}", Context: context("iam:PassedToService", service)}},
		Source: page,
	}
}

// toQueue is what the role of a resource is asked when something goes to a dead-letter
// queue.
var toQueue = slices.Concat(
	[]Question{{Action: "sqs:SendMessage", Resource: "${Queue}"}},
	use("${QueueKey}", via("sqs", "kms:EncryptionContext:aws:sqs:arn", "${Queue}"), "GenerateDataKey", "Decrypt"),
)

func resources() []Row {
	return slices.Concat(functions(), schedules(), machines(), rules(), alarms(), logs(), flowLogs(), kept(), vaults(), selections())
}

func functions() []Row {
	const on = "AWS::Lambda::Function"
	lambdaTrust := trust(on, "Role", "lambda.amazonaws.com", "${Self}", docs+"lambda/latest/dg/lambda-intro-execution-role.html#permissions-executionrole-api")
	lambdaTrust.Unproven = true // that Lambda tells for which function it takes the role, the page does not say
	return []Row{
		lambdaTrust,
		pass(on, "Role", "lambda.amazonaws.com", passRole+"#id_roles_use_passrole_logs"),
		{
			On: on, With: "VpcConfig", Why: "Lambda connects the function to its network",
			Asks: []Question{
				{Action: "ec2:CreateNetworkInterface", Resource: "*"}, {Action: "ec2:DescribeNetworkInterfaces", Resource: "*"},
				{Action: "ec2:DescribeSubnets", Resource: "*"}, {Action: "ec2:DeleteNetworkInterface", Resource: "*"},
				{Action: "ec2:AssignPrivateIpAddresses", Resource: "*"}, {Action: "ec2:UnassignPrivateIpAddresses", Resource: "*"},
			},
			Source: docs + "lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions",
		},
		{
			On: on, With: "VpcConfig", Principal: Deployer, Why: "Lambda looks at the network in the deployer's name",
			Asks: []Question{
				{Action: "ec2:DescribeSecurityGroups", Resource: "*"}, {Action: "ec2:DescribeSubnets", Resource: "*"},
				{Action: "ec2:DescribeVpcs", Resource: "*"}, {Action: "ec2:GetSecurityGroupsForVpc", Resource: "*"},
			},
			Source: docs + "lambda/latest/dg/configuration-vpc.html#configuration-vpc-permissions",
		},
		{
			On: on, With: "KmsKeyArn", Why: "the environment is encrypted", Unproven: true, // the page speaks of a grant that the deployer makes
			Asks:   use("${Key}", via("lambda", "kms:EncryptionContext:aws:lambda:FunctionArn", "${Self}"), "Decrypt"),
			Source: docs + "lambda/latest/dg/configuration-envvars-encryption.html#managing-permissions-to-your-server-side-encryption-key",
		},
		{
			On: on, With: "KmsKeyArn", Principal: Deployer, Why: "Lambda encrypts the environment, and makes its grant, in the deployer's name",
			Asks:   use("${Key}", via("lambda"), "CreateGrant", "Encrypt"),
			Source: docs + "lambda/latest/dg/configuration-envvars-encryption.html#managing-permissions-to-your-server-side-encryption-key",
		},
		{
			On: on, With: "LoggingConfig", Why: "Lambda writes the log",
			Asks:   []Question{{Action: "logs:CreateLogStream", Resource: "${Log}:log-stream:one"}, {Action: "logs:PutLogEvents", Resource: "${Log}:log-stream:one"}},
			Source: docs + "lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html#monitoring-cloudwatchlogs-configure-permissions",
		},
		{
			On: on, With: "DeadLetterConfig", Why: "Lambda sends what the function failed on, and the queue is encrypted",
			Asks:   toQueue,
			Source: docs + "lambda/latest/dg/invocation-async-retain-records.html#invocation-dlq",
		},
	}
}

func schedules() []Row {
	const on, encryption = "AWS::Scheduler::Schedule", docs + "scheduler/latest/UserGuide/encryption-rest.html#key-management-iam-permissions"
	return []Row{
		// The scheduler tells the group, never the schedule.
		trust(on, "Target.RoleArn", "scheduler.amazonaws.com", "${Group}", docs+"scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html"),
		pass(on, "Target.RoleArn", "scheduler.amazonaws.com", encryption),
		{
			On: on, With: "Target.Arn", Why: "the scheduler calls its target with the schedule's role",
			Asks:   []Question{{Action: "states:StartExecution", Resource: "${Target}"}},
			Source: docs + "scheduler/latest/UserGuide/setting-up.html#setting-up-execution-role",
		},
		{
			On: on, With: "Target.DeadLetterConfig", Why: "what could not be started goes to the queue, which is encrypted",
			Asks:   toQueue,
			Source: docs + "scheduler/latest/UserGuide/configuring-schedule-dlq.html#configuring-schedule-dlq-permissions",
		},
		{
			On: on, With: "KmsKeyArn", Why: "the role opens the payload, which is encrypted with a key of the account",
			Asks:   use("${Key}", context("kms:EncryptionContext:aws:scheduler:schedule:arn", "${Self}"), "Decrypt"),
			Source: encryption,
		},
		{
			On: on, With: "KmsKeyArn", Principal: Deployer, Why: "the scheduler encrypts the payload in the deployer's name",
			Asks:   use("${Key}", nil, "DescribeKey", "GenerateDataKey", "Decrypt"),
			Source: encryption,
		},
	}
}

func machines() []Row {
	const on = "AWS::StepFunctions::StateMachine"
	ofMachine := context("kms:EncryptionContext:aws:states:stateMachineArn", "${Self}")
	return []Row{
		trust(on, "RoleArn", "states.amazonaws.com", "${Self}", docs+"step-functions/latest/dg/procedure-create-iam-role.html#prevent-cross-service-confused-deputy"),
		pass(on, "RoleArn", "states.amazonaws.com", passRole),
		{
			On: on, With: "LoggingConfiguration", Why: "Step Functions sets up its log",
			Asks: []Question{
				{Action: "logs:CreateLogDelivery", Resource: "*"}, {Action: "logs:GetLogDelivery", Resource: "*"}, {Action: "logs:UpdateLogDelivery", Resource: "*"},
				{Action: "logs:DeleteLogDelivery", Resource: "*"}, {Action: "logs:ListLogDeliveries", Resource: "*"}, {Action: "logs:PutResourcePolicy", Resource: "*"},
				{Action: "logs:DescribeResourcePolicies", Resource: "*"}, {Action: "logs:DescribeLogGroups", Resource: "*"},
			},
			Source: docs + "step-functions/latest/dg/cw-logs.html#cloudwatch-iam-policy",
		},
		{
			On: on, With: "EncryptionConfiguration.KmsKeyId", Why: "executions are encrypted with a key of the account",
			Asks:   use("${Key}", ofMachine, "Decrypt", "GenerateDataKey"),
			Source: stepEncryption + "#create-state-machine",
		},
		{
			On: on, With: "EncryptionConfiguration.KmsKeyId", Principal: Deployer, Why: "the definition is encrypted in the deployer's name",
			Asks:   use("${Key}", nil, "DescribeKey", "GenerateDataKey"),
			Source: stepEncryption + "#create-state-machine-with-cmk",
		},
		{
			On: on, With: "EncryptionConfiguration.KmsKeyId", Principal: "delivery.logs.amazonaws.com", Why: "the log of an encrypted machine is delivered",
			Asks:   use("${Key}", nil, "Decrypt"),
			Source: stepEncryption + "#encrypt-logs",
		},
	}
}

// rules publish with the service itself, to whatever lets it in. To a topic and
// its key EventBridge does not tell for whom: conditions on it fail there.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
func rules() []Row {
	const on, service, policies = "AWS::Events::Rule", "events.amazonaws.com", docs + "eventbridge/latest/userguide/eb-use-resource-based.html"
	return []Row{
		trust(on, "Target.RoleArn", service, "${Self}", docs+"eventbridge/latest/userguide/eb-use-identity-based.html"),
		pass(on, "Target.RoleArn", service, docs+"eventbridge/latest/userguide/eb-use-identity-based.html"),
		{
			On: on, With: "Target.RoleArn", Why: "the rule publishes to its topic with its role",
			Asks: append(
				[]Question{{Action: "sns:Publish", Resource: "${RoleTopic}"}},
				use("${RoleTopicKey}", via("sns", "kms:EncryptionContext:aws:sns:topicArn", "${RoleTopic}"), "GenerateDataKey", "Decrypt")...,
			),
			Source: docs + "eventbridge/latest/userguide/eb-use-identity-based.html",
		},
		{
			On: on, With: "Targets", Principal: service, Why: "the rule calls its function, which lets it in",
			Asks:   []Question{{Action: "lambda:InvokeFunction", Resource: "${Function}", Context: ofSelf()}},
			Source: policies + "#eb-lambda-permissions",
		},
		{
			On: on, With: "Targets", Principal: service, Why: "the rule publishes to its topic, which lets it in",
			Asks:   []Question{{Action: "sns:Publish", Resource: "${Topic}"}},
			Source: policies + "#eb-sns-permissions",
		},
		{
			On: on, With: "Targets", Principal: service, Why: "the topic of the rule is encrypted, and its key lets EventBridge in",
			Asks:   use("${TopicKey}", via("sns", "kms:EncryptionContext:aws:sns:topicArn", "${Topic}"), "GenerateDataKey", "Decrypt"),
			Source: encryptedTopics,
		},
		{
			On: on, With: "Targets", Principal: service, Why: "what could not be delivered goes to the queue, which lets EventBridge in",
			Asks:   []Question{{Action: "sqs:SendMessage", Resource: "${Queue}", Context: ofSelf()}},
			Source: docs + "eventbridge/latest/userguide/eb-rule-dlq.html#eb-dlq-perms",
		},
		{
			On: on, With: "Targets", Principal: service, Why: "the dead-letter queue of the rule is encrypted, and its key lets EventBridge in",
			Asks:   use("${QueueKey}", ofSelf("kms:ViaService", "sqs.${Region}.amazonaws.com", "kms:EncryptionContext:aws:sqs:arn", "${Queue}"), "GenerateDataKey", "Decrypt"),
			Source: encryptedQueues + "#compatibility-with-aws-services",
		},
	}
}

func alarms() []Row {
	return slices.Concat(alarmsOf("AWS::CloudWatch::Alarm"), alarmsOf("AWS::CloudWatch::CompositeAlarm"))
}

// alarmsOf both kinds ask the same: both publish in CloudWatch's name.
func alarmsOf(on string) []Row {
	const service = "cloudwatch.amazonaws.com"
	return []Row{
		{
			On: on, With: "AlarmActions", Principal: service, Why: "the alarm publishes to its topic, which lets CloudWatch in",
			Asks:   []Question{{Action: "sns:Publish", Resource: "${Topic}", Context: ofSelf()}},
			Source: docs + "AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html#SNS_Confused_Deputy",
		},
		{
			On: on, With: "AlarmActions", Principal: service, Why: "the topic of the alarm is encrypted, and its key lets CloudWatch in",
			Asks:   use("${TopicKey}", ofSelf("kms:ViaService", "sns.${Region}.amazonaws.com", "kms:EncryptionContext:aws:sns:topicArn", "${Topic}"), "GenerateDataKey", "Decrypt"),
			Source: encryptedTopics,
		},
	}
}

func logs() []Row {
	const on = "AWS::Logs::LogGroup"
	return []Row{
		{
			On: on, With: "KmsKeyId", Principal: "logs.${Region}.amazonaws.com", Why: "CloudWatch Logs encrypts the log group, and its key lets it in",
			Asks: use("${Key}", context("kms:EncryptionContext:aws:logs:arn", "${Self}"),
				"Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey"),
			Source: logsEncryption + "#cmk-permissions-lg",
		},
		{
			On: on, With: "KmsKeyId", Principal: Deployer, Why: "CloudWatch Logs looks at the key in the deployer's name",
			Asks:   use("${Key}", via("logs"), "DescribeKey"),
			Source: logsEncryption + "#cmk-permissions-association",
		},
	}
}

func flowLogs() []Row {
	const on, page = "AWS::EC2::FlowLog", docs + "vpc/latest/userguide/flow-logs-iam-role.html"
	return []Row{
		trust(on, "DeliverLogsPermissionArn", "vpc-flow-logs.amazonaws.com", "arn:${Partition}:ec2:${Region}:${Account}:vpc-flow-log/fl-00000000000000000", page),
		pass(on, "DeliverLogsPermissionArn", "vpc-flow-logs.amazonaws.com", passRole),
		{
			On: on, With: "DeliverLogsPermissionArn", Why: "flow logs are written with the role",
			Asks: []Question{
				{Action: "logs:CreateLogStream", Resource: "${Log}:log-stream:one"}, {Action: "logs:PutLogEvents", Resource: "${Log}:log-stream:one"},
				{Action: "logs:DescribeLogStreams", Resource: "${Log}:log-stream:"},
			},
			Source: page,
		},
	}
}

// kept are tables, which are encrypted in the name of whoever chooses the key.
func kept() []Row {
	return []Row{{
		On: "AWS::DynamoDB::Table", With: "SSESpecification.KMSMasterKeyId", Principal: Deployer, Why: "DynamoDB gets the use of the key from whoever chooses it",
		Asks: slices.Concat(
			use("${Key}", via("dynamodb"), "Encrypt", "Decrypt", "ReEncryptFrom", "ReEncryptTo", "GenerateDataKey", "DescribeKey"),
			use("${Key}", via("dynamodb", "kms:GrantIsForAWSResource", "true"), "CreateGrant"),
		),
		Source: docs + "amazondynamodb/latest/developerguide/encryption.usagenotes.html#dynamodb-customer-cmk-policy",
	}}
}
