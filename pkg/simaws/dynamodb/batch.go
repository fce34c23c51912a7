package dynamodb

import (
	"maps"
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Limits of batches, https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html#limits-api
const (
	maxBatchKeys   = 100
	maxBatchBytes  = 16 << 20
	maxBatchWrites = 25
)

type batchGetIn struct{ RequestItems map[string]keysOf }

type keysOf struct {
	Keys                     []Item
	ConsistentRead           bool              `json:",omitempty"`
	ProjectionExpression     *string           `json:",omitempty"`
	ExpressionAttributeNames map[string]string `json:",omitempty"`
}

type batchGetOut struct {
	Responses       map[string][]Item
	UnprocessedKeys map[string]keysOf
}

func (s *Service) batchGet(c *wire.Call, in batchGetIn) (batchGetOut, error) {
	out := batchGetOut{Responses: map[string][]Item{}, UnprocessedKeys: map[string]keysOf{}}
	count, size := 0, 0
	for _, name := range slices.Sorted(maps.Keys(in.RequestItems)) {
		count += len(in.RequestItems[name].Keys)
	}
	if count == 0 || count > maxBatchKeys {
		return out, invalid("Too many items requested for the BatchGetItem call, or none: %d", count)
	}
	for _, name := range slices.Sorted(maps.Keys(in.RequestItems)) {
		of := in.RequestItems[name]
		items, err := s.readKeys(c, name, of)
		if err != nil {
			return out, err
		}
		left := of
		left.Keys = nil
		out.Responses[name] = []Item{}
		for i, item := range items {
			size += item.size()
			if size > maxBatchBytes || s.o.Unprocessed() {
				left.Keys = append(left.Keys, of.Keys[i])
				continue
			}
			if item != nil {
				out.Responses[name] = append(out.Responses[name], item)
			}
		}
		if left.Keys != nil {
			out.UnprocessedKeys[name] = left
		}
	}
	return out, nil
}

// readKeys reads the items of one table, nil where there is none.
func (s *Service) readKeys(c *wire.Call, name string, of keysOf) ([]Item, error) {
	t, err := s.table(c, name)
	if err != nil {
		return nil, err
	}
	paths, err := projection(of.ProjectionExpression, of.ExpressionAttributeNames)
	if err != nil {
		return nil, err
	}
	how := s.reading(c, of.ConsistentRead)
	seen := map[key]bool{}
	var items []Item
	for _, given := range of.Keys {
		k, err := t.keyFrom(given)
		if err != nil {
			return nil, err
		}
		if seen[k] {
			return nil, invalid("Provided list of item keys contains duplicates")
		}
		seen[k] = true
		item := t.get(k, how)
		if item != nil {
			if item, err = project(item, paths); err != nil {
				return nil, err
			}
		}
		items = append(items, item)
	}
	return items, nil
}

type batchWriteIn struct {
	RequestItems map[string][]batchWrite
}

type batchWrite struct {
	PutRequest    *batchPut    `json:",omitempty"`
	DeleteRequest *batchDelete `json:",omitempty"`
}

type (
	batchPut    struct{ Item Item }
	batchDelete struct{ Key Item }
)

type batchWriteOut struct {
	UnprocessedItems map[string][]batchWrite
}

func (s *Service) batchWrite(c *wire.Call, in batchWriteIn) (batchWriteOut, error) {
	out := batchWriteOut{UnprocessedItems: map[string][]batchWrite{}}
	type todo struct {
		write
		table   string
		request batchWrite
	}
	var all []todo
	seen := map[*table]map[key]bool{}
	for _, name := range slices.Sorted(maps.Keys(in.RequestItems)) {
		for _, request := range in.RequestItems[name] {
			w, err := s.prepareBatch(c, name, request)
			if err != nil {
				return out, err
			}
			if seen[w.table] == nil {
				seen[w.table] = map[key]bool{}
			}
			if seen[w.table][w.key] {
				return out, invalid("Provided list of item keys contains duplicates")
			}
			seen[w.table][w.key] = true
			all = append(all, todo{w, name, request})
		}
	}
	if len(all) == 0 || len(all) > maxBatchWrites {
		return out, invalid("Too many items requested for the BatchWriteItem call, or none: %d", len(all))
	}
	for _, w := range all {
		if s.o.Unprocessed() {
			out.UnprocessedItems[w.table] = append(out.UnprocessedItems[w.table], w.request)
			continue
		}
		if _, _, err := w.run(c); err != nil {
			return out, err
		}
	}
	return out, nil
}

func (s *Service) prepareBatch(c *wire.Call, table string, request batchWrite) (write, error) {
	in := target{TableName: table}
	switch put, del := request.PutRequest, request.DeleteRequest; {
	case put != nil && del == nil:
		return s.preparePut(c, putAction{in, put.Item})
	case del != nil && put == nil:
		return s.prepareDelete(c, keyAction{in, del.Key})
	}
	return write{}, invalid("Supplied AttributeValue has more than one datatypes set, must contain exactly one of PutRequest and DeleteRequest")
}
