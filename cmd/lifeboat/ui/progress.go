package ui

import (
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

// Progress shows a drill as it happens: a line per state that was left, and on
// a terminal a live one for the state it is in. Elsewhere only whole lines are
// written, so that a log stays readable.
type Progress struct {
	out      io.Writer
	live     bool
	database string
	rto      float64 // the target, in seconds
	stop     chan struct{}
	stopped  sync.WaitGroup

	mu       sync.Mutex
	watch    clock.Stopwatch // since the first state was entered
	began    time.Time       // that moment, by the world's clock; zero: not yet
	now      time.Time       // of the last event
	state    string
	entered  time.Time
	told     time.Time // when a log last had a line
	detail   string
	expected drillevidence.Expected
}

// NewProgress shows the drill of a database, whose target RTO is in seconds.
func NewProgress(out io.Writer, database string, rto float64) *Progress {
	return &Progress{out: out, live: IsTerminal(out), database: database, rto: rto, stop: make(chan struct{})}
}

// Event follows the drill.
func (p *Progress) Event(e world.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !e.At.IsZero() {
		p.now = e.At
	}
	switch e.Kind {
	case world.Started:
		p.start(*e.Started)
	case world.Entered:
		p.enter(e)
	case world.Failed:
		if e.Error != "" {
			p.detail = e.Error
		}
	case world.Advanced:
		p.detail = fmt.Sprintf("%s %d/%d", e.Check, e.Done, e.Total)
	case world.Left: // the line is written when the next one is entered
	}
}

// start says what is drilled.
func (p *Progress) start(s world.Start) {
	p.expected = s.Expected
	line := "Drilling " + p.database
	if s.Region != "" {
		line += " in " + s.Region
	}
	line += ", target RTO " + Seconds(&p.rto)
	if s.Expected.Runs > 0 {
		line += fmt.Sprintf(", restore expected to take %s (median of %d)", Seconds(&s.Expected.RestoreSeconds), s.Expected.Runs)
	}
	fmt.Fprintln(p.out, line)
	if s.ExecutionID != "" {
		fmt.Fprintf(p.out, "  execution %s\n", s.ExecutionID)
	}
	if !p.live {
		return
	}
	p.stopped.Add(1)
	go p.redraw()
}

// stillEvery is how long a log is silent about a restore that takes its time.
const stillEvery = time.Minute

// enter begins the line of a state. Those of a polling loop share one.
func (p *Progress) enter(e world.Event) {
	if p.began.IsZero() {
		p.began, p.told, p.watch = e.At, e.At, clock.StartStopwatch()
	}
	if polls(e.State) && polls(p.state) {
		if !p.live && p.now.Sub(p.told) >= stillEvery {
			p.told = p.now
			fmt.Fprintf(p.out, "  %8s  %-18s %s\n", Clock(p.now.Sub(p.began)), p.state, p.note(p.now.Sub(p.entered)))
		}
		return
	}
	p.leave()
	p.state, p.entered, p.detail = e.State, e.At, ""
}

func (p *Progress) redraw() {
	defer p.stopped.Done()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-p.stop:
			return
		case <-tick.C:
			p.mu.Lock()
			if p.state != "" {
				fmt.Fprintf(p.out, "\r\033[K  %8s  %s %s", Clock(p.watch.Elapsed()), p.state, p.note(p.watch.Elapsed()-p.entered.Sub(p.began)))
			}
			p.mu.Unlock()
		}
	}
}

// note tells how long the state has lasted and how long it is expected to.
func (p *Progress) note(lasted time.Duration) string {
	note := Clock(max(lasted, 0))
	if p.state == "WaitForRestore" && p.expected.Runs > 0 {
		note += " of about " + Seconds(&p.expected.RestoreSeconds)
	}
	if p.detail != "" {
		note += "  " + p.detail
	}
	return note
}

// leave writes the line of the state that was just left. Choices and the
// states that only gather others take no time worth a line.
func (p *Progress) leave() {
	if p.state == "" || quiet(p.state) {
		return
	}
	if p.live {
		fmt.Fprint(p.out, "\r\033[K")
	}
	line := fmt.Sprintf("  %8s  %-18s %s", Clock(p.now.Sub(p.began)), p.state, Clock(p.now.Sub(p.entered)))
	if p.detail != "" {
		line += "  " + p.detail
	}
	p.told = p.now
	fmt.Fprintln(p.out, line)
}

func polls(state string) bool {
	switch state {
	case "WaitForRestore", "CheckAvailability", "IsAvailable":
		return true
	}
	return false
}

func quiet(state string) bool {
	return strings.HasPrefix(state, "Is") || state == "Drill" || state == "Removal" || state == "RemovalEnded" ||
		state == "Validated" || state == "GiveUp" || state == "Ending"
}

// End writes the last line. The drill may not have begun.
func (p *Progress) End() {
	close(p.stop)
	p.stopped.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leave()
	p.state = ""
}
