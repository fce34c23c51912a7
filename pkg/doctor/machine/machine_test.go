package machine_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/machine"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

var update = flag.Bool("update", false, "write the golden reports")

var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

// here is a machine; every part of it can be in trouble.
type here struct {
	plan     machine.Planned
	now      time.Time
	platform machine.Platform
	folder   machine.Folder
	disk     machine.Disk
	postgres machine.Postgres
	choice   drill.Choice
	choose   error
	swept    []world.Swept
	sweep    error
	written  []machine.Written
	tools    map[string]string // what they say; without: it is not there
}

func healthy() *here {
	taken := noon.Add(-3 * time.Hour)
	return &here{
		now: noon,
		plan: machine.Planned{
			File: "lifeboat.yaml", Hash: "66b866a1fbf8c0de", OnAWS: []string{"shop/carts"},
			Local: []drill.Spec{{
				Workload: "shop", Database: "orders", Objectives: drill.Objectives{RPOSeconds: 86400},
				Postgres: &drill.PostgresSource{Backups: "/srv/backups/orders-*", Scratch: "/srv/state/scratch"},
			}},
		},
		platform: machine.Platform{
			OS: "linux", Arch: "amd64", Setting: func(string) string { return "" },
			Protect: func() (machine.Protection, string, error) { return machine.Full, "user app (1000)", nil },
		},
		folder: machine.Folder{
			Path: "/srv/state", Trusted: func() error { return nil }, Unwritable: func() ([]string, error) { return nil, nil },
			Running: func(context.Context) ([]machine.Running, error) { return nil, nil },
		},
		disk: machine.Disk{
			Free: func(string) (int64, error) { return 50 << 30, nil },
			Needs: func(context.Context, drill.Spec, drill.RecoveryPoint) (string, int64, int64, error) {
				return "/srv/state/scratch", 50 << 30, 12 << 30, nil
			},
		},
		postgres: machine.Postgres{
			Find: func(context.Context) ([]machine.Installed, []string, error) {
				return []machine.Installed{{Name: "PostgreSQL 17.2 in /usr/lib/postgresql/17/bin", From: "PATH"}}, nil, nil
			},
			Fit: func(context.Context, drill.Spec, drill.RecoveryPoint) (string, []drill.Finding, int, error) {
				return "PostgreSQL 17.2 in /usr/lib/postgresql/17/bin", nil, 17, nil
			},
			Installers: func() []string { return []string{"apt-get"} },
		},
		choice: drill.Choice{
			Point:  &drill.RecoveryPoint{ID: "/srv/backups/orders-2", Kind: "base-backup-directory", TakenAt: taken, TimeSource: "backup_manifest", Usable: true},
			Counts: drill.Candidates{Seen: 2},
		},
		written: []machine.Written{{What: "lifeboat's program", At: noon.Add(-24 * time.Hour)}, {What: "the plan", At: noon.Add(-time.Hour)}},
		tools:   map[string]string{"make": "GNU Make 4.3\n", "node": "v20.20.2\n", "npm": "10.8.2\n", "go": "go version go1.26.0 linux/amd64\n"},
	}
}

func (h *here) report(t *testing.T) doctor.Report {
	t.Helper()
	now := func() time.Time { return h.now }
	newest := func(context.Context, drill.Spec) (drill.Choice, error) { return h.choice, h.choose }
	return doctor.Examine(t.Context(), h.now, "this machine", []doctor.Check{
		machine.Plan(h.plan),
		machine.Sandbox(h.plan, h.platform),
		machine.State(h.plan, h.folder, now),
		machine.Backups(h.plan, now, newest),
		machine.Programs(h.plan, h.postgres, newest),
		machine.Space(h.plan, h.folder.Path, h.disk, newest),
		machine.Leftovers(h.plan, "lifeboat sweep", func(context.Context) ([]world.Swept, error) { return h.swept, h.sweep }),
		machine.Clock(h.plan, now, func() []machine.Written { return h.written }, newest),
		machine.Tools(h.plan, func(_ context.Context, program, _ string) (string, error) {
			said, there := h.tools[program]
			if !there {
				return "", errors.New("executable file not found in $PATH")
			}
			return said, nil
		}),
	})
}

