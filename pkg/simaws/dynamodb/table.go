package dynamodb

import (
	"cmp"
	"slices"
	"time"
)

type table struct {
	name, arn string
	pk, sk    string
	rows      []*row // by key
}

// row is an item and what it was before; nil is an item that does not exist.
type row struct {
	key      key
	item     Item
	previous Item
	written  time.Time
}

// convergence is how long after a write an eventually consistent read may miss
// it: "usually within one second",
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.ReadConsistency.html
const convergence = time.Second

// reading is how a read sees the rows.
type reading struct {
	stale bool
	now   time.Time
}

func (r reading) of(w *row) Item {
	if r.stale && r.now.Sub(w.written) < convergence {
		return w.previous
	}
	return w.item
}

type key struct{ pk, sk string }

func (k key) compare(l key) int { return cmp.Or(cmp.Compare(k.pk, l.pk), cmp.Compare(k.sk, l.sk)) }

func (t *table) find(k key) (int, bool) {
	return slices.BinarySearchFunc(t.rows, k, func(r *row, k key) int { return r.key.compare(k) })
}

// get reads an item, nil where there is none. The caller must not change it.
func (t *table) get(k key, r reading) Item {
	i, found := t.find(k)
	if !found {
		return nil
	}
	return r.of(t.rows[i])
}

// put writes an item; nil deletes it.
func (t *table) put(k key, item Item, now time.Time) {
	i, found := t.find(k)
	if !found {
		t.rows = slices.Insert(t.rows, i, &row{key: k})
	}
	r := t.rows[i]
	r.previous, r.item, r.written = r.item, item, now
}

// Key sizes, https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html#limits-partition-sort-keys
const (
	maxPartitionKeyBytes = 2048
	maxSortKeyBytes      = 1024
)

// keyOf reads the key of an item that is put.
func (t *table) keyOf(item Item) (key, error) {
	pk, err := keyPart(item, t.pk, maxPartitionKeyBytes)
	if err != nil || t.sk == "" {
		return key{pk: pk}, err
	}
	sk, err := keyPart(item, t.sk, maxSortKeyBytes)
	return key{pk, sk}, err
}

func keyPart(item Item, name string, longest int) (string, error) {
	v, ok := item[name]
	switch {
	case !ok:
		return "", invalid("One or more parameter values were invalid: Missing the key %s in the item", name)
	case v.Type != "S":
		return "", invalid("One or more parameter values were invalid: Type mismatch for key %s expected: S actual: %s", name, v.Type)
	case v.Text == "":
		return "", invalid("One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: %s", name)
	case len(v.Text) > longest:
		return "", invalid("One or more parameter values were invalid: Size of key %s has exceeded the maximum size limit of %d bytes", name, longest)
	}
	return v.Text, nil
}

// keyFrom reads a key that is given alone: exactly its attributes.
func (t *table) keyFrom(given Item) (key, error) {
	want := t.keyItem(key{})
	for name := range want {
		if given[name].Type != "S" || len(given) != len(want) {
			return key{}, invalid("The provided key element does not match the schema")
		}
	}
	return t.keyOf(given)
}

// keyItem is the attributes of a key.
func (t *table) keyItem(k key) Item {
	item := Item{t.pk: {Type: "S", Text: k.pk}}
	if t.sk != "" {
		item[t.sk] = Value{Type: "S", Text: k.sk}
	}
	return item
}
