package process

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/sandbox"
)

func list() ([]candidate, error) {
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return nil, fmt.Errorf("list processes: %w", err)
	}
	var all []candidate
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if c, ok := look(pid); ok {
			all = append(all, c)
		}
	}
	return all, nil
}

// look reads one process; false for one that has ended, is a zombie, or
// belongs to somebody else.
func look(pid int) (candidate, bool) {
	proc := filepath.Join("/proc", strconv.Itoa(pid))
	if c, ok := lookInit(pid, proc); ok {
		return c, true
	}
	exe, err := os.Readlink(filepath.Join(proc, "exe"))
	if err != nil {
		return candidate{}, false
	}
	cwd, err := os.Readlink(filepath.Join(proc, "cwd"))
	if err != nil {
		return candidate{}, false
	}
	raw, _ := os.ReadFile(filepath.Join(proc, "cmdline"))
	args := strings.Split(strings.TrimRight(string(raw), "\x00"), "\x00")
	const deleted = " (deleted)" // the kernel's mark on an unlinked file
	return candidate{
		pid: pid, exe: filepath.Base(strings.TrimSuffix(exe, deleted)), cwd: strings.TrimSuffix(cwd, deleted), args: args,
	}, true
}

// lookInit reads an init of a sandbox, whose program and working folder the
// kernel does not tell: it is closed to everybody. Its arguments are open.
func lookInit(pid int, proc string) (candidate, bool) {
	raw, err := os.ReadFile(filepath.Join(proc, "cmdline"))
	if err != nil {
		return candidate{}, false
	}
	args := strings.Split(strings.TrimSuffix(string(raw), "\x00"), "\x00")
	if _, ok := sandbox.IsInit(args); !ok || pretends(proc) {
		return candidate{}, false
	}
	return candidate{pid: pid, args: args}, true
}

// pretends tells a process inside a sandbox that took an init's arguments: it is
// not the first in its namespace (proc(5), NSpid of status: our number of it,
// then its own).
func pretends(proc string) bool {
	raw, err := os.ReadFile(filepath.Join(proc, "status"))
	if err != nil {
		return true
	}
	for line := range strings.Lines(string(raw)) {
		if numbers, ok := strings.CutPrefix(line, "NSpid:"); ok {
			fields := strings.Fields(numbers)
			return len(fields) > 1 && fields[len(fields)-1] != "1"
		}
	}
	return false // a kernel that does not tell has none of our sandboxes
}

// nameOf is what a process calls itself (proc(5), comm): at most 15 bytes of
// its own choice.
func nameOf(pid int) string {
	raw, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "comm"))
	if err != nil {
		return "a program"
	}
	return strconv.Quote(strings.TrimSpace(string(raw)))
}
