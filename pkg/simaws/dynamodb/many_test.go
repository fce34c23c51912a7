package dynamodb_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/dynamodb"
)

func put(item attrs, condition string) types.TransactWriteItem {
	p := &types.Put{TableName: tableName, Item: item}
	if condition != "" {
		p.ConditionExpression = &condition
		p.ReturnValuesOnConditionCheckFailure = types.ReturnValuesOnConditionCheckFailureAllOld
	}
	return types.TransactWriteItem{Put: p}
}

func (l *lab) transact(token string, items ...types.TransactWriteItem) error {
	in := &sdk.TransactWriteItemsInput{TransactItems: items}
	if token != "" {
		in.ClientRequestToken = &token
	}
	_, err := l.client.TransactWriteItems(ctx, in)
	return err
}

func increment(sk string) types.TransactWriteItem {
	return types.TransactWriteItem{Update: &types.Update{
		TableName: tableName, Key: at(sk), UpdateExpression: aws.String("ADD n :one"), ExpressionAttributeValues: attrs{":one": n("1")},
	}}
}

func TestATransactionDoesAllOrNothing(t *testing.T) {
	l := newLab(dynamodb.Options{})
	l.put(t, with(at("lock"), "owner", s("other")), at("old"))
	check := types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{TableName: tableName, Key: at("gate"), ConditionExpression: aws.String("attribute_not_exists(pk)")}}
	remove := types.TransactWriteItem{Delete: &types.Delete{TableName: tableName, Key: at("old")}}
	if err := l.transact("", check, remove, increment("count"), put(at("new"), "attribute_not_exists(pk)")); err != nil {
		t.Fatal(err)
	}
	before := l.db.Items(account, region, "runs")
	err := l.transact("", increment("count"), put(at("lock"), "attribute_not_exists(pk)"), put(at("late"), ""))
	var canceled *types.TransactionCanceledException
	if !errors.As(err, &canceled) {
		t.Fatal(err)
	}
	var codes []string
	for _, reason := range canceled.CancellationReasons {
		codes = append(codes, *reason.Code)
	}
	if diff := cmp.Diff([]string{"None", "ConditionalCheckFailed", "None"}, codes); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(with(at("lock"), "owner", s("other")), canceled.CancellationReasons[1].Item, unexposed); diff != "" || canceled.Message == nil {
		t.Errorf("message %v (-want +got):\n%s", canceled.Message, diff)
	}
	if diff := cmp.Diff(before, l.db.Items(account, region, "runs")); diff != "" {
		t.Errorf("a cancelled transaction changes nothing (-before +after):\n%s", diff)
	}
	if len(before) != 3 || l.get(t, "old") != nil || l.get(t, "new") == nil || l.get(t, "count") == nil {
		t.Errorf("the first one did all, got %v", before)
	}
}

func TestATokenMakesATransactionRepeatable(t *testing.T) {
	l := newLab(dynamodb.Options{})
	if err := errors.Join(l.transact("t1", increment("count")), l.transact("t1", increment("count"))); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(n("1"), l.get(t, "count")["n"], unexposed); diff != "" {
		t.Errorf("the second call did nothing (-want +got):\n%s", diff)
	}
	if err := l.transact("t1", increment("other")); code(err) != "IdempotentParameterMismatchException" {
		t.Errorf("another transaction: %v", err)
	}
	l.clock.Advance(10 * time.Minute)
	if err := l.transact("t1", increment("count")); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(n("2"), l.get(t, "count")["n"], unexposed); diff != "" {
		t.Errorf("a token lives ten minutes (-want +got):\n%s", diff)
	}
}

