// Package sourcetest is the suite that everything which restores a database
// must pass, whatever world it is of: what the steps of a drill rely on.
package sourcetest

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	drillstep "github.com/lifeboat-dr/lifeboat/pkg/step/drill"
)

// Source is what the steps need of one.
type Source interface {
	drillstep.Backups
	drillstep.Restorer
	drillstep.Watcher
	drillstep.LoginMaker
	drillstep.Remover
	drillstep.Inventory
}

// Subject is a source with one database that has at least one usable backup.
type Subject struct {
	Source     Source
	OpenChecks drillstep.OpenChecks
	Run        drill.Run
	// Other is the run of another execution of the same deployment.
	Other drill.Run
	Spec  drill.Spec // with at least one check that passes
	// Wait lets a little time pass between two looks.
	Wait func()
	// Do runs f, where the source's time needs it, as a process of its clock.
	Do func(f func())
}

// looks bounds every wait of the suite.
const looks = 5000

// Run puts the suite to a source; each test gets a subject of its own.
func Run(t *testing.T, subject func(t *testing.T) Subject) {
	for name, test := range map[string]func(t *testing.T, s Subject){
		"recovery points say what a verdict needs":     testRecoveryPoints,
		"a restore can be asked for twice":             testRestoreTwice,
		"a copy becomes available and answers":         testAvailable,
		"removal is idempotent and can be confirmed":   testRemoval,
		"removing what was never there is success":     testNothingToRemove,
		"another run's copy is neither seen nor taken": testOthers,
		"a recovery point that is gone is refused":     testUnknownPoint,
		"a removed copy is no restore that goes on":    testGone,
	} {
		t.Run(name, func(t *testing.T) {
			s := subject(t)
			if s.Do == nil {
				s.Do = func(f func()) { f() }
			}
			s.Do(func() { test(t, s) })
		})
	}
}

func (s Subject) points(t *testing.T) []drill.RecoveryPoint {
	t.Helper()
	points, err := s.Source.RecoveryPoints(context.Background(), s.Spec)
	if err != nil {
		t.Fatalf("recovery points: %v", err)
	}
	return points
}

func (s Subject) chosen(t *testing.T) drill.RecoveryPoint {
	t.Helper()
	chosen := drill.Choose(s.points(t)).Point
	if chosen == nil {
		t.Fatal("no usable recovery point")
		return drill.RecoveryPoint{}
	}
	return *chosen
}

func (s Subject) restore(t *testing.T, run drill.Run) drill.Resource {
	t.Helper()
	made, err := s.Source.StartRestore(context.Background(), run, s.Spec, s.chosen(t))
	if err != nil {
		t.Fatalf("start of the restore: %v", err)
	}
	return made.First()
}

func (s Subject) available(t *testing.T, resource drill.Resource) {
	t.Helper()
	for range looks {
		status, err := s.Source.RestoreStatus(context.Background(), s.Run, s.Spec, resource)
		if err != nil {
			t.Fatalf("looking at the restore: %v", err)
		}
		if status.Available {
			return
		}
		if status.Status == "" {
			t.Fatal("a look that says no says why")
		}
		s.Wait()
	}
	t.Fatal("the copy never became available")
}

func (s Subject) remove(t *testing.T, run drill.Run) {
	t.Helper()
	for range looks {
		s.ask(t, run)
		if len(s.remaining(t, run)) == 0 {
			return
		}
		s.Wait()
	}
	t.Fatal("the copy was never gone")
}

// ask asks for the removal of every part, as the steps do.
func (s Subject) ask(t *testing.T, run drill.Run) {
	t.Helper()
	for _, part := range s.Source.Parts(run) {
		if err := s.Source.Remove(context.Background(), run, s.Spec, part); err != nil {
			t.Fatalf("removal of %s %s: %v", part.Kind, part.ID, err)
		}
	}
}

func (s Subject) remaining(t *testing.T, run drill.Run) []drill.Resource {
	t.Helper()
	remaining, err := s.Source.Remaining(context.Background(), run, s.Spec)
	if err != nil {
		t.Fatalf("what remains: %v", err)
	}
	return remaining
}

