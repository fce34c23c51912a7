package ui

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

// Recovery shows a recovery as it happens: on a terminal a table of all steps that is
// drawn anew, elsewhere a line for each change, so that a log stays readable.
type Recovery struct {
	out     io.Writer
	live    bool
	paint   Paint
	command func(words ...string) string
	stop    chan struct{}
	stopped sync.WaitGroup

	mu    sync.Mutex
	now   *world.Recovery // as it was looked at last
	since clock.Stopwatch // since then
	drawn int             // lines of the table that stand on the terminal
	told  map[string]string
	asked time.Time // the deadline of the decision that was asked for
}

// NewRecovery shows a recovery; command writes commands as they are to be typed.
func NewRecovery(out io.Writer, command func(words ...string) string) *Recovery {
	return &Recovery{out: out, live: IsTerminal(out), paint: Colours(out), command: command, stop: make(chan struct{}), told: map[string]string{}}
}

// redrawEvery is how often the table is drawn, for its clocks.
const redrawEvery = 100 * time.Millisecond

// Look is told how the recovery stands.
func (r *Recovery) Look(now world.Recovery) {
	r.mu.Lock()
	defer r.mu.Unlock()
	first := r.now == nil
	r.now, r.since = &now, clock.StartStopwatch()
	if first {
		fmt.Fprintln(r.out, recoveryTitle(now))
		if r.live {
			r.stopped.Add(1)
			go r.redraw()
		}
	}
	if !r.live {
		r.log(now)
	}
	r.ask(now)
}

// End leaves the last table standing.
func (r *Recovery) End() {
	close(r.stop)
	r.stopped.Wait()
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.live && r.now != nil {
		r.draw()
	}
}

func (r *Recovery) redraw() {
	defer r.stopped.Done()
	tick := time.NewTicker(redrawEvery)
	defer tick.Stop()
	for {
		select {
		case <-r.stop:
			return
		case <-tick.C:
			r.mu.Lock()
			r.draw()
			r.mu.Unlock()
		}
	}
}

// draw writes the table over the one before.
func (r *Recovery) draw() {
	now := *r.now
	if now.Run.OverAt == nil {
		now.Seen = now.Seen.Add(r.since.Elapsed())
	}
	rows, columns := terminalSize(r.out)
	lines := recoveryTable(now, r.paint, columns, max(rows-4, 5))
	var b strings.Builder
	if r.drawn > 0 {
		fmt.Fprintf(&b, "\033[%dA", r.drawn)
	}
	for _, line := range lines {
		b.WriteString("\r\033[K" + line + "\n")
	}
	b.WriteString("\033[J") // where the table has become shorter
	fmt.Fprint(r.out, b.String())
	r.drawn = len(lines)
}

// log writes a line for each step whose state has changed.
func (r *Recovery) log(now world.Recovery) {
	for _, s := range byChange(now.Steps) {
		state := fmt.Sprint(s.Status.State, s.Status.Attempt)
		if r.told[s.Node.ID] == state || s.Status.State == recovery.Waiting || s.Status.State == recovery.Ready {
			continue
		}
		r.told[s.Node.ID] = state
		note := ""
		if s.Status.State != recovery.Running {
			note = stepNote(now, s)
			if took := stepTook(now, s); took != "" {
				note = strings.TrimSpace(took + "  " + note)
			}
		} else if s.Status.Attempt > 1 {
			note = fmt.Sprintf("attempt %d", s.Status.Attempt)
		}
		fmt.Fprintln(r.out, strings.TrimRight(fmt.Sprintf("  %8s  %-9s  %-*s  %s", Clock(changedAt(s).Sub(now.Run.StartedAt)), s.Status.State, idWidth(now.Steps), s.Node.ID, note), " "))
	}
}

// ask says once what is to be decided, and until when.
func (r *Recovery) ask(now world.Recovery) {
	if now.Run.DecideBy == nil || now.Run.OverAt != nil || r.asked.Equal(*now.Run.DecideBy) {
		return
	}
	r.asked = *now.Run.DecideBy
	if r.live {
		r.draw()
	}
	printDecision(r.out, now, r.command, r.paint)
	r.drawn = 0 // the table goes on below
}

// recoveryTitle says what is recovered.
func recoveryTitle(now world.Recovery) string {
	var names []string
	for _, w := range now.Run.Workloads {
		name := w.Name
		if w.RTOSeconds > 0 {
			name += " (RTO " + Seconds(&w.RTOSeconds) + ")"
		}
		names = append(names, name)
	}
	word := "Exercising the recovery of "
	if now.Run.Mode == recovery.Failover {
		word = "Recovering "
	}
	return fmt.Sprintf("%s%s: %d steps, run %s", word, Shown(strings.Join(names, ", ")), len(now.Steps), now.Run.ID)
}

