package clock

import (
	"iter"
	"time"
)

// Process is a function that takes virtual time. It runs until it sleeps, and
// again when its time has come; never two of them at once, so it needs no
// locks against other processes of its clock.
type Process struct {
	clock *Virtual
	pause func()      // hands control back to whoever resumed it
	next  func() bool // resumes it; false once it has ended
	wake  func() bool // stops the timer it sleeps on; nil while it does not sleep
}

// Go runs f as a process. It returns when f first sleeps, or has ended. A
// panic in f goes to whoever resumes it: this call, or Step.
func (v *Virtual) Go(f func()) *Process {
	p := &Process{clock: v}
	next, _ := iter.Pull(func(yield func(struct{}) bool) {
		p.pause = func() { yield(struct{}{}) }
		f()
	})
	p.next = func() bool { _, more := next(); return more }
	p.resume()
	return p
}

// Sleep lets d pass. A process sleeps and lets everything else go on; anybody
// else drives the clock meanwhile, as Advance does. Sleep returns early when
// the process is interrupted. It must be called on the goroutine of the
// process itself.
func (v *Virtual) Sleep(d time.Duration) {
	v.mu.Lock()
	p := v.running
	v.mu.Unlock()
	if p == nil {
		v.Advance(d)
		return
	}
	p.wake = v.AfterFunc(d, p.resume)
	p.pause()
}

// Interrupt wakes the process, now, if it sleeps. It does not wait for it: the
// process goes on with the next Step.
func (p *Process) Interrupt() {
	if p.wake != nil && p.wake() {
		p.wake = p.clock.AfterFunc(0, p.resume)
	}
}

func (p *Process) resume() {
	p.wake = nil
	outer := p.clock.setRunning(p)
	defer p.clock.setRunning(outer)
	p.next()
}

// setRunning returns who ran before.
func (v *Virtual) setRunning(p *Process) *Process {
	v.mu.Lock()
	defer v.mu.Unlock()
	outer := v.running
	v.running = p
	return outer
}
