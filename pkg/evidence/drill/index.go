package drillevidence

import (
	"context"
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/record"
)

// Index knows which document of a database is the newest, and what of it the
// next drill learns from.
type Index interface {
	Newest(ctx context.Context, database string) (entry drill.HistoryEntry, found bool, err error)
	// Announce a document before it is written; see record.Index.
	Announce(ctx context.Context, database string, next record.Next) error
	// AddHistory of an entry that is there changes nothing.
	AddHistory(ctx context.Context, entry drill.HistoryEntry) error
}

// entries are an Index as record.Bucket wants it: its chains are databases, and
// what is added are entries of the drills' history.
type entries struct{ Index }

func (e entries) Newest(ctx context.Context, chain string) (record.Link, bool, error) {
	newest, found, err := e.Index.Newest(ctx, chain)
	return record.Link{ID: newest.EvidenceID, SHA256: newest.SHA256}, found, err
}

func (e entries) Add(ctx context.Context, r record.Recorded) error {
	d, err := Decode(r.Text)
	if err != nil {
		return err
	}
	return e.AddHistory(ctx, entryOf(d, r))
}

func entryOf(d Document, r record.Recorded) drill.HistoryEntry {
	e := drill.HistoryEntry{
		Database: r.Chain, RunID: d.RunID, EvidenceID: d.ID, RecordedAt: d.RecordedAt,
		Ending: drill.Ending(d.Ending), Location: r.Location, SHA256: r.SHA256,
	}
	restored := func(p Phase) bool { return p.Phase == drill.PhaseRestore }
	if i := slices.IndexFunc(d.Timeline.Phases, restored); i >= 0 {
		e.RestoreSeconds = &d.Timeline.Phases[i].Seconds
	}
	e.Saw = d.saw()
	e.ToldByEvent = slices.ContainsFunc(d.Timeline.Facts, func(f Fact) bool { return f.ToldByEvent })
	return e
}
