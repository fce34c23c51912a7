// Package dynamodb is the simulated DynamoDB: tables of items that are read and
// written under conditions, alone and in transactions.
//
// A table keeps its items in the order of their keys, and with each the state
// before its last write: an eventually consistent read may see that one, where
// Options.Stale says so. Every write is checked first and applied then, so that
// a call that is refused leaves nothing behind. Items whose time to live has
// passed stay readable: DynamoDB deletes them within a few days.
//
// Expressions are parsed and checked as DynamoDB checks them: reserved words,
// placeholders that are not defined or not used, values of the wrong type.
// Legacy parameters, indexes and consumed capacity are not simulated.
//
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/Welcome.html
package dynamodb

import (
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Options of the service.
type Options struct {
	// Stale says of each read that does not ask for consistency whether it sees
	// items as they were before a write of the last second; nil: never.
	Stale func() bool
	// Unprocessed says of each element of a batch whether it is handed back
	// undone; nil: never.
	Unprocessed func() bool
}

// Service implements wire.Handler. Calls must come one at a time, as
// simaws.Cloud sends them.
type Service struct {
	wire.JSON
	o      Options
	tables map[string]*table       // by ARN
	tokens map[string]*transaction // by account, region and ClientRequestToken
}

type transaction struct {
	request string
	at      time.Time
}

// New makes the service.
func New(o Options) *Service {
	never := func() bool { return false }
	if o.Stale == nil {
		o.Stale = never
	}
	if o.Unprocessed == nil {
		o.Unprocessed = never
	}
	s := &Service{o: o, tables: map[string]*table{}, tokens: map[string]*transaction{}}
	s.JSON = wire.JSON{Version: "1.0", Operations: map[string]wire.Operation{
		"GetItem":            wire.Op(s.getItem),
		"PutItem":            wire.Op(s.putItem),
		"UpdateItem":         wire.Op(s.updateItem),
		"DeleteItem":         wire.Op(s.deleteItem),
		"Query":              wire.Op(s.query),
		"BatchGetItem":       wire.Op(s.batchGet),
		"BatchWriteItem":     wire.Op(s.batchWrite),
		"TransactWriteItems": wire.Op(s.transactWrite),
	}}
	return s
}

// CreateTable makes a table, empty, whose keys are texts. sortKey is "" where
// it has none.
func (s *Service) CreateTable(account, region, name, partitionKey, sortKey string) (arn string) {
	arn = tableARN(account, region, name)
	s.tables[arn] = &table{name: name, arn: arn, pk: partitionKey, sk: sortKey}
	return arn
}

// PartitionKey is the name of the attribute by which a table is parted; "" where
// there is no such table.
func (s *Service) PartitionKey(tableARN string) string {
	if t := s.tables[tableARN]; t != nil {
		return t.pk
	}
	return ""
}

// Items are those of a table, in the order of their keys.
func (s *Service) Items(account, region, name string) []Item {
	t := s.tables[tableARN(account, region, name)]
	if t == nil {
		return nil
	}
	var items []Item
	for _, r := range t.rows {
		if r.item != nil {
			items = append(items, r.item.clone())
		}
	}
	return items
}

func tableARN(account, region, name string) string {
	return wire.ARN("dynamodb", region, account, "table/"+name)
}

// table finds the one that a call is about, by its name or its ARN.
func (s *Service) table(c *wire.Call, name string) (*table, error) {
	arn := name
	if !strings.HasPrefix(name, "arn:") {
		arn = tableARN(c.Account, c.Region, name)
	}
	c.Touch(arn)
	t := s.tables[arn]
	if t == nil {
		return nil, wire.Errorf("ResourceNotFoundException", "Requested resource not found")
	}
	return t, nil
}
