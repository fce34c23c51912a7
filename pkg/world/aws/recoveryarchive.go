package aws

import (
	"context"

	recoveryevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/record"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

// recoveryIndex is what an archive of recoveries asks of the table.
type recoveryIndex interface {
	NewestRecovery(ctx context.Context) (recovery.Recorded, bool, error)
	Announced(ctx context.Context, chain string) ([]record.Next, error)
}

// recoveryArchive is the evidence of the recoveries of a deployment: its documents in
// the bucket, as an Archive reads them, and the newest of the table as their head.
type recoveryArchive struct {
	*Archive
	index recoveryIndex
}

var _ world.Archive = recoveryArchive{}

// Items are the headers of all documents.
func (a recoveryArchive) Items(ctx context.Context) ([]record.Item, error) {
	return record.Read(ctx, a, recoveryevidence.IndexedHeader)
}

// KeptHeads asks the index for the newest, whatever lies in the bucket.
func (a recoveryArchive) KeptHeads(ctx context.Context, _ []record.Item) (record.Heads, error) {
	const chain = recoveryevidence.Chain
	heads := record.Heads{Of: map[string]record.Head{}, Announcements: map[string][]record.Next{}}
	announced, err := a.index.Announced(ctx, chain)
	if err != nil {
		return record.Heads{}, record.Unavailable{Err: err}
	}
	newest, found, err := a.index.NewestRecovery(ctx)
	if err != nil {
		return record.Heads{}, record.Unavailable{Err: err}
	}
	if len(announced) > 0 {
		heads.Announcements[chain] = announced
	}
	if found {
		heads.Of[chain] = record.Head{Chain: chain, Link: record.Link{ID: newest.ID, SHA256: newest.SHA256}, RecordedAt: newest.RecordedAt}
	}
	return heads, nil
}