// TestHealthy: every line of a machine that has all that drills need is ok.
func TestHealthy(t *testing.T) {
	r := healthy().report(t)
	if !r.Healthy() {
		t.Error("not every line is ok")
	}
	golden(t, "healthy", text(r.Lines))
}

// troubles of a machine, one at a time.
var troubles = map[string]struct {
	reason string
	change func(*here)
}{
	"no plan":   {"nobody knows which backups there should be", func(h *here) { h.plan = machine.Planned{File: "lifeboat.yaml"} }},
	"a warning": {"it is allowed, and most likely not meant", func(h *here) { h.plan.Warnings = []string{"lifeboat.yaml:3:1: nothing carries the tags"} }},
	"a flat key": {"the warning names what mends it", func(h *here) {
		h.plan.Warnings = []string{`"backups" stands outside of the block of its kind; lifeboat plan --migrate rewrites the file`}
	}},
	"a refused spec": {"no drill of it begins", func(h *here) {
		h.plan.Refused = map[string]error{"shop/x": &drill.Error{Name: drill.InvalidInput, What: "two checks have one name", Hint: "rename one"}}
	}},
	"Landlock":   {"the kernel refuses namespaces, and says by which setting", func(h *here) { weak(h, machine.Weaker, "user.max_user_namespaces", "0") }},
	"AppArmor":   {"Ubuntu's setting", func(h *here) { weak(h, machine.Weaker, "kernel.apparmor_restrict_unprivileged_userns", "1") }},
	"no sandbox": {"a drill is refused", func(h *here) { weak(h, machine.Nothing, "", ""); h.platform.OS, h.platform.Arch = "darwin", "arm64" }},
	"nobody to run": {"PostgreSQL does not run as root", func(h *here) {
		h.platform.Root = true
		h.platform.Protect = func() (machine.Protection, string, error) {
			return "", "", &drill.Error{Name: drill.RestoreRefused, What: "PostgreSQL does not run as root", Hint: "run lifeboat as an ordinary user"}
		}
	}},
	"others can write": {"records could be exchanged", func(h *here) { h.folder.Trusted = func() error { return errors.New("everybody can write to /srv") } }},
	"one sudo": {"files of root's are left", func(h *here) {
		h.folder.Unwritable = func() ([]string, error) { return []string{"/srv/state/runs", "/srv/state/locks/a.lock"}, nil }
	}},
	"unknown rights": {"the folder cannot be listed", func(h *here) { h.folder.Unwritable = func() ([]string, error) { return nil, os.ErrPermission } }},
	"a drill that hangs": {"its lock keeps all others away", func(h *here) {
		h.folder.Running = running(machine.Running{RunID: "run-1", Database: "shop/orders", PID: 4711, Began: noon.Add(-9 * time.Hour), Longest: 4 * time.Hour})
	}},
	"marks that cannot be read": {"whether a drill runs is not known", func(h *here) {
		h.folder.Running = func(context.Context) ([]machine.Running, error) { return nil, os.ErrPermission }
	}},
	"no backup": {"the pattern matches nothing", func(h *here) { h.choice = drill.Choice{} }},
	"no good backup": {"each has its reason", func(h *here) {
		h.choice.Point, h.choice.Findings = nil, []drill.Finding{{Severity: drill.Warning, What: "backup orders-2 cannot be used: cannot be read: permission denied", Hint: "chmod"}}
	}},
	"an old backup": {"older than the RPO", func(h *here) { h.choice.Point.TakenAt = noon.Add(-49 * time.Hour) }},
	"a broken newest": {"a drill would pass over it, and warn", func(h *here) {
		h.choice.Findings = []drill.Finding{{Severity: drill.Warning, What: "newer, and cannot be used: /srv/backups/orders-3 has no end", Hint: "take it again"}, {Severity: drill.Info, What: "a backup is being made"}}
	}},
	"a folder that cannot be read": {"nothing is known of the backups", func(h *here) { h.choose = errors.New("open /srv/backups: permission denied") }},
	"no PostgreSQL":                {"nothing can be restored", func(h *here) { h.none("/opt/pg/bin (libraries are missing)") }},
	"another PostgreSQL": {"a base backup wants its own version", func(h *here) {
		h.postgres.Fit = func(context.Context, drill.Spec, drill.RecoveryPoint) (string, []drill.Finding, int, error) {
			return "", nil, 15, &drill.Error{Name: drill.BinariesMissing, What: "a base backup of version 15 needs PostgreSQL 15 itself", Hint: "install it"}
		}
	}},
	"a search that was stopped": {"nothing is known", func(h *here) {
		h.postgres.Find = func(context.Context) ([]machine.Installed, []string, error) {
			return nil, nil, context.DeadlineExceeded
		}
	}},
	"a full disk for records": {"evidence could not be written", func(h *here) { h.disk.Free = func(string) (int64, error) { return 3 << 20, nil } }},
	"no room for the copy": {"the drill is refused", func(h *here) {
		h.disk.Needs = func(context.Context, drill.Spec, drill.RecoveryPoint) (string, int64, int64, error) {
			return "/srv/state/scratch", 2 << 30, 12 << 30, nil
		}
	}},
	"disks that do not answer": {"nothing is known of the room", func(h *here) {
		h.disk.Free = func(string) (int64, error) { return 0, errors.New("statfs /srv/state: stale file handle") }
		h.disk.Needs = func(context.Context, drill.Spec, drill.RecoveryPoint) (string, int64, int64, error) {
			return "/srv/state/scratch", 0, 0, errors.New("stale file handle")
		}
	}},
	"leftovers": {"a drill was killed", func(h *here) {
		h.swept = []world.Swept{
			{Kind: "execution", ID: "execution:1", Action: world.WouldRemove, Reason: "it was cut off"},
			{Kind: "throwaway", ID: "lifeboat-local-0123", Path: "/srv/state/scratch/lifeboat-local-0123", Action: world.Spared, Reason: "it was kept on request"},
			{Kind: "throwaway", ID: "lifeboat-local-4567", Path: "/srv/state/scratch/lifeboat-local-4567", Action: world.Spared, Foreign: true, Reason: "it has our name and not our marker"},
		}
	}},
	"a sweep that cannot look": {"nothing is known of leftovers", func(h *here) { h.sweep = errors.New("list throwaways: permission denied") }},
	"a clock that is behind":   {"ages would be measured too small", func(h *here) { h.now = noon.Add(-30 * 24 * time.Hour) }},
	"nothing to compare":       {"the clock is not known to be right", func(h *here) { h.written, h.choice.Point = nil, nil }},
	"no Node":                  {"the plan has a database on AWS", func(h *here) { delete(h.tools, "node") }},
	"an old Node":              {"the CDK does not run on it", func(h *here) { h.tools["node"] = "v16.13.0\n" }},
}

