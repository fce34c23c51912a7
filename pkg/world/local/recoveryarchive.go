package local

import (
	"context"
	"os"

	recoveryevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/record"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

// RecoveryArchive is a folder of the evidence of recoveries: of this machine, or a copy
// of one.
type RecoveryArchive struct{ recoveryevidence.Store }

var _ world.Archive = RecoveryArchive{}

// IDs implements record.Source.
func (a RecoveryArchive) IDs(ctx context.Context) ([]string, error) { return a.Folder().IDs(ctx) }

// Text implements record.Source.
func (a RecoveryArchive) Text(ctx context.Context, id string) ([]byte, error) {
	return a.Folder().Text(ctx, id)
}

// Items are the headers of all documents.
func (a RecoveryArchive) Items(ctx context.Context) ([]record.Item, error) {
	return a.Folder().Items(ctx)
}

// KeptHeads are those that the folder of heads holds.
func (a RecoveryArchive) KeptHeads(context.Context, []record.Item) (record.Heads, error) {
	return a.Folder().KeptHeads()
}

// Location is the path of a document.
func (a RecoveryArchive) Location(id string) string { return a.Path(id) }

// Page is the path of its report, where that is there.
func (a RecoveryArchive) Page(id string) string {
	if _, err := os.Lstat(a.ReportPath(id)); err != nil {
		return ""
	}
	return a.ReportPath(id)
}
