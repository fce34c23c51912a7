package dynamodb

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

const (
	maxHistory  = 20 // restores that an expectation may rest on
	toldByEvent = "event"
	pageSize    = 50 // items of history read at once

	// sortableTime has the same width for every moment, so that its order as
	// text is that of time.
	sortableTime = "2006-01-02T15:04:05.000000000Z"
)

func historyKey(database string) string { return "history#" + database }

// AddHistory adds a recorded run to the index of its database. Adding it again
// changes nothing.
func (t *Table) AddHistory(ctx context.Context, e drill.HistoryEntry) error {
	i := key{historyKey(e.Database), e.RecordedAt.UTC().Format(sortableTime) + "#" + e.EvidenceID}.item()
	i["runId"], i["evidenceId"], i["ending"] = text(e.RunID), text(e.EvidenceID), text(string(e.Ending))
	i["recordedAt"] = text(e.RecordedAt.UTC().Format(sortableTime))
	i["location"], i["sha256"] = text(e.Location), text(e.SHA256)
	if e.RestoreSeconds != nil {
		i["restoreSeconds"] = number(*e.RestoreSeconds)
	}
	if e.ToldByEvent {
		i["told"] = text(toldByEvent)
	}
	if e.Saw != nil {
		i["saw"] = text(encode(*e.Saw))
	}
	what := fmt.Sprintf("add %s to the history of %s", e.EvidenceID, e.Database)
	if _, err := t.put(ctx, i, condition{absent: true}, what); err != nil {
		return err
	}
	last := []string{verdictKey}
	if e.Ending == drill.Passed {
		last = append(last, passedKey)
	}
	for _, pk := range last {
		i, at := key{pk, e.Database}.item(), e.RecordedAt.UTC().Format(sortableTime)
		i["recordedAt"] = text(at)
		if _, err := t.put(ctx, i, condition{before: at}, what); err != nil {
			return err
		}
	}
	return nil
}

// Newest returns the entry of a database that was recorded last; found is
// false where it has none.
func (t *Table) Newest(ctx context.Context, database string) (newest drill.HistoryEntry, found bool, err error) {
	for i, err := range t.query(ctx, key{pk: historyKey(database)}, true, 1, "read the history of "+database) {
		if err != nil {
			return drill.HistoryEntry{}, false, err
		}
		return entryOf(database, i), true, nil
	}
	return drill.HistoryEntry{}, false, nil
}

// Past returns the newest 20 restores of a database whose copy became available,
// each run once, and what its last good drill saw.
func (t *Table) Past(ctx context.Context, database string) (drill.Past, error) {
	var past drill.Past
	seen := map[string]bool{} // a run that was adopted is recorded twice
	for i, err := range t.query(ctx, key{pk: historyKey(database)}, true, pageSize, "read the history of "+database) {
		if err != nil {
			return drill.Past{}, err
		}
		e := entryOf(database, i)
		if e.Saw != nil && past.Reference == nil {
			past.Reference = &drill.Reference{Identity: *e.Saw, RunID: e.RunID, RecordedAt: e.RecordedAt}
		}
		if e.RestoreSeconds != nil && !seen[e.RunID] && len(past.Restores) < maxHistory {
			seen[e.RunID] = true
			past.Restores = append(past.Restores, drill.PastRestore{Seconds: *e.RestoreSeconds, ToldByEvent: e.ToldByEvent})
		}
		if len(past.Restores) == maxHistory && past.Reference != nil {
			break
		}
	}
	return past, nil
}

func encode(saw drill.Identity) string {
	encoded, _ := json.Marshal(saw) // texts always encode
	return string(encoded)
}

// sawOf is nil where the drill was not good; what was written by hand and is
// none of ours counts as that.
func sawOf(i item) *drill.Identity {
	var saw drill.Identity
	if json.Unmarshal([]byte(textOf(i, "saw")), &saw) != nil {
		return nil
	}
	return &saw
}

func entryOf(database string, i item) drill.HistoryEntry {
	recordedAt, err := time.Parse(sortableTime, textOf(i, "recordedAt"))
	if err != nil {
		recordedAt = time.Time{} // written by hand: the order is the key's anyway
	}
	return drill.HistoryEntry{
		Database: database, RunID: textOf(i, "runId"), EvidenceID: textOf(i, "evidenceId"), RecordedAt: recordedAt,
		Ending: drill.Ending(textOf(i, "ending")), Location: textOf(i, "location"), SHA256: textOf(i, "sha256"),
		RestoreSeconds: numberOf(i, "restoreSeconds"), ToldByEvent: textOf(i, "told") == toldByEvent, Saw: sawOf(i),
	}
}
