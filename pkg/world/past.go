package world

import (
	"context"
	"slices"
	"time"

	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/record"
)

// NeverEnded is the finding of a drill that began and has neither evidence nor a
// process that works on it.
const NeverEnded = "NeverEnded"

// Query says which past drills.
type Query struct {
	Name  string // a workload, or "workload/database"; "": all
	Limit int    // how many, newest first; 0: all
}

// Matches tells whether a drill is one of those.
func (q Query) Matches(d drillevidence.Document) bool {
	return q.Name == "" || q.Name == d.Workload || q.Name == d.Name()
}

// History is what was found.
type History struct {
	Drills []PastDrill
	// Unreadable are documents that are no evidence any more.
	Unreadable []error
	// Chain is what verifying the evidence found on the way, and Unverified why
	// that could not be done. Worlds in which verifying is a matter of its own
	// leave both out.
	Chain      record.Report
	Unverified error
}

// PastDrill is one drill.
type PastDrill struct {
	Document drillevidence.Document
	// Evidence and Report are where document and page lie; "" where they lie
	// nowhere: a drill that never ended has none.
	Evidence string
	Report   string
}

// Archive is where evidence is kept: a folder, or the bucket of a deployment.
type Archive interface {
	record.Source
	// Items are the headers of all documents.
	Items(ctx context.Context) ([]record.Item, error)
	// KeptHeads are the newest of each database, as they are kept apart.
	KeptHeads(ctx context.Context, items []record.Item) (record.Heads, error)
	Location(id string) string
	// Page is where the page of a document lies; "" where there is none.
	Page(id string) string
}

// Newest puts the drills that were recorded last first; of one that never
// ended it is the start that counts.
func Newest(drills []PastDrill) {
	slices.SortStableFunc(drills, func(a, b PastDrill) int { return recordedAt(b).Compare(recordedAt(a)) })
}

func recordedAt(d PastDrill) time.Time {
	if d.Document.RecordedAt.IsZero() {
		return d.Document.Start.At
	}
	return d.Document.RecordedAt
}
