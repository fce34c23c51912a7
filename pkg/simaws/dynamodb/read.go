package dynamodb

import (
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// maxPageBytes of a Query, https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Query.Pagination.html
const maxPageBytes = 1 << 20

type getItemIn struct {
	TableName                string
	Key                      Item
	ConsistentRead           bool
	ProjectionExpression     *string
	ExpressionAttributeNames map[string]string
}

type getItemOut struct {
	Item Item `json:",omitempty"`
}

// reading decides how one read sees the table.
func (s *Service) reading(c *wire.Call, consistent bool) reading {
	return reading{stale: !consistent && s.o.Stale(), now: c.Now}
}

func (s *Service) getItem(c *wire.Call, in getItemIn) (getItemOut, error) {
	t, err := s.table(c, in.TableName)
	if err != nil {
		return getItemOut{}, err
	}
	k, err := t.keyFrom(in.Key)
	if err != nil {
		return getItemOut{}, err
	}
	paths, err := projection(in.ProjectionExpression, in.ExpressionAttributeNames)
	if err != nil {
		return getItemOut{}, err
	}
	item := t.get(k, s.reading(c, in.ConsistentRead))
	if item == nil {
		return getItemOut{}, nil
	}
	item, err = project(item, paths)
	return getItemOut{item}, err
}

// projection reads an expression that stands alone.
func projection(text *string, names map[string]string) ([]path, error) {
	e, err := newExpressions(names, nil)
	if err != nil {
		return nil, err
	}
	paths, err := e.projection(text)
	if err != nil {
		return nil, err
	}
	return paths, e.done()
}

type queryIn struct {
	TableName                 string
	KeyConditionExpression    *string
	FilterExpression          *string
	ProjectionExpression      *string
	ExpressionAttributeNames  map[string]string
	ExpressionAttributeValues Item
	ConsistentRead            bool
	ScanIndexForward          *bool
	Limit                     *int
	ExclusiveStartKey         Item
}

type queryOut struct {
	Items            []Item
	Count            int
	ScannedCount     int
	LastEvaluatedKey Item `json:",omitempty"`
}

// plan is a query that has been read.
type plan struct {
	keys   keyRange
	filter condition
	paths  []path
}

func (s *Service) query(c *wire.Call, in queryIn) (queryOut, error) {
	t, err := s.table(c, in.TableName)
	if err != nil {
		return queryOut{}, err
	}
	p, err := t.plan(in)
	if err != nil {
		return queryOut{}, err
	}
	if in.Limit != nil && *in.Limit < 1 {
		return queryOut{}, invalid("1 validation error detected: Value '%d' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1", *in.Limit)
	}
	rows, err := t.partition(p.keys.pk, in)
	if err != nil {
		return queryOut{}, err
	}
	return p.page(t, rows, in.Limit, s.reading(c, in.ConsistentRead))
}

func (t *table) plan(in queryIn) (plan, error) {
	e, err := newExpressions(in.ExpressionAttributeNames, in.ExpressionAttributeValues)
	if err != nil {
		return plan{}, err
	}
	if in.KeyConditionExpression == nil {
		return plan{}, invalid("Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.")
	}
	keys, err := e.condition("KeyConditionExpression", in.KeyConditionExpression)
	if err != nil {
		return plan{}, err
	}
	var p plan
	if p.keys, err = t.keyRange(keys); err != nil {
		return plan{}, err
	}
	if p.filter, err = e.condition("FilterExpression", in.FilterExpression); err != nil {
		return plan{}, err
	}
	for _, name := range attributes(p.filter) {
		if name == t.pk || name == t.sk {
			return plan{}, invalid("Filter Expression can only contain non-primary key attributes: Primary key attribute: %s", name)
		}
	}
	if p.paths, err = e.projection(in.ProjectionExpression); err != nil {
		return plan{}, err
	}
	return p, e.done()
}

// partition is the rows of one partition key in the order of the query, after
// the key at which the page before ended.
func (t *table) partition(pk string, in queryIn) ([]*row, error) {
	from, _ := t.find(key{pk: pk})
	to := from
	for to < len(t.rows) && t.rows[to].key.pk == pk {
		to++
	}
	rows := slices.Clone(t.rows[from:to])
	backward := in.ScanIndexForward != nil && !*in.ScanIndexForward
	if backward {
		slices.Reverse(rows)
	}
	if in.ExclusiveStartKey == nil {
		return rows, nil
	}
	last, err := t.keyFrom(in.ExclusiveStartKey)
	if err != nil || last.pk != pk {
		return nil, invalid("The provided starting key is invalid")
	}
	return slices.DeleteFunc(rows, func(r *row) bool {
		order := r.key.compare(last)
		return order == 0 || (order < 0) != backward
	}), nil
}

// page evaluates rows until Limit or 1 MB of them, both before the filter. It
// names the last one read where it stopped, although none may follow.
func (p plan) page(t *table, rows []*row, limit *int, how reading) (queryOut, error) {
	out := queryOut{Items: []Item{}}
	size := 0
	for _, r := range rows {
		item := how.of(r)
		if item == nil || !p.keys.holds(item) {
			continue
		}
		out.ScannedCount++
		size += item.size()
		if p.filter == nil || p.filter.holds(item) {
			kept, err := project(item, p.paths)
			if err != nil {
				return queryOut{}, err
			}
			out.Items = append(out.Items, kept)
		}
		if size >= maxPageBytes || limit != nil && out.ScannedCount == *limit {
			out.LastEvaluatedKey = t.keyItem(r.key)
			break
		}
	}
	out.Count = len(out.Items)
	return out, nil
}
