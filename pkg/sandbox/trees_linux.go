package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"
)

// system is what programs need of every machine: programs and libraries, and
// the few files that libraries look into. All of it is public. What is a link
// stays one.
var system = []string{
	"/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32", "/nix/store", "/gnu/store",
	"/etc/ld.so.cache", "/etc/alternatives", "/etc/localtime", "/etc/timezone", "/etc/locale.alias", "/etc/crypto-policies",
}

// devices are those that cannot be made inside: everybody may use them.
var devices = []string{"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"}

// trees lists what becomes visible, outer folders before inner ones, and opens
// what only lifeboat's own user can reach, so that closed parents are in
// nobody's way.
func (p *Protection) trees(spec Spec) ([]tree, []*os.File, error) {
	var all []tree
	for _, path := range system {
		all = append(all, tree{Path: path, Optional: true})
	}
	for _, path := range devices {
		all = append(all, tree{Path: path})
	}
	given := len(all)
	add := func(paths []string, t tree) {
		for _, path := range paths {
			t.Path = filepath.Clean(path)
			all = append(all, t)
		}
	}
	add(spec.ReadOnly, tree{Optional: true})
	add(spec.Writable, tree{Writable: true, NoExec: true})
	add(spec.Backups, tree{NoExec: true})
	mine := all[given:]
	slices.SortStableFunc(mine, func(a, b tree) int { return strings.Count(a.Path, "/") - strings.Count(b.Path, "/") })
	switch {
	case p.other && p.kind != Namespaces && len(spec.Backups) > 0:
		return nil, nil, fmt.Errorf("%w: it would have to run as root for that", ErrNotLent)
	case !p.other || p.kind != Namespaces:
		return all, nil, nil
	}
	var opened []*os.File
	for i := range mine {
		f, err := handOver(mine[i], p, slices.Contains(spec.Backups, mine[i].Path))
		if mine[i].Optional && errors.Is(err, fs.ErrNotExist) {
			mine[i].FD = -1 // not there
			continue
		}
		if err != nil {
			return nil, opened, err
		}
		opened = append(opened, f)
		mine[i].FD = firstTree + len(opened) - 1
	}
	return all, opened, nil
}

// firstTree is the number of the first tree that is handed over: after the
// standard streams and the control socket.
const firstTree = 4

// handOver opens a tree as root. A copy of a mount that hangs nowhere yet can
// be given to a process in another namespace (open_tree(2)).
func handOver(t tree, p *Protection, backup bool) (*os.File, error) {
	fd, err := unix.OpenTree(unix.AT_FDCWD, t.Path, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE)
	if err != nil {
		return nil, &fs.PathError{Op: "open the tree of", Path: t.Path, Err: err}
	}
	f := os.NewFile(uintptr(fd), t.Path)
	if backup {
		if err := p.lend(f, t.Path); err != nil {
			_ = f.Close()
			return nil, fmt.Errorf("%w: %w", ErrNotLent, err)
		}
	}
	return f, nil
}
