package machine

import (
	"context"
	"fmt"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Protection is what stands between this machine and code in a backup.
type Protection string

const (
	Full    Protection = "namespaces"
	Weaker  Protection = "Landlock"
	Nothing Protection = "none"
)

// Platform is this machine, as far as it decides how a backup is restored.
type Platform struct {
	OS, Arch string
	Root     bool // lifeboat runs as root
	// Protect finds out by trying; as says who programs of a restore run as. The error is
	// that nobody can run them.
	Protect func() (kind Protection, as string, err error)
	// Setting reads a setting of the kernel: "user.max_user_namespaces". "": there is
	// no such.
	Setting func(name string) string
}

// refusals are the settings that refuse namespaces, and what allows them; see docs/security-of-drills.md.
var refusals = []struct{ setting, refuses, command string }{
	{"kernel.apparmor_restrict_unprivileged_userns", "1", "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"},
	{"kernel.unprivileged_userns_clone", "0", "sudo sysctl -w kernel.unprivileged_userns_clone=1"},
	{"user.max_user_namespaces", "0", "sudo sysctl -w user.max_user_namespaces=15000"},
}

// Sandbox is whether code in a backup is kept from this machine, and as whom it
// runs.
func Sandbox(p Planned, here Platform) doctor.Check {
	return doctor.Check{Area: AreaSandbox, Run: func(context.Context) []doctor.Line {
		platform := here.OS + "/" + here.Arch
		if lines := p.nothingLocal(platform); lines != nil {
			return lines
		}
		kind, as, err := here.Protect()
		if err != nil {
			return []doctor.Line{wrong(platform, because(err), "sudo useradd --system --no-create-home --shell /usr/sbin/nologin postgres")}
		}
		return []doctor.Line{here.protected(platform, p, kind), here.user(as)}
	}}
}

func (here Platform) protected(platform string, p Planned, kind Protection) doctor.Line {
	switch kind {
	case Full:
		return ok(platform, "code in a backup runs in a sandbox of its own: namespaces and seccomp, no network, no file of this machine's but the system's")
	case Weaker:
		return wrong(platform, "the sandbox is the weaker one: the kernel refuses user namespaces, so a copy runs under Landlock and seccomp in sight of the other processes of its user, "+
			"and every drill warns of it (WeakerSandbox)", here.allow())
	case Nothing:
	}
	what := "this machine has no sandbox: code in a backup would run with the rights of the user that drills"
	if untrusted := untrusted(p); len(untrusted) > 0 {
		return wrong(platform, what+", so drills of "+strings.Join(untrusted, ", ")+" are refused (RestoreRefused); "+
			"drill on Linux 5.12 or newer, or say trust: backup in the plan where nobody else can write the backups or the database", here.allow())
	}
	if !p.There() {
		return wrong(platform, what+", so drills are refused unless the plan says trust: backup", here.allow())
	}
	return judged(ok(platform, what+"; the plan trusts every backup (trust: backup), and every drill says so (NoSandbox)"))
}

// untrusted are the databases whose plan does not trust the backup.
func untrusted(p Planned) (names []string) {
	for _, s := range p.Local {
		if s.Postgres == nil || s.Postgres.Trust != drill.TrustBackup {
			names = append(names, s.Name())
		}
	}
	return names
}

// allow is how user namespaces are allowed, where a setting is known to refuse
// them; else the command tells why.
func (here Platform) allow() string {
	if here.OS != "linux" {
		return "uname -sr"
	}
	for _, r := range refusals {
		if here.Setting(r.setting) == r.refuses {
			return r.command
		}
	}
	return "unshare -Urmpn true"
}

func (here Platform) user(as string) doctor.Line {
	if here.Root {
		return ok("user", "lifeboat runs as root, and programs of a restore as "+as)
	}
	return ok("user", fmt.Sprintf("lifeboat runs as an ordinary user, and so do programs of a restore (%s)", as))
}
