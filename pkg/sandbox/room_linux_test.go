package sandbox

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// smallDisk is a folder on a file system of its own, that the sandbox may write.
func smallDisk(t *testing.T, p *Protection, options string) string {
	t.Helper()
	dir := room(t, p)
	if err := unix.Mount("tmpfs", dir, "tmpfs", 0, options); err != nil {
		t.Skip("no small file system can be mounted: ", err)
	}
	t.Cleanup(func() { unix.Unmount(dir, unix.MNT_DETACH) })
	must(t, p.Own(dir))
	return dir
}

// sandboxed are the protections that there are here.
func sandboxed(t *testing.T, test func(t *testing.T, p *Protection)) {
	t.Helper()
	for _, p := range Ways() {
		if p.Kind() != None {
			t.Run(string(p.Kind()), func(t *testing.T) { test(t, p) })
		}
	}
}

// fills are what could take a file system from others.
var fills = map[string]string{
	"by bytes":       `i=0; while :; do i=$((i+1)); head -c 1000000 /dev/zero > "f$i" || sleep 0.01; done 2>/dev/null`,
	"at once":        `fallocate -l 97M f; sleep 600`,
	"to the end":     `cat /dev/zero > f; sleep 600`,
	"by their names": `i=0; while :; do i=$((i+1)); : > "f$i" || sleep 0.01; done 2>/dev/null`,
}

// TestAFileSystemIsNotFilled: whoever fills it is ended, and what is kept free is
// free again.
func TestAFileSystemIsNotFilled(t *testing.T) {
	sandboxed(t, func(t *testing.T, p *Protection) {
		for name, script := range fills {
			t.Run(name, func(t *testing.T) {
				disk := smallDisk(t, p, "size=100m,nr_inodes=2000,mode=0700")
				s, err := p.Start(Spec{
					Program: "/bin/bash", Args: []string{"-c", script}, Env: []string{"PATH=/usr/bin:/bin"}, Dir: disk, Writable: []string{disk}, KeepRoom: true,
				})
				must(t, err)
				var exit *ExitError
				if err := s.Wait(); !errors.As(err, &exit) || !exit.NoRoom {
					t.Errorf("%v", err)
				}
				if now := left(disk); now.free < now.reserve {
					t.Errorf("%d bytes are free, %d were kept", now.free, now.reserve)
				}
			})
		}
	})
}

// TestNobodyNeedsToLook: a copy that was kept is ended, too, when lifeboat is long
// gone, and its log says why.
func TestNobodyNeedsToLook(t *testing.T) {
	sandboxed(t, func(t *testing.T, p *Protection) {
		disk := smallDisk(t, p, "size=100m,mode=0700")
		log, err := os.Create(filepath.Join(t.TempDir(), "log"))
		must(t, err)
		defer log.Close()
		s, err := p.Start(Spec{
			Program: "/bin/bash", Args: []string{"-c", `sleep 0.5; cat /dev/zero > f; sleep 600`}, Env: []string{"PATH=/usr/bin:/bin"}, Dir: disk,
			Writable: []string{disk}, KeepRoom: true, Survive: true, Stderr: log,
		})
		must(t, err)
		must(t, s.control.Close()) // as the end of lifeboat does
		if _, err := s.cmd.Process.Wait(); err != nil {
			t.Error(err)
		}
		if now := left(disk); now.free < now.reserve {
			t.Errorf("%d bytes are free, %d were kept", now.free, now.reserve)
		}
		if said, err := os.ReadFile(log.Name()); err != nil || !strings.Contains(string(said), "almost full") {
			t.Errorf("the log: %q, %v", said, err)
		}
	})
}

// TestWhatIsNotOnADiskIsBounded, too: memory that looks like one.
func TestWhatIsNotOnADiskIsBounded(t *testing.T) {
	asOrdinaryUser(t)
	p := namespaces(t)
	inside := room(t, p)
	got := sh(t, p, "df --output=size,itotal /tmp /dev/shm | tail -n 2 | tr -s ' '; ulimit -f; ulimit -Hf", Spec{Writable: []string{inside}, KeepRoom: true})
	if strings.Count(got, "262144 65536\n") != 2 || strings.Contains(got, "unlimited") {
		t.Errorf("%s", got)
	}
}

// TestWhenToLook: the less there is, the sooner.
func TestWhenToLook(t *testing.T) {
	disk := t.TempDir()
	o := &order{Trees: []tree{{Path: disk, Writable: true}}}
	full, again := o.look()
	if full != "" || again < lookAtLeast || again > lookAtMost {
		t.Errorf("%q, %v", full, again)
	}
	o.Trees[0].Path = filepath.Join(disk, "not there")
	if full, again := o.look(); full != "" || again != time.Second {
		t.Errorf("%q, %v", full, again)
	}
}
