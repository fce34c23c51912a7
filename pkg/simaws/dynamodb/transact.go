package dynamodb

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Limits of a transaction,
// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html
const (
	maxTransactItems = 100
	maxTransactBytes = 4 << 20
	tokenLife        = 10 * time.Minute
)

type transactIn struct {
	TransactItems      []transactItem
	ClientRequestToken string
}

type transactItem struct {
	ConditionCheck *keyAction    `json:",omitempty"`
	Put            *putAction    `json:",omitempty"`
	Delete         *keyAction    `json:",omitempty"`
	Update         *updateAction `json:",omitempty"`
}

// reason says why one item of a transaction was refused; "None" of the others.
type reason struct {
	Code    string
	Message string `json:",omitempty"`
	Item    Item   `json:",omitempty"`
}

func (s *Service) transactWrite(c *wire.Call, in transactIn) (wire.Empty, error) {
	writes, err := s.prepareTransaction(c, in.TransactItems)
	if err != nil {
		return wire.Empty{}, err
	}
	if done, err := s.repeated(c, in); done || err != nil {
		return wire.Empty{}, err
	}
	after := make([]Item, len(writes))
	reasons := make([]reason, len(writes))
	size, cancelled := 0, false
	for i, w := range writes {
		if after[i], reasons[i], err = w.propose(); err != nil {
			return wire.Empty{}, err
		}
		cancelled = cancelled || reasons[i].Code != "None"
		size += after[i].size()
	}
	if cancelled {
		return wire.Empty{}, canceled(reasons)
	}
	if size > maxTransactBytes {
		return wire.Empty{}, invalid("Transaction request size exceeds %d bytes", maxTransactBytes)
	}
	for i, w := range writes {
		if w.change != nil && (after[i] != nil || w.before() != nil) {
			w.table.put(w.key, after[i], c.Now)
		}
	}
	s.remember(c, in)
	return wire.Empty{}, nil
}

func (s *Service) prepareTransaction(c *wire.Call, items []transactItem) ([]write, error) {
	if len(items) == 0 || len(items) > maxTransactItems {
		return nil, invalid("Member must have length between 1 and %d at 'transactItems', has %d", maxTransactItems, len(items))
	}
	type place struct {
		table *table
		key   key
	}
	seen := map[place]bool{}
	var writes []write
	for _, item := range items {
		w, err := s.prepareItem(c, item)
		if err != nil {
			return nil, err
		}
		if at := (place{w.table, w.key}); seen[at] {
			return nil, invalid("Transaction request cannot include multiple operations on one item")
		}
		seen[place{w.table, w.key}] = true
		writes = append(writes, w)
	}
	return writes, nil
}

func (s *Service) prepareItem(c *wire.Call, item transactItem) (write, error) {
	var w write
	err, given := error(nil), 0
	if item.ConditionCheck != nil {
		given++
		if item.ConditionCheck.ConditionExpression == nil {
			return w, invalid("The expression can not be empty; ConditionCheck needs a ConditionExpression")
		}
		w, err = s.prepareKey(c, *item.ConditionCheck)
	}
	if item.Put != nil {
		given++
		w, err = s.preparePut(c, *item.Put)
	}
	if item.Delete != nil {
		given++
		w, err = s.prepareDelete(c, *item.Delete)
	}
	if item.Update != nil {
		given++
		if item.Update.UpdateExpression == nil {
			return w, invalid("The expression can not be empty; Update needs an UpdateExpression")
		}
		w, err = s.prepareUpdate(c, *item.Update)
	}
	if given != 1 {
		return w, invalid("TransactItems can only contain one of Check, Put, Update or Delete")
	}
	return w, err
}

// propose makes the new item without writing it, or says why not.
func (w write) propose() (Item, reason, error) {
	if failed := w.check(); failed != nil {
		r := reason{Code: "ConditionalCheckFailed", Message: failed.Message}
		r.Item, _ = failed.Fields["Item"].(Item)
		return nil, r, nil
	}
	if w.change == nil {
		return nil, reason{Code: "None"}, nil
	}
	after, err := w.change(w.before())
	var failed *wire.Error
	if errors.As(err, &failed) && failed.Code == validation {
		return nil, reason{Code: "ValidationError", Message: failed.Message}, nil
	}
	return after, reason{Code: "None"}, err
}

func canceled(reasons []reason) *wire.Error {
	codes := make([]string, len(reasons))
	for i, r := range reasons {
		codes[i] = r.Code
	}
	message := fmt.Sprintf("Transaction cancelled, please refer cancellation reasons for specific reasons [%s]", strings.Join(codes, ", "))
	failed := wire.Errorf("TransactionCanceledException", "%s", message)
	failed.Fields = map[string]any{"Message": message, "CancellationReasons": reasons} // this error's message has a capital letter
	return failed
}

// repeated says whether a transaction of this token was done within the last
// ten minutes, and refuses another one.
func (s *Service) repeated(c *wire.Call, in transactIn) (bool, error) {
	before := s.tokens[tokenKey(c, in)]
	if in.ClientRequestToken == "" || before == nil || c.Now.Sub(before.at) >= tokenLife {
		return false, nil
	}
	if before.request != fingerprint(in) {
		return false, wire.Errorf("IdempotentParameterMismatchException", "The provided client token is already in use with other parameters")
	}
	return true, nil
}

func (s *Service) remember(c *wire.Call, in transactIn) {
	if in.ClientRequestToken != "" {
		s.tokens[tokenKey(c, in)] = &transaction{fingerprint(in), c.Now}
	}
}

func tokenKey(c *wire.Call, in transactIn) string {
	return c.Account + " " + c.Region + " " + in.ClientRequestToken
}

// fingerprint is the same for the same request, in whatever order its members
// came.
func fingerprint(in transactIn) string {
	text, _ := json.Marshal(in.TransactItems) // it was decoded from JSON
	return string(text)
}
