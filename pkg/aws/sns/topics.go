// Package sns serves topics: it looks at who is told and who may publish.
package sns

import (
	"context"
	"encoding/json"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
)

type topicsAPI interface {
	sns.ListSubscriptionsByTopicAPIClient
	GetTopicAttributes(context.Context, *sns.GetTopicAttributesInput, ...func(*sns.Options)) (*sns.GetTopicAttributesOutput, error)
}

// Topics are looked at: who is told, and what their policies say.
type Topics struct{ api topicsAPI }

// NewTopics makes an adapter. It makes no call.
func NewTopics(cfg aws.Config) Topics { return Topics{sns.NewFromConfig(cfg)} }

// pending is what SNS says instead of an ARN where nobody has confirmed yet.
// https://docs.aws.amazon.com/sns/latest/api/API_ListSubscriptionsByTopic.html
const pending = "PendingConfirmation"

// Subscriptions of a topic by its ARN, in no order; false: there is no such topic.
// One that was removed still shows for some days, as Deleted: it is left out. The
// error is a *seen.Unread.
func (t Topics) Subscriptions(ctx context.Context, arn string) (list []seen.Subscription, found bool, err error) {
	pages := sns.NewListSubscriptionsByTopicPaginator(t.api, &sns.ListSubscriptionsByTopicInput{TopicArn: &arn})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if gone(err) {
			return nil, false, nil
		}
		if err != nil {
			return nil, false, seen.Cannot(err, "the subscriptions of "+arn, "sns:ListSubscriptionsByTopic on it")
		}
		for _, s := range page.Subscriptions {
			id := aws.ToString(s.SubscriptionArn)
			if id == "Deleted" {
				continue
			}
			list = append(list, seen.Subscription{Protocol: aws.ToString(s.Protocol), Endpoint: aws.ToString(s.Endpoint), Confirmed: id != pending})
		}
	}
	return list, true, nil
}

// Policy of a topic by its ARN; nil: it has none, or is not there.
func (t Topics) Policy(ctx context.Context, arn string) (json.RawMessage, error) {
	out, err := t.api.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: &arn})
	if gone(err) {
		return nil, nil
	}
	if err != nil {
		return nil, seen.Cannot(err, "the policy of "+arn, "sns:GetTopicAttributes on it")
	}
	if text := out.Attributes["Policy"]; text != "" {
		return json.RawMessage(text), nil
	}
	return nil, nil
}

func gone(err error) bool {
	code := awsconfig.Code(err)
	return code == "NotFound" || code == "NotFoundException"
}