func (h *here) none(broken ...string) {
	h.postgres.Find = func(context.Context) ([]machine.Installed, []string, error) { return nil, broken, nil }
	h.postgres.Fit = func(context.Context, drill.Spec, drill.RecoveryPoint) (string, []drill.Finding, int, error) {
		return "", nil, 0, &drill.Error{Name: drill.BinariesMissing, What: "a dump needs PostgreSQL: none was found"}
	}
}

// weak lets the kernel refuse the better sandbox, by a setting.
func weak(h *here, kind machine.Protection, setting, value string) {
	h.platform.Protect = func() (machine.Protection, string, error) { return kind, "user app (1000)", nil }
	h.platform.Setting = func(name string) string {
		if name == setting {
			return value
		}
		return ""
	}
}

func running(list ...machine.Running) func(context.Context) ([]machine.Running, error) {
	return func(context.Context) ([]machine.Running, error) { return list, nil }
}

// TestTroubles: each is a line that is not ok and has a command, and the rest of the
// machine is as well as before.
func TestTroubles(t *testing.T) {
	var all strings.Builder
	for _, name := range slices.Sorted(maps.Keys(troubles)) {
		h := healthy()
		troubles[name].change(h)
		var lines []doctor.Line
		for _, l := range h.report(t).Lines {
			if l.State == doctor.OK {
				continue
			}
			lines = append(lines, l)
			if l.Command == "" {
				t.Errorf("%s: no command: %+v", name, l)
			}
		}
		if len(lines) == 0 {
			t.Errorf("%s: every line is ok", name)
		}
		fmt.Fprintf(&all, "# %s: %s\n%s\n", name, troubles[name].reason, text(lines))
	}
	golden(t, "troubles", all.String())
}

