package sandbox

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// TestMain is also the program that tries the kernel from inside.
func TestMain(m *testing.M) {
	if os.Getenv("TEST_SANDBOX_INSIDE") != "" {
		for name, try := range outward {
			fmt.Printf("%s: %v\n", name, try())
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func call(number uintptr, args ...uintptr) func() error {
	return func() error {
		var a [6]uintptr
		copy(a[:], args)
		_, _, errno := unix.Syscall6(number, a[0], a[1], a[2], a[3], a[4], a[5])
		if errno != 0 {
			return errno
		}
		return errors.New("it was allowed")
	}
}

// outward are system calls that lead out, or deep into the kernel. Each must be
// refused by the filter: an error that only the call itself gives is none.
var outward = map[string]func() error{
	"unshare":          call(unix.SYS_UNSHARE, unix.CLONE_NEWUSER),
	"setns":            call(unix.SYS_SETNS, 0, 0),
	"clone":            call(unix.SYS_CLONE, unix.CLONE_NEWUSER|uintptr(unix.SIGCHLD)),
	"ptrace":           call(unix.SYS_PTRACE, unix.PTRACE_ATTACH, 1),
	"process_vm_readv": call(unix.SYS_PROCESS_VM_READV, 1),
	"pidfd_getfd":      call(unix.SYS_PIDFD_GETFD, 0, 0, 0),
	"mount":            call(unix.SYS_MOUNT, 0, 0, 0, 0, 0),
	"umount2":          call(unix.SYS_UMOUNT2, 0, 0),
	"pivot_root":       call(unix.SYS_PIVOT_ROOT, 0, 0),
	"chroot":           call(unix.SYS_CHROOT, 0),
	"open_tree":        call(unix.SYS_OPEN_TREE, 0, 0, 0),
	"fsopen":           call(unix.SYS_FSOPEN, 0, 0),
	"keyctl":           call(unix.SYS_KEYCTL, 0, 0),
	"add_key":          call(unix.SYS_ADD_KEY, 0),
	"request_key":      call(unix.SYS_REQUEST_KEY, 0),
	"bpf":              call(unix.SYS_BPF, 0, 0, 0),
	"perf_event_open":  call(unix.SYS_PERF_EVENT_OPEN, 0, 0, 0, 0, 0),
	"userfaultfd":      call(unix.SYS_USERFAULTFD, 0),
	"io_uring_setup":   call(unix.SYS_IO_URING_SETUP, 1, 0),
	"kexec_load":       call(unix.SYS_KEXEC_LOAD, 0, 0, 0, 0),
	"finit_module":     call(unix.SYS_FINIT_MODULE, 0, 0, 0),
	"init_module":      call(unix.SYS_INIT_MODULE, 0, 0, 0),
	"clone3": func() error {
		args := [8]uint64{unix.CLONE_NEWUSER}
		_, _, errno := unix.Syscall(unix.SYS_CLONE3, uintptr(unsafe.Pointer(&args)), unsafe.Sizeof(args), 0)
		if errno == unix.ENOSYS {
			return unix.EPERM // as if it were not there: callers fall back to clone
		}
		return fmt.Errorf("clone3: %w", errno)
	},
	"vsock": func() error {
		_, err := unix.Socket(unix.AF_VSOCK, unix.SOCK_STREAM, 0)
		if errors.Is(err, unix.EAFNOSUPPORT) {
			return unix.EPERM
		}
		return fmt.Errorf("vsock: %w", err)
	},
}

func TestTheFilter(t *testing.T) {
	asOrdinaryUser(t)
	self, err := os.ReadFile("/proc/self/exe")
	must(t, err)
	for _, p := range Ways() {
		if p.Kind() == None {
			continue
		}
		t.Run(string(p.Kind()), func(t *testing.T) {
			dir, err := os.MkdirTemp("", "lbi")
			must(t, err)
			t.Cleanup(func() { os.RemoveAll(dir) })
			must(t, os.Chmod(dir, 0o755))
			program := dir + "/program"
			must(t, os.WriteFile(program, self, 0o755))
			var out strings.Builder
			s, err := p.Start(Spec{Program: program, Env: []string{"TEST_SANDBOX_INSIDE=1"}, ReadOnly: []string{dir}, Stdout: &out, Stderr: &out})
			must(t, err)
			must(t, s.Wait())
			for name := range outward {
				if !strings.Contains(out.String(), name+": operation not permitted\n") {
					t.Errorf("%s got through", name)
				}
			}
			if t.Failed() {
				t.Log(out.String())
			}
		})
	}
}
