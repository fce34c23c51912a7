package dynamodb_test

import (
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdk "github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/dynamodb"
)

// What DynamoDB refuses in expressions; says is a part of its message that an
// operator would search for.
func TestStrictExpressions(t *testing.T) {
	v := attrs{":v": s("x")}
	tests := map[string]struct {
		reason            string
		update, condition string
		names             map[string]string
		values            attrs
		code, says        string
	}{
		"unused value":          {"each placeholder is used", "SET a = :v", "", nil, attrs{":v": s("x"), ":w": s("y")}, "ValidationException", "unused in expressions: keys: {:w}"},
		"unused name":           {"each placeholder is used", "SET a = :v", "", map[string]string{"#n": "n"}, v, "ValidationException", "unused in expressions: keys: {#n}"},
		"used in one of two":    {"is enough", "SET a = :v", "attribute_not_exists(#n)", map[string]string{"#n": "n"}, v, "", ""},
		"undefined value":       {"each placeholder is defined", "SET a = :w", "", nil, v, "ValidationException", "not defined; attribute value: :w"},
		"undefined name":        {"each placeholder is defined", "SET #a = :v", "", nil, v, "ValidationException", "not defined; attribute name: #a"},
		"reserved word":         {"needs a placeholder", "SET ttl = :v", "", nil, v, "ValidationException", "reserved keyword: ttl"},
		"reserved in condition": {"needs a placeholder", "SET a = :v", "attribute_exists(owner) AND status = :v", nil, v, "ValidationException", "reserved keyword: owner"},
		"empty":                 {"an expression says something", "SET a = :v", "  ", nil, v, "ValidationException", "can not be empty"},
		"syntax":                {"a half condition", "SET a = :v", "b = ", nil, v, "ValidationException", "Syntax error; token: \"<EOF>\""},
		"stray character":       {"belongs to no token", "SET a = :v", "b = 'x'", nil, v, "ValidationException", "Syntax error; token: \"'\""},
		"two conditions":        {"need an operator between them", "SET a = :v", "b = :v c = :v", nil, v, "ValidationException", "Syntax error; token: \"c\""},
		"redundant parentheses": {"are refused", "SET a = :v", "((b = :v))", nil, v, "ValidationException", "redundant parentheses"},
		"function":              {"is not known", "SET a = :v", "exists(b)", nil, v, "ValidationException", "Invalid function name"},
		"not simulated":         {"fails loudly", "SET a = :v", "contains(b, :v)", nil, v, "NotSimulated", "contains"},
		"membership":            {"fails loudly", "SET a = :v", "b IN (:v)", nil, v, "NotSimulated", "IN"},
		"unordered type":        {"a truth has no order", "SET a = :b", "b < :b", nil, attrs{":b": &types.AttributeValueMemberBOOL{}}, "ValidationException", "Incorrect operand type"},
		"prefix of a number":    {"a prefix is a text", "SET a = :n", "begins_with(b, :n)", nil, attrs{":n": n("1")}, "ValidationException", "Incorrect operand type"},
		"bounds of two types":   {"have one type", "SET a = :n", "b BETWEEN :n AND :v", nil, attrs{":n": n("1"), ":v": s("x")}, "ValidationException", "same data type"},
		"bounds turned round":   {"the lower comes first", "SET a = :n", "b BETWEEN :n AND :m", nil, attrs{":n": n("10"), ":m": n("9")}, "ValidationException", "upper bound"},
		"compared with itself":  {"operands differ", "SET a = :v", "b = b", nil, v, "ValidationException", "must be distinct"},
		"section twice":         {"one of each", "SET a = :v SET b = :v", "", nil, v, "ValidationException", "can only be used once"},
		"paths overlap":         {"each is changed once", "SET a = :v REMOVE a", "", nil, v, "ValidationException", "overlap"},
		"key attribute":         {"a key never changes", "SET sk = :v", "", nil, v, "ValidationException", "part of the key"},
		"missing attribute":     {"cannot be copied", "SET a = nope, b = :v", "", nil, v, "ValidationException", "does not exist in the item"},
		"sum of texts":          {"numbers only", "SET a = :v + :v", "", nil, v, "ValidationException", "incorrect data type"},
		"add of a text":         {"numbers and sets only", "ADD a :v", "", nil, v, "ValidationException", "Incorrect operand type"},
		"delete from a set":     {"fails loudly", "DELETE a :v", "", nil, attrs{":v": &types.AttributeValueMemberSS{Value: []string{"x"}}}, "NotSimulated", "DELETE"},
		"inside a document":     {"fails loudly", "SET a.b = :v", "", nil, v, "NotSimulated", "document"},
		"no values":             {"an empty map of values", "REMOVE a", "", nil, attrs{}, "ValidationException", "must not be empty"},
		"names without use":     {"need an expression", "", "", map[string]string{"#n": "n"}, nil, "ValidationException", "only be specified when using expressions"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			l := newLab(dynamodb.Options{})
			in := &sdk.UpdateItemInput{TableName: tableName, Key: at("1"), ExpressionAttributeNames: tc.names, ExpressionAttributeValues: tc.values}
			if tc.update != "" {
				in.UpdateExpression = &tc.update
			}
			if tc.condition != "" {
				in.ConditionExpression = &tc.condition
			}
			_, err := l.client.UpdateItem(ctx, in)
			if code(err) != tc.code || !strings.Contains(message(err), tc.says) {
				t.Errorf("%s: %v, want %s with %q", tc.reason, err, tc.code, tc.says)
			}
			if got := l.db.Items(account, region, "runs"); err != nil && len(got) != 0 {
				t.Errorf("a refused call left %v", got)
			}
		})
	}
}

