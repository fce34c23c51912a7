package throwaway

import (
	"fmt"
	"os"
	"strings"
)

// startOf is the start time of a process in ticks since the machine started:
// field 22 of /proc/<pid>/stat (proc(5)). The name before it is in brackets
// and may hold anything. A zombie has ended.
func startOf(pid int) (string, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return "", err
	}
	stat := string(raw)
	fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
	const state, start = 0, 22 - 3
	if len(fields) <= start || fields[state] == "Z" || fields[state] == "X" {
		return "", fmt.Errorf("process %d has ended", pid)
	}
	return fields[start], nil
}

// place is the boot of the machine and the namespace of process numbers.
func place() (boot, space string) {
	raw, _ := os.ReadFile("/proc/sys/kernel/random/boot_id")
	space, _ = os.Readlink("/proc/self/ns/pid")
	return strings.TrimSpace(string(raw)), space
}
