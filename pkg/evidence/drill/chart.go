package drillevidence

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/evidence/page"
)

// Geometry of the drawings, in user units of an SVG that scales with the
// page. Labels have columns of their own beside the bars, so that none can
// run into another, however short a phase is.
const (
	chartWidth = 760.0
	barsFrom   = 150.0 // right end of the column of names
	barsTo     = 655.0 // left end of the column of figures
	rowHeight  = 26.0
	barHeight  = 14.0
	minBar     = 3.0 // width of a bar that would be too short to see

	// farTarget: a target at more than this many times the length of the drill
	// would squeeze the phases, and is named below the drawing.
	farTarget = 2.5
)

// bar is a rectangle on a row; Unsure is the hatched part of it.
type bar struct {
	X, Y, W          float64
	Class            string
	UnsureX, UnsureW float64
}

// mark is a vertical line with a label above the bars.
type mark struct {
	X, LabelX, LabelY, Y1, Y2 float64
	Anchor, Label, Class      string
	Halo                      bool // sets it off from the bar that it crosses
}

type chartRow struct {
	Name, Figure string
	TextY        float64
	Bars         []bar
}

type tick struct {
	X      float64
	Label  string
	Anchor string
}

// chart is one drawing, ready for the template.
type chart struct {
	Width, Height, Top, Bottom float64
	From, To                   float64
	FigureX, BarHeight         float64
	Rows                       []chartRow
	Marks                      []mark
	Ticks                      []tick
	MarksOnTop                 bool   // of the bars; below them no mark hides a short one
	Failed                     bool   // something on it was not completed
	Note                       string // below the drawing
	Text                       string // the same in words
}

// scale maps seconds to the bars' columns.
type scale struct{ seconds float64 }

func (s scale) x(seconds float64) float64 {
	if s.seconds <= 0 {
		return barsFrom
	}
	return round1(barsFrom + (barsTo-barsFrom)*min(max(seconds/s.seconds, 0), 1))
}

// bar of an interval of seconds, wide enough to be seen.
func (s scale) bar(from, to, y float64, class string) bar {
	x, w := s.x(from), s.x(to)-s.x(from)
	if w < minBar {
		w = minBar
		x = min(x, barsTo-minBar)
	}
	return bar{X: round1(x), Y: y, W: round1(w), Class: class}
}

// mark at a moment, its label on the given line above the bars and kept
// within the bars' columns.
func (s scale) mark(at, labelY, y1, y2 float64, label, class string) mark {
	m := mark{X: s.x(at), LabelY: labelY, Y1: y1, Y2: y2, Label: label, Class: class, Anchor: "middle"}
	m.LabelX = m.X
	half := float64(len([]rune(label))) * 3.4 // of a label in 12 px
	switch {
	case m.X+half > chartWidth:
		m.Anchor, m.LabelX = "end", m.X-5
	case m.X-half < barsFrom:
		m.Anchor, m.LabelX = "start", m.X+5
	}
	return m
}

type moment struct {
	seconds      float64
	label, class string
}

// mark draws the moments above bars of that height, the latest on top: the
// label of an earlier one ends at its line, so that no line crosses a label.
func (c *chart) mark(s scale, moments []moment, height float64) {
	const line = 17.0
	slices.SortStableFunc(moments, func(a, b moment) int { return cmp.Compare(b.seconds, a.seconds) })
	c.Bottom = c.Top + line*float64(len(moments)) + height
	for i, at := range moments {
		c.Top += line
		m := s.mark(at.seconds, c.Top-5, c.Top-1, c.Bottom, at.label, at.class)
		if i > 0 {
			m.Anchor, m.LabelX = "end", m.X+2
		}
		c.Marks = append(c.Marks, m)
	}
}

// timelineChart draws the phases to scale, one row each.
func timelineChart(d Document) *chart {
	rows := timelineRows(d)
	if len(rows) == 0 {
		return nil
	}
	start, total := d.Timeline.StartedAt, 0.0
	for _, r := range rows {
		total = max(total, r.to)
	}
	target, name := d.Objectives.RTO.limit()
	actual := d.Objectives.RTO.ActualSeconds
	c := &chart{Width: chartWidth, From: barsFrom, To: barsTo, FigureX: chartWidth - 4, BarHeight: barHeight, Top: 12}
	s := scale{total}
	if target != nil && *target <= farTarget*total {
		s.seconds = max(total, *target) * 1.02
	}
	var moments []moment
	if actual != nil {
		moments = append(moments, moment{*actual, "ready: " + page.Duration(*actual), "served"})
	}
	switch {
	case target == nil:
	case *target <= s.seconds:
		moments = append(moments, moment{*target, name + ": " + page.Duration(*target), "target"})
	case actual != nil:
		c.Note = fmt.Sprintf("The RTO's %s, %s, lies outside this scale, at %.0f times the length drawn.", name, page.Duration(*target), *target/s.seconds)
	}
	c.mark(s, moments, float64(len(rows))*rowHeight)
	words := []string{}
	for i, r := range rows {
		y := c.Top + float64(i)*rowHeight
		b := s.bar(r.from, r.to, round1(y+(rowHeight-barHeight)/2), r.class)
		if r.unsure > 0 {
			b.UnsureX = max(s.x(r.to-r.unsure), b.X)
			b.UnsureW = round1(b.X + b.W - b.UnsureX)
		}
		c.Failed = c.Failed || r.class == "failed"
		c.Rows = append(c.Rows, chartRow{Name: r.name, Figure: r.figure, TextY: round1(y + rowHeight/2 + 4), Bars: []bar{b}})
		words = append(words, fmt.Sprintf("%s from %s, %s", r.name, page.Duration(r.from), r.figure))
	}
	c.Ticks = ticks(s)
	c.Height = c.Bottom + 24
	c.Text = "Timeline since " + page.Moment(start) + ": " + strings.Join(words, "; ") + "."
	for _, m := range c.Marks {
		c.Text += " " + m.Label + "."
	}
	return c
}

