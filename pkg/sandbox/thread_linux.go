package sandbox

import (
	"os/exec"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
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

// start starts cmd on the thread that never ends.
func start(cmd *exec.Cmd) error {
	done := make(chan error)
	starter() <- func() {
		// The files by which a child is mapped to its user belong to root while
		// we are not dumpable, and are then nobody's to write but root's
		// (proc(5)). The child takes over what is set when it is made.
		if closed.Load() {
			_ = unix.Prctl(unix.PR_SET_DUMPABLE, 1, 0, 0, 0)
			defer func() { _ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) }()
		}
		done <- cmd.Start()
	}
	return <-done
}
