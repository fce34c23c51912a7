package dynamodb_test

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/smithy-go"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

const (
	account = "111122223333"
	region  = "eu-central-1"
)

var (
	ctx       = context.Background()
	start     = time.Date(2026, 11, 2, 3, 0, 0, 0, time.UTC)
	tableName = aws.String("runs")
	unexposed = cmpopts.IgnoreUnexported(
		types.AttributeValueMemberS{}, types.AttributeValueMemberN{}, types.AttributeValueMemberL{}, types.AttributeValueMemberM{},
		types.AttributeValueMemberBOOL{}, types.AttributeValueMemberNULL{}, types.AttributeValueMemberB{},
		types.AttributeValueMemberSS{}, types.AttributeValueMemberNS{}, types.AttributeValueMemberBS{})
)

type lab struct {
	clock  *clock.Virtual
	db     *dynamodb.Service
	cloud  *simaws.Cloud
	client *sdk.Client
}

func newLab(o dynamodb.Options) *lab {
	l := &lab{clock: clock.NewVirtual(start), db: dynamodb.New(o)}
	l.cloud = simaws.New(simaws.Options{Clock: l.clock}, map[string]wire.Handler{"dynamodb": l.db})
	l.client = sdk.NewFromConfig(aws.Config{
		Region: region, HTTPClient: &http.Client{Transport: l.cloud},
		Credentials: credentials.NewStaticCredentialsProvider(simaws.AccessKey(account, "tester"), "secret", ""),
		Retryer:     func() aws.Retryer { return aws.NopRetryer{} },
	})
	l.db.CreateTable(account, region, *tableName, "pk", "sk")
	return l
}

type attrs = map[string]types.AttributeValue

func s(text string) types.AttributeValue { return &types.AttributeValueMemberS{Value: text} }
func n(text string) types.AttributeValue { return &types.AttributeValueMemberN{Value: text} }

func at(sk string) attrs { return attrs{"pk": s("db"), "sk": s(sk)} }

func with(item attrs, name string, v types.AttributeValue) attrs {
	item[name] = v
	return item
}

func (l *lab) put(t *testing.T, items ...attrs) {
	t.Helper()
	for _, item := range items {
		if _, err := l.client.PutItem(ctx, &sdk.PutItemInput{TableName: tableName, Item: item}); err != nil {
			t.Fatal(err)
		}
	}
}

func (l *lab) get(t *testing.T, sk string) attrs {
	t.Helper()
	out, err := l.client.GetItem(ctx, &sdk.GetItemInput{TableName: tableName, Key: at(sk), ConsistentRead: aws.Bool(true)})
	if err != nil {
		t.Fatal(err)
	}
	return out.Item
}

func code(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode()
	}
	return ""
}

func message(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorMessage()
	}
	return ""
}

func TestItemsComeBackAsTheyWere(t *testing.T) {
	l := newLab(dynamodb.Options{})
	item := attrs{
		"pk": s("db"), "sk": s("1"), "n": n("1500.50"), "e": n("1e3"), "empty": s(""),
		"yes": &types.AttributeValueMemberBOOL{Value: true}, "null": &types.AttributeValueMemberNULL{Value: true},
		"b": &types.AttributeValueMemberB{Value: []byte{0, 255}}, "l": &types.AttributeValueMemberL{Value: []types.AttributeValue{s("a"), n("-0.10")}},
		"m":  &types.AttributeValueMemberM{Value: attrs{"x": s("y")}},
		"ss": &types.AttributeValueMemberSS{Value: []string{"b", "a"}}, "ns": &types.AttributeValueMemberNS{Value: []string{"2.0", "1"}},
		"bs": &types.AttributeValueMemberBS{Value: [][]byte{{1}}},
	}
	l.put(t, item)
	item["n"], item["e"] = n("1500.5"), n("1000")
	item["l"] = &types.AttributeValueMemberL{Value: []types.AttributeValue{s("a"), n("-0.1")}}
	item["ns"] = &types.AttributeValueMemberNS{Value: []string{"2", "1"}}
	if diff := cmp.Diff(item, l.get(t, "1"), unexposed); diff != "" {
		t.Errorf("numbers lose their trailing zeros, nothing else changes (-want +got):\n%s", diff)
	}
	if got := l.get(t, "2"); got != nil {
		t.Errorf("an item that is not there is no error, got %v", got)
	}
	if got := l.cloud.Calls()[0].Resources; len(got) != 1 || got[0] != "arn:aws:dynamodb:eu-central-1:111122223333:table/runs" {
		t.Errorf("resources %v", got)
	}
	if got := l.db.Items(account, region, "runs"); len(got) != 1 || got[0]["n"].Text != "1500.5" {
		t.Errorf("read in Go: %v", got)
	}
}