// recoveryTable is a line for each step, and one for the whole. What there is no room
// for are steps that are done, then those that wait.
func recoveryTable(now world.Recovery, p Paint, columns, most int) []string {
	critical := criticalNow(now)
	var lines []string
	for _, s := range shownSteps(now.Steps, most-1) {
		mark := " "
		if critical.Has(s.Node.ID) {
			mark = p.Bold("*")
		}
		took := stepTook(now, s)
		width := min(idWidth(now.Steps), max(columns/2-8, 12))
		plain := fmt.Sprintf("%-*s  %8s  ", width, clip(s.Node.ID, width), took)
		note := clip(stepNote(now, s), columns-4-len("succeeded")-2-utf8.RuneCountInString(plain)-1)
		lines = append(lines, fmt.Sprintf("  %s %s  %s%s", mark, stateWord(s.Status.State, p), plain, note))
	}
	if hidden := len(now.Steps) - len(lines); hidden > 0 {
		lines = append(lines, clip(fmt.Sprintf("    and %d more steps", hidden), columns-1))
	}
	return append(lines, clip("    "+wholeLine(now, critical), columns-1))
}

// wholeLine is how far the whole is.
func wholeLine(now world.Recovery, critical recovery.Path) string {
	counts := map[recovery.State]int{}
	for _, s := range now.Steps {
		counts[s.Status.State]++
	}
	at := now.Seen
	if now.Run.OverAt != nil {
		at = *now.Run.OverAt
	}
	text := fmt.Sprintf("%s, %d of %d steps done", Clock(max(at.Sub(now.Run.StartedAt), 0)), counts[recovery.Succeeded]+counts[recovery.Skipped], len(now.Steps))
	for _, s := range []recovery.State{recovery.Failed, recovery.Omitted, recovery.Skipped} {
		if counts[s] > 0 {
			text += fmt.Sprintf(", %d %s", counts[s], s)
		}
	}
	switch {
	case now.Run.ReportedAt != nil:
		text += ", reported"
	case now.Run.OverAt != nil && now.Run.Mode != recovery.Failover:
		text += "; removing the throwaways, reporting"
	case now.Run.OverAt != nil:
		text += "; reporting"
	case now.Run.DecideBy != nil:
		text += fmt.Sprintf("; waits for a decision until %s", now.Run.DecideBy.UTC().Format(time.TimeOnly)+" UTC")
	case critical.Seconds > 0:
		text += fmt.Sprintf("; critical path (*) about %s", Seconds(&critical.Seconds))
		if guessed(now.Steps, critical) {
			text += ", partly assumed"
		}
	}
	return text
}

// guessed tells whether nobody measured what some step takes that is to come on the
// path.
func guessed(steps []recovery.Record, path recovery.Path) bool {
	return slices.ContainsFunc(steps, func(s recovery.Record) bool {
		return path.Has(s.Node.ID) && s.Status.State.Open() && (s.Node.Basis == "assumed" || s.Node.Basis == "")
	})
}

// criticalNow is the path that the whole takes as long as, by what is known now: what
// steps took, or have taken so far, or are expected to take.
func criticalNow(now world.Recovery) recovery.Path {
	g, err := recovery.GraphOf(now.Steps)
	if err != nil {
		return recovery.Path{}
	}
	status := map[string]recovery.Status{}
	for _, s := range now.Steps {
		status[s.Node.ID] = s.Status
	}
	return g.CriticalPath(func(n recovery.Node) float64 {
		s := status[n.ID]
		switch {
		case s.StartedAt != nil && s.EndedAt != nil:
			return s.EndedAt.Sub(*s.StartedAt).Seconds()
		case s.StartedAt != nil:
			return max(now.Seen.Sub(*s.StartedAt).Seconds(), n.ExpectedSeconds)
		case !s.State.Open():
			return 0
		}
		return n.ExpectedSeconds
	})
}

// stepTook is how long a step took, or has taken so far; "": it has not begun.
func stepTook(now world.Recovery, s recovery.Record) string {
	if s.Status.StartedAt == nil {
		return ""
	}
	end := now.Seen
	if s.Status.EndedAt != nil {
		end = *s.Status.EndedAt
	} else if s.Status.State != recovery.Running {
		return ""
	}
	return Clock(max(end.Sub(*s.Status.StartedAt), 0))
}

