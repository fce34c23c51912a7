// Package sns tells people, one message at a time, with a text for each way by
// which it goes, and looks at who is told.
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

// Publisher of a region. It is safe for concurrent use.
type Publisher struct{ api api }

// New makes the one in the region of the configuration.
func New(cfg aws.Config) *Publisher { return &Publisher{sns.NewFromConfig(cfg)} }

// Publish sends a message that is a JSON object with a text per protocol, and one
// that is called default.
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
func (p *Publisher) Publish(ctx context.Context, topicARN, subject, message string) error {
	_, err := p.api.Publish(ctx, &sns.PublishInput{TopicArn: &topicARN, Subject: &subject, Message: &message, MessageStructure: aws.String("json")})
	return awsconfig.Named(err, drill.Unexpected, "publish to "+topicARN, "see that the topic is there and the role may publish to it and use its key")
}
