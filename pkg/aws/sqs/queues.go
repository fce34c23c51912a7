// Package sqs looks at queues: what waits in one, and what its policy says. It
// takes nothing out.
package sqs

import (
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sqs/types"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
)

type api interface {
	GetQueueUrl(context.Context, *sqs.GetQueueUrlInput, ...func(*sqs.Options)) (*sqs.GetQueueUrlOutput, error)
	GetQueueAttributes(context.Context, *sqs.GetQueueAttributesInput, ...func(*sqs.Options)) (*sqs.GetQueueAttributesOutput, error)
}

// Queues of an account and region.
type Queues struct{ api api }

// New makes an adapter. It makes no call.
func New(cfg aws.Config) Queues { return Queues{sqs.NewFromConfig(cfg)} }

// waiting are the figures that are messages: visible, being handled, delayed.
// They are approximate, and right within a minute.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
var waiting = []types.QueueAttributeName{
	types.QueueAttributeNameApproximateNumberOfMessages, types.QueueAttributeNameApproximateNumberOfMessagesNotVisible,
	types.QueueAttributeNameApproximateNumberOfMessagesDelayed,
}

// Queue by its ARN; false: there is none. The error is a *seen.Unread.
func (q Queues) Queue(ctx context.Context, arn string) (seen.Queue, bool, error) {
	all, err := q.attributes(ctx, arn, "queue "+arn, append([]types.QueueAttributeName{types.QueueAttributeNameKmsMasterKeyId}, waiting...)...)
	if err != nil || all == nil {
		return seen.Queue{}, false, err
	}
	found := seen.Queue{Key: all[string(types.QueueAttributeNameKmsMasterKeyId)]}
	for _, name := range waiting {
		n, _ := strconv.Atoi(all[string(name)]) // SQS says numbers
		found.Messages += n
	}
	return found, true, nil
}

// Policy of a queue by its ARN; nil: it has none, or is not there.
func (q Queues) Policy(ctx context.Context, arn string) (json.RawMessage, error) {
	all, err := q.attributes(ctx, arn, "the policy of "+arn, types.QueueAttributeNamePolicy)
	if text := all[string(types.QueueAttributeNamePolicy)]; err == nil && text != "" {
		return json.RawMessage(text), nil
	}
	return nil, err
}

func (q Queues) attributes(ctx context.Context, arn, what string, names ...types.QueueAttributeName) (map[string]string, error) {
	part := strings.Split(arn, ":")
	url, err := q.api.GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &part[len(part)-1]})
	if gone(err) {
		return nil, nil
	}
	if err != nil {
		return nil, seen.Cannot(err, what, "sqs:GetQueueUrl on "+arn)
	}
	out, err := q.api.GetQueueAttributes(ctx, &sqs.GetQueueAttributesInput{QueueUrl: url.QueueUrl, AttributeNames: names})
	if gone(err) {
		return nil, nil
	}
	if err != nil {
		return nil, seen.Cannot(err, what, "sqs:GetQueueAttributes on "+arn)
	}
	if out.Attributes == nil {
		return map[string]string{}, nil
	}
	return out.Attributes, nil
}

func gone(err error) bool {
	code := awsconfig.Code(err)
	return code == "QueueDoesNotExist" || code == "AWS.SimpleQueueService.NonExistentQueue"
}
