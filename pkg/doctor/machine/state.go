package machine

import (
	"context"
	"fmt"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/printable"
)

// Running is a drill of this machine that goes on.
type Running struct {
	RunID    string
	Database string // "": its record does not say
	PID      int    // of its process; 0: not known
	Began    time.Time
	// Longest is what the limits of its plan allow in all; 0: not known.
	Longest time.Duration
}

// Folder is what is to be known of the state folder.
type Folder struct {
	Path string // absolute
	// Trusted says who else could exchange what is in it; nil: nobody.
	Trusted func() error
	// Unwritable are files and folders in it, or the folder above that it would be
	// made in, that this user cannot write.
	Unwritable func() ([]string, error)
	// Running drills.
	Running func(context.Context) ([]Running, error)
}

// State is whether the folder of records and evidence can be written by this user,
// and by nobody else, and whether a drill hangs.
func State(p Planned, f Folder, now func() time.Time) doctor.Check {
	return doctor.Check{Area: AreaState, Run: func(ctx context.Context) []doctor.Line {
		if lines := p.nothingLocal(f.Path); lines != nil {
			return lines
		}
		return append([]doctor.Line{f.ours(), f.writable()}, f.running(ctx, now())...)
	}}
}

func (f Folder) ours() doctor.Line {
	if err := f.Trusted(); err != nil {
		return wrong(f.Path, because(err), "ls -ld "+printable.ShellWord(f.Path)+" "+printable.ShellWord(f.Path+"/.."))
	}
	return ok(f.Path, "nobody but root and this user can exchange what is in it")
}

func (f Folder) writable() doctor.Line {
	files, err := f.Unwritable()
	switch {
	case err != nil:
		return unknown(f.Path, "whether it can be written is not known: "+because(err), "ls -laR "+printable.ShellWord(f.Path))
	case len(files) > 0: // most often one drill with sudo, and those after it without
		return wrong(f.Path, "this user cannot write "+printable.List(files)+": a drill could not be recorded",
			`sudo chown -R "$(id -u):$(id -g)" `+printable.ShellWord(f.Path))
	}
	return ok(f.Path, "it can be written")
}

// running tells of drills that go on. A lock is the kernel's and ends with the process, so none
// is left by one that was killed; a process that hangs keeps it.
func (f Folder) running(ctx context.Context, now time.Time) []doctor.Line {
	drills, err := f.Running(ctx)
	if err != nil {
		return []doctor.Line{unknown("running drills", because(err), "ls -la "+printable.ShellWord(f.Path+"/runs"))}
	}
	if len(drills) == 0 {
		return []doctor.Line{ok("running drills", "none, so no database is locked")}
	}
	var lines []doctor.Line
	for _, d := range drills {
		what := fmt.Sprintf("%s: a drill goes on since %s (run %s)", orRun(d), d.Began.UTC().Format(time.RFC3339), d.RunID)
		if d.Longest > 0 && now.Sub(d.Began) > d.Longest {
			command := "ps -ef"
			if d.PID > 0 {
				command = fmt.Sprintf("ps -fp %d", d.PID)
			}
			lines = append(lines, wrong("running drills", what+", longer than its limits allow ("+round(d.Longest)+"): it hangs, and no other drill of the database can begin", command))
			continue
		}
		lines = append(lines, ok("running drills", what))
	}
	return lines
}

func orRun(d Running) string {
	if d.Database == "" {
		return "a database"
	}
	return d.Database
}