// TestNoTrouble: what looks like one and is none.
func TestNoTrouble(t *testing.T) {
	tests := map[string]struct {
		reason string
		change func(*here)
	}{
		"a plan of AWS": {"nothing of this machine matters then, but the tools", func(h *here) {
			h.plan.Local = nil
			h.choice = drill.Choice{}
			h.none()
			weak(h, machine.Nothing, "", "")
		}},
		"a plan without":  {"nothing is deployed", func(h *here) { h.plan.OnAWS = nil; h.tools = nil }},
		"trusted backups": {"the plan has said so", func(h *here) { weak(h, machine.Nothing, "", ""); h.plan.Local[0].Postgres.Trust = drill.TrustBackup }},
		"a drill goes on": {"it is within its limits", func(h *here) {
			h.folder.Running = running(machine.Running{RunID: "run-1", Began: noon.Add(-time.Hour), Longest: 4 * time.Hour})
		}},
		"one without record": {"how long it may take is not known", func(h *here) {
			h.folder.Running = running(machine.Running{RunID: "run-1", Began: noon.Add(-99 * time.Hour)})
		}},
		"root": {"it is refused nothing", func(h *here) { h.platform.Root = true }},
		"no RPO": {"nothing is old then", func(h *here) {
			h.plan.Local[0].Objectives = drill.Objectives{}
			h.choice.Point.TakenAt = noon.Add(-9999 * time.Hour)
		}},
		"a newer program": {"a dump is restored with a newer one", func(h *here) {
			h.postgres.Fit = func(context.Context, drill.Spec, drill.RecoveryPoint) (string, []drill.Finding, int, error) {
				return "PostgreSQL 17.2 in /x", []drill.Finding{{Severity: drill.Info, What: "the dump is of version 15"}}, 15, nil
			}
		}},
		"a backup from a machine that is ahead": {"clocks are apart", func(h *here) { h.choice.Point.TakenAt = noon.Add(4 * time.Minute) }},
		"a time without a zone": {"it may be off by hours", func(h *here) {
			h.choice.Point.TakenAt, h.choice.Point.UncertaintySeconds = noon.Add(2*time.Hour), 14*3600
		}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			h := healthy()
			tc.change(h)
			if r := h.report(t); !r.Healthy() {
				t.Errorf("%s:\n%s", tc.reason, text(r.Lines))
			}
		})
	}
}

// TestInstallers: the command is of this machine's own installer.
func TestInstallers(t *testing.T) {
	tests := map[string]struct{ some, any string }{
		"apt-get": {"sudo apt-get install postgresql-15", "sudo apt-get install postgresql"},
		"dnf":     {"sudo dnf install postgresql15-server", "sudo dnf install postgresql-server"},
		"brew":    {"brew install postgresql@15", "brew install postgresql"},
		"":        {"command -v postgres initdb pg_restore", "command -v postgres initdb pg_restore"},
	}
	for installer, want := range tests {
		h := healthy()
		h.none()
		h.postgres.Installers = func() []string { return strings.Fields(installer) }
		h.postgres.Fit = func(context.Context, drill.Spec, drill.RecoveryPoint) (string, []drill.Finding, int, error) {
			return "", nil, 15, errors.New("none")
		}
		var commands []string
		for _, l := range h.report(t).Lines {
			if l.Area == machine.AreaPrograms {
				commands = append(commands, l.Command)
			}
		}
		if diff := cmp.Diff([]string{want.any, want.some}, commands); diff != "" {
			t.Errorf("%s (-want +got):\n%s", installer, diff)
		}
	}
}

func text(lines []doctor.Line) string {
	var b strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&b, "%-9s  %-7s  %s: %s (%s)\n", l.Area, l.State, l.Subject, l.What, l.Basis)
		if l.Command != "" {
			fmt.Fprintf(&b, "%21s$ %s\n", "", l.Command)
		}
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".txt")
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s; write it anew with -update (-want +got):\n%s", file, diff)
	}
}
