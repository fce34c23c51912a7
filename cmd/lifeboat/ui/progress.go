package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/mattn/go-isatty"

	"github.com/lifeboat-dr/lifeboat/pkg/asl"
	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	drillevidence "github.com/lifeboat-dr/lifeboat/pkg/evidence/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/postgres/check"
)

// progress shows a drill as it happens: a line per state that was left, and on
// a terminal a live one for the state it is in. Elsewhere only whole lines are
// written, so that a log stays readable.
type progress struct {
	out     io.Writer
	live    bool
	watch   clock.Stopwatch
	stop    chan struct{}
	stopped sync.WaitGroup

	mu       sync.Mutex
	state    string
	entered  time.Duration
	detail   string
	visits   int
	expected drillevidence.Expected
}

func newProgress(out io.Writer) *progress {
	return &progress{out: out, live: isTerminal(out), stop: make(chan struct{})}
}

// begin starts the clock; rto is the target in seconds.
func (p *progress) begin(database string, rto float64, expected drillevidence.Expected) {
	p.watch, p.expected = clock.StartStopwatch(), expected
	line := fmt.Sprintf("Drilling %s, target RTO %s", database, secondsText(&rto))
	if expected.Runs > 0 {
		line += fmt.Sprintf(", restore expected to take %s (median of %d)", secondsText(&expected.RestoreSeconds), expected.Runs)
	}
	fmt.Fprintln(p.out, line)
	if !p.live {
		return
	}
	p.stopped.Add(1)
	go p.redraw()
}

func (p *progress) redraw() {
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
				fmt.Fprintf(p.out, "\r\033[K  %8s  %s %s", clockText(p.watch.Elapsed()), p.state, p.note())
			}
			p.mu.Unlock()
		}
	}
}

// note tells how long the state has lasted and how long it is expected to.
func (p *progress) note() string {
	note := clockText(p.watch.Elapsed() - p.entered)
	if p.state == "WaitForRestore" && p.expected.Runs > 0 {
		note += " of about " + secondsText(&p.expected.RestoreSeconds)
	}
	if p.detail != "" {
		note += "  " + p.detail
	}
	return note
}

// event follows the history. The states of a polling loop share one line.
func (p *progress) event(e asl.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case e.IsEntered():
		name := e.StateName()
		if polls(name) && polls(p.state) {
			p.visits++
			return
		}
		p.leave()
		p.state, p.entered, p.detail, p.visits = name, p.watch.Elapsed(), "", 0
	case e.Type == "TaskFailed":
		if name, _ := e.Failure(); name != "" {
			p.detail = name
		}
	}
}

// leave writes the line of the state that was just left. Choices and the
// states that only gather others take no time worth a line.
func (p *progress) leave() {
	if p.state == "" || quietState(p.state) {
		return
	}
	if p.live {
		fmt.Fprint(p.out, "\r\033[K")
	}
	line := fmt.Sprintf("  %8s  %-18s %s", clockText(p.watch.Elapsed()), p.state, clockText(p.watch.Elapsed()-p.entered))
	if p.detail != "" {
		line += "  " + p.detail
	}
	fmt.Fprintln(p.out, line)
}

func polls(state string) bool {
	switch state {
	case "WaitForRestore", "CheckAvailability", "IsAvailable":
		return true
	}
	return false
}

func quietState(state string) bool {
	return strings.HasPrefix(state, "Is") || state == "Drill" || state == "Removal" || state == "RemovalEnded" ||
		state == "Validated" || state == "GiveUp" || state == "Ending"
}

// check shows how far a deep check is, on a terminal.
func (p *progress) check(c check.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.detail = fmt.Sprintf("%s %d/%d", c.Check, c.Done, c.Total)
}

func (p *progress) end() {
	close(p.stop)
	p.stopped.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.leave()
	p.state = ""
}

// isTerminal reports whether a stream is a terminal that takes control codes.
func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd()) && os.Getenv("TERM") != "dumb"
}

// clockText writes 1:02.3 for a minute and two seconds.
func clockText(d time.Duration) string {
	if d < time.Minute {
		return fmt.Sprintf("%.2fs", d.Seconds())
	}
	return fmt.Sprintf("%d:%04.1f", int(d.Minutes()), (d % time.Minute).Seconds())
}

// secondsText writes a figure in seconds for people; nil is not measured.
func secondsText(seconds *float64) string {
	if seconds == nil {
		return "-"
	}
	d := time.Duration(*seconds * float64(time.Second))
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.2fs", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%.1fs", d.Seconds())
	}
	return d.Round(time.Second).String()
}
