package aws

import (
	"cmp"
	"context"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/aws/dynamodb"
	"github.com/lifeboat-dr/lifeboat/pkg/aws/s3"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	recoveryevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/record"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

// documents is what an archive asks of a bucket.
type documents interface {
	Versions(ctx context.Context, prefix string) ([]s3.Version, error)
	Get(ctx context.Context, key string) ([]byte, error)
}

// index is what it asks of the table.
type index interface {
	Newest(ctx context.Context, database string) (drill.HistoryEntry, bool, error)
	Announced(ctx context.Context, database string) ([]record.Next, error)
	LastPassed(ctx context.Context) (databases map[string]time.Time, err error)
}

// Archive is the evidence of a deployment: documents in the bucket, and the
// index of the table, whose newest entry of a database is its head.
type Archive struct {
	bucket    documents
	index     index
	name      string   // of the bucket
	databases []string // that may have evidence, whatever lies in the bucket
	seen      map[string][]s3.Version
	prefix    string // of the keys; "": of drills
}

var _ world.Archive = (*Archive)(nil)

// Evidence of this deployment: of drills, and of recoveries.
func (w *World) Evidence() world.Archive {
	of := *w.archive()
	of.prefix = recoveryevidence.KeyPrefix
	return &world.Joined{Drills: w.archive(), Recoveries: recoveryArchive{Archive: &of, index: dynamodb.New(w.o.Config, w.names().Table(), nil)}}
}

func (w *World) archive() *Archive {
	names := w.names()
	return &Archive{
		bucket: s3.New(w.o.Config, s3.Options{Bucket: names.Bucket(), Clock: w.o.Clock}),
		index:  dynamodb.New(w.o.Config, names.Table(), nil), name: names.Bucket(), databases: w.o.Databases,
	}
}

const (
	keyPrefix = "evidence/"
	keySuffix = ".json"
	// maxDocumentBytes is far above any document.
	maxDocumentBytes = 64 << 20
)

func (a *Archive) keys() string { return cmp.Or(a.prefix, keyPrefix) }

func (a *Archive) keyOf(id string) string { return a.keys() + id + keySuffix }

// idOf a document, by its key.
func idOf(key string) string {
	return strings.TrimSuffix(strings.TrimPrefix(key, keyPrefix), keySuffix)
}

// Location of a document.
func (a *Archive) Location(id string) string { return "s3://" + a.name + "/" + a.keyOf(id) }

// Page implements world.Archive: no pages lie in the bucket, `lifeboat evidence
// report` draws them.
func (a *Archive) Page(string) string { return "" }

// IDs implements record.Source. It is of all that ever lay there and is kept:
// what was deleted is not passed over.
func (a *Archive) IDs(ctx context.Context) ([]string, error) {
	if err := a.look(ctx, a.keys()); err != nil {
		return nil, err
	}
	ids := make([]string, 0, len(a.seen))
	for _, key := range slices.Sorted(maps.Keys(a.seen)) {
		if id, isDocument := strings.CutSuffix(strings.TrimPrefix(key, a.keys()), keySuffix); isDocument {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func (a *Archive) look(ctx context.Context, prefix string) error {
	found, err := a.bucket.Versions(ctx, prefix)
	if err != nil {
		return record.Unavailable{Err: err}
	}
	a.seen = map[string][]s3.Version{}
	for _, v := range found {
		a.seen[v.Key] = append(a.seen[v.Key], v)
	}
	return nil
}

// Text implements record.Source. A document has one version: one that was
// written again, or deleted, is an error though its first version is kept.
func (a *Archive) Text(ctx context.Context, id string) ([]byte, error) {
	key := a.keyOf(id)
	if a.seen[key] == nil {
		if err := a.look(ctx, key); err != nil {
			return nil, err
		}
	}
	found := a.seen[key]
	isMarker := func(v s3.Version) bool { return v.Deleted }
	switch {
	case len(found) == 0:
		return nil, fmt.Errorf("%s: %w", a.Location(id), fs.ErrNotExist)
	case slices.ContainsFunc(found, isMarker):
		return nil, fmt.Errorf("%s was deleted after it was recorded; what is still kept of it: %d version(s)", a.Location(id), len(found)-1)
	case len(found) > 1:
		return nil, fmt.Errorf("%s was written again after it was recorded: it has %d versions", a.Location(id), len(found))
	case found[0].Bytes > maxDocumentBytes:
		return nil, fmt.Errorf("%s is larger than %d bytes", a.Location(id), maxDocumentBytes)
	}
	text, err := a.bucket.Get(ctx, key)
	if err != nil {
		return nil, record.Unavailable{Err: err}
	}
	return text, nil
}

// Items are the headers of all documents.
func (a *Archive) Items(ctx context.Context) ([]record.Item, error) {
	return record.Read(ctx, a, drillevidence.IndexedHeader)
}

// KeptHeads asks the index for the newest of each database: of those that have
// documents, those of the plan, and all that ever passed. So a database all of
// whose documents are gone is missed, too.
func (a *Archive) KeptHeads(ctx context.Context, items []record.Item) (record.Heads, error) {
	chains := map[string]bool{}
	for _, item := range items {
		if item.Err == nil {
			chains[item.Header.Chain] = true
		}
	}
	for _, database := range a.databases {
		chains[database] = true
	}
	passed, err := a.index.LastPassed(ctx)
	if err != nil {
		return record.Heads{}, record.Unavailable{Err: err}
	}
	for database := range passed {
		chains[database] = true
	}
	heads := record.Heads{Of: map[string]record.Head{}, Announcements: map[string][]record.Next{}}
	for _, chain := range slices.Sorted(maps.Keys(chains)) {
		announced, err := a.index.Announced(ctx, chain)
		if err != nil {
			return record.Heads{}, record.Unavailable{Err: err}
		}
		heads.Announcements[chain] = announced
		newest, found, err := a.index.Newest(ctx, chain)
		if err != nil {
			return record.Heads{}, record.Unavailable{Err: err}
		}
		if found {
			link := record.Link{ID: newest.EvidenceID, SHA256: newest.SHA256}
			heads.Of[chain] = record.Head{Chain: chain, Link: link, RecordedAt: newest.RecordedAt}
		}
	}
	return heads, nil
}
