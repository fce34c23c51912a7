package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// ErrNotLent tells that a backup cannot be shown to the sandbox as its user's
// own on this file system. A copy can.
var ErrNotLent = errors.New("the backup cannot be lent to the sandbox")

// lend makes the files of one owner appear as the sandbox's user's, in this
// copy of the mount only: nothing changes on the disk (mount_setattr(2),
// ID-mapped mounts). Only root can, and not on every file system. The mount
// must be made read-only by who takes it over.
func (p *Protection) lend(mount *os.File, path string) error {
	uid, gid, err := owner(path)
	if err != nil {
		return err
	}
	holder := &exec.Cmd{
		Path: "/proc/self/exe", Args: []string{holderName}, Env: []string{}, Dir: "/",
		SysProcAttr: &syscall.SysProcAttr{
			Cloneflags:  unix.CLONE_NEWUSER,
			UidMappings: []syscall.SysProcIDMap{{ContainerID: uid, HostID: p.uid, Size: 1}},
			GidMappings: []syscall.SysProcIDMap{{ContainerID: gid, HostID: p.gid, Size: 1}},
			Pdeathsig:   syscall.SIGKILL,
		},
	}
	wait, err := holder.StdinPipe() // it ends when this is closed
	if err != nil {
		return err
	}
	if err := start(holder); err != nil {
		return err
	}
	defer func() {
		_ = wait.Close()
		_ = holder.Process.Kill()
		_ = holder.Wait()
	}()
	space, err := os.Open(fmt.Sprintf("/proc/%d/ns/user", holder.Process.Pid))
	if err != nil {
		return err
	}
	defer space.Close()
	return unix.MountSetattr(int(mount.Fd()), "", unix.AT_EMPTY_PATH|unix.AT_RECURSIVE, &unix.MountAttr{
		Attr_set:  unix.MOUNT_ATTR_IDMAP | unix.MOUNT_ATTR_RDONLY | unix.MOUNT_ATTR_NOSUID | unix.MOUNT_ATTR_NODEV | unix.MOUNT_ATTR_NOEXEC,
		Userns_fd: uint64(space.Fd()),
	})
}

// owner tells whose a backup is; all of it must be of one user, for only one
// can be lent, and that one must be able to read it.
func owner(path string) (uid, gid int, err error) {
	uid = -1
	err = filepath.WalkDir(path, func(at string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		stat, ok := info.Sys().(*syscall.Stat_t)
		switch {
		case !ok:
			return fmt.Errorf("no owner of %s is known", at)
		case uid < 0:
			uid, gid = int(stat.Uid), int(stat.Gid)
		case int(stat.Uid) != uid:
			return fmt.Errorf("%s belongs to another user than %s", at, path)
		}
		// Root reads it all the same; who gets it as his own would not.
		if mode := info.Mode(); mode.IsRegular() && mode&0o400 == 0 || mode.IsDir() && mode&0o500 != 0o500 {
			return fmt.Errorf("%s cannot be read by its owner", at)
		}
		return nil
	})
	return uid, gid, err
}
