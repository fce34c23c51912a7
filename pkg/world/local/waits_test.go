package local

import (
	"testing"
	"time"
)

// TestAWaitThatLastsIsTold, after a time that the test lets pass; one that is
// over before is not.
func TestAWaitThatLastsIsTold(t *testing.T) {
	var pass func()
	after := func(d time.Duration, f func()) *time.Timer {
		if d != patience {
			t.Errorf("told after %s", d)
		}
		timer := time.NewTimer(time.Hour)
		pass = func() {
			if timer.Stop() { // nobody stopped it
				f()
			}
		}
		return timer
	}
	var told []string
	waiting := patient(func(what string) { told = append(told, what) }, after)
	waiting("a lock")()
	pass()
	if len(told) > 0 {
		t.Errorf("it was over: %q", told)
	}
	over := waiting("another")
	pass()
	over()
	if len(told) != 1 || told[0] != "another" {
		t.Errorf("%q", told)
	}
}

// TestADrillTellsOfTheLockOfTheHeads: the world's store asks for it.
func TestADrillTellsOfTheLockOfTheHeads(t *testing.T) {
	told := make(chan string, 1)
	world, err := Open(Options{StateDir: t.TempDir(), Waits: func(what string) { told <- what }})
	if err != nil {
		t.Fatal(err)
	}
	store := world.evidence
	if store.Waiting == nil {
		t.Fatal("nobody would be told")
	}
	store.Waiting("the lock")()
	if len(told) > 0 {
		t.Errorf("told at once: %s", <-told)
	}
}
