package local

import (
	"context"
	"fmt"
	"os"
	"os/user"
	"sync"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	pgcheck "github.com/lifeboat-dr/lifeboat/pkg/check/postgres"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

// watcher tells the observer of a drill what happens. A process runs one drill
// at a time; of several, the one that began last is watched.
type watcher struct {
	mu      sync.Mutex
	observe func(world.Event)
}

// watch exchanges the observer; nil: nobody watches.
func (w *watcher) watch(observe func(world.Event)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.observe = observe
}

func (w *watcher) tell(e world.Event) {
	w.mu.Lock()
	observe := w.observe
	w.mu.Unlock()
	if observe != nil {
		observe(e)
	}
}

// history tells of an event of the machine.
func (w *watcher) history(e asl.Event) {
	switch {
	case e.IsEntered():
		w.tell(world.Event{Kind: world.Entered, At: e.Timestamp, State: e.StateName()})
	case e.IsExited():
		w.tell(world.Event{Kind: world.Left, At: e.Timestamp, State: e.StateName()})
	case e.Type == "TaskFailed":
		name, _ := e.Failure()
		w.tell(world.Event{Kind: world.Failed, At: e.Timestamp, Error: name})
	}
}

// check tells how far a built-in check is.
func (w *watcher) check(c pgcheck.Progress) {
	w.tell(world.Event{Kind: world.Advanced, Check: c.Check, Done: c.Done, Total: c.Total})
}

// begin tells that a drill starts, and what past ones let expect of it.
func (w *World) begin(ctx context.Context, r world.Request) error {
	if r.Observe == nil {
		return nil
	}
	expected, err := w.evidence.Expected(ctx, r.Database)
	if err != nil {
		return fmt.Errorf("read the history of %s: %w", r.Database, err)
	}
	w.watcher.watch(r.Observe)
	w.watcher.tell(world.Event{Kind: world.Started, At: w.clock.Now(), Started: &world.Start{Expected: expected}})
	return nil
}

// currentUser is whom drills are started by where the caller does not say.
func currentUser() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return fmt.Sprintf("uid %d", os.Getuid())
}
