package drillevidence

import (
	"fmt"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/evidence/page"
)

// objectivesChart draws what was measured against its target, each objective
// on a scale of its own. The recovery time is made of its phases.
func objectivesChart(d Document) *chart {
	c := &chart{Width: chartWidth, From: barsFrom, To: barsTo, FigureX: chartWidth - 4, BarHeight: barHeight + 4, MarksOnTop: true}
	var words []string
	add := func(name string, o Objective, upperBound bool, pieces []float64) {
		if o.ActualSeconds == nil {
			return
		}
		const labelHeight = 20.0
		y := c.Bottom + labelHeight
		row, target := objectiveBars(o, upperBound, pieces, y)
		row.Name, row.Figure, row.TextY = name, page.Duration(*o.ActualSeconds), y+14
		c.Rows = append(c.Rows, row)
		text := name + ": " + row.Figure
		if off := unsure(o.UncertaintySeconds, upperBound); off != "" {
			text += ", " + off
		}
		if target != nil {
			c.Marks = append(c.Marks, *target)
			text += ", " + target.Label
		}
		words = append(words, text)
		c.Bottom = y + rowHeight
	}
	add("Recovery time", d.Objectives.RTO, true, rtoPieces(d))
	add("Recovery point age", d.Objectives.RPO, false, nil)
	if len(c.Rows) == 0 {
		return nil
	}
	c.Height = c.Bottom
	c.Text = "Measured against target. " + strings.Join(words, ". ") + "."
	return c
}

// objectiveBars: a track as long as what the figure is compared with, what was
// measured on it, and the mark of that limit.
func objectiveBars(o Objective, upperBound bool, pieces []float64, y float64) (chartRow, *mark) {
	actual := *o.ActualSeconds
	atMost := actual
	if !upperBound {
		atMost += o.UncertaintySeconds
	}
	s := scale{atMost}
	class := "phase"
	var row chartRow
	var target *mark
	if limit, name := o.limit(); limit != nil {
		s.seconds = max(s.seconds, *limit)
		row.Bars = append(row.Bars, s.bar(0, *limit, y, "track"))
		m := s.mark(*limit, y-6, y-3, y+barHeight+7, fmt.Sprintf("%s: %s", name, page.Duration(*limit)), "target")
		m.Halo = true
		target = &m
		if !o.Met {
			class = "missed"
		}
	}
	if len(pieces) < 2 {
		pieces = []float64{actual}
	}
	from := 0.0
	for i, p := range pieces {
		b := s.bar(from, from+p, y, class)
		if i > 0 && s.x(from+p)-s.x(from) > 2*minBar {
			b.X, b.W = b.X+1, round1(b.W-1) // a seam between two phases
		}
		row.Bars = append(row.Bars, b)
		from += p
	}
	if o.UncertaintySeconds > 0 {
		b := s.bar(actual-o.UncertaintySeconds, atMost, y, "unsure-only")
		b.UnsureX, b.UnsureW = b.X, b.W
		row.Bars = append(row.Bars, b)
	}
	return row, target
}

func rtoPieces(d Document) []float64 {
	var pieces []float64
	for _, p := range d.Timeline.Phases {
		if p.InRTO {
			pieces = append(pieces, p.Seconds)
		}
	}
	return pieces
}
