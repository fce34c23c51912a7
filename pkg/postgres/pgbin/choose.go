package pgbin

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Programs that a server needs, and that an archive needs on top.
var (
	serverPrograms  = []string{"postgres", "initdb"}
	archivePrograms = []string{"postgres", "initdb", "pg_restore"}
)

// ForBaseBackup chooses programs for a base backup of a major version: the
// same version, for another cannot read its files. The error is
// BinariesMissing.
func (f Found) ForBaseBackup(major int) (Set, error) {
	for _, s := range f.Sets {
		if s.Major == major && s.Has("postgres") {
			return s, nil
		}
	}
	return Set{}, f.missing(fmt.Sprintf("a base backup of version %d needs PostgreSQL %d itself", major, major), []string{"postgres"}, major)
}

// ForDump chooses programs for a dump of a server of a major version: that
// version if present, else the nearest newer one (the finding says so), unless
// the plan names a folder that fits; for
// pg_restore and the server read dumps of older versions, and not of newer.
// major 0 means that the dump does not tell: the newest is taken. archive says
// that pg_restore is needed. The error is BinariesMissing.
func (f Found) ForDump(major int, archive bool) (Set, []drill.Finding, error) {
	needed := serverPrograms
	if archive {
		needed = archivePrograms
	}
	var fitting []Set
	for _, s := range f.Sets {
		if s.Major >= major && hasAll(s, needed) {
			fitting = append(fitting, s)
		}
	}
	// The plan's own folder before all others, else the nearest version.
	// Stable: of one version the first that was found.
	slices.SortStableFunc(fitting, func(a, b Set) int {
		switch {
		case (a.Source == FromPlan) != (b.Source == FromPlan):
			return cmp.Compare(rank(a), rank(b))
		case major == 0:
			return cmp.Compare(b.Major, a.Major)
		}
		return cmp.Compare(a.Major, b.Major)
	})
	if len(fitting) == 0 {
		what := fmt.Sprintf("a dump of version %d needs PostgreSQL %d or newer", major, major)
		if major == 0 {
			what = "a dump needs PostgreSQL"
		}
		return Set{}, nil, f.missing(what, needed, major)
	}
	chosen := fitting[0]
	if major == 0 || chosen.Major == major {
		return chosen, nil, nil
	}
	return chosen, []drill.Finding{{
		Severity: drill.Info, Code: "NewerBinaries", Figure: chosen.Major, Target: major,
		What: fmt.Sprintf("the dump is of version %d and was restored with %s", major, chosen),
		Hint: fmt.Sprintf("install PostgreSQL %d to rehearse with the source's own version", major),
	}}, nil
}

func rank(s Set) int {
	if s.Source == FromPlan {
		return 0
	}
	return 1
}

func hasAll(s Set, programs []string) bool {
	return !slices.ContainsFunc(programs, func(p string) bool { return !s.Has(p) })
}

// missing tells what was needed, what was found, and what to install.
func (f Found) missing(what string, needed []string, major int) error {
	var there []string
	for _, s := range f.Sets {
		line := s.String()
		var lacks []string
		for _, p := range needed {
			if !s.Has(p) {
				lacks = append(lacks, p)
			}
		}
		if len(lacks) > 0 {
			line += " (without " + strings.Join(lacks, ", ") + ")"
		}
		there = append(there, line)
	}
	for _, b := range f.Broken {
		there = append(there, fmt.Sprintf("%s does not run (%s)", b.Dir, b.Why))
	}
	found := "none was found in " + strings.Join(f.Looked, "; ")
	if len(there) > 0 {
		found = "found: " + strings.Join(there, "; ")
	}
	return &drill.Error{Name: drill.BinariesMissing, What: what + " (" + strings.Join(needed, ", ") + "): " + found, Hint: f.installHint(major)}
}

func (f Found) installHint(major int) string {
	for _, b := range f.Broken {
		if b.Hint != "" {
			return b.Hint
		}
	}
	version := "<version>"
	if major > 0 {
		version = fmt.Sprint(major)
	}
	return fmt.Sprintf("install it (Debian: apt install postgresql-%s; RPM: dnf install postgresql%s-server; Homebrew: brew install postgresql@%s), or name its folder under binaries in the plan", version, version, version)
}

func (f Found) planFolderUseless(dir string) error {
	why := "it holds no postgres"
	for _, b := range f.Broken {
		if strings.HasPrefix(b.Dir, dir) {
			why = "its postgres does not run: " + b.Why
		}
	}
	return &drill.Error{
		Name: drill.BinariesMissing, What: "the plan's folder of binaries " + dir + ": " + why,
		Hint: "name the folder that holds postgres, such as /usr/lib/postgresql/17/bin, or leave binaries out",
	}
}
