package dynamodb

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
)

// Claim takes a name for a run, if nobody has it, the run itself has, or whom it
// names in instead ("": nobody). holder is who has it now: the run, or the other
// that must be looked at.
func (r Recoveries) Claim(ctx context.Context, name, run, instead string) (holder string, err error) {
	what := fmt.Sprintf("claim %s for recovery %s", name, run)
	i := claimKey(name).item()
	i["owner"] = text(run)
	in := &dynamodb.PutItemInput{
		TableName: &r.table.name, Item: i,
		ConditionExpression:       aws.String("attribute_not_exists(pk) OR #owner = :run OR #owner = :instead"),
		ExpressionAttributeNames:  map[string]string{"#owner": "owner"}, // a reserved word
		ExpressionAttributeValues: item{":run": text(run), ":instead": text(instead)},
	}
	if _, err = r.table.api.PutItem(ctx, in); err == nil {
		return run, nil
	}
	if !conflict(err) {
		return "", r.table.named(err, what)
	}
	had, err := r.table.get(ctx, claimKey(name), what)
	return textOf(had, "owner"), err
}
