package sandbox

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// denied are the system calls that neither PostgreSQL nor what it runs needs,
// and that would lead out of the sandbox or deep into the kernel. They fail with
// EPERM.
var denied = []uint32{
	// Namespaces and mounts of its own.
	unix.SYS_UNSHARE, unix.SYS_SETNS, unix.SYS_MOUNT, unix.SYS_UMOUNT2, unix.SYS_PIVOT_ROOT, unix.SYS_CHROOT,
	unix.SYS_OPEN_TREE, unix.SYS_MOVE_MOUNT, unix.SYS_FSOPEN, unix.SYS_FSCONFIG, unix.SYS_FSMOUNT, unix.SYS_FSPICK, unix.SYS_MOUNT_SETATTR,
	// Other processes' memory and files.
	unix.SYS_PTRACE, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV, unix.SYS_PROCESS_MADVISE, unix.SYS_KCMP, unix.SYS_PIDFD_GETFD,
	unix.SYS_NAME_TO_HANDLE_AT, unix.SYS_OPEN_BY_HANDLE_AT,
	// Keys, which no namespace keeps apart from the user's.
	unix.SYS_KEYCTL, unix.SYS_ADD_KEY, unix.SYS_REQUEST_KEY,
	// Large parts of the kernel, often attacked.
	unix.SYS_BPF, unix.SYS_PERF_EVENT_OPEN, unix.SYS_USERFAULTFD, unix.SYS_IO_URING_SETUP, unix.SYS_IO_URING_ENTER, unix.SYS_IO_URING_REGISTER,
	unix.SYS_FANOTIFY_INIT, unix.SYS_LOOKUP_DCOOKIE, unix.SYS_VHANGUP,
	// The machine itself.
	unix.SYS_KEXEC_LOAD, unix.SYS_KEXEC_FILE_LOAD, unix.SYS_INIT_MODULE, unix.SYS_FINIT_MODULE, unix.SYS_DELETE_MODULE,
	unix.SYS_REBOOT, unix.SYS_SWAPON, unix.SYS_SWAPOFF, unix.SYS_SYSLOG, unix.SYS_ACCT, unix.SYS_QUOTACTL, unix.SYS_QUOTACTL_FD,
	unix.SYS_SETTIMEOFDAY, unix.SYS_CLOCK_SETTIME, unix.SYS_CLOCK_ADJTIME, unix.SYS_ADJTIMEX,
}

// newSpaces are the flags of clone that make namespaces; CLONE_NEWTIME is one of
// clone3 only.
const newSpaces = unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNS | unix.CLONE_NEWNET | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS | unix.CLONE_NEWCGROUP

// architectures are the kernel's names (linux/audit.h) of ours.
var architectures = map[string]uint32{
	"amd64": unix.AUDIT_ARCH_X86_64, "arm64": unix.AUDIT_ARCH_AARCH64, "riscv64": unix.AUDIT_ARCH_RISCV64,
	"ppc64le": unix.AUDIT_ARCH_PPC64LE, "loong64": unix.AUDIT_ARCH_LOONGARCH64,
}

// Where struct seccomp_data (linux/seccomp.h) has what; the architectures above
// are little-endian, so the low half of an argument comes first.
const (
	atNumber = 0
	atArch   = 4
	atArg0   = 16
	atArg1   = 24
)

// x32 are the numbers of amd64's second set of system calls.
const x32 = 0x4000_0000

// families are the sockets that there may be. Others are not kept apart by the
// namespace of the network (AF_VSOCK leads to the machine's host), or are large
// parts of the kernel.
func families(kind Kind) []uint32 {
	if kind == Namespaces {
		return []uint32{unix.AF_UNIX, unix.AF_INET, unix.AF_INET6, unix.AF_NETLINK}
	}
	return []uint32{unix.AF_UNIX} // no namespace of the network: none at all
}

