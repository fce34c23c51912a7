package process

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
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
