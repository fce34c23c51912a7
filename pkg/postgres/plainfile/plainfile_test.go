package plainfile_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/postgres/plainfile"
)

func TestOnlyAnOrdinaryFileIsOpened(t *testing.T) {
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	for _, err := range []error{
		os.WriteFile(at("file"), []byte("content"), 0o600), os.Symlink("file", at("link")), os.Symlink("/dev/zero", at("endless")),
		syscall.Mkfifo(at("pipe"), 0o600), os.Mkdir(at("folder"), 0o700), os.Symlink("nothing", at("broken")),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	for name, want := range map[string][2]bool{ // inside a backup; named by the user
		"file": {true, true}, "link": {false, true}, "endless": {false, false}, "pipe": {false, false}, "folder": {false, false}, "broken": {false, false},
	} {
		inside, insideErr := plainfile.Read(at(name), 100)
		in, inErr := plainfile.ReadIn(root, name, 100)
		f, followErr := plainfile.Follow(at(name))
		if followErr == nil {
			f.Close()
		}
		if (insideErr == nil) != want[0] || (inErr == nil) != want[0] || (followErr == nil) != want[1] {
			t.Errorf("%s: %v, %v, %v; want opened %v", name, insideErr, inErr, followErr, want)
		}
		if want[0] && (string(inside) != "content" || string(in) != "content") {
			t.Errorf("%s: %q, %q", name, inside, in)
		}
	}
}

func TestNothingIsReadBeyondItsBound(t *testing.T) {
	for n, want := range map[int]error{10: nil, 11: plainfile.ErrTooLong} {
		if got, err := plainfile.All(strings.NewReader(strings.Repeat("x", n)), 10); !errors.Is(err, want) || want == nil && len(got) != n {
			t.Errorf("%d bytes of 10: %q, %v", n, got, err)
		}
	}
}
