package local

import (
	"context"
	"os/exec"
	"time"
)

// mostAsked is how long a program may take to say which version it is: a first start
// from a cold disk is slow.
const mostAsked = 20 * time.Second

// askVersion runs a program of the user's own, of PATH, and returns what it says.
func askVersion(ctx context.Context, program, argument string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, mostAsked)
	defer cancel()
	said, err := exec.CommandContext(ctx, program, argument).Output()
	return string(said), err
}

// installers of this machine.
func installers() (there []string) {
	for _, program := range []string{"apt-get", "dnf", "brew"} {
		if _, err := exec.LookPath(program); err == nil {
			there = append(there, program)
		}
	}
	return there
}
