// Package process finds and ends the PostgreSQL programs that run on the
// files of one folder.
//
// A program belongs to a folder when it is one of PostgreSQL's own (see
// programs) and works in the folder, or names a path inside it as its data
// directory. Both are read from the running process, never from a file, so
// that a number that was given to another process in the meantime is not
// mistaken for ours; and a shell that a person opened in the folder is no
// PostgreSQL program. A signal is sent through a handle of the process
// (a pidfd on Linux) after a second look.
//
// Nothing is written. What End leaves behind is what it returns.
package process

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// Process is one running program of PostgreSQL.
type Process struct {
	PID     int
	Program string // postgres, initdb, pg_ctl, pg_restore
	// Main tells a program that was started with the folder's path; the
	// others are workers of a server.
	Main bool
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
		}
	}
	slices.SortFunc(found, func(a, b Process) int { return a.PID - b.PID })
	return found, nil
}

// End ends everything that runs on files of the folder: a server at first by
// an immediate shutdown, which lets it free its shared memory, and after the
// grace, or when ctx ends, by SIGKILL. It returns what still runs.
func End(ctx context.Context, folder string, grace time.Duration) ([]Process, error) {
	if err := signalAll(folder, func(p Process) syscall.Signal {
		switch {
		case p.Program == "postgres" && p.Main:
			return syscall.SIGQUIT
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
	if err := signalAll(folder, func(Process) syscall.Signal { return syscall.SIGKILL }); err != nil {
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
		if c, ok := look(p.PID); ok {
			if _, ours := c.belongs(folders); ours {
				_ = handle.Signal(sig) // an error: it has ended
			}
		}
		_ = handle.Release()
	}
	return nil
}

func (c candidate) belongs(folders []string) (Process, bool) {
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
