package sandbox

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// cgroup bounds all processes of a sandbox together, where lifeboat may make
// one: as root almost everywhere, as an ordinary user hardly anywhere
// (cgroups(7)). nil: there is none.
type cgroup struct{ folders []string }

// limited is what the last sandbox was limited to.
var limited atomic.Pointer[string]

// Limits tells what cgroups held the last sandbox that was started to, for
// evidence.
func Limits() string {
	if what := limited.Load(); what != nil {
		return *what
	}
	return "without a limit of memory (no cgroup could be made)"
}

const (
	groupPrefix = "lifeboat-sandbox-"
	mostTasks   = 4096
)

// limit puts a process into a cgroup of its own: at most three quarters of the
// machine's memory, and 4096 processes. What cannot be had is left out.
func limit(pid int) *cgroup {
	var info unix.Sysinfo_t
	if err := unix.Sysinfo(&info); err != nil {
		return nil
	}
	memory := uint64(info.Totalram) * uint64(info.Unit) / 4 * 3 //nolint:unconvert // uint32 on some
	g := &cgroup{}
	for _, h := range hierarchies() {
		h.join(g, pid, memory)
	}
	if len(g.folders) == 0 {
		limited.Store(nil)
		return nil
	}
	what := fmt.Sprintf("with %d MiB of memory and %d processes at most", memory>>20, mostTasks)
	limited.Store(&what)
	return g
}

// hierarchy is a place where a cgroup can be made.
type hierarchy struct {
	folder string
	files  map[string]string // the file that sets a limit, by what it limits
}

// hierarchies finds our own cgroups in version 1, and the root of version 2,
// below which processes may lie (cgroup v2, "no internal processes").
func hierarchies() []hierarchy {
	const root = "/sys/fs/cgroup"
	if _, err := os.Stat(root + "/cgroup.controllers"); err == nil {
		return []hierarchy{{root, map[string]string{"memory": "memory.max", "pids": "pids.max"}}}
	}
	raw, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		return nil
	}
	var found []hierarchy
	for line := range strings.Lines(string(raw)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3) // number:controllers:path
		if len(parts) != 3 {
			continue
		}
		for controller, file := range map[string]string{"memory": "memory.limit_in_bytes", "pids": "pids.max"} {
			if parts[1] == controller {
				found = append(found, hierarchy{filepath.Join(root, controller, parts[2]), map[string]string{controller: file}})
			}
		}
	}
	return found
}

// join makes a cgroup, sets its limits and puts the process in.
func (h hierarchy) join(g *cgroup, pid int, memory uint64) {
	removeEmpty(h.folder)
	own := filepath.Join(h.folder, groupPrefix+strconv.Itoa(pid))
	if os.Mkdir(own, 0o755) != nil {
		return
	}
	set := 0
	for what, file := range h.files {
		value := map[string]uint64{"memory": memory, "pids": mostTasks}[what]
		if os.WriteFile(filepath.Join(own, file), []byte(strconv.FormatUint(value, 10)), 0o600) == nil {
			set++
		}
	}
	if set == 0 || os.WriteFile(filepath.Join(own, "cgroup.procs"), []byte(strconv.Itoa(pid)), 0o600) != nil {
		_ = os.Remove(own)
		return
	}
	g.folders = append(g.folders, own)
}

// removeEmpty removes what a killed lifeboat left: of a process that is gone.
// The kernel refuses where one is in it.
func removeEmpty(folder string) {
	left, _ := filepath.Glob(filepath.Join(folder, groupPrefix+"*"))
	for _, path := range left {
		pid, err := strconv.Atoi(strings.TrimPrefix(filepath.Base(path), groupPrefix))
		if err == nil && unix.Kill(pid, 0) == unix.ESRCH {
			_ = os.Remove(path)
		}
	}
}

func (g *cgroup) remove() {
	if g == nil {
		return
	}
	for _, folder := range g.folders {
		_ = os.Remove(folder)
	}
}
