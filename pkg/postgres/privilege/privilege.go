// Package privilege runs PostgreSQL's programs, which refuse to run as root,
// when lifeboat itself is root; and lets them die with lifeboat where the
// platform allows.
//
// Three ways, the first that works:
//
//   - as ourselves: lifeboat is an ordinary user, nothing is needed;
//   - in a user namespace (Linux): the program sees itself as user 1000, and
//     on the machine it is root without any capability. What it makes is
//     root's, nothing needs another owner, folders that only root can enter
//     work;
//   - as another user (postgres, nobody): what the program needs is given to
//     that user (Own), and programs that it cannot read are copied (Programs).
//
// A namespace root has no capabilities: it enters only what root's own
// permissions allow, which is not, for example, another user's 0700 home.
// Reaches tells, by trying.
//
// Code that a backup brings along (functions, COPY ... PROGRAM in a plain dump)
// runs with the rights of that user: in a namespace with the file permissions
// of root. Drill backups that are not trusted as an ordinary user.
//
// Nothing outside the folders that are passed in is changed.
package privilege

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Mode is how programs are run.
type Mode string

const (
	Self      Mode = "as this user"
	Namespace Mode = "in a user namespace"
	OtherUser Mode = "as another user"
)

// Runner runs programs without root's privileges. Get one from Detect.
type Runner struct {
	mode     Mode
	uid, gid int // OtherUser
	name     string
}

// otherUsers are tried in this order; the first that exists and works is
// taken.
var otherUsers = []string{"postgres", "nobody"}

var detect = sync.OnceValues(func() (*Runner, error) { return choose(os.Geteuid(), candidates()) })

// Detect finds out, once per process and by trying, how programs can be run
// here. The error is RestoreRefused.
func Detect() (*Runner, error) { return detect() }

// Ways returns all ways that work here, best first: what Detect chooses, and
// what it would choose on a machine that refuses the better ones. For tests.
func Ways() []*Runner {
	if os.Geteuid() != 0 {
		return []*Runner{{mode: Self}}
	}
	return slices.DeleteFunc(candidates(), func(r *Runner) bool { return r.try() != nil })
}

// candidates lists the ways to run as somebody else than root, best first.
func candidates() []*Runner {
	ways := []*Runner{{mode: Namespace}}
	for _, name := range otherUsers {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errUID := strconv.Atoi(u.Uid)
		gid, errGID := strconv.Atoi(u.Gid)
		if errUID == nil && errGID == nil && uid != 0 {
			ways = append(ways, &Runner{mode: OtherUser, uid: uid, gid: gid, name: name})
		}
	}
	return ways
}

func choose(euid int, ways []*Runner) (*Runner, error) {
	if euid != 0 {
		return &Runner{mode: Self}, nil
	}
	var last error
	for _, r := range ways {
		if last = r.try(); last == nil {
			return r, nil
		}
	}
	return nil, &drill.Error{
		Name: drill.RestoreRefused, What: "PostgreSQL does not run as root, and no way was found to run it as somebody else", Err: last,
		Hint: "run lifeboat as an ordinary user, or create a user called postgres",
	}
}

// try runs a shell that looks who it is.
func (r *Runner) try() error {
	cmd := exec.Command("/bin/sh", "-c", `test "$(id -u)" != 0`)
	cmd.Dir = "/"
	r.Prepare(cmd)
	if err := Start(cmd); err != nil {
		return err
	}
	return cmd.Wait()
}

// Mode tells how programs are run.
func (r *Runner) Mode() Mode { return r.mode }

// String is for evidence: "in a user namespace", "as another user (postgres)".
func (r *Runner) String() string {
	if r.name != "" {
		return string(r.mode) + " (" + r.name + ")"
	}
	return string(r.mode)
}

// Prepare sets how cmd is run. The command gets a session of its own, so that
// a Ctrl-C in the terminal does not reach it. Settings of SysProcAttr that
// were made before are kept. Start the command with Start.
func (r *Runner) Prepare(cmd *exec.Cmd) {
	if cmd.SysProcAttr == nil {
		cmd.SysProcAttr = &syscall.SysProcAttr{}
	}
	cmd.SysProcAttr.Setsid = true
	switch r.mode {
	case Namespace:
		enterNamespace(cmd.SysProcAttr)
	case OtherUser:
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(r.uid), Gid: uint32(r.gid)}
	case Self:
	}
}

// Own gives everything below the folder to the user that programs run as, and
// follows no link. It does nothing where programs run as ourselves.
func (r *Runner) Own(folder string) error {
	if r.mode != OtherUser {
		return nil
	}
	err := filepath.WalkDir(folder, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, r.uid, r.gid)
	})
	if err != nil {
		return fmt.Errorf("give %s to user %s: %w", folder, r.name, err)
	}
	return nil
}

// Reaches tells, by trying, whether programs can enter the folder and read it.
func (r *Runner) Reaches(ctx context.Context, folder string) bool {
	if r.mode == Self {
		return true
	}
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", `cd "$0" && test -r .`, folder)
	cmd.Dir = "/"
	r.Prepare(cmd)
	return Start(cmd) == nil && cmd.Wait() == nil
}

// UID is the user that owns, on this machine, what programs make.
func (r *Runner) UID() int {
	if r.mode == OtherUser {
		return r.uid
	}
	return os.Geteuid()
}
