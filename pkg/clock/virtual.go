package clock

import (
	"container/heap"
	"sync"
	"time"
)

// Virtual is a clock whose time passes only when it is told to: an hour costs
// nothing, and the same program always sees the same times. Timers run one at
// a time, in the order of their times and, at the same time, in the order in
// which they were set, on the goroutine that calls Step or Advance. Only one
// goroutine may drive the clock.
//
// What takes virtual time runs as a Process, made with Go: several of them
// sleep side by side, and two that sleep a minute at once take a minute.
type Virtual struct {
	mu      sync.Mutex
	now     time.Time
	next    uint64
	timers  timerHeap
	running *Process // nil: the goroutine that drives the clock
}

// NewVirtual makes a virtual clock that stands at start.
func NewVirtual(start time.Time) *Virtual { return &Virtual{now: start.UTC()} }

// Now returns the virtual time.
func (v *Virtual) Now() time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.now
}

// AfterFunc has f called when the time has come; see Clock.
func (v *Virtual) AfterFunc(d time.Duration, f func()) func() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.next++
	t := &virtualTimer{at: v.now.Add(max(d, 0)), order: v.next, f: f}
	heap.Push(&v.timers, t)
	return func() bool {
		v.mu.Lock()
		defer v.mu.Unlock()
		if t.index < 0 {
			return false
		}
		heap.Remove(&v.timers, t.index)
		return true
	}
}

// Step moves the time to the next timer and runs it. It reports false, and
// nothing happens, when there is none.
func (v *Virtual) Step() bool {
	return v.stepUntil(time.Time{})
}

// Advance lets d pass, running every timer on the way.
func (v *Virtual) Advance(d time.Duration) {
	end := v.Now().Add(d)
	for v.stepUntil(end) {
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.now.Before(end) {
		v.now = end
	}
}

// stepUntil runs the next timer unless it lies behind end; zero is no end.
func (v *Virtual) stepUntil(end time.Time) bool {
	v.mu.Lock()
	if len(v.timers) == 0 || !end.IsZero() && v.timers[0].at.After(end) {
		v.mu.Unlock()
		return false
	}
	t := heap.Pop(&v.timers).(*virtualTimer)
	if t.at.After(v.now) {
		v.now = t.at
	}
	v.mu.Unlock()
	defer v.setRunning(v.setRunning(nil)) // a timer is no process, whoever drives the clock
	t.f()
	return true
}

type virtualTimer struct {
	at    time.Time
	order uint64
	index int // in the heap; -1 once out of it
	f     func()
}

type timerHeap []*virtualTimer

func (h timerHeap) Len() int { return len(h) }
func (h timerHeap) Less(i, j int) bool {
	if !h[i].at.Equal(h[j].at) {
		return h[i].at.Before(h[j].at)
	}
	return h[i].order < h[j].order
}
func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}
func (h *timerHeap) Push(x any) {
	t := x.(*virtualTimer)
	t.index = len(*h)
	*h = append(*h, t)
}
func (h *timerHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	t.index = -1
	return t
}
