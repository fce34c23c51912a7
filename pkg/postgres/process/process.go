// Package process finds and ends the programs that run on the files of one
// folder.
//
// Everything in a sandbox belongs to the folder that the sandbox's init names
// (package sandbox): whatever it is, and whatever it calls itself. Where there
// is no sandbox, a program belongs to a folder when it is one of PostgreSQL's
// own (see programs) and works in the folder, or names a path inside it as its
// data directory. All of it is read from the running process, never from a file, so
// that a number that was given to another process in the meantime is not
// mistaken for ours; and a shell that a person opened in the folder is no
// PostgreSQL program. A signal is sent through a handle of the process
// (a pidfd on Linux) after a second look.
//
// Nothing is written. What End leaves behind is what it returns.
package process

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/sandbox"
)

// Process is one running program.
type Process struct {
	PID     int
	Program string // postgres, initdb, pg_ctl, pg_restore; of a sandbox anything
	// Main tells a program that was started with the folder's path, or the init
	// of a sandbox; the others end with it.
	Main bool
	// Sandboxed tells a process of a sandbox.
	Sandboxed bool
	init      int // of that sandbox
}

// programs are what lifeboat lets run inside a throwaway.
var programs = []string{"postgres", "postmaster", "initdb", "pg_ctl", "pg_restore"}

// candidate is what the platform tells about a process.
type candidate struct {
	pid  int
	exe  string // base name
	cwd  string // "": not known
	args []string
}

// In returns the programs that run on files of the folder, by number.
func In(folder string) ([]Process, error) {
	folders := spellings(folder)
	all, err := list()
	if err != nil {
		return nil, err
	}
	var found []Process
	for _, c := range all {
		if p, ok := c.belongs(folders); ok {
			found = append(found, p)
			if p.Sandboxed {
				for _, pid := range sandbox.Descendants(p.PID) {
					found = append(found, Process{PID: pid, Program: nameOf(pid), Sandboxed: true, init: p.PID})
				}
			}
		}
	}
	found = unique(found)
	slices.SortFunc(found, func(a, b Process) int { return a.PID - b.PID })
	return found, nil
}

// End ends everything that runs on files of the folder: a server at first by
// an immediate shutdown, which lets it free its shared memory, and after the
// grace, or when ctx ends, by SIGKILL. It returns what still runs.
func End(ctx context.Context, folder string, grace time.Duration) ([]Process, error) {
	if err := signalAll(folder, func(p Process) syscall.Signal {
		switch {
		case p.Sandboxed && p.Main, p.Program == "postgres" && p.Main:
			return syscall.SIGQUIT // a sandbox's init passes it on
		case p.Main:
			return syscall.SIGTERM
		}
		return 0 // its server ends it
	}); err != nil {
		return nil, err
	}
	left, err := gone(ctx, folder, grace)
	if err != nil || len(left) == 0 {
		return nil, err
	}
	// What an init holds together goes before it: not every sandbox has a
	// namespace of processes.
	for _, main := range []bool{false, true} {
		err = errors.Join(err, signalAll(folder, func(p Process) syscall.Signal {
			if p.Sandboxed && p.Main == main || !p.Sandboxed && main {
				return syscall.SIGKILL
			}
			return 0
		}))
	}
	if err != nil {
		return nil, err
	}
	// The dead are listed until they are reaped: a short wait of its own,
	// also when ctx has ended.
	return gone(context.WithoutCancel(ctx), folder, 5*time.Second)
}

// gone waits until nothing runs on the folder's files, at most d.
func gone(ctx context.Context, folder string, d time.Duration) ([]Process, error) {
	const step = 20 * time.Millisecond
	for waited := time.Duration(0); ; waited += step {
		left, err := In(folder)
		if err != nil || len(left) == 0 || waited >= d || ctx.Err() != nil {
			return left, err
		}
		time.Sleep(step)
	}
}

func signalAll(folder string, choose func(Process) syscall.Signal) error {
	all, err := In(folder)
	if err != nil {
		return err
	}
	folders := spellings(folder)
	for _, p := range all {
		sig := choose(p)
		if sig == 0 {
			continue
		}
		handle, err := os.FindProcess(p.PID)
		if err != nil {
			continue // it has ended
		}
		// The handle is held: if it is ours now, the signal meets no other.
		if p.isStill(folders) {
			_ = handle.Signal(sig) // an error: it has ended
		}
		_ = handle.Release()
	}
	return nil
}

// isStill looks a second time.
func (p Process) isStill(folders []string) bool {
	at := p.PID
	if p.init != 0 {
		if !slices.Contains(sandbox.Descendants(p.init), p.PID) {
			return false
		}
		at = p.init
	}
	c, ok := look(at)
	if !ok {
		return false
	}
	_, ours := c.belongs(folders)
	return ours
}

func (c candidate) belongs(folders []string) (Process, bool) {
	if label, ok := sandbox.IsInit(c.args); ok {
		for _, folder := range folders {
			if within(folder, label) {
				return Process{PID: c.pid, Program: "the init of a sandbox", Main: true, Sandboxed: true}, true
			}
		}
		return Process{}, false
	}
	if !slices.Contains(programs, c.exe) {
		return Process{}, false
	}
	p := Process{PID: c.pid, Program: c.exe}
	for _, folder := range folders {
		for _, arg := range c.args {
			_, value, _ := strings.Cut(arg, "=")
			p.Main = p.Main || within(folder, strings.TrimPrefix(arg, "-D")) || within(folder, value)
		}
	}
	for _, folder := range folders {
		if p.Main || within(folder, c.cwd) {
			return p, true
		}
	}
	return Process{}, false
}

// unique keeps one of each number: what is found by its init may be a program
// of PostgreSQL as well.
func unique(found []Process) []Process {
	var all []Process
	for _, p := range found {
		at := slices.IndexFunc(all, func(o Process) bool { return o.PID == p.PID })
		switch {
		case at < 0:
			all = append(all, p)
		case p.Sandboxed:
			all[at] = p
		}
	}
	return all
}

func within(folder, path string) bool {
	return path == folder || strings.HasPrefix(path, folder+string(filepath.Separator))
}

// spellings are the folder's names: as given, and without links.
func spellings(folder string) []string {
	names := []string{filepath.Clean(folder)}
	if real, err := filepath.EvalSymlinks(folder); err == nil && real != names[0] {
		names = append(names, real)
	}
	return names
}
