package machine

import (
	"context"
	"fmt"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Installed is one folder of PostgreSQL's programs that was found.
type Installed struct {
	Name string // "PostgreSQL 15.18 in /usr/lib/postgresql/15/bin"
	From string // "PATH", "plan", "npm package"
	// Lacks are programs that drills run and that are not in it.
	Lacks []string
}

// Postgres finds programs and chooses those that fit a backup.
type Postgres struct {
	// Find looks everywhere; broken says of folders whose programs do not run why.
	Find func(ctx context.Context) (found []Installed, broken []string, err error)
	// Fit names the programs that would restore a backup, and what is to be said of
	// them. The error is that none does; major is the version to install, 0: any.
	Fit func(ctx context.Context, spec drill.Spec, point drill.RecoveryPoint) (name string, said []drill.Finding, major int, err error)
	// Installers of this machine: "apt-get", "dnf", "brew". The first is used.
	Installers func() []string
}

// Programs are which of PostgreSQL are here, and whether they fit the newest backup
// of each database: a base backup wants its own major version, a dump its own or a
// newer one.
func Programs(p Planned, pg Postgres, newest Newest) doctor.Check {
	return doctor.Check{Area: AreaPrograms, Run: func(ctx context.Context) []doctor.Line {
		if lines := p.nothingLocal("PostgreSQL"); lines != nil {
			return lines
		}
		lines := pg.installed(ctx)
		for _, spec := range p.Local {
			lines = append(lines, pg.fits(ctx, spec, newest))
		}
		return lines
	}}
}

func (pg Postgres) installed(ctx context.Context) []doctor.Line {
	found, broken, err := pg.Find(ctx)
	if err != nil {
		return []doctor.Line{unknown("PostgreSQL", because(err), "command -v postgres")}
	}
	if len(found) == 0 {
		what := "no program of PostgreSQL was found, and nothing can be restored without"
		if len(broken) > 0 {
			what += "; what does not run: " + strings.Join(broken, "; ")
		}
		return []doctor.Line{wrong("PostgreSQL", what, pg.install(0))}
	}
	var lines []doctor.Line
	for _, set := range found {
		what := set.Name + " (" + set.From + ")"
		if len(set.Lacks) > 0 {
			what += ", without " + strings.Join(set.Lacks, " and ")
		}
		lines = append(lines, ok("PostgreSQL", what))
	}
	return lines
}

func (pg Postgres) fits(ctx context.Context, spec drill.Spec, newest Newest) doctor.Line {
	choice, err := newest(ctx, spec)
	if err != nil || choice.Point == nil {
		return unknown(spec.Name(), "which version its backups need is not known: there is none that can be used", list(spec))
	}
	name, said, major, err := pg.Fit(ctx, spec, *choice.Point)
	if err != nil {
		return wrong(spec.Name(), because(err), pg.install(major))
	}
	what := fmt.Sprintf("its newest backup is restored with %s", name)
	for _, f := range said {
		what += "; " + hinted(f.What, f.Hint)
	}
	return ok(spec.Name(), what)
}

// install is the command that installs PostgreSQL here; major 0: whichever there
// is.
func (pg Postgres) install(major int) string {
	version := ""
	if major > 0 {
		version = fmt.Sprint(major)
	}
	switch installers := append(pg.Installers(), ""); installers[0] {
	case "apt-get":
		return strings.TrimSuffix("sudo apt-get install postgresql-"+version, "-")
	case "dnf":
		return "sudo dnf install postgresql" + version + "-server"
	case "brew":
		return strings.TrimSuffix("brew install postgresql@"+version, "@")
	}
	return "command -v postgres initdb pg_restore"
}
