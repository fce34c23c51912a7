package simaws

import (
	"sync"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
)

// Guard keeps a cloud's models from being touched twice at once where time is
// real: calls come from many goroutines then, and timers from others. In
// virtual time everything happens in one goroutine.
type Guard struct{ mu sync.Mutex }

// Clock is a clock whose timers wait until no call is being served. It is for
// models; whoever calls the cloud from a timer must have the clock itself.
func (g *Guard) Clock(c clock.Clock) clock.Clock { return guarded{c, g} }

type guarded struct {
	clock.Clock
	guard *Guard
}

func (c guarded) AfterFunc(d time.Duration, f func()) func() bool {
	return c.Clock.AfterFunc(d, func() {
		c.guard.mu.Lock()
		defer c.guard.mu.Unlock()
		f()
	})
}