// program writes the filter (seccomp(2), bpf of the classic kind). Without a
// namespace of mounts the Unix sockets of this machine are in sight (Landlock
// knows no rights over them): then there is no socket but a stream, and only
// what must connect may.
func program(kind Kind, arch uint32, connects bool) []unix.SockFilter {
	const (
		load = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		jeq  = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		jset = unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K
		jge  = unix.BPF_JMP | unix.BPF_JGE | unix.BPF_K
		ret  = unix.BPF_RET | unix.BPF_K
	)
	fail := func(errno unix.Errno) unix.SockFilter {
		return unix.SockFilter{Code: ret, K: unix.SECCOMP_RET_ERRNO | uint32(errno)}
	}
	allow := unix.SockFilter{Code: ret, K: unix.SECCOMP_RET_ALLOW}
	// Each part ends by itself or jumps over its own end: no jump is longer
	// than the part.
	p := []unix.SockFilter{
		{Code: load, K: atArch}, {Code: jeq, K: arch, Jt: 1}, fail(unix.ENOSYS), // 32-bit calls, for example
		{Code: load, K: atNumber},
	}
	if arch == unix.AUDIT_ARCH_X86_64 {
		p = append(p, unix.SockFilter{Code: jge, K: x32, Jf: 1}, fail(unix.ENOSYS))
	}
	for _, number := range denied {
		p = append(p, unix.SockFilter{Code: jeq, K: number, Jf: 1}, fail(unix.EPERM))
	}
	// Its flags are in memory, where no filter can look: callers fall back to
	// clone.
	p = append(p, unix.SockFilter{Code: jeq, K: unix.SYS_CLONE3, Jf: 1}, fail(unix.ENOSYS))
	p = append(p,
		unix.SockFilter{Code: jeq, K: unix.SYS_CLONE, Jf: 4}, unix.SockFilter{Code: load, K: atArg0},
		unix.SockFilter{Code: jset, K: newSpaces, Jf: 1}, fail(unix.EPERM), allow)
	allowed := families(kind)
	if kind != Namespaces {
		if !connects {
			p = append(p, unix.SockFilter{Code: jeq, K: unix.SYS_CONNECT, Jf: 1}, fail(unix.EPERM))
		}
		for _, call := range []uint32{unix.SYS_SOCKET, unix.SYS_SOCKETPAIR} {
			p = append(p,
				unix.SockFilter{Code: jeq, K: call, Jf: 5}, unix.SockFilter{Code: load, K: atArg1},
				unix.SockFilter{Code: unix.BPF_ALU | unix.BPF_AND | unix.BPF_K, K: 0xf},
				unix.SockFilter{Code: jeq, K: unix.SOCK_STREAM, Jt: 1}, fail(unix.EPERM),
				unix.SockFilter{Code: load, K: atNumber})
		}
	}
	for _, call := range []uint32{unix.SYS_SOCKET, unix.SYS_SOCKETPAIR} {
		p = append(p, unix.SockFilter{Code: jeq, K: call, Jf: uint8(1 + 2*len(allowed) + 1)}, unix.SockFilter{Code: load, K: atArg0})
		for _, family := range allowed {
			p = append(p, unix.SockFilter{Code: jeq, K: family, Jf: 1}, allow)
		}
		p = append(p, fail(unix.EAFNOSUPPORT))
	}
	return append(p, allow)
}

// filter lays the filter over all threads of this process, for good.
func filter(kind Kind, connects bool) error {
	arch, ok := architectures[runtime.GOARCH]
	if !ok {
		return fmt.Errorf("no seccomp filter for %s", runtime.GOARCH)
	}
	code := program(kind, arch, connects)
	prog := unix.SockFprog{Len: uint16(len(code)), Filter: &code[0]}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC, uintptr(unsafe.Pointer(&prog)))
	if errno != 0 {
		return fmt.Errorf("set the seccomp filter: %w", errno)
	}
	return nil
}
