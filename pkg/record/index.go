package record

import "context"

// Index keeps the heads of chains where there is no folder for them. It is asked
// and written around each record: the newest is what the record names, the
// record is announced, written, and only then the newest.
type Index interface {
	// Newest of a chain; found is false where it has none.
	Newest(ctx context.Context, chain string) (newest Link, found bool, err error)
	// Announce a record of a chain before it is written, so that one whose
	// recording is cut off is told from one that somebody put there. Announcements
	// stay, and one that is made again changes nothing.
	Announce(ctx context.Context, chain string, next Next) error
	// Add moves the head of a chain to a record. Adding it again changes nothing.
	Add(ctx context.Context, r Recorded) error
}

// Recorded is a record that lies where it is kept.
type Recorded struct {
	Link
	Chain    string
	Location string
	Text     []byte
}
