package asl

import (
	"errors"
	"iter"
	"time"
)

// errAborted unwinds a fiber that nobody waits for any more.
var errAborted = errors.New("aborted")

// fiber runs one scope of states: the machine itself, a branch, an iteration.
// It runs until it waits, and then only when the loop resumes it.
type fiber struct {
	x        *Execution
	resume   func() // runs the fiber until it waits again or ends
	abort    func() // unwinds it
	pause    func() bool
	previous int64 // the last event of this fiber
	vars     *variables
	mapItem  *mapItem // of the iteration around it; nil for none
	state    *entered // the state it is in; nil between states
	cancel   func()   // ends what it waits for
}

// entered is a state that was entered and not left yet.
type entered struct {
	kind     stateType
	started  bool // a Parallel or Map state has begun with its branches
	children []*child
}

// child is a fiber that a Parallel or Map state started.
type child struct {
	fiber *fiber
	index int
	done  bool
}

// start makes a fiber; it begins to run when it is first resumed.
func (x *Execution) fiber(parent *fiber, run func(f *fiber)) *fiber {
	f := &fiber{x: x, vars: &variables{total: &x.variablesBytes}}
	if parent != nil {
		f.previous, f.mapItem = parent.previous, parent.mapItem
		f.vars.outer = parent.vars
	}
	next, stop := iter.Pull(func(yield func(struct{}) bool) {
		f.pause = func() bool { return yield(struct{}{}) }
		defer f.vars.drop()
		run(f)
	})
	f.resume = func() { next() }
	f.abort = func() {
		if f.cancel != nil {
			f.cancel()
		}
		stop()
	}
	return f
}

// wait parks the fiber until wake is called, which setup arranges; wake may be
// called once, from any goroutine. cancel, if not nil, is called when the
// fiber is aborted meanwhile.
func (f *fiber) wait(setup func(wake func()) (cancel func())) error {
	woken := false
	f.cancel = setup(func() {
		f.x.post(func() {
			if !woken {
				woken = true
				f.resume()
			}
		})
	})
	ok := f.pause()
	f.cancel = nil
	if !ok {
		woken = true
		return errAborted
	}
	return nil
}

// sleep parks the fiber for d.
func (f *fiber) sleep(d time.Duration) error {
	return f.wait(func(wake func()) func() {
		stop := f.x.options.Clock.AfterFunc(d, wake)
		return func() { stop() }
	})
}
