package world

import (
	"context"
	"errors"
	"io/fs"
	"maps"
	"strings"

	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	recoveryevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/record"
)

// Joined is the evidence of drills and of recoveries, which are kept apart: each lists,
// reads and vouches for its own. A document is looked for among the drills first; a
// recovery that is called as a drill is has RecoveriesPrefix before its ID. A document
// of one kind that lies among the other is not evidence, whatever it says.
type Joined struct {
	Drills, Recoveries Archive
	recoveries         map[string]bool // ids, as far as they were listed
}

var _ Archive = (*Joined)(nil)

// RecoveriesPrefix may stand before the ID of a recovery, as in lists where a drill has
// the same.
const RecoveriesPrefix = recoveryevidence.Chain + "/"

// IDs implements record.Source.
func (j *Joined) IDs(ctx context.Context) ([]string, error) {
	drills, err := j.Drills.IDs(ctx)
	if err != nil {
		return nil, err
	}
	own, err := j.Recoveries.IDs(ctx)
	j.note(own)
	taken := map[string]bool{}
	for _, id := range drills {
		taken[id] = true
	}
	for _, id := range own {
		if taken[id] {
			delete(j.recoveries, id)
			id = RecoveriesPrefix + id
		}
		drills = append(drills, id)
	}
	return drills, err
}

func (j *Joined) note(recoveries []string) {
	j.recoveries = map[string]bool{}
	for _, id := range recoveries {
		j.recoveries[id] = true
	}
}

// Text implements record.Source.
func (j *Joined) Text(ctx context.Context, id string) ([]byte, error) {
	if own, prefixed := strings.CutPrefix(id, RecoveriesPrefix); prefixed || j.recoveries[id] {
		return recoveryText(j.Recoveries.Text(ctx, own))
	}
	text, err := j.Drills.Text(ctx, id)
	if err == nil && recoveryevidence.Is(text) {
		return nil, record.Another{ID: "a recovery, and lies among those of drills"}
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return text, err
	}
	found, missing := recoveryText(j.Recoveries.Text(ctx, id))
	if errors.Is(missing, fs.ErrNotExist) {
		return nil, err
	}
	if j.recoveries == nil {
		j.recoveries = map[string]bool{}
	}
	j.recoveries[id] = true
	return found, missing
}

func recoveryText(text []byte, err error) ([]byte, error) {
	if err != nil {
		return text, err
	}
	if _, drill := drillevidence.Decode(text); drill == nil {
		return nil, record.Another{ID: "a drill, and lies among those of recoveries"}
	}
	return text, nil
}

// Items are those of both.
func (j *Joined) Items(ctx context.Context) ([]record.Item, error) {
	drills, err := j.Drills.Items(ctx)
	if err != nil {
		return nil, err
	}
	own, err := j.Recoveries.Items(ctx)
	ids := make([]string, 0, len(own))
	for _, item := range own {
		ids = append(ids, item.ID)
	}
	j.note(ids)
	return append(drills, own...), err
}

// KeptHeads are those of both; no chain of a database is called as one of recoveries.
func (j *Joined) KeptHeads(ctx context.Context, items []record.Item) (record.Heads, error) {
	var drills, own []record.Item
	for _, item := range items {
		if j.recoveries[item.ID] {
			own = append(own, item)
		} else {
			drills = append(drills, item)
		}
	}
	heads, err := j.Drills.KeptHeads(ctx, drills)
	if err != nil {
		return record.Heads{}, err
	}
	more, err := j.Recoveries.KeptHeads(ctx, own)
	if err != nil {
		return record.Heads{}, err
	}
	if heads.Of == nil {
		heads.Of = map[string]record.Head{}
	}
	if heads.Announcements == nil && more.Announcements != nil {
		heads.Announcements = map[string][]record.Next{}
	}
	maps.Copy(heads.Of, more.Of)
	maps.Copy(heads.Announcements, more.Announcements)
	heads.Unusable = append(heads.Unusable, more.Unusable...)
	heads.Notes = append(heads.Notes, more.Notes...)
	return heads, nil
}

// of finds whose a document is, and what it is called there.
func (j *Joined) of(id string) (Archive, string) {
	if own, prefixed := strings.CutPrefix(id, RecoveriesPrefix); prefixed {
		return j.Recoveries, own
	}
	if j.recoveries[id] {
		return j.Recoveries, id
	}
	return j.Drills, id
}

// Location of a document.
func (j *Joined) Location(id string) string {
	of, own := j.of(id)
	return of.Location(own)
}

// Page of a document.
func (j *Joined) Page(id string) string {
	of, own := j.of(id)
	return of.Page(own)
}
