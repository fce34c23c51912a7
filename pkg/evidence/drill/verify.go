package drillevidence

import (
	"context"

	"github.com/lifeboat-dr/lifeboat/pkg/record"
)

// IDs implements record.Source.
func (s Store) IDs(ctx context.Context) ([]string, error) { return s.folder().IDs(ctx) }

// Text implements record.Source.
func (s Store) Text(ctx context.Context, id string) ([]byte, error) { return s.folder().Text(ctx, id) }

// Items are the headers of all documents, in the order of the folder.
func (s Store) Items(ctx context.Context) ([]record.Item, error) { return s.folder().Items(ctx) }

// KeptHeads are those of the store; none where none are kept.
func (s Store) KeptHeads() (record.Heads, error) { return s.folder().KeptHeads() }

// Verify compares every document with the one that names it as its previous,
// and the newest with the head of its database, where one is kept. The error
// is that the folder, or that of the heads, cannot be listed.
func Verify(ctx context.Context, s Store) (record.Report, error) {
	return s.folder().Verify(ctx)
}
