package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// base is where the new root is put together: it exists everywhere, and in our
// own namespace of mounts nobody else sees what happens there.
const base = "/tmp"

// buildRoot makes a file system of what was ordered, enters it and lets go of
// the old one (pivot_root(2), mount_setattr(2)):
//
//	/usr, /bin, /lib...    the system's, read-only
//	/etc                   an account and a few files
//	/dev                   null, zero, full, random, urandom
//	/proc                  of this sandbox's processes, where the kernel lets us
//	/tmp, /dev/shm         empty, in memory
//	what was given         at its own path
//
// Nothing but /tmp, /dev/shm and what was given as writable can be written.
func (o *order) buildRoot() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("keep mounts to ourselves: %w", err)
	}
	opened, err := o.openTrees() // before base is covered
	if err != nil {
		return err
	}
	if err := unix.Mount("lifeboat", base, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=0755,size=16m,nr_inodes=16384"); err != nil {
		return fmt.Errorf("mount the new root: %w", err)
	}
	if err := o.furnish(); err != nil {
		return err
	}
	for i, t := range o.Trees {
		if err := attach(opened[i], t); err != nil {
			return err
		}
	}
	if err := unix.Sethostname([]byte("lifeboat")); err != nil {
		return fmt.Errorf("name the sandbox: %w", err)
	}
	loopbackUp()
	return enterRoot()
}

// openTrees opens what was not handed over, and sets what may be done with each.
// The result has 0 for what is not there.
func (o *order) openTrees() ([]int, error) {
	opened := make([]int, len(o.Trees))
	for i, t := range o.Trees {
		fd := t.FD
		if fd < 0 {
			continue
		}
		if fd == 0 {
			if info, err := os.Lstat(t.Path); err == nil && info.Mode()&fs.ModeSymlink != 0 && filepath.Dir(t.Path) == "/" {
				continue // /bin -> usr/bin: see attach
			}
			var err error
			fd, err = unix.OpenTree(unix.AT_FDCWD, t.Path, unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_RECURSIVE)
			if err != nil {
				if t.Optional && (errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)) {
					continue
				}
				return nil, fmt.Errorf("open the tree of %s: %w", t.Path, err)
			}
		}
		if err := restrict(fd, t); err != nil {
			return nil, fmt.Errorf("restrict %s: %w", t.Path, err)
		}
		opened[i] = fd
	}
	return opened, nil
}

// restrict sets what may be done in a tree, in every mount of it.
func restrict(fd int, t tree) error {
	attr := unix.MountAttr{Attr_set: unix.MOUNT_ATTR_NOSUID}
	if filepath.Dir(t.Path) != "/dev" {
		attr.Attr_set |= unix.MOUNT_ATTR_NODEV
	}
	if !t.Writable {
		attr.Attr_set |= unix.MOUNT_ATTR_RDONLY
	}
	if t.NoExec {
		attr.Attr_set |= unix.MOUNT_ATTR_NOEXEC
	}
	return unix.MountSetattr(fd, "", unix.AT_EMPTY_PATH|unix.AT_RECURSIVE, &attr)
}

// furnish makes what is ours in the new root.
func (o *order) furnish() error {
	for _, dir := range []string{"/etc", "/dev/shm", "/proc", "/tmp", "/old"} {
		if err := os.MkdirAll(base+dir, 0o755); err != nil {
			return fmt.Errorf("make %s in the new root: %w", dir, err)
		}
	}
	for path, text := range map[string]string{
		"/etc/passwd": o.Passwd, "/etc/group": o.Group, "/etc/nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
		"/etc/hosts": "127.0.0.1 localhost\n::1 localhost\n",
	} {
		if err := os.WriteFile(base+path, []byte(text), 0o444); err != nil {
			return fmt.Errorf("write %s in the new root: %w", path, err)
		}
	}
	for name, to := range map[string]string{"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2"} {
		if err := os.Symlink(to, base+"/dev/"+name); err != nil {
			return fmt.Errorf("link /dev/%s in the new root: %w", name, err)
		}
	}
	for dir, size := range map[string]string{"/tmp": "256m", "/dev/shm": "256m"} {
		if err := unix.Mount("lifeboat", base+dir, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "mode=1777,nr_inodes=65536,size="+size); err != nil {
			return fmt.Errorf("mount %s in the new root: %w", dir, err)
		}
	}
	// In a container whose own /proc is masked the kernel refuses a clear one
	// (mount_too_revealing in fs/namespace.c). PostgreSQL can do without.
	err := unix.Mount("proc", base+"/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
	if err != nil && !errors.Is(err, unix.EPERM) {
		return fmt.Errorf("mount /proc in the new root: %w", err)
	}
	return nil
}

// attach hangs a tree where it belongs; a link of the system's root stays one.
func attach(fd int, t tree) error {
	at := base + t.Path
	if fd == 0 {
		if to, err := os.Readlink(t.Path); err == nil && t.FD == 0 && filepath.Dir(t.Path) == "/" {
			return os.Symlink(to, at)
		}
		return nil
	}
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return fmt.Errorf("look at %s: %w", t.Path, err)
	}
	if err := place(at, stat.Mode&unix.S_IFMT == unix.S_IFDIR); err != nil {
		return fmt.Errorf("make a place for %s: %w", t.Path, err)
	}
	if err := unix.MoveMount(fd, "", unix.AT_FDCWD, at, unix.MOVE_MOUNT_F_EMPTY_PATH); err != nil {
		return fmt.Errorf("attach %s: %w", t.Path, err)
	}
	return unix.Close(fd)
}

// place makes a folder or an empty file to hang a tree on.
func place(at string, folder bool) error {
	if _, err := os.Lstat(at); err == nil {
		return nil
	}
	if folder {
		return os.MkdirAll(at, 0o755)
	}
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		return err
	}
	return os.WriteFile(at, nil, 0o444)
}

// enterRoot makes base the root and lets the old one go with everything in it.
func enterRoot() error {
	if err := unix.PivotRoot(base, base+"/old"); err != nil {
		return fmt.Errorf("enter the new root: %w", err)
	}
	if err := unix.Chdir("/"); err != nil {
		return fmt.Errorf("enter the new root: %w", err)
	}
	if err := unix.Unmount("/old", unix.MNT_DETACH); err != nil {
		return fmt.Errorf("let go of the old root: %w", err)
	}
	if err := os.Remove("/old"); err != nil {
		return fmt.Errorf("let go of the old root: %w", err)
	}
	if err := unix.MountSetattr(unix.AT_FDCWD, "/", 0, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}); err != nil {
		return fmt.Errorf("close the new root: %w", err)
	}
	return nil
}

// loopbackUp lets programs talk to themselves, as statistics of PostgreSQL 14
// and older do: in a network that has nothing else (netdevice(7)). Without it
// they only complain.
func loopbackUp() {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	ifr, err := unix.NewIfreq("lo")
	if err != nil {
		return
	}
	ifr.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	_ = unix.IoctlIfreq(fd, unix.SIOCSIFFLAGS, ifr)
}
