package throwaway_test

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/throwaway"
)

const deployment = "test-it"

func options(t *testing.T) throwaway.Options {
	scratch := filepath.Join(enterable(t), "scratch with spaces")
	t.Setenv("TMPDIR", t.TempDir()) // long: the socket folder goes to /tmp
	return throwaway.Options{
		Scratch: scratch, Deployment: deployment,
		RunID: "run-1", ExecutionID: "arn:execution:" + t.Name(), Version: "test", CreatedAt: time.Now(),
	}
}

// enterable is a folder that everybody may enter: where programs run as
// another user, throwaways of a closed one live elsewhere.
func enterable(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "lbk")
	must(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	must(t, os.Chmod(dir, 0o755))
	return dir
}

func create(t *testing.T, o throwaway.Options) *throwaway.Throwaway {
	t.Helper()
	tw, err := throwaway.Create(o)
	must(t, err)
	t.Cleanup(func() { throwaway.Remove(t.Context(), o.Scratch, o.Deployment, tw.Marker.Name) })
	return tw
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func absent(t *testing.T, o throwaway.Options, name string) {
	t.Helper()
	left, err := throwaway.Remaining(o.Scratch, name)
	if err != nil || len(left) != 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	entries, err := throwaway.List(o.Scratch, o.Deployment)
	if err != nil || len(entries) != 0 {
		t.Errorf("listed: %v, %v", entries, err)
	}
}

func TestCreateTwiceAndRemoveTwice(t *testing.T) {
	closed := options(t)
	must(t, os.Chmod(filepath.Dir(closed.Scratch), 0o700))
	for name, o := range map[string]throwaway.Options{"everybody may enter": options(t), "behind a closed folder": closed} {
		t.Run(name, func(t *testing.T) { twice(t, o) })
	}
}

func twice(t *testing.T, o throwaway.Options) {
	first := create(t, o)
	must(t, os.WriteFile(filepath.Join(first.Work(), "x"), nil, 0o600))
	again := create(t, o)
	if _, err := os.Stat(filepath.Join(again.Work(), "x")); err != nil || again.Path != first.Path {
		t.Errorf("the second call did not continue: %v", err)
	}
	opened, err := throwaway.Open(o.Scratch, deployment, first.Marker.Name)
	must(t, err)
	if opened.Marker != first.Marker {
		t.Errorf("opened %+v, want %+v", opened.Marker, first.Marker)
	}
	entries, err := throwaway.List(o.Scratch, deployment)
	if err != nil || len(entries) != 1 || entries[0].Owner != throwaway.Alive || entries[0].Abandoned() {
		t.Errorf("a throwaway of this process must be spared: %+v, %v", entries, err)
	}
	left, err := throwaway.Remaining(o.Scratch, first.Marker.Name)
	if err != nil || len(left) != 2 {
		t.Errorf("want the folder and its socket folder, got %v, %v", left, err)
	}
	for range 2 {
		must(t, throwaway.Remove(t.Context(), o.Scratch, deployment, first.Marker.Name))
	}
	absent(t, o, first.Marker.Name)
	if _, err := throwaway.Open(o.Scratch, deployment, first.Marker.Name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("open what is gone: %v", err)
	}
}

func TestWhatIsNotOursIsNotTouched(t *testing.T) {
	tests := map[string]struct {
		reason string
		make   func(t *testing.T, path string)
	}{
		"no marker": {"a folder that somebody named so", func(t *testing.T, path string) {
			must(t, os.MkdirAll(path, 0o700))
		}},
		"marker of another": {"a copy of another throwaway", func(t *testing.T, path string) {
			must(t, os.MkdirAll(path, 0o700))
			raw, _ := json.Marshal(throwaway.Marker{Name: "lifeboat-test-it-000000000000"})
			must(t, os.WriteFile(filepath.Join(path, "lifeboat.json"), raw, 0o600))
		}},
		"marker is a link": {"a marker that was linked in", func(t *testing.T, path string) {
			must(t, os.MkdirAll(path, 0o700))
			raw, _ := json.Marshal(throwaway.Marker{Name: filepath.Base(path)})
			must(t, os.WriteFile(path+".json", raw, 0o600))
			must(t, os.Symlink(path+".json", filepath.Join(path, "lifeboat.json")))
		}},
		"a link": {"a link to a folder of somebody", func(t *testing.T, path string) {
			must(t, os.MkdirAll(path+".elsewhere", 0o700))
			raw, _ := json.Marshal(throwaway.Marker{Name: filepath.Base(path)})
			must(t, os.WriteFile(filepath.Join(path+".elsewhere", "lifeboat.json"), raw, 0o600))
			must(t, os.Symlink(path+".elsewhere", path))
		}},
		"a file": {"a file of that name", func(t *testing.T, path string) {
			must(t, os.WriteFile(path, []byte("mine"), 0o600))
		}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			o := options(t)
			thing := drill.ThrowawayName(deployment, o.ExecutionID)
			path := filepath.Join(o.Scratch, thing)
			must(t, os.MkdirAll(o.Scratch, 0o755))
			tc.make(t, path)
			must(t, os.WriteFile(filepath.Join(o.Scratch, "keep"), nil, 0o600))
			if info, _ := os.Stat(path); info.IsDir() {
				must(t, os.WriteFile(filepath.Join(path, "precious"), []byte("data"), 0o600))
			}
			if _, err := throwaway.Create(o); drill.NameOf(err) != drill.RestoreRefused {
				t.Errorf("%s: create: %v", tc.reason, err)
			}
			if err := throwaway.Remove(t.Context(), o.Scratch, deployment, thing); drill.NameOf(err) != drill.CleanupFailed {
				t.Errorf("%s: remove: %v", tc.reason, err)
			}
			entries, err := throwaway.List(o.Scratch, deployment)
			if err != nil || len(entries) != 1 || entries[0].Ours || entries[0].Why == "" {
				t.Errorf("%s: list: %+v, %v", tc.reason, entries, err)
			}
			if info, err := os.Stat(path); err != nil {
				t.Errorf("%s: it is gone: %v", tc.reason, err)
			} else if info.IsDir() {
				if _, err := os.Stat(filepath.Join(path, "precious")); err != nil {
					t.Errorf("%s: its contents are gone", tc.reason)
				}
			}
		})
	}
}

