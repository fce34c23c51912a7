package dynamodb

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// keyed is a part of a recovery's record: an item with the part as JSON, and its
// revision beside it, which the conditions of writes are about.
type keyed struct {
	key
	part     any
	revision int
}

func (k keyed) item(what string) (item, error) {
	body, err := json.Marshal(k.part)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
	}
	const names, digits = len("pk" + "sk" + "body" + "revision"), 10
	if size := names + len(k.pk) + len(k.sk) + len(body) + digits; size > maxItemBytes {
		return nil, &drill.Error{
			Name: drill.InvalidInput, What: fmt.Sprintf("%s: %s has %d bytes, and an item of DynamoDB holds %d", what, k.sk, size, maxItemBytes),
			Hint: "shorten what the plan says of it: payloads, checks, lists",
		}
	}
	i := k.key.item()
	i["body"], i["revision"] = text(string(body)), number(float64(k.revision))
	return i, nil
}

// replace writes a part on condition that the revision there is the given one.
func (t *Table) replace(ctx context.Context, k keyed, revision int, what string) error {
	i, err := k.item(what)
	if err != nil {
		return err
	}
	in := &dynamodb.PutItemInput{
		TableName: &t.name, Item: i, ConditionExpression: aws.String("revision = :revision"),
		ExpressionAttributeValues: item{":revision": number(float64(revision))},
	}
	_, err = t.api.PutItem(ctx, in)
	if err == nil || !conflict(err) {
		return t.named(err, what)
	}
	// It may be ours, from a write whose answer was lost.
	now, err := t.get(ctx, k.key, what)
	switch {
	case err != nil:
		return err
	case now == nil:
		return fmt.Errorf("%s: %w", what, recovery.ErrNoRun)
	case textOf(now, "body") == textOf(i, "body"):
		return nil
	}
	return fmt.Errorf("%s: %w", what, recovery.ErrConflict)
}

func read[T any](ctx context.Context, t *Table, k key, what string) (part T, err error) {
	i, err := t.get(ctx, k, what)
	if err != nil {
		return part, err
	}
	if i == nil {
		return part, fmt.Errorf("%s: %w", what, recovery.ErrNoRun)
	}
	return parsed[T](i, what)
}

func parsed[T any](i item, what string) (part T, err error) {
	if err := json.Unmarshal([]byte(textOf(i, "body")), &part); err != nil {
		return part, &drill.Error{Name: drill.Unexpected, What: fmt.Sprintf("%s: %s cannot be read", what, textOf(i, "sk")), Err: err}
	}
	return part, nil
}
