// Package record keeps what was recorded, whatever it is of: a header and the
// bytes it was cut from. It knows nothing of drills.
//
// Each record names the one before it of its chain by SHA-256, so a record that
// is changed or removed is missed by the next one. Nothing names the newest: its
// link is kept apart, as the chain's Head. Check compares records with their
// links and with the heads, and says where it cannot know.
package record

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"
)

// Link names a record by its content.
type Link struct {
	ID     string `json:"id"`
	SHA256 string `json:"sha256"` // of its bytes, in hexadecimal
}

// Header is what is read of a record to tell where it belongs.
type Header struct {
	ID         string
	Chain      string // that it is linked in
	RecordedAt time.Time
	Previous   *Link // nil: the first of its chain
}

// Source is where records lie.
type Source interface {
	// IDs of whatever claims to be a record.
	IDs(ctx context.Context) ([]string, error)
	// Text of one, whole.
	Text(ctx context.Context, id string) ([]byte, error)
}

// Item is a record as it was found. Where Err is set nothing but the ID is
// known.
type Item struct {
	ID     string // that it lies under
	SHA256 string
	Header Header
	Err    error
}

// Another is the error of a record that lies under the ID of another: of a copy.
type Another struct{ ID string }

func (a Another) Error() string { return "it is the record of " + a.ID }

// Unavailable is the error of a source that cannot be asked just now, or not by
// this caller. It tells nothing of the record.
type Unavailable struct{ Err error }

func (u Unavailable) Error() string { return u.Err.Error() }
func (u Unavailable) Unwrap() error { return u.Err }

// Read returns what a source holds. It keeps one text at a time in memory.
// What cannot be read is an Item with its Err; the error is that of the list, or
// Unavailable.
func Read(ctx context.Context, s Source, header func([]byte) (Header, error)) ([]Item, error) {
	ids, err := s.IDs(ctx)
	if err != nil {
		return nil, err
	}
	items := make([]Item, len(ids))
	for i, id := range ids {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		text, err := s.Text(ctx, id)
		if errors.As(err, new(Unavailable)) {
			return nil, err
		}
		if err != nil {
			items[i] = Item{ID: id, Err: err}
			continue
		}
		items[i] = ItemOf(id, text, header)
	}
	return items, nil
}

// maxChainBytes bounds what a foreign document costs.
const maxChainBytes = 8 << 10

// ItemOf is a text that lies under an ID.
func ItemOf(id string, text []byte, header func([]byte) (Header, error)) Item {
	h, err := header(text)
	if err == nil && h.ID != id {
		err = Another{ID: h.ID}
	}
	if p := h.Previous; err == nil && p != nil && (CheckID(p.ID) != nil || len(p.SHA256) != 64) {
		err = errors.New("what it names as the one before is none")
	}
	if err == nil && len(h.Chain) > maxChainBytes {
		err = errors.New("the name of its chain is too long")
	}
	if err != nil {
		return Item{ID: id, SHA256: SHA256(text), Err: err}
	}
	return Item{ID: id, SHA256: SHA256(text), Header: h}
}

// SHA256 of a text, in hexadecimal.
func SHA256(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}
