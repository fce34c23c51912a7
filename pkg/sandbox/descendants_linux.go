package sandbox

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// endDescendants kills what the program left, where no namespace of processes
// does it: children of ours, and theirs, until there is none and all are reaped.
// Orphans have become ours.
func endDescendants() {
	for range 500 {
		for _, pid := range Descendants(os.Getpid()) {
			_ = syscall.Kill(pid, syscall.SIGKILL) // a descendant keeps its number until we reap it
		}
		for {
			pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, nil)
			if errors.Is(err, syscall.ECHILD) {
				return
			}
			if err != nil || pid <= 0 {
				break
			}
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// Descendants lists the processes below a process, zombies not counted.
func Descendants(of int) []int {
	parents := map[int]int{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		text := string(raw) // pid (name) state parent ... (proc(5))
		fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
		if len(fields) < 2 || fields[0] == "Z" || fields[0] == "X" {
			continue
		}
		parents[pid], _ = strconv.Atoi(fields[1])
	}
	var found []int
	for pid := range parents {
		up := parents[pid]
		for hops := 0; up > 1 && up != of && hops < len(parents); hops++ {
			up = parents[up]
		}
		if up == of && pid != of {
			found = append(found, pid)
		}
	}
	return found
}
