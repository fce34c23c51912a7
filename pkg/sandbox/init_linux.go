package sandbox

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// passedOn are the signals that are meant for the program.
var passedOn = []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGHUP, syscall.SIGUSR1, syscall.SIGUSR2}

// runInit is process 1 of a sandbox. It puts the sandbox's world together,
// sheds what it needed for that, starts the program and ends with it, or when
// lifeboat is gone. It talks to lifeboat alone, over file descriptor 3.
func runInit() (code int) {
	// Capabilities, the filter and what they mean for children belong to
	// threads: everything happens on this one.
	runtime.LockOSThread()
	if err := unix.CloseRange(3, 1<<20, unix.CLOSE_RANGE_CLOEXEC); err != nil { // the program gets the standard streams only
		for fd := range firstTree + len(system) {
			unix.CloseOnExec(max(3, fd))
		}
	}
	control := os.NewFile(3, "control")
	in := bufio.NewReader(io.LimitReader(control, 1<<20))
	line, err := in.ReadString('\n')
	if err != nil {
		return 125
	}
	failed := func(err error) int {
		fmt.Fprintln(control, strings.ReplaceAll(err.Error(), "\n", " "))
		return 125
	}
	var o order
	if err := json.Unmarshal([]byte(line), &o); err != nil {
		return failed(err)
	}
	signals := make(chan os.Signal, 16)
	signal.Notify(signals, append(slices.Clone(passedOn), syscall.SIGCHLD)...)
	if err := o.confine(); err != nil {
		return failed(err)
	}
	program, err := os.StartProcess(o.Program, append([]string{o.Program}, o.Args...), &os.ProcAttr{
		Dir: o.Dir, Env: o.Env, Files: []*os.File{os.Stdin, os.Stdout, os.Stderr}, Sys: &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return failed(err)
	}
	log := o.keepLog()
	releaseStreams()
	if _, err := fmt.Fprintln(control, started); err != nil && !o.Survive {
		return 125
	}
	gone := make(chan struct{})
	go func() {
		var word [1]byte
		n, _ := control.Read(word[:]) // it comes with the end of lifeboat, too
		if n > 0 || !o.Survive {
			close(gone)
		}
	}()
	timer := time.NewTimer(lookAtMost)
	defer timer.Stop()
	look := timer.C
	if timer.Reset(0); !o.KeepRoom {
		look = nil
	}
	for {
		select {
		case <-look:
			full, again := o.look()
			if full == "" {
				timer.Reset(again)
				continue
			}
			fmt.Fprint(control, outOfRoom)
			fmt.Fprintf(log, "lifeboat: the copy was ended: the file system of %s is almost full\n", full)
			o.endAll()
			return 125
		case <-gone:
			o.endAll()
			return 125
		case s := <-signals:
			if s != syscall.SIGCHLD {
				_ = syscall.Kill(program.Pid, s.(syscall.Signal))
				continue
			}
			if status, ended := reap(program.Pid); ended {
				o.endAll()
				return exitCode(status)
			}
		}
	}
}

// endAll ends what the program left. With namespaces the kernel does, when
// process 1 ends.
func (o *order) endAll() {
	if o.Kind == Namespaces {
		return
	}
	done := make(chan struct{})
	go func() { // another thread: Landlock's rules lie on this one
		defer close(done)
		endDescendants()
	}()
	<-done
}

// confine gives up everything that the program must not have.
func (o *order) confine() error {
	if o.Kind == Namespaces {
		if err := o.buildRoot(); err != nil {
			return err
		}
		if err := shed(); err != nil {
			return err
		}
	}
	// Of the kinds without a namespace of processes: orphans become ours, and
	// can be found (prctl(2)).
	if o.Kind != Namespaces {
		if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
			return fmt.Errorf("become the reaper of orphans: %w", err)
		}
	}
	if err := setLimits(); err != nil {
		return err
	}
	if o.KeepRoom {
		if err := o.boundFiles(); err != nil {
			return err
		}
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("give up new privileges: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		return fmt.Errorf("close init's memory: %w", err)
	}
	if o.Kind == Landlock {
		if err := o.landlock(); err != nil {
			return err
		}
	}
	if o.Kind != None {
		return filter(o.Kind, o.Connects)
	}
	return nil
}

// shed empties this thread's sets of capabilities, the bounding set first
// (capabilities(7)). Children begin with what it has.
func shed() error {
	for c := uintptr(0); ; c++ {
		if on, err := unix.PrctlRetInt(unix.PR_CAPBSET_READ, c, 0, 0, 0); err != nil || on < 0 {
			break // no such capability: the last was before
		}
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0); err != nil {
			return fmt.Errorf("drop capability %d: %w", c, err)
		}
	}
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return fmt.Errorf("clear the ambient capabilities: %w", err)
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	if err := unix.Capset(&header, &none[0]); err != nil {
		return fmt.Errorf("drop all capabilities: %w", err)
	}
	return nil
}

// setLimits bounds what one process, and the user in this namespace, may take
// (getrlimit(2)). Never more than was allowed before.
func setLimits() error {
	for resource, most := range map[int]uint64{unix.RLIMIT_CORE: 0, unix.RLIMIT_NPROC: 4096, unix.RLIMIT_NOFILE: 65536, unix.RLIMIT_MEMLOCK: 64 << 20} {
		var now unix.Rlimit
		if err := unix.Getrlimit(resource, &now); err != nil {
			return fmt.Errorf("read limit %d: %w", resource, err)
		}
		now.Max = min(now.Max, most)
		now.Cur = min(now.Cur, now.Max)
		if err := unix.Setrlimit(resource, &now); err != nil {
			return fmt.Errorf("set limit %d: %w", resource, err)
		}
	}
	return nil
}

// keepLog keeps the program's standard error for what is said when nobody else is
// there any more.
func (o *order) keepLog() io.Writer {
	if !o.KeepRoom || !o.Survive {
		return io.Discard
	}
	fd, err := unix.FcntlInt(2, unix.F_DUPFD_CLOEXEC, 3)
	if err != nil {
		return io.Discard
	}
	return os.NewFile(uintptr(fd), "log")
}

// releaseStreams lets lifeboat see the end of a program's output when the
// program closes it.
func releaseStreams() {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return
	}
	defer null.Close()
	for fd := range 3 {
		_ = unix.Dup3(int(null.Fd()), fd, 0)
	}
}

// reap collects the dead, orphans too, and tells when the program is among
// them.
func reap(program int) (status syscall.WaitStatus, ended bool) {
	for {
		var s syscall.WaitStatus
		pid, err := syscall.Wait4(-1, &s, syscall.WNOHANG, nil)
		if errors.Is(err, syscall.EINTR) {
			continue
		}
		if err != nil || pid <= 0 {
			return status, ended
		}
		if pid == program {
			status, ended = s, true
		}
	}
}

func exitCode(s syscall.WaitStatus) int {
	if s.Signaled() {
		return signalBase + int(s.Signal())
	}
	return s.ExitStatus()
}
