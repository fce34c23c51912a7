package local

import (
	"cmp"
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"

	"golang.org/x/sys/unix"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/machine"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
	"github.com/lifeboat-dr/lifeboat/pkg/sandbox"
	"github.com/lifeboat-dr/lifeboat/pkg/slice"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

// Examination is what a doctor looks at this machine for.
type Examination struct {
	Options
	PlanFile string // as it was named
	PlanHash string // "": there is no plan
	Warnings []string
	// Sweep is the command that removes what killed drills left.
	Sweep string
}

// Checks are those of this machine, in the order in which they are looked at.
// Nothing is made or changed.
func Checks(e Examination) ([]doctor.Check, error) {
	w, err := Open(e.Options)
	if err != nil {
		return nil, err
	}
	d := examiner{World: w, choices: map[string]func() (drill.Choice, error){}}
	p := d.planned(e)
	disk := machine.Disk{Free: freeAbove, Needs: d.needs}
	programs := machine.Postgres{Find: d.installed, Fit: d.fit, Installers: installers}
	return []doctor.Check{
		machine.Plan(p),
		machine.Sandbox(p, machine.Platform{OS: runtime.GOOS, Arch: runtime.GOARCH, Root: os.Geteuid() == 0, Protect: protect, Setting: setting}),
		machine.State(p, machine.Folder{Path: w.options.StateDir, Trusted: w.trusted, Unwritable: d.unwritable, Running: d.running}, w.clock.Now),
		machine.Backups(p, w.clock.Now, d.newest),
		machine.Programs(p, programs, d.newest),
		machine.Space(p, w.options.StateDir, disk, d.newest),
		machine.Leftovers(p, e.Sweep, func(ctx context.Context) ([]world.Swept, error) {
			return w.Sweep(ctx, world.SweepOptions{DryRun: true})
		}),
		machine.Clock(p, w.clock.Now, func() []machine.Written { return d.written(e.PlanFile) }, d.newest),
		machine.Tools(p, askVersion),
	}, nil
}

// examiner asks the adapters of this machine what a doctor wants to know.
type examiner struct {
	*World
	mu      sync.Mutex
	choices map[string]func() (drill.Choice, error) // of each database, found once
}

func (d *examiner) planned(e Examination) machine.Planned {
	p := machine.Planned{File: e.PlanFile, Hash: e.PlanHash, Warnings: e.Warnings, Refused: map[string]error{}}
	if !p.There() {
		return p
	}
	for _, w := range e.Plan.Workloads {
		for _, database := range w.Databases {
			name := w.Name + "/" + database.Name
			if plan.KindOf(database.Kind).OnAWS {
				p.OnAWS = append(p.OnAWS, name)
				continue
			}
			spec, err := slice.SpecFor(e.Plan, name, d.plans.Places)
			if err != nil {
				p.Refused[name] = err
				continue
			}
			p.Local = append(p.Local, spec)
		}
	}
	return p
}

// newest chooses as a drill of now would, once: a backup may be long to read.
func (d *examiner) newest(ctx context.Context, spec drill.Spec) (drill.Choice, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	choose := d.choices[spec.Name()]
	if choose == nil {
		choose = sync.OnceValues(func() (drill.Choice, error) {
			points, err := d.database.RecoveryPoints(ctx, spec)
			if err != nil {
				return drill.Choice{}, err
			}
			return drill.Choose(points), nil
		})
		d.choices[spec.Name()] = choose
	}
	return choose()
}

// runs are the programs that drills run beside postgres itself.
var runs = []string{"initdb", "pg_restore"}

func (d *examiner) installed(ctx context.Context) (sets []machine.Installed, broken []string, err error) {
	found, err := d.database.Installed(ctx)
	for _, s := range found.Sets {
		set := machine.Installed{Name: s.String(), From: string(s.Source)}
		for _, program := range runs {
			if !s.Has(program) {
				set.Lacks = append(set.Lacks, program)
			}
		}
		sets = append(sets, set)
	}
	for _, b := range found.Broken {
		broken = append(broken, strings.TrimSuffix(b.Dir+" ("+b.Why+"; "+b.Hint+")", "; )"))
	}
	return sets, broken, err
}

func (d *examiner) fit(ctx context.Context, spec drill.Spec, point drill.RecoveryPoint) (string, []drill.Finding, int, error) {
	set, said, major, err := d.database.Programs(ctx, spec, point)
	return set.String(), said, major, err
}

func (d *examiner) needs(_ context.Context, spec drill.Spec, point drill.RecoveryPoint) (folder string, free, need int64, err error) {
	folder, free, need, err = d.database.Space(spec, point)
	return cmp.Or(folder, spec.Postgres.Scratch), free, need, err
}

// freeAbove is what is free where a folder lies, or would.
func freeAbove(folder string) (int64, error) {
	for {
		var fs unix.Statfs_t
		err := unix.Statfs(folder, &fs)
		if err == nil {
			return int64(fs.Bavail) * int64(fs.Bsize), nil //nolint:unconvert,gosec // uint32 on macOS; no file system is so large
		}
		if !os.IsNotExist(err) || folder == filepath.Dir(folder) {
			return 0, &os.PathError{Op: "statfs", Path: folder, Err: err}
		}
		folder = filepath.Dir(folder)
	}
}

func protect() (machine.Protection, string, error) {
	run, err := sandbox.Detect()
	if err != nil {
		return "", "", err
	}
	kinds := map[sandbox.Kind]machine.Protection{sandbox.Namespaces: machine.Full, sandbox.Landlock: machine.Weaker, sandbox.None: machine.Nothing}
	return kinds[run.Kind()], run.Who(), nil
}

// setting of a Linux kernel; "" where there is none.
func setting(name string) string {
	text, err := os.ReadFile(filepath.Join("/proc/sys", strings.ReplaceAll(name, ".", "/")))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
