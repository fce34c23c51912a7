package dynamodb

import (
	"context"
	"iter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// query walks over the items under pk whose sk begins with prefix, page after
// page, in the order of sk or backwards. It ends at the first error.
func (t *Table) query(ctx context.Context, k key, backwards bool, limit int32, what string) iter.Seq2[item, error] {
	return func(yield func(item, error) bool) {
		in := &dynamodb.QueryInput{
			TableName: &t.name, ConsistentRead: aws.Bool(true), ScanIndexForward: aws.Bool(!backwards),
			KeyConditionExpression:    aws.String("pk = :pk"),
			ExpressionAttributeValues: item{":pk": text(k.pk)},
		}
		if k.sk != "" {
			in.KeyConditionExpression = aws.String("pk = :pk AND begins_with(sk, :sk)")
			in.ExpressionAttributeValues[":sk"] = text(k.sk)
		}
		if limit > 0 {
			in.Limit = aws.Int32(limit)
		}
		for {
			out, err := t.api.Query(ctx, in)
			if err != nil {
				yield(nil, t.named(err, what))
				return
			}
			for _, i := range out.Items {
				if !yield(i, nil) {
					return
				}
			}
			if len(out.LastEvaluatedKey) == 0 {
				return
			}
			in.ExclusiveStartKey = out.LastEvaluatedKey
		}
	}
}