func TestRefusedItems(t *testing.T) {
	tests := map[string]struct {
		reason string
		item   attrs
		want   string
	}{
		"no sort key":    {"a key is whole", attrs{"pk": s("db")}, "ValidationException"},
		"empty key":      {"a key says something", at(""), "ValidationException"},
		"type of a key":  {"as the table has it", attrs{"pk": s("db"), "sk": n("1")}, "ValidationException"},
		"long key":       {"1 KB at most", at(strings.Repeat("x", 1025)), "ValidationException"},
		"400 KB":         {"is the limit, names included", with(at("1"), "a", s(strings.Repeat("x", 400<<10-8))), ""},
		"over 400 KB":    {"is refused", with(at("1"), "a", s(strings.Repeat("x", 400<<10-7))), "ValidationException"},
		"no number":      {"digits", with(at("1"), "a", n("1,5")), "ValidationException"},
		"39 digits":      {"38 at most", with(at("1"), "a", n(strings.Repeat("1", 39))), "ValidationException"},
		"large number":   {"below 1E126", with(at("1"), "a", n("1e126")), "ValidationException"},
		"small number":   {"at least 1E-130", with(at("1"), "a", n("1e-131")), "ValidationException"},
		"largest number": {"38 digits with an exponent", with(at("1"), "a", n(strings.Repeat("9", 38)+"e88")), ""},
		"empty set":      {"has an element", with(at("1"), "a", &types.AttributeValueMemberSS{Value: []string{}}), "ValidationException"},
		"set with twins": {"has each once", with(at("1"), "a", &types.AttributeValueMemberNS{Value: []string{"1", "1.0"}}), "ValidationException"},
		"nested":         {"is checked as well", with(at("1"), "a", &types.AttributeValueMemberL{Value: []types.AttributeValue{n("x")}}), "ValidationException"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := newLab(dynamodb.Options{}).client.PutItem(ctx, &sdk.PutItemInput{TableName: tableName, Item: tc.item})
			if code(err) != tc.want {
				t.Errorf("%s: %v, want %q", tc.reason, err, tc.want)
			}
		})
	}
}

func TestAnItemGrowsToItsLimit(t *testing.T) {
	l := newLab(dynamodb.Options{})
	l.put(t, with(at("1"), "a", s(strings.Repeat("x", 300<<10))))
	_, err := l.client.UpdateItem(ctx, &sdk.UpdateItemInput{
		TableName: tableName, Key: at("1"), UpdateExpression: aws.String("SET b = a"),
	})
	if code(err) != "ValidationException" || l.get(t, "1")["b"] != nil {
		t.Errorf("%v", err)
	}
}

func TestUnknownFailsLoudly(t *testing.T) {
	l := newLab(dynamodb.Options{})
	_, operation := l.client.Scan(ctx, &sdk.ScanInput{TableName: tableName})
	_, parameter := l.client.GetItem(ctx, &sdk.GetItemInput{TableName: tableName, Key: at("1"), ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal})
	_, index := l.client.Query(ctx, &sdk.QueryInput{TableName: tableName, IndexName: aws.String("by-owner")})
	for what, err := range map[string]error{"operation": operation, "parameter": parameter, "index": index} {
		if code(err) != "NotSimulated" {
			t.Errorf("%s: %v", what, err)
		}
	}
	_, err := l.client.GetItem(ctx, &sdk.GetItemInput{TableName: aws.String("other"), Key: at("1")})
	if code(err) != "ResourceNotFoundException" {
		t.Errorf("a table that is not there: %v", err)
	}
	for name, key := range map[string]attrs{"half": {"pk": s("x")}, "too much": with(at("1"), "n", n("1")), "type": {"pk": s("x"), "sk": n("1")}} {
		if _, err := l.client.GetItem(ctx, &sdk.GetItemInput{TableName: tableName, Key: key}); code(err) != "ValidationException" {
			t.Errorf("%s key: %v", name, err)
		}
	}
}
