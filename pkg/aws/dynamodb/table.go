// Package dynamodb keeps what must outlive an execution in one table per
// deployment: run records, locks, history and task tokens.
//
// The table has the keys pk and sk (strings) and the time to live attribute
// expiresAt (epoch seconds):
//
//	run#<run>             fact#<6 digits>   one fact as JSON; kept 400 days
//	slot#<database>       lock              who drills the database now
//	slot#<database>       time#<time>       who claimed a scheduled time; kept 400 days
//	history#<database>    <time>#<id>       one recorded run; kept for ever
//	announced#<database>  <time>#<id>#<sum> a document that was about to be written; kept for ever
//	passed, verdict       <database>        when a drill of it last passed, or ended with evidence; kept for ever
//	watched               <database>        since when the monitor watches it; kept for ever
//	notices               <execution>       whether people were told of its end; kept 8 days
//	token#<throwaway>     <hash>            one task token, until nobody can wait with it any more
//	recovery#<run>        meta, step#<3 digits>, database#<name>   the record of a recovery; kept for ever
//	recoveries            <time>#<run>      the list of them; kept for ever
//	recorded              <time>#<run>      a recovery whose evidence was written; kept for ever
//	recovered             <workload>        when it was last recovered, with evidence; kept for ever
//	recovery-claim#<name> claim             which recovery has a name, such as a scheduled time; kept for ever
//
// Every read is consistent, and everything that two callers could disagree on
// is a conditional write of one item. A write whose answer was lost may have
// had its effect, so what is there is read again before anything is concluded.
// A failure leaves at most a fact that is there twice, or a lock whose owner
// is closed, which the next claim takes over.
//
// DynamoDB deletes what has expired within a few days, so nothing here relies
// on its being gone.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
package dynamodb

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/awsconfig"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// keptFor is how long facts and claimed times stay: a year of drills, and the
// time to look at them.
const keptFor = 400 * 24 * time.Hour

// api is what this package uses of DynamoDB.
type api interface {
	GetItem(context.Context, *dynamodb.GetItemInput, ...func(*dynamodb.Options)) (*dynamodb.GetItemOutput, error)
	PutItem(context.Context, *dynamodb.PutItemInput, ...func(*dynamodb.Options)) (*dynamodb.PutItemOutput, error)
	DeleteItem(context.Context, *dynamodb.DeleteItemInput, ...func(*dynamodb.Options)) (*dynamodb.DeleteItemOutput, error)
	Query(context.Context, *dynamodb.QueryInput, ...func(*dynamodb.Options)) (*dynamodb.QueryOutput, error)
}

// Table is the table of one deployment. It is safe for concurrent use, also by
// several processes.
type Table struct {
	api    api
	name   string
	closed func(ctx context.Context, executionID string) (bool, error)
}

// New returns the table of the given name. closed tells whether an execution
// is not running and will not run again; nil: nobody can tell, and a lock is
// free only when it was released or has expired.
func New(cfg aws.Config, table string, closed func(ctx context.Context, executionID string) (bool, error)) *Table {
	if closed == nil {
		closed = func(context.Context, string) (bool, error) { return false, nil }
	}
	return &Table{api: dynamodb.NewFromConfig(cfg), name: table, closed: closed}
}

type item = map[string]types.AttributeValue

// key of an item; both parts are names of attributes as well.
type key struct{ pk, sk string }

func (k key) item() item { return item{"pk": text(k.pk), "sk": text(k.sk)} }

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(f float64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatFloat(f, 'f', -1, 64)}
}

// epoch rounds up: what expires is never gone before its time.
func epoch(t time.Time) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(t.Add(time.Second-1).Unix(), 10)}
}

func textOf(i item, name string) string {
	if s, ok := i[name].(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

func numberOf(i item, name string) *float64 {
	n, ok := i[name].(*types.AttributeValueMemberN)
	if !ok {
		return nil
	}
	f, err := strconv.ParseFloat(n.Value, 64)
	if err != nil {
		return nil
	}
	return &f
}

// get reads one item; nil where there is none.
func (t *Table) get(ctx context.Context, k key, what string) (item, error) {
	out, err := t.api.GetItem(ctx, &dynamodb.GetItemInput{TableName: &t.name, Key: k.item(), ConsistentRead: aws.Bool(true)})
	if err != nil {
		return nil, t.named(err, what)
	}
	if len(out.Item) == 0 {
		return nil, nil
	}
	return out.Item, nil
}

// condition on what is there before a write: an item of this owner, one that was
// recorded before, or none where absent is set. The zero value is no condition.
type condition struct {
	owner  string
	before string // a sortable time
	absent bool
}

func (c condition) expression() (expression *string, names map[string]string, values item) {
	switch {
	case c.owner != "" && c.absent:
		expression = aws.String("attribute_not_exists(pk) OR #owner = :owner")
	case c.owner != "":
		expression = aws.String("#owner = :owner")
	case c.before != "":
		expression = aws.String("attribute_not_exists(pk) OR recordedAt < :at")
		return expression, nil, item{":at": text(c.before)}
	case c.absent:
		return aws.String("attribute_not_exists(pk)"), nil, nil
	default:
		return nil, nil, nil
	}
	return expression, map[string]string{"#owner": "owner"}, item{":owner": text(c.owner)} // OWNER is a reserved word
}

// put writes an item if the condition holds, and reports whether it did.
func (t *Table) put(ctx context.Context, i item, c condition, what string) (bool, error) {
	in := &dynamodb.PutItemInput{TableName: &t.name, Item: i}
	in.ConditionExpression, in.ExpressionAttributeNames, in.ExpressionAttributeValues = c.expression()
	_, err := t.api.PutItem(ctx, in)
	if conflict(err) {
		return false, nil
	}
	return err == nil, t.named(err, what)
}

// remove deletes an item if the condition holds. That it does not hold, or that
// nothing is there, is success.
func (t *Table) remove(ctx context.Context, k key, c condition, what string) error {
	in := &dynamodb.DeleteItemInput{TableName: &t.name, Key: k.item()}
	in.ConditionExpression, in.ExpressionAttributeNames, in.ExpressionAttributeValues = c.expression()
	_, err := t.api.DeleteItem(ctx, in)
	if conflict(err) {
		return nil
	}
	return t.named(err, what)
}

// conflict: the condition did not hold. The caller looks at what is there.
func conflict(err error) bool {
	var failed *types.ConditionalCheckFailedException
	return errors.As(err, &failed)
}

func (t *Table) named(err error, what string) error {
	var missing *types.ResourceNotFoundException
	hint := "see that the role may read and write table " + t.name
	if errors.As(err, &missing) {
		hint = fmt.Sprintf("table %s is not there: deploy lifeboat to this account and region", t.name)
	}
	return awsconfig.Named(err, drill.Unexpected, what, hint)
}