type timelineRow struct {
	name, figure, class string
	from, to, unsure    float64 // seconds since the start
}

// timelineRows are the completed phases and, where an error ended the work,
// what was under way.
func timelineRows(d Document) []timelineRow {
	start := d.Timeline.StartedAt
	since := func(t time.Time) float64 { return max(t.Sub(start).Seconds(), 0) }
	var rows []timelineRow
	worked := 0.0 // until when
	place := 0    // where the unfinished row goes
	for _, p := range d.Timeline.Phases {
		if p.Phase == drill.PhaseWait && lastFact(d, drill.FactRestoreRequested) == nil {
			continue // it was in vain: the unfinished row
		}
		class := "phase"
		if !p.InRTO {
			class = "apart"
		}
		r := timelineRow{name: phaseName(p.Phase), figure: page.Duration(p.Seconds), class: class, from: since(p.StartedAt), to: since(p.EndedAt), unsure: p.UncertaintySeconds}
		rows = append(rows, r)
		if p.Phase != drill.PhaseRemove {
			worked, place = max(worked, r.to), len(rows)
		}
	}
	if d.Removal.RequestedAt == nil {
		return rows
	}
	if gaveUp := lastFact(d, drill.FactRemovalAbandoned); gaveUp != nil {
		from, to := since(*d.Removal.RequestedAt), since(gaveUp.At)
		rows = append(rows, timelineRow{name: "Removal, given up", figure: page.Duration(to - from), class: "failed", from: from, to: to})
	}
	if d.Failure == nil {
		return rows
	}
	if ended := since(*d.Removal.RequestedAt); ended > worked {
		r := timelineRow{name: phaseName(unfinished(d)) + ", failed", figure: page.Duration(ended - worked), class: "failed", from: worked, to: ended}
		rows = slices.Insert(rows, place, r)
	}
	return rows
}

// unfinished is the first phase of the work that was not completed.
func unfinished(d Document) string {
	waits := slices.ContainsFunc(d.Timeline.Facts, func(f Fact) bool {
		return f.Kind == string(drill.FactPhaseStarted) && f.Subject == drill.PhaseWait
	})
	if waits && lastFact(d, drill.FactRestoreRequested) == nil {
		return drill.PhaseWait
	}
	for _, name := range []string{drill.PhaseSelect, drill.PhaseStart, drill.PhaseRestore, drill.PhaseConnect, drill.PhaseValidate} {
		if !slices.ContainsFunc(d.Timeline.Phases, func(p Phase) bool { return p.Phase == name }) {
			return name
		}
	}
	return drill.PhaseProof
}

func lastFact(d Document, kind drill.FactKind) *Fact {
	for _, f := range slices.Backward(d.Timeline.Facts) {
		if f.Kind == string(kind) {
			return &f
		}
	}
	return nil
}

// ticks at round figures, about six of them.
func ticks(s scale) []tick {
	step := tickStep(s.seconds / 6)
	var list []tick
	for n := 0; ; n++ {
		at := float64(n) * step
		if at > s.seconds*1.0001 || step <= 0 {
			break
		}
		list = append(list, tick{X: s.x(at), Label: page.Duration(at), Anchor: "middle"})
	}
	return list
}

// tickStep is the smallest round step of at least that many seconds.
func tickStep(atLeast float64) float64 {
	if atLeast <= 0 {
		return 0
	}
	for _, step := range []float64{1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400} {
		if atLeast > 0.5 && step >= atLeast {
			return step
		}
	}
	unit := math.Pow(10, math.Floor(math.Log10(atLeast)))
	if atLeast > 86400 {
		unit = 86400 * math.Pow(10, math.Floor(math.Log10(atLeast/86400)))
	}
	for _, m := range []float64{1, 2, 5} {
		if m*unit >= atLeast {
			return m * unit
		}
	}
	return 10 * unit
}

func round1(f float64) float64 { return math.Round(f*10) / 10 }