func testRecoveryPoints(t *testing.T, s Subject) {
	points := s.points(t)
	seen := map[string]bool{}
	for _, p := range points {
		if p.ID == "" || p.Kind == "" || seen[p.ID] {
			t.Errorf("a point without an id of its own, or without a kind: %+v", p)
		}
		seen[p.ID] = true
		if p.Usable && (p.TakenAt.IsZero() || p.TimeSource == "" || p.TakenAt.Location() != time.UTC) {
			t.Errorf("%s can be used, and its time is %s from %q", p.ID, p.TakenAt, p.TimeSource)
		}
		if p.Usable && p.Origin == "" {
			t.Errorf("%s can be used, and nothing says how it came about", p.ID)
		}
		if !p.Usable && p.Reason == "" {
			t.Errorf("%s cannot be used, and nothing says why", p.ID)
		}
	}
	if diff := cmp.Diff(s.chosen(t).ID, s.chosen(t).ID); diff != "" {
		t.Errorf("the choice is not repeatable:\n%s", diff)
	}
}

func testRestoreTwice(t *testing.T, s Subject) {
	point := s.chosen(t)
	first, err := s.Source.StartRestore(context.Background(), s.Run, s.Spec, point)
	if err != nil {
		t.Fatal(err)
	}
	second, err := s.Source.StartRestore(context.Background(), s.Run, s.Spec, point)
	for drill.NameOf(err) == drill.Transient { // the machine tries again
		s.Wait()
		second, err = s.Source.StartRestore(context.Background(), s.Run, s.Spec, point)
	}
	if err != nil {
		t.Fatalf("the second time: %v", err)
	}
	named := func(c drill.Copy) (names []string) {
		for _, r := range c {
			names = append(names, r.Kind+" "+r.ID)
		}
		return names
	}
	if diff := cmp.Diff(named(first), named(second)); diff != "" || first.First().ID != s.Run.Throwaway {
		t.Errorf("first %+v, then %+v; the name is %s", first, second, s.Run.Throwaway)
	}
	// Nothing is made that clean-up, which has no memory, would not ask for.
	if diff := cmp.Diff(named(s.Source.Parts(s.Run)), named(first)); diff != "" {
		t.Errorf("(-removed +made):\n%s", diff)
	}
	s.remove(t, s.Run)
}

func testAvailable(t *testing.T, s Subject) {
	resource := s.restore(t, s.Run)
	s.available(t, resource)
	var session drillstep.CheckSession
	var err error
	for range looks {
		var access drill.Access
		if access, err = s.Source.PrepareLogin(context.Background(), s.Run, s.Spec, resource); err == nil {
			session, err = s.OpenChecks(context.Background(), s.Run, s.Spec, resource, access)
		}
		if drill.NameOf(err) != drill.NotReady {
			break
		}
		s.Wait()
	}
	if err != nil {
		t.Fatalf("opening the checks: %v", err)
	}
	result, err := session.Run(context.Background(), s.Spec.Checks[0])
	if err != nil || !result.Passed || result.Name != s.Spec.Checks[0].Name {
		t.Errorf("check: %+v, %v", result, err)
	}
	if err := session.Close(); err != nil {
		t.Errorf("closing: %v", err)
	}
	s.remove(t, s.Run)
}

func testRemoval(t *testing.T, s Subject) {
	resource := s.restore(t, s.Run)
	seen := false
	for range looks {
		for _, r := range s.remaining(t, s.Run) {
			seen = seen || strings.Contains(r.ID+" "+r.Detail, resource.ID)
		}
		if seen {
			break
		}
		s.Wait()
	}
	if !seen {
		t.Errorf("the copy %s is never among what remains", resource.ID)
	}
	s.remove(t, s.Run)
	s.remove(t, s.Run)
}

func testNothingToRemove(t *testing.T, s Subject) {
	s.ask(t, s.Run)
	if remaining := s.remaining(t, s.Run); len(remaining) > 0 {
		t.Errorf("%+v", remaining)
	}
}

func testOthers(t *testing.T, s Subject) {
	resource := s.restore(t, s.Run)
	if remaining := s.remaining(t, s.Other); len(remaining) > 0 {
		t.Errorf("another run sees %+v", remaining)
	}
	s.ask(t, s.Other)
	s.available(t, resource)
	s.remove(t, s.Run)
}

func testUnknownPoint(t *testing.T, s Subject) {
	point := s.chosen(t)
	point.ID += "-gone"
	_, err := s.Source.StartRestore(context.Background(), s.Run, s.Spec, point)
	switch name := drill.NameOf(err); name {
	case drill.BackupUnreadable, drill.RestoreRefused, drill.NoUsableBackup:
	default:
		t.Errorf("error %q: %v", name, err)
	}
	s.remove(t, s.Run)
}

func testGone(t *testing.T, s Subject) {
	resource := s.restore(t, s.Run)
	s.available(t, resource)
	s.remove(t, s.Run)
	status, err := s.Source.RestoreStatus(context.Background(), s.Run, s.Spec, resource)
	if status.Available {
		t.Errorf("it is gone, and available: %+v, %v", status, err)
	}
}