func TestConditions(t *testing.T) {
	tests := map[string]struct {
		reason, condition string
		item              string // "old" is there, "new" is not
		want              bool
	}{
		"exists":                 {"it does", "attribute_exists(#o)", "old", true},
		"exists not":             {"it does not", "attribute_not_exists(pk)", "new", true},
		"exists, but should not": {"it does", "attribute_not_exists(pk)", "old", false},
		"equal":                  {"the same text", "#o = :me", "old", true},
		"differs":                {"another text", "#o <> :me", "old", false},
		"missing differs":        {"a missing attribute differs from everything", "#o <> :me", "new", true},
		"missing compares not":   {"a missing attribute has no order", "expiry < :t", "new", false},
		"number":                 {"as numbers, not as texts", "expiry < :t", "old", true},
		"number equal":           {"9 and 9.0 are the same", "expiry = :nine", "old", true},
		"type":                   {"a number never equals a text", "expiry = :me", "old", false},
		"type order":             {"a number and a text have no order", "expiry >= :me OR expiry < :me", "old", false},
		"between":                {"both ends count", "expiry BETWEEN :nine AND :t", "old", true},
		"begins":                 {"a prefix", "begins_with(#o, :m)", "old", true},
		"begins not":             {"a number has no prefix", "begins_with(expiry, :m)", "old", false},
		"precedence":             {"AND binds closer than OR", "attribute_exists(nope) AND attribute_exists(nope2) OR expiry = :nine", "old", true},
		"parentheses":            {"bind closest", "attribute_exists(nope) AND (attribute_exists(nope2) OR expiry = :nine)", "old", false},
		"not":                    {"binds closer than AND", "NOT attribute_exists(nope) AND expiry = :nine", "old", true},
		"lower case":             {"keywords may be written small", "not attribute_exists(nope) and expiry between :nine and :t", "old", true},
		"inside a document":      {"paths lead into maps and lists", "doc.steps[1].outcome = :me", "old", true},
		"beside a document":      {"a path may lead nowhere", "attribute_not_exists(doc.steps[2])", "old", true},
	}
	all := attrs{":me": s("me"), ":m": s("m"), ":t": n("10"), ":nine": n("9")}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLab(dynamodb.Options{})
			step := &types.AttributeValueMemberM{Value: attrs{"outcome": s("me")}}
			steps := &types.AttributeValueMemberM{Value: attrs{"steps": &types.AttributeValueMemberL{Value: []types.AttributeValue{s("x"), step}}}}
			l.put(t, with(with(with(at("old"), "owner", s("me")), "expiry", n("9.0")), "doc", steps))
			in := &sdk.PutItemInput{TableName: tableName, Item: at(tc.item), ConditionExpression: &tc.condition}
			for placeholder, v := range all {
				if hasWord(tc.condition, placeholder) {
					if in.ExpressionAttributeValues == nil {
						in.ExpressionAttributeValues = attrs{}
					}
					in.ExpressionAttributeValues[placeholder] = v
				}
			}
			if strings.Contains(tc.condition, "#o") {
				in.ExpressionAttributeNames = map[string]string{"#o": "owner"}
			}
			_, err := l.client.PutItem(ctx, in)
			if err != nil && code(err) != "ConditionalCheckFailedException" || (err == nil) != tc.want {
				t.Errorf("%s: %v, want %v", tc.reason, err, tc.want)
			}
		})
	}
}

func hasWord(text, word string) bool {
	for _, found := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" (),", r) }) {
		if found == word {
			return true
		}
	}
	return false
}

func TestAFailedConditionShowsTheItem(t *testing.T) {
	l := newLab(dynamodb.Options{})
	l.put(t, with(at("lock"), "owner", s("other")))
	in := &sdk.PutItemInput{
		TableName: tableName, Item: at("lock"), ConditionExpression: aws.String("attribute_not_exists(pk)"),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}
	_, err := l.client.PutItem(ctx, in)
	var failed *types.ConditionalCheckFailedException
	if !errors.As(err, &failed) {
		t.Fatal(err)
	}
	if diff := cmp.Diff(with(at("lock"), "owner", s("other")), failed.Item, unexposed); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(with(at("lock"), "owner", s("other")), l.get(t, "lock"), unexposed); diff != "" {
		t.Errorf("and stays as it was (-want +got):\n%s", diff)
	}
	in.ReturnValuesOnConditionCheckFailure = ""
	if _, err = l.client.PutItem(ctx, in); !errors.As(err, &failed) || failed.Item != nil {
		t.Errorf("only where it is asked for: %v", failed.Item)
	}
}

