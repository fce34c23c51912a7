package record

import (
	"context"
	"fmt"
)

// Documents are kept for good under a key: nothing there is ever overwritten.
type Documents interface {
	// Put writes what is not there yet and returns where it lies. The same
	// body again is success; another body under a key that is taken is an error.
	Put(ctx context.Context, key, contentType string, body []byte) (location string, err error)
	Get(ctx context.Context, key string) ([]byte, error)
}

// Bucket keeps records where a folder cannot be. The head of a chain is kept by
// an index: whoever adds a record adds its entry there after it. Cut off in
// between, the recording is made again and completes what is missing.
type Bucket struct {
	Documents Documents
	Key       func(id string) string
	// Newest of a chain, as the index has it.
	Newest func(ctx context.Context, chain string) (newest Link, found bool, err error)
}

const contentType = "application/json"

// Add keeps a record, linked to the newest of its chain. Where it is there
// already, which n.Same decides, it returns the text of that one.
func (b Bucket) Add(ctx context.Context, n New) (text []byte, location string, err error) {
	if err := CheckID(n.ID); err != nil {
		return nil, "", err
	}
	previous, err := b.previous(ctx, n)
	if err != nil {
		return nil, "", err
	}
	if text, err = n.Encode(previous); err != nil {
		return nil, "", err
	}
	location, err = b.Documents.Put(ctx, b.Key(n.ID), contentType, text)
	if err == nil {
		return text, location, nil
	}
	there, readErr := b.Documents.Get(ctx, b.Key(n.ID))
	if readErr != nil {
		return nil, "", err // nothing is there, or it cannot be known
	}
	if err := n.Same(there); err != nil {
		return nil, "", err
	}
	location, err = b.Documents.Put(ctx, b.Key(n.ID), contentType, there)
	return there, location, err
}

// previous is the newest of the chain. Where that is the record itself, it was
// recorded already, and keeps the link it has.
func (b Bucket) previous(ctx context.Context, n New) (*Link, error) {
	newest, found, err := b.Newest(ctx, n.Chain)
	if err != nil {
		return nil, fmt.Errorf("look for the evidence before %s: %w", n.ID, err)
	}
	if !found || newest.ID == n.ID {
		return nil, nil
	}
	return &newest, nil
}
