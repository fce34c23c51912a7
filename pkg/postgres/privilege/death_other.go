//go:build !linux

package privilege

import (
	"os/exec"
	"syscall"
)

// DieWithParent is not offered by this platform: what outlives a killed
// lifeboat is found and ended by the sweeper.
func DieWithParent(*exec.Cmd, syscall.Signal) {}
