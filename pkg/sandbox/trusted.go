package sandbox

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"runtime"
	"strconv"
	"syscall"
)

// Trusted returns nil where only root and this user can change what lies at
// the path: it and all folders above it belong to one of the two, and nobody
// else may write there. A folder like /tmp, in which everybody may make things
// and nobody may touch another's (the sticky bit), is fine above. The path must
// be absolute and without links (filepath.EvalSymlinks); what does not exist yet
// is passed over.
func Trusted(path string) error {
	for at := filepath.Clean(path); ; at = filepath.Dir(at) {
		info, err := os.Lstat(at)
		if err == nil {
			if err := trusted(at, info, at == path); err != nil {
				return err
			}
		}
		if at == filepath.Dir(at) {
			return nil
		}
	}
}

// TrustedWithLinks asks Trusted of the path as it is written and of where it
// leads: who may exchange a link chooses where that is. What does not exist yet
// is passed over, so that it can be asked before anything is made.
func TrustedWithLinks(path string) error {
	leads, rest := filepath.Clean(path), ""
	for {
		real, err := filepath.EvalSymlinks(leads)
		if err == nil {
			if err := Trusted(path); err != nil {
				return err
			}
			return Trusted(filepath.Join(real, rest))
		}
		if !errors.Is(err, fs.ErrNotExist) || leads == filepath.Dir(leads) {
			return err
		}
		leads, rest = filepath.Dir(leads), filepath.Join(filepath.Base(leads), rest)
	}
}

func trusted(path string, info fs.FileInfo, last bool) error {
	stat, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fmt.Errorf("no owner of %s is known", path)
	}
	if uid := int(stat.Uid); uid != 0 && uid != os.Geteuid() {
		return fmt.Errorf("%s belongs to %s", path, nameOf(uid))
	}
	mode := info.Mode()
	sticky := mode&fs.ModeSticky != 0 && mode.IsDir() && !last
	switch {
	case mode&fs.ModeSymlink != 0: // its own mode means nothing
	case mode.Perm()&0o002 != 0 && !sticky:
		return fmt.Errorf("everybody can write to %s", path)
	case mode.Perm()&0o020 != 0 && !sticky && !harmless(int(stat.Gid)):
		return fmt.Errorf("the group of %s can write to it", path)
	}
	return nil
}

func nameOf(uid int) string {
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil {
		return "user " + u.Username
	}
	return fmt.Sprintf("user %d", uid)
}

// harmless tells the groups that hold root or this user only: root's, the
// user's own of the same name, and those of administrators, to whom Debian's
// /usr/local and Homebrew's folders belong.
func harmless(gid int) bool {
	if gid == 0 {
		return true
	}
	group, err := user.LookupGroupId(strconv.Itoa(gid))
	if err != nil {
		return false
	}
	administrators := map[string]string{"linux": "staff", "darwin": "admin"}[runtime.GOOS]
	if group.Name == administrators {
		return true
	}
	me, err := user.Current()
	return err == nil && group.Name == me.Username && group.Gid == me.Gid
}
