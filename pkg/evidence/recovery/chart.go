package recoveryevidence

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/evidence/page"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// Geometry of the drawing, in user units of an SVG that scales with the page. Names and
// figures have columns of their own beside the bars, so that none can run into another.
const (
	chartWidth = 760.0
	barsFrom   = 210.0 // right end of the column of names
	barsTo     = 665.0 // left end of the column of figures
	rowHeight  = 22.0
	barHeight  = 12.0
	minBar     = 3.0 // width of a bar that would be too short to see
	chartTop   = 30.0
	// widestName is as much of a step's id as its column holds.
	widestName = 30
)

// bar of a row. Its class is what it is: critical, phase, failed, or track for the time
// from being ready to the start.
type bar struct {
	X, Y, W, H float64
	Class      string
}

type chartRow struct {
	Name, Figure string
	TextY        float64
	Bars         []bar
}

type tick struct {
	X     float64
	Label string
}

type mark struct {
	X, LabelX     float64
	Anchor, Label string
	Class         string
}

// chart is every step to scale, one row each, ready for the template.
type chart struct {
	Width, Height, Top, Bottom, FigureX float64
	Rows                                []chartRow
	Ticks                               []tick
	Marks                               []mark
	Retried                             bool
	Text                                string // the same in words
}

// scale maps seconds since the start to the bars' columns.
type scale struct{ seconds float64 }

func (s scale) x(at float64) float64 {
	if s.seconds <= 0 {
		return barsFrom
	}
	return math.Round(10*(barsFrom+(barsTo-barsFrom)*min(max(at/s.seconds, 0), 1))) / 10
}

func (s scale) bar(from, to, y, height float64, class string) bar {
	x := s.x(from)
	w := max(s.x(to)-x, minBar)
	return bar{X: min(x, barsTo-minBar), Y: y, W: math.Round(10*w) / 10, H: height, Class: class}
}

// timelineChart draws what ran; nil where nothing did.
func timelineChart(d Document) *chart {
	start := d.Timeline.StartedAt
	since := func(t time.Time) float64 { return max(t.Sub(start).Seconds(), 0) }
	total := 0.0
	for _, s := range d.Steps {
		if s.EndedAt != nil {
			total = max(total, since(*s.EndedAt))
		}
		for _, a := range s.Attempts {
			if a.EndedAt != nil {
				total = max(total, since(*a.EndedAt))
			}
		}
	}
	if total <= 0 {
		return nil
	}
	c := &chart{Width: chartWidth, FigureX: chartWidth - 4, Top: chartTop}
	s := scale{total * 1.02}
	var words []string
	for _, step := range d.Steps {
		row := chartRow{Name: short(step.ID), Figure: figureOf(step)}
		y := c.Top + float64(len(c.Rows))*rowHeight
		row.TextY = y + rowHeight/2 + 4
		at := y + (rowHeight-barHeight)/2
		if step.ReadyAt != nil && step.StartedAt != nil { // below what ran meanwhile
			row.Bars = append(row.Bars, s.bar(since(*step.ReadyAt), since(*step.StartedAt), at+barHeight/2-2, 4, "track"))
		}
		for _, a := range step.Attempts {
			if a.StartedAt != nil && a.EndedAt != nil {
				row.Bars, c.Retried = append(row.Bars, s.bar(since(*a.StartedAt), since(*a.EndedAt), at, barHeight, "failed")), true
			}
		}
		if step.StartedAt != nil && step.EndedAt != nil {
			row.Bars = append(row.Bars, s.bar(since(*step.StartedAt), since(*step.EndedAt), at, barHeight, classOf(step)))
			words = append(words, fmt.Sprintf("%s from %s, %s", step.ID, page.Duration(since(*step.StartedAt)), row.Figure))
		}
		c.Rows = append(c.Rows, row)
	}
	c.Bottom = c.Top + float64(len(c.Rows))*rowHeight
	c.Height = c.Bottom + 24
	c.Marks = marksOf(d, s)
	c.Ticks = ticks(s)
	c.Text = "Timeline since " + page.Moment(start) + ": " + strings.Join(words, "; ") + "."
	return c
}

func classOf(s Step) string {
	switch {
	case s.State == string(recovery.Failed):
		return "failed"
	case s.Critical:
		return "critical"
	}
	return "phase"
}

// figureOf is what stands beside a row: how long, or why not.
func figureOf(s Step) string {
	switch {
	case s.State == string(recovery.Omitted), s.State == string(recovery.Skipped), s.Seconds == nil:
		return s.State
	case s.State == string(recovery.Failed):
		return "failed"
	}
	return page.Duration(*s.Seconds)
}

// short is the end of an id: the step's own name tells more than its workload's.
func short(id string) string {
	name := []rune(id)
	if len(name) <= widestName {
		return id
	}
	return "…" + string(name[len(name)-widestName+1:])
}

// marksOf is when a workload was there, and where its budget ends, of one workload:
// those of several would hide one another, and stand in the table.
func marksOf(d Document, s scale) (list []mark) {
	if len(d.Workloads) != 1 {
		return nil
	}
	rto := d.Workloads[0].RTO
	add := func(at *float64, label, class string) {
		if at == nil || *at > s.seconds || *at < 0 {
			return
		}
		m := mark{X: s.x(*at), Label: label + " " + page.Duration(*at), Class: class, Anchor: "middle"}
		m.LabelX = m.X
		half := float64(len([]rune(m.Label))) * 3.4 // of a label in 12 px
		switch {
		case m.X+half > chartWidth:
			m.Anchor, m.LabelX = "end", chartWidth
		case m.X-half < 0:
			m.Anchor, m.LabelX = "start", 0
		}
		list = append(list, m)
	}
	add(rto.ActualSeconds, "recovered:", "served")
	if len(list) == 0 || rto.BudgetSeconds != nil && math.Abs(s.x(*rto.BudgetSeconds)-list[0].X) > 150 { // else the labels would touch
		add(rto.BudgetSeconds, "budget:", "target")
	}
	return list
}

// ticks at round figures, about six of them.
func ticks(s scale) (list []tick) {
	step := tickStep(s.seconds / 6)
	for n := 0; step > 0; n++ {
		at := float64(n) * step
		if at > s.seconds {
			break
		}
		list = append(list, tick{X: s.x(at), Label: page.Duration(at)})
	}
	return list
}

// tickStep is the smallest round step of at least that many seconds.
func tickStep(atLeast float64) float64 {
	for _, step := range []float64{0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400} {
		if step >= atLeast {
			return step
		}
	}
	return 86400 * math.Ceil(atLeast/86400)
}
