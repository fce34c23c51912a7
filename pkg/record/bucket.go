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

// Page is drawn from a record and lies beside it.
type Page struct {
	Key, ContentType string
	Body             []byte
}

// Bucket keeps records where a folder cannot be. Cut off at any moment, the
// recording is made again and completes what is missing.
type Bucket struct {
	Documents Documents
	Index     Index
	Key       func(id string) string
	// Page of a record, of its text; nil: there is none.
	Page func(text []byte) (Page, error)
}

const contentType = "application/json"

// Record keeps a record, linked to the newest of its chain, with its page and
// its entry in the index, and returns where it lies. Where it is there already,
// which n.Same decides, that one stays.
func (b Bucket) Record(ctx context.Context, n New) (location string, err error) {
	if err := CheckID(n.ID); err != nil {
		return "", err
	}
	text, location, err := b.add(ctx, n)
	if err != nil {
		return "", err
	}
	if err := b.page(ctx, n, text); err != nil {
		return "", err
	}
	recorded := Recorded{Link: Link{ID: n.ID, SHA256: SHA256(text)}, Chain: n.Chain, Location: location, Text: text}
	if err := b.Index.Add(ctx, recorded); err != nil {
		return "", fmt.Errorf("add the evidence %s to the index: %w", n.ID, err)
	}
	return location, nil
}

func (b Bucket) add(ctx context.Context, n New) (text []byte, location string, err error) {
	newest, found, err := b.Index.Newest(ctx, n.Chain)
	if err != nil {
		return nil, "", fmt.Errorf("look for the evidence before %s: %w", n.ID, err)
	}
	recorded := found && newest.ID == n.ID // it keeps the link it has
	var previous *Link
	if found && !recorded {
		previous = &newest
	}
	if text, err = n.Encode(previous); err != nil {
		return nil, "", err
	}
	if !recorded {
		next := Next{Link: Link{ID: n.ID, SHA256: SHA256(text)}, RecordedAt: n.RecordedAt}
		if err := b.Index.Announce(ctx, n.Chain, next); err != nil {
			return nil, "", fmt.Errorf("announce the evidence %s: %w", n.ID, err)
		}
	}
	return b.put(ctx, n, text)
}

func (b Bucket) put(ctx context.Context, n New, text []byte) ([]byte, string, error) {
	location, err := b.Documents.Put(ctx, b.Key(n.ID), contentType, text)
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

func (b Bucket) page(ctx context.Context, n New, text []byte) error {
	if b.Page == nil {
		return nil
	}
	page, err := b.Page(text)
	if err != nil {
		return err
	}
	if _, err := b.Documents.Put(ctx, page.Key, page.ContentType, page.Body); err != nil {
		return fmt.Errorf("write the page of %s: %w", n.ID, err)
	}
	return nil
}
