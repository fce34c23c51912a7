package sandbox

import (
	"os"
	"os/user"
	"slices"
	"strconv"
	"sync"
)

var detect = sync.OnceValues(func() (*Protection, error) { return choose(candidates(os.Geteuid())) })

// Detect finds out, once per process and by trying, what protects programs
// here. The error is RestoreRefused. Kind None is no error: see
// Protection.Kind.
func Detect() (*Protection, error) { return detect() }

// unusedID is the user and group that programs run as where lifeboat is root:
// of no account, so that nothing but throwaways belongs to it. ("LB\0\0"; above
// the ranges that useradd, systemd and containers take theirs from, see
// systemd's docs/UIDS-GIDS.md.)
const unusedID = 0x4c42_0000

// otherUsers are taken where only accounts of this machine will do (initdb looks
// its user up). postgres last: a live server may be its.
var otherUsers = []string{"nobody", "postgres"}

// testKind lets a test see what a drill is like on a machine that has no better
// protection. None still needs the plan's trust.
const testKind = "LIFEBOAT_TEST_SANDBOX"

// candidates lists what could be tried, best first.
func candidates(euid int) []*Protection {
	ways := everyWay(euid)
	if only := os.Getenv(testKind); only != "" {
		ways = slices.DeleteFunc(ways, func(p *Protection) bool { return string(p.kind) != only && p.kind != None })
	}
	return ways
}

func everyWay(euid int) []*Protection {
	if euid != 0 {
		self := Protection{uid: euid, gid: os.Getegid()}
		return kinds(self, Namespaces, Landlock, None)
	}
	ways := kinds(Protection{uid: unusedID, gid: unusedID, other: true}, Namespaces)
	var accounts []*Protection
	for _, name := range otherUsers {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, errUID := strconv.Atoi(u.Uid)
		gid, errGID := strconv.Atoi(u.Gid)
		if errUID == nil && errGID == nil && uid != 0 {
			p := Protection{uid: uid, gid: gid, name: name, other: true}
			// In a container the unused one may not exist.
			ways = append(ways, kinds(p, Namespaces)...)
			accounts = append(accounts, kinds(p, Landlock)...)
		}
	}
	for _, kind := range []Kind{Landlock, None} {
		for _, a := range accounts {
			ways = append(ways, kinds(*a, kind)...)
		}
	}
	return ways
}

func kinds(as Protection, all ...Kind) []*Protection {
	var ways []*Protection
	for _, kind := range all {
		p := as
		p.kind = kind
		ways = append(ways, &p)
	}
	return ways
}
