package clock_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
)

var epoch = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// log notes what happened when, in seconds since the epoch.
type log struct {
	clock *clock.Virtual
	lines []string
}

func newLog() *log { return &log{clock: clock.NewVirtual(epoch)} }

func (l *log) note(what string) {
	l.lines = append(l.lines, fmt.Sprintf("%v %s", l.clock.Now().Sub(epoch).Seconds(), what))
}

func (l *log) want(t *testing.T, lines ...string) {
	t.Helper()
	if diff := cmp.Diff(lines, l.lines); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestTimersRunInTheOrderOfTheirTimes(t *testing.T) {
	l := newLog()
	for _, after := range []int{3, 1, 2, 1} {
		name := fmt.Sprint("after ", after)
		l.clock.AfterFunc(time.Duration(after)*time.Second, func() { l.note(name) })
	}
	l.clock.AfterFunc(-time.Second, func() { l.note("at once") })
	for l.clock.Step() {
	}
	l.want(t, "0 at once", "1 after 1", "1 after 1", "2 after 2", "3 after 3")
}

func TestStoppedTimerDoesNotRun(t *testing.T) {
	l := newLog()
	stop := l.clock.AfterFunc(time.Second, func() { l.note("stopped") })
	ran := l.clock.AfterFunc(2*time.Second, func() { l.note("ran") })
	if !stop() || stop() {
		t.Error("stop prevents the call once")
	}
	l.clock.Advance(5 * time.Second)
	if ran() {
		t.Error("a timer that ran cannot be stopped")
	}
	l.want(t, "2 ran")
	if !l.clock.Now().Equal(epoch.Add(5 * time.Second)) {
		t.Errorf("it is %v", l.clock.Now())
	}
}

func TestAdvanceRunsWhatTimersSetUp(t *testing.T) {
	l := newLog()
	l.clock.AfterFunc(time.Second, func() {
		l.note("first")
		l.clock.AfterFunc(time.Second, func() { l.note("second") })
		l.clock.AfterFunc(time.Hour, func() { l.note("too late") })
	})
	l.clock.Advance(time.Minute)
	l.want(t, "1 first", "2 second")
}

func TestProcessesSleepSideBySide(t *testing.T) {
	l := newLog()
	for _, name := range []string{"a", "b"} {
		l.clock.Go(func() {
			l.note(name + " begins")
			l.clock.Sleep(time.Minute)
			l.note(name + " goes on")
			l.clock.Sleep(time.Minute)
			l.note(name + " ends")
		})
	}
	l.note("both sleep")
	for l.clock.Step() {
	}
	l.want(t, "0 a begins", "0 b begins", "0 both sleep", "60 a goes on", "60 b goes on", "120 a ends", "120 b ends")
}

func TestInterruptedProcessGoesOnAtOnceAndMaySleepAgain(t *testing.T) {
	l := newLog()
	p := l.clock.Go(func() {
		l.clock.Sleep(time.Hour)
		l.note("woken")
		l.clock.Sleep(time.Second)
		l.note("ends")
	})
	l.clock.AfterFunc(time.Minute, p.Interrupt)
	for l.clock.Step() {
	}
	p.Interrupt() // of one that has ended: nothing
	l.want(t, "60 woken", "61 ends")
}

func TestSleepOutsideAProcessDrivesTheClock(t *testing.T) {
	l := newLog()
	l.clock.AfterFunc(time.Second, func() { l.note("timer") })
	l.clock.Sleep(2 * time.Second)
	l.note("slept")
	l.want(t, "1 timer", "2 slept")
}

func TestProcessThatDrivesTheClockIsNotParkedByATimer(t *testing.T) {
	l := newLog()
	l.clock.Go(func() {
		l.clock.AfterFunc(time.Second, func() {
			l.clock.Sleep(time.Second)
			l.note("timer slept")
		})
		l.clock.Advance(5 * time.Second)
		l.note("process drove")
	})
	l.want(t, "2 timer slept", "5 process drove")
}

func TestPanicOfAProcessReachesWhoDrivesTheClock(t *testing.T) {
	l := newLog()
	l.clock.Go(func() {
		l.clock.Sleep(time.Second)
		panic("broken")
	})
	defer func() {
		if recover() != "broken" {
			t.Error("the panic was lost")
		}
		l.clock.Go(func() { l.note("the clock still works") })
		l.want(t, "1 the clock still works")
	}()
	l.clock.Step()
}

// TestTimeNeverGoesBack: whatever is slept and set, timers run at their time,
// in order, and each one once.
func TestTimeNeverGoesBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := clock.NewVirtual(epoch)
		last, ran := v.Now(), 0
		sleeps := rapid.SliceOf(rapid.SliceOfN(rapid.IntRange(0, 50), 0, 5)).Draw(t, "sleeps of each process")
		want := 0
		for _, times := range sleeps {
			want += len(times)
			v.Go(func() {
				for _, seconds := range times {
					until := v.Now().Add(time.Duration(seconds) * time.Second)
					v.Sleep(time.Duration(seconds) * time.Second)
					if !v.Now().Equal(until) || v.Now().Before(last) {
						t.Fatalf("slept until %v instead of %v", v.Now(), until)
					}
					last = v.Now()
					ran++
				}
			})
		}
		for v.Step() {
		}
		if ran != want {
			t.Fatalf("%d sleeps of %d ended", ran, want)
		}
	})
}

func TestRealClockCallsBack(t *testing.T) {
	called := make(chan struct{})
	clock.Real{}.AfterFunc(-time.Second, func() { close(called) })
	<-called
	if stop := (clock.Real{}).AfterFunc(time.Hour, func() {}); !stop() {
		t.Error("a timer in an hour could not be stopped")
	}
	if location := (clock.Real{}).Now().Location(); location != time.UTC {
		t.Errorf("the wall clock is in %v", location)
	}
	watch := clock.StartStopwatch()
	if first, second := watch.Elapsed(), watch.Elapsed(); first < 0 || second < first {
		t.Errorf("%v, then %v", first, second)
	}
}
