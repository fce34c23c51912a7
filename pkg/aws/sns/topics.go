// Package sns tells people: one message at a time, with a text for each way by
// which it goes.
//
// A message whose answer was lost may be there twice; a failure leaves nothing
// behind.
package sns

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// api is what this package uses of SNS.
type api interface {
	Publish(context.Context, *sns.PublishInput, ...func(*sns.Options)) (*sns.PublishOutput, error)
}

// Topics of a region. They are safe for concurrent use.
type Topics struct{ api api }

// New returns the topics in the region of the configuration.
func New(cfg aws.Config) *Topics { return &Topics{sns.NewFromConfig(cfg)} }

// Publish sends a message that is a JSON object with a text per protocol, and one
// that is called default.
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
func (t *Topics) Publish(ctx context.Context, topicARN, subject, message string) error {
	_, err := t.api.Publish(ctx, &sns.PublishInput{TopicArn: &topicARN, Subject: &subject, Message: &message, MessageStructure: aws.String("json")})
	return awsconfig.Named(err, drill.Unexpected, "publish to "+topicARN, "see that the topic is there and the role may publish to it and use its key")
}
