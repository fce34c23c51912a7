package constructs

import (
	"github.com/aws/aws-cdk-go/awscdk/v2"
	"github.com/aws/aws-cdk-go/awscdk/v2/awskms"
	"github.com/aws/aws-cdk-go/awscdk/v2/awssqs"
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
)

// NewUndelivered is the queue of what nobody took: starts that the scheduler
// could not make, events that a rule could not deliver or a function failed
// on. It has an alarm.
func NewUndelivered(scope constructs.Construct, names Names, key awskms.IKey) awssqs.Queue {
	queue := awssqs.NewQueue(scope, jsii.String("Undelivered"), &awssqs.QueueProps{
		QueueName: jsii.String(names.Undelivered()), Encryption: awssqs.QueueEncryption_KMS, EncryptionMasterKey: key,
		EnforceSSL: jsii.Bool(true), RetentionPeriod: awscdk.Duration_Days(jsii.Number(14)),
	})
	accept(queue, accepted{"AwsSolutions-SQS3": "It is the dead-letter queue itself."})
	return queue
}

func sendUndelivered(names Names) Statement {
	return Statement{
		Sid: "Undelivered", Reason: "what could not be started or handled", Actions: []string{"sqs:SendMessage"},
		Resources: []string{names.ARN("sqs", names.Undelivered())},
	}
}

func useQueueKey(names Names, key awskms.IKey) Statement {
	return Statement{
		Sid: "KeyOfTheQueue", Reason: "the queue is encrypted", Actions: []string{"kms:Decrypt", "kms:GenerateDataKey"}, Resources: []string{*key.KeyArn()},
		Conditions: viaService(names, "sqs"),
	}
}
