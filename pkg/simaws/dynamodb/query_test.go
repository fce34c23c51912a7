package dynamodb_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/dynamodb"
)

func sortKeys(items []attrs) string {
	var keys []string
	for _, item := range items {
		keys = append(keys, item["sk"].(*types.AttributeValueMemberS).Value)
	}
	return strings.Join(keys, " ")
}

// numbered has items 01 to 05 in the partition db, and one in another.
func numbered(t *testing.T) *lab {
	t.Helper()
	l := newLab(dynamodb.Options{})
	for i := 5; i >= 1; i-- {
		l.put(t, with(at(fmt.Sprintf("run#%02d", i)), "n", n(fmt.Sprint(i))))
	}
	l.put(t, attrs{"pk": s("db2"), "sk": s("run#01")})
	return l
}

func TestQueries(t *testing.T) {
	tests := map[string]struct {
		reason string
		in     sdk.QueryInput
		values attrs
		want   string
		last   string // sort key at which the page ended
	}{
		"all":       {"in the order of the sort key", sdk.QueryInput{KeyConditionExpression: aws.String("pk = :p")}, nil, "run#01 run#02 run#03 run#04 run#05", ""},
		"backward":  {"the newest first", sdk.QueryInput{KeyConditionExpression: aws.String("pk = :p"), ScanIndexForward: aws.Bool(false), Limit: aws.Int32(2)}, nil, "run#05 run#04", "run#04"},
		"on":        {"after the key of the page before", sdk.QueryInput{KeyConditionExpression: aws.String("pk = :p"), ScanIndexForward: aws.Bool(false), ExclusiveStartKey: at("run#04")}, nil, "run#03 run#02 run#01", ""},
		"exact end": {"a full page names its last key although nothing follows", sdk.QueryInput{KeyConditionExpression: aws.String("pk = :p"), Limit: aws.Int32(5)}, nil, "run#01 run#02 run#03 run#04 run#05", "run#05"},
		"prefix":    {"of the sort key", sdk.QueryInput{KeyConditionExpression: aws.String("pk = :p AND begins_with(sk, :s)")}, attrs{":s": s("run#0")}, "run#01 run#02 run#03 run#04 run#05", ""},
		"between":   {"of the sort key, both ends", sdk.QueryInput{KeyConditionExpression: aws.String("pk = :p AND (sk BETWEEN :s AND :t)")}, attrs{":s": s("run#02"), ":t": s("run#03")}, "run#02 run#03", ""},
		"from":      {"an open end", sdk.QueryInput{KeyConditionExpression: aws.String("sk > :s and pk = :p")}, attrs{":s": s("run#03")}, "run#04 run#05", ""},
		"filter":    {"comes after the limit", sdk.QueryInput{KeyConditionExpression: aws.String("pk = :p"), FilterExpression: aws.String("n > :n"), Limit: aws.Int32(3)}, attrs{":n": n("2")}, "run#03", "run#03"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			tc.in.TableName, tc.in.ExpressionAttributeValues = tableName, attrs{":p": s("db")}
			for name, v := range tc.values {
				tc.in.ExpressionAttributeValues[name] = v
			}
			out, err := numbered(t).client.Query(ctx, &tc.in)
			if err != nil {
				t.Fatal(err)
			}
			last := ""
			if out.LastEvaluatedKey != nil {
				last = sortKeys([]attrs{out.LastEvaluatedKey})
			}
			if sortKeys(out.Items) != tc.want || last != tc.last {
				t.Errorf("%s: got %s ending at %q, want %s ending at %q", tc.reason, sortKeys(out.Items), last, tc.want, tc.last)
			}
		})
	}
}

