package recovery

import "time"

// Moves are what follows from how everything stands: the same whoever asks, so
// that a Release, a Decide and the parent may all act on them, each after a crash
// of another, and whatever was done already is no move any more.
type Moves struct {
	// Changes of steps, by id: what their status becomes. Each is written on
	// condition of the record's revision; a conflict means that somebody else did.
	Changes map[string]Status
	// Start are the ids of the steps that are ready, once Changes are written: an
	// execution of each must be there.
	Start []string
	// DecideBy is what Run.DecideBy must become; nil: nothing is to be decided.
	DecideBy *time.Time
	// Over: nothing is to come any more, once Changes are written.
	Over bool
}
