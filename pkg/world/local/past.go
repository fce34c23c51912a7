package local

import (
	"context"
	"fmt"
	"os"

	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/record"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

// Past is what a state folder remembers. Reading it needs no plan.
type Past struct{ stateDir string }

// PastIn is that of a state folder; where things lie is told relative to the
// working directory if the folder is.
func PastIn(stateDir string) Past { return Past{stateDir} }

var _ world.Past = Past{}

// Evidence is the folder of documents.
func (p Past) Evidence() world.Archive { return Archive{StoreIn(p.stateDir)} }

// History lists the documents, and the drills that began and never ended.
func (p Past) History(ctx context.Context, q world.Query) (world.History, error) {
	store := StoreIn(p.stateDir)
	documents, problems, err := store.List()
	if err != nil {
		return world.History{}, fmt.Errorf("read the history: %w", err)
	}
	var h world.History
	for _, problem := range problems {
		h.Unreadable = append(h.Unreadable, problem)
	}
	h.Chain, h.Unverified = drillevidence.Verify(ctx, store)
	unended, err := Unended(ctx, p.stateDir, documents)
	if err != nil {
		return h, fmt.Errorf("read the history: %w", err)
	}
	var all []world.PastDrill
	for _, d := range documents {
		all = append(all, world.PastDrill{Document: d, Evidence: store.Path(d.ID), Report: store.ReportPath(d.ID)})
	}
	for _, d := range unended {
		all = append(all, world.PastDrill{Document: d})
	}
	world.Newest(all)
	for _, d := range all {
		if q.Limit > 0 && len(h.Drills) == q.Limit {
			break
		}
		if q.Matches(d.Document) {
			h.Drills = append(h.Drills, d)
		}
	}
	return h, nil
}

// Archive is a folder of evidence: of this machine, or a copy of one.
type Archive struct{ drillevidence.Store }

var _ world.Archive = Archive{}

// KeptHeads are those that the folder of heads holds.
func (a Archive) KeptHeads(context.Context, []record.Item) (record.Heads, error) {
	return a.Store.KeptHeads()
}

// Location is the path of a document.
func (a Archive) Location(id string) string { return a.Path(id) }

// Page is the path of its report, where that is there.
func (a Archive) Page(id string) string {
	if _, err := os.Lstat(a.ReportPath(id)); err != nil {
		return ""
	}
	return a.ReportPath(id)
}
