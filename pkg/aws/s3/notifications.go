package s3

import (
	"context"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

type notificationsAPI interface {
	GetBucketNotificationConfiguration(context.Context, *s3.GetBucketNotificationConfigurationInput, ...func(*s3.Options)) (*s3.GetBucketNotificationConfigurationOutput, error)
}

// Notifications of buckets.
type Notifications struct{ api notificationsAPI }

// NewNotifications makes an adapter. It makes no call.
func NewNotifications(cfg aws.Config) Notifications {
	return Notifications{s3.NewFromConfig(cfg, func(c *s3.Options) { c.UsePathStyle = c.BaseEndpoint != nil })}
}

// SendsEvents is whether a bucket, by its ARN, sends its events to EventBridge: the
// block is there, and empty, or it is not.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_EventBridgeConfiguration.html
func (n Notifications) SendsEvents(ctx context.Context, arn string) (bool, error) {
	bucket := arn[strings.LastIndexByte(arn, ':')+1:]
	out, err := n.api.GetBucketNotificationConfiguration(ctx, &s3.GetBucketNotificationConfigurationInput{Bucket: &bucket})
	if err != nil {
		return false, awsconfig.Named(err, drill.Unexpected, "reading the notifications of bucket "+bucket, "see that the function's role, and the bucket's policy, allow s3:GetBucketNotification")
	}
	return out.EventBridgeConfiguration != nil, nil
}
