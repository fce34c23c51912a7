package record

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// New is a record that is about to be kept.
type New struct {
	ID         string
	Chain      string
	RecordedAt time.Time
	// Encode writes it with the link to the one before; nil: it is the first.
	Encode func(previous *Link) ([]byte, error)
	// Same is nil where what is there under this ID is the same recording, made
	// again by a step that was repeated.
	Same func(there []byte) error
}

// ErrDifferent: a record of this ID is there, and says something else. What was
// recorded is never overwritten.
var ErrDifferent = errors.New("a different document of this id is already recorded")

// ErrID: no record can have this ID.
var ErrID = errors.New("it cannot name evidence")

// CheckID keeps an ID a plain file name.
func CheckID(id string) error {
	const maxLength = 200
	safe := func(r rune) bool {
		return r == '-' || r == '_' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
	}
	unsafe := strings.ContainsFunc(id, func(r rune) bool { return !safe(r) })
	if id == "" || len(id) > maxLength || id[0] == '.' || unsafe {
		return fmt.Errorf("%.300q: %w: letters, digits, -, _ and . are allowed, at most %d", id, ErrID, maxLength)
	}
	return nil
}

// MaxBytes of a record is far above any; it bounds what a foreign one costs.
const MaxBytes = 64 << 20
