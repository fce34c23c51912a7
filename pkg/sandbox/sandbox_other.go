//go:build !linux

package sandbox

import (
	"errors"
	"fmt"
	"os/exec"
	"syscall"
	"time"
)

// ErrNotLent is of sandboxes with namespaces only.
var ErrNotLent = errors.New("the backup cannot be lent to the sandbox")

// CloseSelf does nothing on this platform.
func CloseSelf() {}

// Descendants are not known on this platform.
func Descendants(int) []int { return nil }

// Limits tells that there are none.
func Limits() string { return "without a limit of memory" }

// try runs a shell as the protection's user.
func (p *Protection) try() error {
	if p.kind != None {
		return fmt.Errorf("this platform has no %s", p.kind)
	}
	cmd := exec.Command("/bin/sh", "-c", `test "$(id -u)" != 0`)
	cmd.Dir, cmd.SysProcAttr = "/", &syscall.SysProcAttr{Setsid: true}
	p.become(cmd.SysProcAttr)
	return cmd.Run()
}

func (p *Protection) become(attr *syscall.SysProcAttr) {
	if p.other {
		attr.Credential = &syscall.Credential{Uid: uint32(p.uid), Gid: uint32(p.gid)}
	}
}

// Process is a program that was started.
type Process struct{ cmd *exec.Cmd }

// Start starts a program. It is not told when lifeboat ends.
func (p *Protection) Start(spec Spec) (*Process, error) {
	cmd := &exec.Cmd{
		Path: spec.Program, Args: append([]string{spec.Program}, spec.Args...), Env: spec.Env, Dir: spec.Dir,
		Stdin: spec.Stdin, Stdout: spec.Stdout, Stderr: spec.Stderr,
		SysProcAttr: &syscall.SysProcAttr{Setsid: true}, WaitDelay: 5 * time.Second,
	}
	p.become(cmd.SysProcAttr)
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", spec.Program, err)
	}
	return &Process{cmd}, nil
}

// PID is the program's number.
func (s *Process) PID() int { return s.cmd.Process.Pid }

// Wait returns when the program has ended. The error is an ExitError.
func (s *Process) Wait() error {
	err := s.cmd.Wait()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return &ExitError{Code: -1, Signal: status.Signal()}
	}
	return &ExitError{Code: exit.ExitCode()}
}

// Signal sends a signal to the program.
func (s *Process) Signal(sig syscall.Signal) error { return s.cmd.Process.Signal(sig) }

// Kill ends the program with its session's group.
func (s *Process) Kill() { _ = syscall.Kill(-s.cmd.Process.Pid, syscall.SIGKILL) }
