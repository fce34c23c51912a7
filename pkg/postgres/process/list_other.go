//go:build !linux

package process

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// list asks ps; it does not tell the working folder, so the workers of a
// server whose main process is gone are not found here (they end by
// themselves when they notice).
func list() ([]candidate, error) { return ps("-axww") }

func look(pid int) (candidate, bool) {
	all, err := ps("-ww", "-p", strconv.Itoa(pid))
	if err != nil || len(all) != 1 {
		return candidate{}, false
	}
	return all[0], true
}

func ps(args ...string) ([]candidate, error) {
	out, err := exec.Command("ps", append(args, "-o", "pid=,stat=,command=")...).Output()
	if err != nil {
		return nil, fmt.Errorf("list processes with ps: %w", err)
	}
	var all []candidate
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) < 3 || strings.HasPrefix(fields[1], "Z") {
			continue
		}
		pid, err := strconv.Atoi(fields[0])
		if err != nil {
			continue
		}
		all = append(all, candidate{pid: pid, exe: program(line), args: arguments(line)})
	}
	return all, nil
}

// program finds the program's name in a command line whose paths may have
// spaces.
func program(line string) string {
	for _, name := range programs {
		if strings.Contains(line, string(filepath.Separator)+name+" ") || strings.Contains(line, " "+name+" ") {
			return name
		}
	}
	return ""
}

// arguments splits a command line at " -", the only boundary that ps shows
// for paths with spaces.
func arguments(line string) []string {
	var args []string
	for part := range strings.SplitSeq(strings.TrimSpace(line), " -") {
		part = strings.TrimSpace(part)
		if value, ok := strings.CutPrefix(part, "D"); ok {
			part = strings.TrimSpace(value)
		}
		args = append(args, part)
	}
	return args
}

// nameOf is of sandboxes, which this platform does not have.
func nameOf(int) string { return "a program" }
