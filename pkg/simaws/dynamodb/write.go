package dynamodb

import (
	"maps"
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// maxItemBytes: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html#limits-items
const maxItemBytes = 400 << 10

// target is what all single writes say, alone and within a transaction.
type target struct {
	TableName                           string
	ConditionExpression                 *string
	ExpressionAttributeNames            map[string]string
	ExpressionAttributeValues           Item
	ReturnValuesOnConditionCheckFailure string
}

type putAction struct {
	target
	Item Item
}

// keyAction is a deletion, or in a transaction a mere check.
type keyAction struct {
	target
	Key Item
}

type updateAction struct {
	target
	Key              Item
	UpdateExpression *string
}

// write is one that has been read and found to be valid by itself.
type write struct {
	table      *table
	key        key
	condition  condition // nil: none
	returnItem bool      // in the error, where the condition fails
	// change makes the new item, nil to delete it; nil for a mere check.
	change func(before Item) (Item, error)
	paths  []path // that an update names
}

func (s *Service) open(c *wire.Call, in target) (write, *expressions, error) {
	t, err := s.table(c, in.TableName)
	if err != nil {
		return write{}, nil, err
	}
	if err := oneOf("returnValuesOnConditionCheckFailure", in.ReturnValuesOnConditionCheckFailure, "", "NONE", "ALL_OLD"); err != nil {
		return write{}, nil, err
	}
	e, err := newExpressions(in.ExpressionAttributeNames, in.ExpressionAttributeValues)
	if err != nil {
		return write{}, nil, err
	}
	w := write{table: t, returnItem: in.ReturnValuesOnConditionCheckFailure == "ALL_OLD"}
	w.condition, err = e.condition("ConditionExpression", in.ConditionExpression)
	return w, e, err
}

func oneOf(what, value string, allowed ...string) error {
	if !slices.Contains(allowed, value) {
		return invalid("1 validation error detected: Value '%s' at '%s' failed to satisfy constraint: Member must satisfy enum value set: %v", value, what, allowed)
	}
	return nil
}

func (s *Service) preparePut(c *wire.Call, in putAction) (write, error) {
	w, e, err := s.open(c, in.target)
	if err != nil {
		return w, err
	}
	if err := in.Item.check(); err != nil {
		return w, err
	}
	if w.key, err = w.table.keyOf(in.Item); err != nil {
		return w, err
	}
	if in.Item.size() > maxItemBytes {
		return w, invalid("Item size has exceeded the maximum allowed size")
	}
	w.change = func(Item) (Item, error) { return in.Item.clone(), nil }
	return w, e.done()
}

func (s *Service) prepareKey(c *wire.Call, in keyAction) (write, error) {
	w, e, err := s.open(c, in.target)
	if err != nil {
		return w, err
	}
	if w.key, err = w.table.keyFrom(in.Key); err != nil {
		return w, err
	}
	return w, e.done()
}

func (s *Service) prepareDelete(c *wire.Call, in keyAction) (write, error) {
	w, err := s.prepareKey(c, in)
	w.change = func(Item) (Item, error) { return nil, nil }
	return w, err
}

func (s *Service) prepareUpdate(c *wire.Call, in updateAction) (write, error) {
	w, e, err := s.open(c, in.target)
	if err != nil {
		return w, err
	}
	if w.key, err = w.table.keyFrom(in.Key); err != nil {
		return w, err
	}
	u, err := e.update(in.UpdateExpression)
	if err != nil {
		return w, err
	}
	for _, a := range u {
		if name := a.path[0].name; name == w.table.pk || name == w.table.sk {
			return w, invalid("One or more parameter values were invalid: Cannot update attribute %s. This attribute is part of the key", name)
		}
		w.paths = append(w.paths, a.path)
	}
	w.change = func(before Item) (Item, error) {
		if before == nil {
			before = w.table.keyItem(w.key)
		}
		after, err := u.apply(before)
		if err == nil && after.size() > maxItemBytes {
			return nil, invalid("Item size to update has exceeded the maximum allowed size")
		}
		return after, err
	}
	return w, e.done()
}

// before is the item as it stands.
func (w write) before() Item { return w.table.get(w.key, reading{}) }

// check says whether the condition holds.
func (w write) check() *wire.Error {
	before := w.before()
	if w.condition == nil || w.condition.holds(before) {
		return nil
	}
	failed := wire.Errorf("ConditionalCheckFailedException", "The conditional request failed")
	if w.returnItem && before != nil {
		failed.Fields = map[string]any{"Item": before.clone()}
	}
	return failed
}

// run checks the condition and writes.
func (w write) run(c *wire.Call) (before, after Item, err error) {
	before = w.before()
	if failed := w.check(); failed != nil {
		return nil, nil, failed
	}
	if after, err = w.change(before); err != nil {
		return nil, nil, err
	}
	if before != nil || after != nil {
		w.table.put(w.key, after, c.Now)
	}
	return before, after, nil
}

type putItemIn struct {
	putAction
	ReturnValues string
}

type deleteItemIn struct {
	keyAction
	ReturnValues string
}

type updateItemIn struct {
	updateAction
	ReturnValues string
}

type writeOut struct {
	Attributes Item `json:",omitempty"`
}

func (s *Service) putItem(c *wire.Call, in putItemIn) (writeOut, error) {
	w, err := s.preparePut(c, in.putAction)
	if err != nil {
		return writeOut{}, err
	}
	return w.returnOld(c, in.ReturnValues)
}

func (s *Service) deleteItem(c *wire.Call, in deleteItemIn) (writeOut, error) {
	w, err := s.prepareDelete(c, in.keyAction)
	if err != nil {
		return writeOut{}, err
	}
	return w.returnOld(c, in.ReturnValues)
}

func (w write) returnOld(c *wire.Call, values string) (writeOut, error) {
	if values != "" && values != "NONE" && values != "ALL_OLD" {
		return writeOut{}, invalid("ReturnValues can only be ALL_OLD or NONE")
	}
	before, _, err := w.run(c)
	if values != "ALL_OLD" {
		before = nil
	}
	return writeOut{before.clone()}, err
}

func (s *Service) updateItem(c *wire.Call, in updateItemIn) (writeOut, error) {
	if err := oneOf("returnValues", in.ReturnValues, "", "NONE", "ALL_OLD", "UPDATED_OLD", "ALL_NEW", "UPDATED_NEW"); err != nil {
		return writeOut{}, err
	}
	w, err := s.prepareUpdate(c, in.updateAction)
	if err != nil {
		return writeOut{}, err
	}
	before, after, err := w.run(c)
	if err != nil {
		return writeOut{}, err
	}
	switch in.ReturnValues {
	case "ALL_OLD":
		return writeOut{before.clone()}, nil
	case "ALL_NEW":
		return writeOut{after.clone()}, nil
	case "UPDATED_OLD":
		return writeOut{only(before, w.paths)}, nil
	case "UPDATED_NEW":
		return writeOut{only(after, w.paths)}, nil
	}
	return writeOut{}, nil
}

// only keeps the attributes that an update names.
func only(item Item, paths []path) Item {
	out := item.clone()
	maps.DeleteFunc(out, func(name string, _ Value) bool {
		return !slices.ContainsFunc(paths, func(p path) bool { return p[0].name == name })
	})
	return out
}
