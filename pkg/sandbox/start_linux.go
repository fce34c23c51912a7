package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// order is what init is told over its control socket.
type order struct {
	Kind    Kind
	Program string
	Args    []string
	Env     []string
	Dir     string
	Survive bool
	// Connects, KeepRoom: see Spec.
	Connects, KeepRoom bool

	// Trees are what becomes visible, in this order. Those with a number were
	// opened by lifeboat and are handed over (file descriptors from 4 on);
	// init opens the others itself.
	Trees         []tree
	Passwd, Group string
}

// tree is a file or folder that becomes visible at its own path.
type tree struct {
	Path     string
	Writable bool
	NoExec   bool
	Optional bool // what is not there, or cannot be opened, is passed over
	FD       int  // 0: init opens it
}

// Process is a program that was started.
type Process struct {
	kind    Kind
	cmd     *exec.Cmd
	control *os.File
	limits  *cgroup
	killed  atomic.Bool
}

// startLimit is how long init may take until its program runs: a machine under
// heavy load, not a program.
const startLimit = 30 * time.Second

// Start starts a program and returns when it runs. An error tells that it does
// not.
func (p *Protection) Start(spec Spec) (*Process, error) {
	if !filepath.IsAbs(spec.Program) {
		return nil, fmt.Errorf("%s is no absolute path", spec.Program)
	}
	trees, opened, err := p.trees(spec)
	defer func() {
		for _, f := range opened {
			_ = f.Close()
		}
	}()
	if err != nil {
		return nil, err
	}
	held := spec.holdBack()
	defer func() { // init has them from now on
		for _, f := range held {
			_ = f.Close()
		}
	}()
	ours, theirs, err := socketpair()
	if err != nil {
		return nil, err
	}
	defer theirs.Close()
	cmd := &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{initName, spec.Label}, Env: []string{}, Dir: "/",
		Stdin: spec.Stdin, Stdout: spec.Stdout, Stderr: spec.Stderr,
		ExtraFiles:  slices.Concat([]*os.File{theirs}, opened, held),
		SysProcAttr: &syscall.SysProcAttr{Setsid: true},
		WaitDelay:   5 * time.Second, // for pipes that somebody else holds open
	}
	if p.kind == Namespaces {
		p.enter(cmd.SysProcAttr)
	} else {
		p.become(cmd.SysProcAttr)
	}
	if !spec.Survive {
		cmd.SysProcAttr.Pdeathsig = syscall.SIGKILL // prctl(2), PR_SET_PDEATHSIG
	}
	if err := start(cmd); err != nil {
		_ = ours.Close()
		return nil, fmt.Errorf("start a sandbox: %w", err)
	}
	s := &Process{kind: p.kind, cmd: cmd, control: ours}
	s.limits = limit(cmd.Process.Pid)
	err = s.instruct(order{
		Kind: p.kind, Program: spec.Program, Args: spec.Args, Env: spec.Env, Dir: spec.Dir, Survive: spec.Survive, Connects: spec.Connects, KeepRoom: spec.KeepRoom, Trees: trees,
		Passwd: fmt.Sprintf("root:x:0:0::/:/bin/false\nlifeboat:x:%d:%d::/tmp:/bin/false\n", insideID, insideID),
		Group:  fmt.Sprintf("root:x:0:\nlifeboat:x:%d:\n", insideID),
	})
	if err != nil {
		s.Kill()
		_ = s.Wait()
		return nil, fmt.Errorf("start %s in a sandbox: %w", spec.Program, err)
	}
	return s, nil
}

// instruct sends the order and waits until the program runs.
func (s *Process) instruct(o order) error {
	raw, err := json.Marshal(o)
	if err != nil {
		return err
	}
	if err := s.control.SetDeadline(time.Now().Add(startLimit)); err != nil { //nolint:forbidigo // a deadline of the kernel's clock, not of the drill's
		return err
	}
	if _, err := s.control.Write(append(raw, '\n')); err != nil {
		return fmt.Errorf("its init does not listen: %w", err)
	}
	var answer [4096]byte
	n, err := s.control.Read(answer[:])
	said := strings.TrimSpace(string(answer[:n]))
	switch {
	case said == started:
		return s.control.SetDeadline(time.Time{})
	case said != "":
		return errors.New(said)
	case errors.Is(err, io.EOF):
		return errors.New("its init ended at once")
	}
	return fmt.Errorf("its init does not answer: %w", err)
}

// started is init's answer when the program runs.
const started = "started"

// socketpair makes the control socket. lifeboat's end closes with lifeboat,
// which init notices.
func socketpair() (ours, theirs *os.File, err error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, nil, fmt.Errorf("make the socket to a sandbox: %w", err)
	}
	return os.NewFile(uintptr(fds[0]), "sandbox"), os.NewFile(uintptr(fds[1]), "sandbox's init"), nil
}

// PID is the number of the sandbox's init on this machine.
func (s *Process) PID() int { return s.cmd.Process.Pid }

// Wait returns when the program has ended and, with namespaces, nothing of the
// sandbox runs any more: the kernel lets process 1 go last
// (pid_namespaces(7)). The error is an ExitError.
func (s *Process) Wait() error {
	err := s.cmd.Wait()
	_ = s.control.SetReadDeadline(time.Now().Add(time.Second)) //nolint:forbidigo // the other end is closed, or is not init's any more
	noRoom := saidOutOfRoom(s.control)
	_ = s.control.Close()
	s.limits.remove()
	var exit *exec.ExitError
	if !errors.As(err, &exit) {
		return err
	}
	status, ok := exit.Sys().(syscall.WaitStatus)
	switch {
	case noRoom:
		return &ExitError{Code: -1, NoRoom: true}
	case ok && status.Signaled():
		return &ExitError{Code: -1, Signal: status.Signal()}
	case exit.ExitCode() > signalBase:
		return &ExitError{Code: -1, Signal: syscall.Signal(exit.ExitCode() - signalBase)}
	}
	return &ExitError{Code: exit.ExitCode()}
}

// signalBase and the number of a signal is how init passes on that the program
// was ended by it, as shells do.
const signalBase = 128

// Signal sends a signal to the program.
func (s *Process) Signal(sig syscall.Signal) error { return s.cmd.Process.Signal(sig) }

// killGrace is how long an init may take to end what it has started, where no
// namespace of processes does it.
const killGrace = 3 * time.Second

// Kill ends the sandbox with all that runs in it.
func (s *Process) Kill() {
	if !s.killed.CompareAndSwap(false, true) {
		return
	}
	kill := func() { _ = s.cmd.Process.Kill() } // an error: it has ended
	if s.kind == Namespaces {
		kill()
		return
	}
	if _, err := s.control.Write([]byte(killAll)); err != nil {
		kill()
	}
	time.AfterFunc(killGrace, kill)
}

// killAll is the one thing that init is told after its order.
const killAll = "k"
