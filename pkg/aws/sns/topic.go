// Package sns tells people: one topic, one message at a time.
//
// A message whose answer was lost may be there twice; a failure leaves nothing
// behind.
package sns

import (
	"cmp"
	"context"
	"strings"
	"unicode/utf8"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Limits of Publish. The reference says "less than 100 characters" of the
// subject. https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
const (
	maxSubject   = 99
	maxTextBytes = 256 << 10
)

// api is what this package uses of SNS.
type api interface {
	Publish(context.Context, *sns.PublishInput, ...func(*sns.Options)) (*sns.PublishOutput, error)
}

// Topic is safe for concurrent use.
type Topic struct {
	api api
	arn string
}

// New returns a topic by its ARN.
func New(cfg aws.Config, topicARN string) *Topic {
	return &Topic{api: sns.NewFromConfig(cfg), arn: topicARN}
}

// Notify sends a message. What SNS would refuse in the subject is replaced, and
// what is too long is cut and ends in "...": a message that says less is worth
// more than none.
func (t *Topic) Notify(ctx context.Context, subject, text string) error {
	subject = fitSubject(subject)
	_, err := t.api.Publish(ctx, &sns.PublishInput{
		TopicArn: &t.arn, Subject: &subject, Message: aws.String(fitText(cmp.Or(text, subject))),
	})
	return awsconfig.Named(err, drill.Unexpected, "notify "+t.arn, "see that the topic is there and the role may publish to it and use its key")
}

// fitSubject makes ASCII without control characters, which begins with a
// letter, a digit or punctuation.
func fitSubject(subject string) string {
	ascii := strings.Map(func(r rune) rune {
		switch {
		case r < ' ' || r == 0x7f:
			return ' '
		case r > 0x7f:
			return '?'
		}
		return r
	}, subject)
	ascii = cmp.Or(strings.TrimSpace(ascii), "lifeboat")
	if len(ascii) > maxSubject {
		ascii = ascii[:maxSubject-len("...")] + "..."
	}
	return ascii
}

func fitText(text string) string {
	text = strings.ToValidUTF8(text, "?")
	if len(text) <= maxTextBytes {
		return text
	}
	end := maxTextBytes - len("...")
	for !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + "..."
}