// stepNote is what is to be said of a step in a line.
func stepNote(now world.Recovery, s recovery.Record) string {
	note := ""
	switch s.Status.State {
	case recovery.Waiting:
		note = waitsFor(now.Steps, s)
	case recovery.Ready:
		note = "begins"
	case recovery.Running:
		if s.Node.ExpectedSeconds > 0 && s.Node.Basis == "measured" {
			note = "of about " + Seconds(&s.Node.ExpectedSeconds)
		}
	case recovery.Succeeded:
	case recovery.Failed:
		if f := s.Status.Failure; f != nil {
			note = f.Error + ": " + f.Cause
		}
	case recovery.Omitted:
		note = "because of " + s.Status.Because
		if s.Status.Because == "aborted" {
			note = "the recovery was aborted"
		}
	case recovery.Skipped:
		note = "decided by " + s.Status.SkippedBy
	}
	if result := s.Status.Result; result != nil && note == "" {
		note = result.Says
		if result.Unproven != "" {
			note = "not proved: " + result.Unproven
		}
	}
	if s.Status.Attempt > 1 && s.Status.State != recovery.Waiting {
		note = strings.TrimSpace(fmt.Sprintf("attempt %d  %s", s.Status.Attempt, note))
	}
	return Shown(note)
}

func waitsFor(steps []recovery.Record, s recovery.Record) string {
	var open []string
	for _, id := range s.Node.After {
		i := slices.IndexFunc(steps, func(o recovery.Record) bool { return o.Node.ID == id })
		if i >= 0 && !steps[i].Status.State.Lets() {
			open = append(open, id)
		}
	}
	if len(open) == 0 {
		return ""
	}
	return "after " + strings.Join(open, ", ")
}

// stateWord is a state, as wide as the longest.
func stateWord(s recovery.State, p Paint) string {
	word := fmt.Sprintf("%-9s", s)
	switch s {
	case recovery.Succeeded:
		return p.Good(word)
	case recovery.Failed:
		return p.Bad(word)
	case recovery.Omitted, recovery.Skipped:
		return p.Warn(word)
	case recovery.Running:
		return p.Bold(word)
	case recovery.Waiting, recovery.Ready:
	}
	return word
}

// shownSteps are those that there is room for, in the order of the plan: what needs
// somebody's eye first.
func shownSteps(steps []recovery.Record, most int) []recovery.Record {
	if len(steps) <= most {
		return steps
	}
	urgency := map[recovery.State]int{
		recovery.Failed: 0, recovery.Running: 1, recovery.Ready: 2, recovery.Skipped: 3, recovery.Omitted: 4, recovery.Waiting: 5, recovery.Succeeded: 6,
	}
	chosen := slices.SortedStableFunc(slices.Values(steps), func(a, b recovery.Record) int {
		return cmp.Compare(urgency[a.Status.State], urgency[b.Status.State])
	})[:max(most-1, 1)]
	slices.SortFunc(chosen, func(a, b recovery.Record) int { return cmp.Compare(a.Number, b.Number) })
	return chosen
}

// byChange sorts by when the state came about, so that a log is in order.
func byChange(steps []recovery.Record) []recovery.Record {
	return slices.SortedStableFunc(slices.Values(steps), func(a, b recovery.Record) int { return changedAt(a).Compare(changedAt(b)) })
}

func changedAt(s recovery.Record) time.Time {
	for _, at := range []*time.Time{s.Status.EndedAt, s.Status.StartedAt, s.Status.ReadyAt} {
		if at != nil {
			return *at
		}
	}
	return time.Time{}
}

func idWidth(steps []recovery.Record) int {
	width := 0
	for _, s := range steps {
		width = max(width, len(s.Node.ID))
	}
	return min(width, 48)
}

// clip cuts a text so that it keeps to its line: one that went on to the next would
// spoil the table.
func clip(text string, most int) string {
	if most < 1 {
		return ""
	}
	if utf8.RuneCountInString(text) <= most {
		return text
	}
	return string([]rune(text)[:most-1]) + "…"
}

// terminalSize is that of a terminal; one that does not tell has 80 columns and 24
// rows.
func terminalSize(w io.Writer) (rows, columns int) {
	if f, ok := w.(*os.File); ok {
		if size, err := unix.IoctlGetWinsize(int(f.Fd()), unix.TIOCGWINSZ); err == nil && size.Row > 0 && size.Col > 0 {
			return int(size.Row), int(size.Col)
		}
	}
	return 24, 80
}
