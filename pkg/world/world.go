// Package world is what a world of drills can be asked for, whichever it is:
// this machine (package local) or a deployment on AWS (package aws). It knows
// no adapters; package open makes a world by its name.
//
// The simulated world (package sim) has an interface of its own: a rehearsal
// has a scenario, a seed, virtual time and a cost, and nothing of it stays, so
// there is no history to read and nothing to sweep. What an operator does with
// a deployment is rehearsed by pointing package aws at it.
package world

import "context"

// World is where drills take place.
type World interface {
	Past
	// Drill runs one drill to its end and says what became of it. The error says
	// that it could not be run, or not be followed (NotFollowed); a drill that
	// failed is an Outcome.
	Drill(ctx context.Context, r Request) (*Outcome, error)
	// Sweep removes what drills that were cut off left behind. What was found
	// before an error is returned with it.
	Sweep(ctx context.Context, o SweepOptions) ([]Swept, error)
}

// Past is what a world remembers.
type Past interface {
	// History lists past drills, newest first.
	History(ctx context.Context, q Query) (History, error)
	// Evidence is where their documents are kept. It makes no call.
	Evidence() Archive
}