func TestHostileLinksAreNotFollowed(t *testing.T) {
	o := options(t)
	outside := t.TempDir()
	precious := filepath.Join(outside, "precious")
	must(t, os.WriteFile(precious, []byte("data"), 0o400))
	must(t, os.Mkdir(filepath.Join(outside, "sub"), 0o500))
	tw := create(t, o)
	must(t, os.MkdirAll(filepath.Join(tw.Data(), "pg_tblspc"), 0o700))
	must(t, os.Symlink(outside, filepath.Join(tw.Data(), "pg_tblspc", "16385")))
	must(t, os.Symlink(outside, filepath.Join(tw.Path, "pg_wal")))
	must(t, os.Symlink(precious, filepath.Join(tw.Path, "file")))
	must(t, os.Symlink("/", filepath.Join(tw.Work(), "root")))
	must(t, os.Mkdir(filepath.Join(tw.Work(), "locked"), 0o700))
	must(t, os.WriteFile(filepath.Join(tw.Work(), "locked", "f"), nil, 0o400))
	must(t, os.Chmod(filepath.Join(tw.Work(), "locked"), 0o000))
	must(t, os.Chmod(tw.Work(), 0o500))
	must(t, throwaway.Remove(t.Context(), o.Scratch, deployment, tw.Marker.Name))
	absent(t, o, tw.Marker.Name)
	if raw, err := os.ReadFile(precious); err != nil || string(raw) != "data" {
		t.Errorf("outside was touched: %q, %v", raw, err)
	}
	for path, want := range map[string]fs.FileMode{precious: 0o400, filepath.Join(outside, "sub"): 0o500} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s has mode %v, want %v (%v)", path, info.Mode(), want, err)
		}
	}
}

func TestSocketFolderOfSomebodyElse(t *testing.T) {
	o := options(t)
	tw := create(t, o)
	folder := filepath.Dir(tw.SocketDir())
	theirs := filepath.Join(folder, "theirs")
	must(t, os.WriteFile(theirs, nil, 0o600))
	if err := throwaway.Remove(t.Context(), o.Scratch, deployment, tw.Marker.Name); drill.NameOf(err) != drill.CleanupFailed {
		t.Errorf("remove: %v", err)
	}
	if _, err := os.Stat(theirs); err != nil {
		t.Error("a file that is not ours was removed")
	}
	must(t, os.Remove(theirs))
	must(t, throwaway.Remove(t.Context(), o.Scratch, deployment, tw.Marker.Name))
	// Without the marker, and not empty, it is somebody else's.
	must(t, os.Mkdir(folder, 0o700))
	defer os.RemoveAll(folder)
	must(t, os.WriteFile(theirs, nil, 0o600))
	if _, err := throwaway.Create(o); drill.NameOf(err) != drill.RestoreRefused {
		t.Errorf("create: %v", err)
	}
}

func TestOtherDeploymentsAreNotListed(t *testing.T) {
	o := options(t)
	create(t, o)
	for _, other := range []string{"test", "it", "", "test-it-"} {
		entries, err := throwaway.List(o.Scratch, other)
		if err != nil || len(entries) != 0 {
			t.Errorf("deployment %q sees %v, %v", other, entries, err)
		}
		if err := throwaway.Remove(t.Context(), o.Scratch, other, drill.ThrowawayName(deployment, o.ExecutionID)); err == nil {
			t.Errorf("deployment %q removes it", other)
		}
	}
}

// TestRemovedByTwoAtOnce: what another sweep has removed is removed.
func TestRemovedByTwoAtOnce(t *testing.T) {
	o := options(t)
	for round := range 5 {
		o.RunID = "run-" + string(rune('a'+round))
		tw := create(t, o)
		for folder := range 20 {
			inside := filepath.Join(tw.Work(), "base", string(rune('a'+folder)))
			must(t, os.MkdirAll(inside, 0o700))
			for file := range 50 {
				must(t, os.WriteFile(filepath.Join(inside, string(rune('0'+file))), nil, 0o600))
			}
		}
		ended := make(chan error)
		for range 4 {
			go func() {
				entries, err := throwaway.List(o.Scratch, deployment)
				for _, e := range entries {
					if !e.Ours {
						err = errors.Join(err, errors.New("not ours: "+e.Why))
						continue
					}
					err = errors.Join(err, throwaway.RemoveEntry(t.Context(), deployment, e))
				}
				ended <- err
			}()
		}
		for range 4 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
		absent(t, o, tw.Marker.Name)
	}
}

func TestKeptIsNotAbandoned(t *testing.T) {
	o := options(t)
	tw := create(t, o)
	must(t, tw.MarkKept())
	tw.Marker.Owner.PID = 1 << 30 // surely dead
	raw, _ := json.Marshal(tw.Marker)
	must(t, os.WriteFile(filepath.Join(tw.Path, "lifeboat.json"), raw, 0o600))
	entries, err := throwaway.List(o.Scratch, deployment)
	if err != nil || len(entries) != 1 || entries[0].Owner != throwaway.Dead || entries[0].Abandoned() {
		t.Errorf("%+v, %v", entries, err)
	}
}
