package process

import (
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/sandbox"
)

// TestEveryProcessOfASandbox is found and ended, whatever it calls itself; one
// that only pretends to be an init is left alone.
func TestEveryProcessOfASandbox(t *testing.T) {
	for _, p := range sandbox.Ways() {
		t.Run(string(p.Kind()), func(t *testing.T) {
			folder := filepath.Join(t.TempDir(), "a folder")
			s, err := p.Start(sandbox.Spec{
				Program: "/bin/sh", Args: []string{"-c", "trap '' QUIT; setsid sleep 601 & setsid sh -c 'sleep 602 & sleep 603' & wait; wait; wait"}, Env: []string{"PATH=/usr/bin:/bin"}, Label: folder,
			})
			must(t, err)
			ended := make(chan struct{})
			go func() { defer close(ended); s.Wait() }()
			var found []Process
			for range 100 {
				if found, err = In(folder); err != nil || len(found) >= 6 {
					break
				}
				time.Sleep(20 * time.Millisecond)
			}
			if err != nil || len(found) != 6 || !found[0].Main {
				t.Errorf("found %+v, %v; want an init, two shells and three sleepers", found, err)
			}
			left, err := End(t.Context(), folder, 100*time.Millisecond)
			if err != nil || len(left) != 0 {
				t.Errorf("left %+v, %v", left, err)
			}
			<-ended
		})
	}
}

// TestAPretender inside one sandbox names another one's folder.
func TestAPretender(t *testing.T) {
	p, err := sandbox.Detect()
	must(t, err)
	if p.Kind() != sandbox.Namespaces {
		t.Skip("no namespaces here")
	}
	if _, err := exec.LookPath("bash"); err != nil {
		t.Skip(err)
	}
	victim := filepath.Join(t.TempDir(), "victim")
	s, err := p.Start(sandbox.Spec{
		Program: "/bin/bash", Args: []string{"-c", "(exec -a lifeboat-sandbox tail '" + victim + "' -f /dev/null) & (exec -a lifeboat-sandbox cat '" + victim + "' < <(sleep 600)) & sleep 600"},
		Env: []string{"PATH=/usr/bin:/bin"}, Label: "another",
	})
	must(t, err)
	defer func() { s.Kill(); s.Wait() }()
	time.Sleep(300 * time.Millisecond)
	if found, err := In(victim); err != nil || len(found) != 0 {
		t.Errorf("found %+v, %v", found, err)
	}
}
