package record

import (
	"context"
	"time"
)

// Journal keeps what happened, entry after entry: one list for each thing that
// it happened to, a run or another. What an entry says is its writer's matter.
type Journal interface {
	// Append adds an entry at the end. Where its answer was lost the entry may be
	// there twice, never torn and never lost.
	Append(ctx context.Context, id string, e Entry) error
	// Entries are the texts, in the order in which they were appended; of an id
	// without any they are empty, which is no error.
	Entries(ctx context.Context, id string) ([][]byte, error)
}

// Entry is about to be appended.
type Entry struct {
	At   time.Time // from which it is kept, where it is not kept for good
	What string    // it is, in a word, for errors
	Text []byte    // one JSON document, without line breaks
}
