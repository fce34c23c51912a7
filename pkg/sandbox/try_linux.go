package sandbox

import (
	"errors"
	"fmt"
	"os/exec"
	"syscall"

	"golang.org/x/sys/unix"
)

// insideID is how a program sees itself: anything but 0, which PostgreSQL
// refuses.
const insideID = 1000

// spaces are the namespaces of a sandbox.
const spaces = unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNS | unix.CLONE_NEWNET | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS

// try finds out whether the protection is to be had, in a few milliseconds.
func (p *Protection) try() error {
	if p.kind == Landlock {
		if abi := landlockABI(); abi < 1 {
			return errors.New("this kernel has no Landlock")
		}
	}
	cmd := exec.Command("/bin/sh", "-c", `test "$(id -u)" != 0`)
	cmd.Dir, cmd.SysProcAttr = "/", &syscall.SysProcAttr{Setsid: true}
	if p.kind == Namespaces {
		// mount_setattr (Linux 5.12) makes whole trees read-only at once.
		if err := unix.MountSetattr(-1, "", 0, &unix.MountAttr{}); errors.Is(err, unix.ENOSYS) {
			return fmt.Errorf("this kernel is too old for the sandbox: %w", err)
		}
		p.enter(cmd.SysProcAttr)
		// Some systems give a namespace to everybody and take its capabilities
		// away (AppArmor's restriction of user namespaces): chroot tells.
		cmd.SysProcAttr.Chroot = "/"
		cmd.SysProcAttr.AmbientCaps = append(cmd.SysProcAttr.AmbientCaps, unix.CAP_SYS_CHROOT)
	} else {
		p.become(cmd.SysProcAttr)
	}
	if err := start(cmd); err != nil {
		return err
	}
	return cmd.Wait()
}

// enter puts a command into namespaces of its own (user_namespaces(7)). It
// keeps, within them, what init needs for putting its world together.
func (p *Protection) enter(attr *syscall.SysProcAttr) {
	attr.Cloneflags |= spaces
	attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: insideID, HostID: p.uid, Size: 1}}
	attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: insideID, HostID: p.gid, Size: 1}}
	// Root sheds its groups; nobody else may (setgroups is denied with an
	// unprivileged mapping).
	attr.GidMappingsEnableSetgroups = p.other
	attr.Credential = &syscall.Credential{Uid: insideID, Gid: insideID, NoSetGroups: !p.other}
	attr.AmbientCaps = []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_SETPCAP, unix.CAP_NET_ADMIN}
}

// become makes a command run as the protection's user.
func (p *Protection) become(attr *syscall.SysProcAttr) {
	if p.other {
		attr.Credential = &syscall.Credential{Uid: uint32(p.uid), Gid: uint32(p.gid)}
	}
}