func TestUpdates(t *testing.T) {
	tests := map[string]struct {
		reason, update string
		values         attrs
		want           attrs // of the item, beside its key
	}{
		"set":           {"replaces and adds", "SET a = :v, c = :v", attrs{":v": s("x")}, attrs{"a": s("x"), "c": s("x"), "n": n("5")}},
		"if not exists": {"keeps what is there", "SET a = if_not_exists(a, :v), c = if_not_exists(c, :v)", attrs{":v": s("x")}, attrs{"a": s("old"), "c": s("x"), "n": n("5")}},
		"counter":       {"counts from a default", "SET c = if_not_exists(c, :zero) + :one", attrs{":zero": n("0"), ":one": n("1")}, attrs{"a": s("old"), "c": n("1"), "n": n("5")}},
		"minus":         {"subtracts", "SET n = n - :d", attrs{":d": n("7.5")}, attrs{"a": s("old"), "n": n("-2.5")}},
		"swap":          {"all see the item as it was", "SET a = n, n = a", nil, attrs{"a": n("5"), "n": s("old")}},
		"remove":        {"also what is not there", "REMOVE a, nope", nil, attrs{"n": n("5")}},
		"add":           {"a missing number is zero", "ADD n :d, c :d", attrs{":d": n("2")}, attrs{"a": s("old"), "n": n("7"), "c": n("2")}},
		"sections":      {"in any order", "REMOVE a ADD n :d SET c = :v", attrs{":d": n("1"), ":v": s("x")}, attrs{"n": n("6"), "c": s("x")}},
		"list":          {"grows at its end", "SET c = list_append(if_not_exists(c, :empty), :more)", attrs{":empty": &types.AttributeValueMemberL{Value: []types.AttributeValue{}}, ":more": &types.AttributeValueMemberL{Value: []types.AttributeValue{s("x")}}}, attrs{"a": s("old"), "n": n("5"), "c": &types.AttributeValueMemberL{Value: []types.AttributeValue{s("x")}}}},
		"set of texts":  {"takes each element once", "ADD c :x", attrs{":x": &types.AttributeValueMemberSS{Value: []string{"x"}}}, attrs{"a": s("old"), "n": n("5"), "c": &types.AttributeValueMemberSS{Value: []string{"x"}}}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLab(dynamodb.Options{})
			l.put(t, with(with(at("1"), "a", s("old")), "n", n("5")))
			out, err := l.client.UpdateItem(ctx, &sdk.UpdateItemInput{
				TableName: tableName, Key: at("1"), UpdateExpression: &tc.update, ExpressionAttributeValues: tc.values, ReturnValues: types.ReturnValueAllNew,
			})
			if err != nil {
				t.Fatal(err)
			}
			tc.want["pk"], tc.want["sk"] = s("db"), s("1")
			if diff := cmp.Diff(tc.want, out.Attributes, unexposed); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
			if diff := cmp.Diff(tc.want, l.get(t, "1"), unexposed); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tc.reason, diff)
			}
		})
	}
}

func TestReturnValues(t *testing.T) {
	l := newLab(dynamodb.Options{})
	update := func(values types.ReturnValue) attrs {
		out, err := l.client.UpdateItem(ctx, &sdk.UpdateItemInput{
			TableName: tableName, Key: at("1"), UpdateExpression: aws.String("ADD n :one"), ExpressionAttributeValues: attrs{":one": n("1")}, ReturnValues: values,
		})
		if err != nil {
			t.Fatal(err)
		}
		return out.Attributes
	}
	got := []attrs{
		update(types.ReturnValueUpdatedNew), update(types.ReturnValueUpdatedOld), update(types.ReturnValueAllOld), update(types.ReturnValueNone),
	}
	want := []attrs{{"n": n("1")}, {"n": n("1")}, with(at("1"), "n", n("2")), nil}
	if diff := cmp.Diff(want, got, unexposed); diff != "" {
		t.Errorf("an update makes the item where it is missing (-want +got):\n%s", diff)
	}
	out, err := l.client.DeleteItem(ctx, &sdk.DeleteItemInput{TableName: tableName, Key: at("1"), ReturnValues: types.ReturnValueAllOld})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(with(at("1"), "n", n("4")), out.Attributes, unexposed); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if out, err := l.client.DeleteItem(ctx, &sdk.DeleteItemInput{TableName: tableName, Key: at("1")}); err != nil || out.Attributes != nil {
		t.Errorf("deleting what is not there is no error: %v", err)
	}
	if _, err := l.client.DeleteItem(ctx, &sdk.DeleteItemInput{TableName: tableName, Key: at("1"), ReturnValues: types.ReturnValueAllNew}); code(err) != "ValidationException" {
		t.Errorf("a deletion has no new values: %v", err)
	}
}
