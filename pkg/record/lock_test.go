package record_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/record"
)

// TestWhoWaitsForALockSaysSo, and for whom; who does not wait says nothing.
func TestWhoWaitsForALockSaysSo(t *testing.T) {
	f := newFolder(t)
	told := make(chan string, 1)
	over := 0
	f.Waiting = func(what string) func() {
		told <- what
		return func() { over++ }
	}
	add(t, f, newNote("one", "chain", 1))
	if len(told) > 0 {
		t.Errorf("nobody has the lock: %s", <-told)
	}
	unlock, err := record.HeadFolder{Dir: f.Heads}.Lock(nil)
	if err != nil {
		t.Fatal(err)
	}
	added := make(chan error)
	go func() {
		_, err := f.Add(newNote("two", "chain", 2))
		added <- err
	}()
	what := <-told
	if !strings.Contains(what, f.Heads) || !strings.Contains(what, fmt.Sprintf("process %d", os.Getpid())) {
		t.Errorf("it waits for %q", what)
	}
	unlock()
	if err := <-added; err != nil || over != 1 {
		t.Errorf("%v, over %d times", err, over)
	}
	if r := check(t, f); !r.Holds() || r.Documents != 2 {
		t.Errorf("%+v", r)
	}
}
