// Package sandbox runs programs that nobody needs to trust: those that read a
// backup, and the copy that is made of it, whose functions, triggers and checks
// are code that the backup brought along.
//
// Two protections, the better one that this machine allows (Detect, by trying):
//
//   - Namespaces (Linux 5.12 and newer, as root and as an ordinary user): the
//     program runs as an unprivileged user in namespaces of users, processes,
//     mounts, network, System V objects and host name. It sees a file system
//     that is put together for it (see root_linux.go): the system's programs and
//     libraries, the folders that it was given, and nothing else. An init of
//     ours is process 1 in there: with it ends everything, and it ends with
//     lifeboat.
//   - Landlock (Linux 5.13 and newer, where the kernel refuses user namespaces):
//     the program may read what belongs to the system and write what it was
//     given. It has no network. What it leaves behind is found by its parents.
//
// In both, the program can gain no privileges (no_new_privs, no capability in
// any set), and a seccomp filter keeps it from namespaces of its own, from
// other processes' memory and from parts of the kernel that it does not need
// (seccomp_linux.go).
//
// Where neither is to be had (None: other platforms, old kernels) a program is
// at most run as another user. Who calls decides whether that will do.
//
// docs/security-of-drills.md says what holds and what does not.
package sandbox

import (
	"fmt"
	"io"
	"os"
	"slices"
	"syscall"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Kind is how much stands between a program and this machine.
type Kind string

const (
	Namespaces Kind = "namespaces"
	Landlock   Kind = "Landlock"
	None       Kind = "none"
)

// Protection runs programs. Get one from Detect.
type Protection struct {
	kind     Kind
	uid, gid int    // as which programs run, on this machine
	name     string // of that user where it has one
	other    bool   // they run as somebody else than lifeboat
}

// Kind tells how much it protects.
func (p *Protection) Kind() Kind { return p.kind }

// String is for evidence.
func (p *Protection) String() string {
	switch p.kind {
	case Namespaces:
		return "in a sandbox (namespaces, seccomp) as " + p.Who()
	case Landlock:
		return "under Landlock and seccomp as " + p.Who()
	case None:
	}
	return "without a sandbox as " + p.Who()
}

// Who names the user that programs run as: "user postgres (101)".
func (p *Protection) Who() string {
	if p.name != "" {
		return fmt.Sprintf("user %s (%d)", p.name, p.uid)
	}
	return fmt.Sprintf("user %d", p.uid)
}

// UID is the user that owns, on this machine, what programs make.
func (p *Protection) UID() int { return p.uid }

// Spec is a program, and all that it gets to see of this machine.
type Spec struct {
	Program string   // absolute
	Args    []string // without the program
	Env     []string // all of it
	Dir     string   // working folder; "": /

	// Writable are folders that the program may change. They belong to the
	// user that it runs as (Own).
	Writable []string
	// ReadOnly are files and folders that it may read and run from; what is
	// not there is passed over.
	ReadOnly []string
	// Backups are files and folders that it may read, and run nothing from,
	// also where only lifeboat's user can read them. Kind Namespaces only.
	Backups []string

	Stdin          io.Reader
	Stdout, Stderr io.Writer // nil: nowhere

	// Connects lets the program connect to a Unix socket that it can reach: a
	// client of the copy. With namespaces every program may, and reaches none but
	// those in its folders.
	Connects bool

	// KeepRoom ends the program before it fills a file system that it writes to,
	// also when lifeboat is gone (Linux only; see room_linux.go).
	KeepRoom bool

	// Label is how the program's processes can be found should lifeboat die:
	// the folder that they work on.
	Label string
	// Survive lets it run on when lifeboat ends.
	Survive bool
}

// ExitError is the end of a program with anything but success.
type ExitError struct {
	Code   int            // -1 where a signal ended it
	Signal syscall.Signal // 0: none
	NoRoom bool           // it was ended because it would have filled a file system
}

func (e *ExitError) Error() string {
	if e.NoRoom {
		return "ended: it would have filled the file system"
	}
	if e.Signal != 0 {
		return "signal: " + e.Signal.String()
	}
	return fmt.Sprintf("exit status %d", e.Code)
}

// Refused is the error of a machine on which nothing can be run.
func refused(err error) error {
	return &drill.Error{
		Name: drill.RestoreRefused, What: "PostgreSQL does not run as root, and no way was found to run it as somebody else", Err: err,
		Hint: "run lifeboat as an ordinary user, or create a user called postgres",
	}
}

// initName is how our init is called (argv[0]), by which the hook in init()
// and those who look for processes know it. The next argument is the label.
const initName = "lifeboat-sandbox"

// IsInit tells whether a process with these arguments is an init of a sandbox,
// and the label that it was given.
func IsInit(args []string) (label string, ok bool) {
	if len(args) != 2 || args[0] != initName {
		return "", false
	}
	return args[1], true
}

// Ways returns a protection of each kind that works here, best first: what
// Detect chooses, and what it would choose on a machine that refuses the better
// ones.
func Ways() []*Protection {
	var ways []*Protection
	for _, p := range candidates(os.Geteuid()) {
		there := slices.ContainsFunc(ways, func(w *Protection) bool { return w.kind == p.kind })
		if !there && p.try() == nil {
			ways = append(ways, p)
		}
	}
	return ways
}

// Plain returns the way to run programs that are trusted, and that need more of
// the machine than a sandbox has. The error is RestoreRefused.
func Plain() (*Protection, error) {
	return choose(slices.DeleteFunc(candidates(os.Geteuid()), func(p *Protection) bool { return p.kind != None }))
}

// AsSelf runs programs as lifeboat's own user, root for example, and protects
// nothing.
func AsSelf() *Protection { return &Protection{kind: None, uid: os.Geteuid(), gid: os.Getegid()} }

// choose takes the first that works.
func choose(ways []*Protection) (*Protection, error) {
	var last error
	for _, p := range ways {
		if last = p.try(); last == nil {
			return p, nil
		}
	}
	return nil, refused(last)
}
