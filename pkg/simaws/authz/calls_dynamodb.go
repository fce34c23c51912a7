package authz

import (
	"maps"
	"regexp"
	"slices"
	"strings"
)

func (r *request) table(name string) string {
	if name == "" || strings.HasPrefix(name, "arn:") {
		return name
	}
	return r.arn("dynamodb", "table/"+name)
}

// leading is the partition key's value in an item or a key, where it is known
// which attribute that is.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
func leading(f Facts, table string, items ...any) map[string]any {
	var name string
	if known, ok := f.(interface{ PartitionKey(table string) string }); ok {
		name = known.PartitionKey(table)
	}
	var values []string
	for _, item := range items {
		attributes, _ := item.(map[string]any)
		if name == "" && len(attributes) == 1 {
			for only := range attributes {
				name = only
			}
		}
		typed, _ := attributes[name].(map[string]any)
		for _, value := range typed {
			if text, ok := value.(string); ok && !slices.Contains(values, text) {
				values = append(values, text)
			}
		}
	}
	if len(values) == 0 {
		return nil
	}
	return map[string]any{"dynamodb:LeadingKeys": values}
}

func dynamodbOne(action string) func(*request, Facts) ([]Question, error) {
	return func(r *request, f Facts) ([]Question, error) {
		table := r.table(r.text("TableName"))
		item := r.body["Key"]
		if action == "PutItem" {
			item = r.body["Item"]
		}
		return []Question{r.question("dynamodb:"+action, table, f, leading(f, table, item))}, nil
	}
}

var equalsRE = regexp.MustCompile(`(?i)(#?[A-Za-z0-9_.-]+)\s*=\s*(:[A-Za-z0-9_]+)`)

// dynamodbQuery finds the partition key's value in the condition: the only
// comparison with = that a query must have.
func dynamodbQuery(r *request, f Facts) ([]Question, error) {
	table, resource := r.table(r.text("TableName")), r.table(r.text("TableName"))
	if index := r.text("IndexName"); index != "" {
		resource += "/index/" + index
	}
	names, _ := r.body["ExpressionAttributeNames"].(map[string]any)
	values, _ := r.body["ExpressionAttributeValues"].(map[string]any)
	key := map[string]any{}
	for _, found := range equalsRE.FindAllStringSubmatch(r.text("KeyConditionExpression"), -1) {
		name := found[1]
		if plain, ok := names[name].(string); ok {
			name = plain
		}
		key[name] = values[found[2]]
	}
	return []Question{r.question("dynamodb:Query", resource, f, leading(f, table, key))}, nil
}

// dynamodbBatch is one action on each table.
func dynamodbBatch(r *request, f Facts) ([]Question, error) {
	tables, _ := r.body["RequestItems"].(map[string]any)
	var list []Question
	for _, name := range slices.Sorted(maps.Keys(tables)) {
		var items []any
		of, _ := tables[name].(map[string]any)
		if keys, ok := of["Keys"].([]any); ok {
			items = keys
		}
		writes, _ := tables[name].([]any)
		for _, w := range writes {
			write, _ := w.(map[string]any)
			if put, ok := write["PutRequest"].(map[string]any); ok {
				items = append(items, put["Item"])
			}
			if remove, ok := write["DeleteRequest"].(map[string]any); ok {
				items = append(items, remove["Key"])
			}
		}
		table := r.table(name)
		list = append(list, r.question("dynamodb:"+r.Operation, table, f, leading(f, table, items...)))
	}
	return list, nil
}

// dynamodbTransact has no action of its own: each part needs that of the single
// call.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
func dynamodbTransact(r *request, f Facts) ([]Question, error) {
	items, _ := r.body["TransactItems"].([]any)
	type part struct{ action, table string }
	var order []part
	about := map[part][]any{}
	for _, i := range items {
		item, _ := i.(map[string]any)
		for _, kind := range []string{"ConditionCheck", "Put", "Update", "Delete"} {
			of, ok := item[kind].(map[string]any)
			if !ok {
				continue
			}
			name, _ := of["TableName"].(string)
			p := part{"dynamodb:" + kind + "Item", r.table(name)}
			if about[p] == nil {
				order = append(order, p)
			}
			key := of["Key"]
			if kind == "Put" {
				key = of["Item"]
			}
			about[p] = append(about[p], key)
		}
	}
	var list []Question
	for _, p := range order {
		context := map[string]any{"dynamodb:EnclosingOperation": "TransactWriteItems"}
		maps.Copy(context, leading(f, p.table, about[p]...))
		list = append(list, r.question(p.action, p.table, f, context))
	}
	return list, nil
}
