package dynamodb

import (
	"context"
	"fmt"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/record"
)

func announcedKey(database string) string { return "announced#" + database }

// Announce remembers that a document of a database is about to be written, for
// ever: a recording that is cut off before its entry in the history is told from
// a document that somebody put there. Announcing it again changes nothing; what
// a repeated recording would write is another.
func (t *Table) Announce(ctx context.Context, database string, next record.Next) error {
	at := next.RecordedAt.UTC().Format(sortableTime)
	i := key{announcedKey(database), at + "#" + next.ID + "#" + next.SHA256}.item()
	i["evidenceId"], i["sha256"], i["recordedAt"] = text(next.ID), text(next.SHA256), text(at)
	_, err := t.put(ctx, i, condition{}, fmt.Sprintf("announce %s of %s", next.ID, database))
	return err
}

// Announced are all documents of a database that were about to be written, the
// oldest first.
func (t *Table) Announced(ctx context.Context, database string) ([]record.Next, error) {
	var announced []record.Next
	for i, err := range t.query(ctx, key{pk: announcedKey(database)}, false, 0, "read what was announced of "+database) {
		if err != nil {
			return nil, err
		}
		at, err := time.Parse(sortableTime, textOf(i, "recordedAt"))
		if err != nil {
			at = time.Time{} // written by hand: the order is the key's anyway
		}
		announced = append(announced, record.Next{Link: record.Link{ID: textOf(i, "evidenceId"), SHA256: textOf(i, "sha256")}, RecordedAt: at})
	}
	return announced, nil
}
