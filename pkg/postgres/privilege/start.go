package privilege

import (
	"os/exec"
	"runtime"
	"sync"
)

// starter is one thread that lives as long as the process and starts all
// children. Linux ties the parent-death signal to the thread that made the
// child, not to the process: a child of a thread that Go retires would be
// killed in the middle of its work.
var starter = sync.OnceValue(func() chan<- func() {
	work := make(chan func())
	go func() {
		runtime.LockOSThread() // never unlocked
		for f := range work {
			f()
		}
	}()
	return work
})

// Start starts cmd on the thread that never ends. Use it for every command
// that DieWithParent was called for.
func Start(cmd *exec.Cmd) error {
	done := make(chan error)
	starter() <- func() { done <- cmd.Start() }
	return <-done
}
