package sns

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sns"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// There looks whether topics are there, in one region.
type There struct {
	api interface {
		GetTopicAttributes(context.Context, *sns.GetTopicAttributesInput, ...func(*sns.Options)) (*sns.GetTopicAttributesOutput, error)
	}
}

// NewThere makes an adapter. It makes no call.
func NewThere(cfg aws.Config) There { return There{sns.NewFromConfig(cfg)} }

// Missing says that a topic, by its ARN, is not there; "": it is. Errors: NotPrepared,
// Throttled, Transient.
func (t There) Missing(ctx context.Context, arn string) (string, error) {
	_, err := t.api.GetTopicAttributes(ctx, &sns.GetTopicAttributesInput{TopicArn: &arn})
	if gone(err) {
		return "there is no such topic", nil
	}
	return "", awsconfig.Named(err, drill.NotPrepared, "looking at topic "+arn, "see that the role may call sns:GetTopicAttributes on it")
}
