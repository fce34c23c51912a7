//go:build !linux

package throwaway

import (
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// startOf is the start time of a process as ps tells it.
func startOf(pid int) (string, error) {
	cmd := exec.Command("ps", "-o", "lstart=", "-p", strconv.Itoa(pid))
	cmd.Env = []string{"LC_ALL=C", "TZ=UTC", "PATH=/usr/bin:/bin"}
	out, err := cmd.Output()
	if started := strings.TrimSpace(string(out)); err == nil && started != "" {
		return strings.Join(strings.Fields(started), "_"), nil
	}
	return "", fmt.Errorf("process %d has ended", pid)
}

func place() (boot, space string) { return "", "" }
