package recovery

import "errors"

// Errors of the stores of the record.
var (
	// ErrConflict: the record is another than the one that the write was made of.
	ErrConflict = errors.New("somebody else has written it meanwhile")
	// ErrNoRun: there is no run of that name.
	ErrNoRun = errors.New("there is no such recovery")
)
