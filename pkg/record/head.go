package record

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Head is the newest record of a chain, kept apart from the records.
type Head struct {
	Chain string `json:"chain"`
	Link         // ID "": nothing is recorded yet
	// Count of the records of the chain; nil: not counted, as by an index. A head
	// of a folder always counts.
	Count      *int      `json:"count"`
	RecordedAt time.Time `json:"recordedAt"`
	// Doubts are why nobody can know whether records are missing: what no head
	// vouched for once. They stay; a later record proves nothing of it.
	Doubts []string `json:"doubts,omitempty"`
	// Next was about to be recorded; nil unless a recording is under way or was
	// cut off.
	Next *Next `json:"next,omitempty"`
}

// Next is a record that the head is about to move to.
type Next struct {
	Link
	RecordedAt time.Time `json:"recordedAt"`
}

// Heads are what Check compares with.
type Heads struct {
	Of map[string]Head // by chain
	// Announced: a head names its successor before that is written, so that one
	// which it does not name was added.
	Announced bool
	// Counted: a head that does not count its records is of no use.
	Counted bool
	// Announcements of an index, by chain: it keeps them apart from the heads, and
	// for good, one of each attempt.
	Announcements map[string][]Next
	// Unusable heads.
	Unusable []Problem
	// Notes on where records and heads lie; no problems, and should be known.
	Notes []string
}

// HeadFolder keeps heads, one file a chain. A head is written before its record,
// announcing it, and after: whenever it is cut off, what a head names and what
// lies there still tell a recording from a forgery.
//
// Who can write this folder and that of the records can make both anew.
type HeadFolder struct{ Dir string }

// maxHeadBytes bounds what a foreign file costs.
const maxHeadBytes = 64 << 10

// Head of a chain; found is false where none is kept. Where what is kept is none,
// it is a head that only doubts.
func (f HeadFolder) Head(chain string) (head Head, found bool, err error) {
	text, err := ReadFile(f.path(chain), maxHeadBytes)
	if errors.Is(err, fs.ErrNotExist) {
		return Head{}, false, nil
	}
	if err != nil {
		return Head{}, false, fmt.Errorf("read the head of %s: %w", chain, err)
	}
	if json.Unmarshal(text, &head) != nil || head.Chain != chain {
		// It stops no recording.
		return Head{Chain: chain, Doubts: []string{"its head was spoiled, and made anew: records may have been removed or changed before"}}, false, nil
	}
	return head, true, nil
}

// Advanced is the head after the record that it announces was written.
func (h Head) Advanced() Head {
	h.Link, h.RecordedAt, h.Next = h.Next.Link, h.Next.RecordedAt, nil
	if h.Count != nil { // or nobody knows how many there were: it stays of no use
		h.Count = counting(*h.Count + 1)
	}
	return h
}

func counting(records int) *int { return &records }

// Keep writes a head over the one of its chain.
func (f HeadFolder) Keep(head Head) error {
	text, err := json.MarshalIndent(head, "", "  ")
	if err != nil {
		return fmt.Errorf("write the head of %s: %w", head.Chain, err)
	}
	if err := WriteFile(f.path(head.Chain), append(text, '\n'), head.RecordedAt, true); err != nil {
		return fmt.Errorf("write the head of %s: %w", head.Chain, err)
	}
	return nil
}

// path has the chain's name as far as a file's may have it, and enough of its
// hash that no two chains share one.
func (f HeadFolder) path(chain string) string {
	const readable = 100
	safe := strings.Map(func(r rune) rune {
		if r == '-' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '_'
	}, chain)
	sum := sha256.Sum256([]byte(chain))
	return filepath.Join(f.Dir, safe[:min(len(safe), readable)]+"-"+hex.EncodeToString(sum[:6])+".json")
}

// Heads are all that are kept; none where there is no folder.
func (f HeadFolder) Heads() (Heads, error) {
	heads := Heads{Of: map[string]Head{}, Announced: true, Counted: true}
	entries, err := os.ReadDir(f.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return heads, nil
	}
	if err != nil {
		return heads, fmt.Errorf("list the folder of heads: %w", err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), ".json") || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		path := filepath.Join(f.Dir, e.Name())
		var head Head
		text, err := ReadFile(path, maxHeadBytes)
		if err == nil {
			err = json.Unmarshal(text, &head)
		}
		if err == nil && f.path(head.Chain) != path {
			err = errors.New("it is the head of " + cmp.Or(head.Chain, "no chain"))
		}
		if errors.Is(err, fs.ErrPermission) {
			return heads, fmt.Errorf("read the head %s: %w", e.Name(), err)
		}
		if err != nil {
			heads.Unusable = append(heads.Unusable, Problem{Kind: BadHead, What: fmt.Sprintf("the head %s cannot be used: %v", e.Name(), err)})
			continue
		}
		heads.Of[head.Chain] = head
	}
	return heads, nil
}