func TestRefusedTransactions(t *testing.T) {
	many := make([]types.TransactWriteItem, 101)
	for i := range many {
		many[i] = increment(fmt.Sprint(i))
	}
	text := types.TransactWriteItem{Update: &types.Update{
		TableName: tableName, Key: at("text"), UpdateExpression: aws.String("ADD n :one"), ExpressionAttributeValues: attrs{":one": n("1")},
	}}
	tests := map[string]struct {
		reason string
		items  []types.TransactWriteItem
		want   string
	}{
		"101 items":      {"100 at most", many, "ValidationException"},
		"one item twice": {"each once", []types.TransactWriteItem{increment("1"), put(at("1"), "")}, "ValidationException"},
		"nothing":        {"one action per item", []types.TransactWriteItem{{}}, "ValidationException"},
		"bad data":       {"is a reason, too", []types.TransactWriteItem{text, increment("1")}, "TransactionCanceledException"},
		"bad expression": {"is refused at once", []types.TransactWriteItem{put(at("1"), "status = x")}, "ValidationException"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLab(dynamodb.Options{})
			l.put(t, with(at("text"), "n", s("x")))
			if err := l.transact("", tc.items...); code(err) != tc.want || len(l.db.Items(account, region, "runs")) != 1 {
				t.Errorf("%s: %v, want %s", tc.reason, err, tc.want)
			}
		})
	}
}

func TestBatches(t *testing.T) {
	count := 0
	l := newLab(dynamodb.Options{Unprocessed: func() bool { count++; return count == 2 || count == 4 }})
	l.put(t, at("old"))
	writes := map[string][]types.WriteRequest{*tableName: {
		{PutRequest: &types.PutRequest{Item: at("1")}}, {PutRequest: &types.PutRequest{Item: at("2")}}, {DeleteRequest: &types.DeleteRequest{Key: at("old")}},
	}}
	out, err := l.client.BatchWriteItem(ctx, &sdk.BatchWriteItemInput{RequestItems: writes})
	if err != nil {
		t.Fatal(err)
	}
	if left := out.UnprocessedItems[*tableName]; len(left) != 1 || left[0].PutRequest == nil || l.get(t, "2") != nil || l.get(t, "old") != nil {
		t.Errorf("left %v of %v", left, l.db.Items(account, region, "runs"))
	}
	keys := map[string]types.KeysAndAttributes{*tableName: {Keys: []attrs{at("1"), at("2"), at("old")}, ConsistentRead: aws.Bool(true)}}
	got, err := l.client.BatchGetItem(ctx, &sdk.BatchGetItemInput{RequestItems: keys})
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Responses[*tableName]) != 0 || len(got.UnprocessedKeys[*tableName].Keys) != 1 {
		t.Errorf("the first key was handed back, the others are not there: %v, %v", got.Responses, got.UnprocessedKeys)
	}
	if got, err = l.client.BatchGetItem(ctx, &sdk.BatchGetItemInput{RequestItems: got.UnprocessedKeys}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]attrs{at("1")}, got.Responses[*tableName], unexposed); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestRefusedBatches(t *testing.T) {
	var writes []types.WriteRequest
	var keys []attrs
	for i := range 101 {
		keys = append(keys, at(fmt.Sprint(i)))
		if i < 26 {
			writes = append(writes, types.WriteRequest{PutRequest: &types.PutRequest{Item: at(fmt.Sprint(i))}})
		}
	}
	l := newLab(dynamodb.Options{})
	write := func(list ...types.WriteRequest) error {
		_, err := l.client.BatchWriteItem(ctx, &sdk.BatchWriteItemInput{RequestItems: map[string][]types.WriteRequest{*tableName: list}})
		return err
	}
	get := func(list ...attrs) error {
		_, err := l.client.BatchGetItem(ctx, &sdk.BatchGetItemInput{RequestItems: map[string]types.KeysAndAttributes{*tableName: {Keys: list}}})
		return err
	}
	for reason, err := range map[string]error{
		"25 writes at most": write(writes...), "each item once": write(writes[0], writes[0]), "one of two": write(types.WriteRequest{}),
		"100 keys at most": get(keys...), "each key once": get(keys[0], keys[0]),
	} {
		if code(err) != "ValidationException" {
			t.Errorf("%s: %v", reason, err)
		}
	}
	if got := l.db.Items(account, region, "runs"); len(got) != 0 {
		t.Errorf("left %v", got)
	}
}
