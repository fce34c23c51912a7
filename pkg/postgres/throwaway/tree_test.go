package throwaway

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

func TestWhateverTheCopyMadeIsRemoved(t *testing.T) {
	trees := map[string]func(t *testing.T, at string){
		"a file": func(t *testing.T, at string) { ok(t, os.WriteFile(at, nil, 0)) },
		"a link out": func(t *testing.T, at string) {
			ok(t, os.Symlink(filepath.Join(filepath.Dir(filepath.Dir(at)), "canary"), at))
		},
		"nobody may enter": func(t *testing.T, at string) {
			ok(t, os.MkdirAll(filepath.Join(at, "a", "b"), 0o700))
			ok(t, os.WriteFile(filepath.Join(at, "a", "b", "f"), nil, 0o600))
			ok(t, os.Symlink(filepath.Join(filepath.Dir(filepath.Dir(at)), "canary"), filepath.Join(at, "a", "link")))
			ok(t, os.Chmod(filepath.Join(at, "a"), 0))
			ok(t, os.Chmod(at, 0))
		},
		"wide": func(t *testing.T, at string) {
			for i := range 50 {
				ok(t, os.MkdirAll(filepath.Join(at, fmt.Sprint(i), "x"), 0o700))
			}
		},
	}
	for name, make := range trees {
		for _, way := range []struct {
			name   string
			remove func(root *os.Root, name string) error
		}{{"whole", removeTree}, {"flattened", flatten}} {
			t.Run(name+" "+way.name, func(t *testing.T) {
				if way.name == "flattened" && (name == "a file" || name == "a link out") {
					t.Skip("only folders are flattened")
				}
				folder := t.TempDir()
				ok(t, os.WriteFile(filepath.Join(folder, "canary"), []byte("x"), 0o600))
				ok(t, os.Mkdir(filepath.Join(folder, "home"), 0o700))
				make(t, filepath.Join(folder, "home", "tree"))
				root, err := os.OpenRoot(filepath.Join(folder, "home"))
				ok(t, err)
				defer root.Close()
				ok(t, way.remove(root, "tree"))
				left, err := os.ReadDir(filepath.Join(folder, "home"))
				ok(t, err)
				if _, err := os.Stat(filepath.Join(folder, "canary")); err != nil || len(left) > 0 {
					t.Errorf("left %v; outside: %v", left, err)
				}
			})
		}
	}
}

// A folder deeper than a process may have handles.
func TestADeepTreeIsRemoved(t *testing.T) {
	home := t.TempDir()
	root, err := os.OpenRoot(home)
	ok(t, err)
	defer root.Close()
	// Made from below: each new folder takes the one before it in.
	ok(t, root.Mkdir("tree", 0o700))
	for range 3000 {
		ok(t, root.Mkdir("next", 0o700))
		ok(t, root.Rename("tree", "next/tree"))
		ok(t, root.Rename("next", "tree"))
	}
	ok(t, flatten(root, "tree"))
	if left, err := os.ReadDir(home); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}

func ok(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