func TestRefusedQueries(t *testing.T) {
	tests := map[string]struct {
		reason, keys, filter string
		start                attrs
		says                 string
	}{
		"no partition":       {"is needed", "sk = :p", "", nil, "missed key schema element: pk"},
		"no key":             {"only keys", "pk = :p AND n = :p", "", nil, "missed key schema element: sk"},
		"range of partition": {"is not possible", "pk > :p", "", nil, "not supported"},
		"choice":             {"is not possible", "pk = :p OR sk = :p", "", nil, "not supported"},
		"difference":         {"is not possible", "pk = :p AND sk <> :p", "", nil, "not supported"},
		"filter on a key":    {"belongs into the key condition", "pk = :p", "sk = :p", nil, "Primary key attribute: sk"},
		"start elsewhere":    {"in the partition", "pk = :p", "", attrs{"pk": s("db2"), "sk": s("run#01")}, "starting key"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			in := &sdk.QueryInput{TableName: tableName, KeyConditionExpression: &tc.keys, ExpressionAttributeValues: attrs{":p": s("db")}, ExclusiveStartKey: tc.start}
			if tc.filter != "" {
				in.FilterExpression = &tc.filter
			}
			if _, err := numbered(t).client.Query(ctx, in); code(err) != "ValidationException" || !strings.Contains(message(err), tc.says) {
				t.Errorf("%s: %v", tc.reason, err)
			}
		})
	}
}

func TestAPageHoldsOneMegabyte(t *testing.T) {
	l := newLab(dynamodb.Options{})
	for i := range 8 {
		l.put(t, with(at(fmt.Sprint(i)), "a", s(strings.Repeat("x", 300<<10))))
	}
	pages := sdk.NewQueryPaginator(l.client, &sdk.QueryInput{
		TableName: tableName, KeyConditionExpression: aws.String("pk = :p"), ExpressionAttributeValues: attrs{":p": s("db")},
		ProjectionExpression: aws.String("sk"),
	})
	var sizes []int32
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, out.Count)
	}
	if diff := cmp.Diff([]int32{4, 4, 0}, sizes); diff != "" {
		t.Errorf("before the projection (-want +got):\n%s", diff)
	}
}

func TestEventuallyConsistentReads(t *testing.T) {
	stale := false
	l := newLab(dynamodb.Options{Stale: func() bool { return stale }})
	l.put(t, with(at("1"), "n", n("1")), at("gone"))
	l.clock.Advance(time.Minute)
	stale = true
	l.put(t, with(at("1"), "n", n("2")), at("new"))
	if _, err := l.client.DeleteItem(ctx, &sdk.DeleteItemInput{TableName: tableName, Key: at("gone")}); err != nil {
		t.Fatal(err)
	}
	read := func(consistent bool) (item attrs, keys string) {
		one, err := l.client.GetItem(ctx, &sdk.GetItemInput{TableName: tableName, Key: at("1"), ConsistentRead: &consistent})
		if err != nil {
			t.Fatal(err)
		}
		all, err := l.client.Query(ctx, &sdk.QueryInput{
			TableName: tableName, ConsistentRead: &consistent,
			KeyConditionExpression: aws.String("pk = :p"), ExpressionAttributeValues: attrs{":p": s("db")},
		})
		if err != nil {
			t.Fatal(err)
		}
		return one.Item, sortKeys(all.Items)
	}
	before, keysBefore := read(false)
	after, keysAfter := read(true)
	l.clock.Advance(time.Second)
	later, _ := read(false)
	if diff := cmp.Diff([]attrs{with(at("1"), "n", n("1")), with(at("1"), "n", n("2")), with(at("1"), "n", n("2"))}, []attrs{before, after, later}, unexposed); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if keysBefore != "1 gone" || keysAfter != "1 new" {
		t.Errorf("a query saw %q, a consistent one %q", keysBefore, keysAfter)
	}
}

func TestExpiredItemsStayReadable(t *testing.T) {
	l := newLab(dynamodb.Options{})
	l.put(t, with(at("lock"), "expiresAt", n(fmt.Sprint(start.Unix()))))
	l.clock.Advance(24 * time.Hour)
	if l.get(t, "lock") == nil {
		t.Error("DynamoDB deletes an expired item within days: a reader has to look at its time")
	}
}
