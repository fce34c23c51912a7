package recoveryevidence

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"strconv"
	"strings"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/evidence/page"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

//go:embed report.html.tmpl
var reportTemplate string

var report = template.Must(template.New("report").Funcs(template.FuncMap{
	"clock": page.Moment, "duration": page.Duration, "seconds": page.Seconds, "chip": chipOf, "said": saidOf,
}).Parse(reportTemplate))

// shown is what the template shows. It loads nothing and runs nothing: the policy
// allows its one style sheet, by hash.
type shown struct {
	Document
	Policy        string
	Style         template.CSS
	SHA256        string
	Class         string // of the ending
	Sentence      string
	Reasons       []Finding // that decided
	More          int       // reasons that are not shown at the top
	Tiles         []tile
	Objectives    []objectiveRow
	Chart         *chart
	Path          []pathRow
	LeftOut       []Step // omitted and skipped ones, and those that never ended
	UnprovenSteps []Step
	Deviations    []Step
	Asked         []Step // with checks
}

// tile is one figure at the top.
type tile struct{ Label, Value, Note, Class string }

// Render writes the report of a document: one page of HTML that needs nothing else.
// sha256 is that of the document's file, which the page names.
func Render(w io.Writer, d Document, sha256 string) error {
	p := shown{
		Document: d, Style: page.Style(), Policy: page.Policy(), SHA256: sha256, Tiles: tilesOf(d),
		Objectives: objectiveRows(d), Chart: timelineChart(d), Path: pathOf(d),
	}
	p.Class, p.Sentence = headline(d)
	p.Reasons, p.More = deciding(d.Findings)
	for _, s := range d.Steps {
		switch recovery.State(s.State) {
		case recovery.Omitted, recovery.Skipped, recovery.Waiting, recovery.Ready, recovery.Running:
			p.LeftOut = append(p.LeftOut, s)
		case recovery.Succeeded, recovery.Failed:
		}
		if s.Unproven != "" {
			p.UnprovenSteps = append(p.UnprovenSteps, s)
		}
		if s.Deviation != "" {
			p.Deviations = append(p.Deviations, s)
		}
		if len(s.Checks) > 0 {
			p.Asked = append(p.Asked, s)
		}
	}
	var text bytes.Buffer
	if err := report.Execute(&text, p); err != nil {
		return fmt.Errorf("draw the report of %s: %w", d.ID, err)
	}
	return page.Write(w, text.String())
}

func headline(d Document) (class, sentence string) {
	exercise := d.Mode != string(recovery.Failover)
	what, left := "The workloads were recovered", "What was recovered stays."
	if exercise {
		what, left = "The recovery was exercised", "Nothing was left behind."
	}
	switch drill.Ending(d.Ending) {
	case drill.Passed:
		sentence = what + inTime(d) + ". " + left
		if d.Counts.Unproven > 0 {
			sentence += fmt.Sprintf(" Of %s something is not proved: see below.", steps(d.Counts.Unproven))
		}
		return "passed", sentence
	case drill.ObjectivesMissed:
		return "missed", what + ", and not as promised: a target was missed, or a step skipped. " + left
	case drill.FailureClean:
		if exercise {
			return "failed", "The recovery could not be exercised to its end. " + left
		}
		return "failed", "Not everything was recovered. " + left
	case drill.FailureDirty:
	}
	return "dirty", "Something may be left behind, half made: a person is needed."
}

func steps(n int) string {
	if n == 1 {
		return "1 step"
	}
	return strconv.Itoa(n) + " steps"
}

func inTime(d Document) string {
	var rto, rpo bool
	for _, w := range d.Workloads {
		rto, rpo = rto || w.RTO.TargetSeconds != nil, rpo || w.RPO.TargetSeconds != nil && w.RPO.ActualSeconds != nil
	}
	switch {
	case rto && rpo:
		return ", in time and fresh enough"
	case rto:
		return ", in time"
	case rpo:
		return ", fresh enough"
	}
	return "; no target was compared with"
}

// deciding returns the first reasons that are as grave as the ending.
func deciding(findings []Finding) (first []Finding, more int) {
	const shown = 4
	for _, f := range findings {
		if !grave(recovery.Severity(f.Severity)) {
			continue
		}
		if len(first) < shown {
			first = append(first, f)
		} else {
			more++
		}
	}
	return first, more
}

// saidOf is what is to be said of a step, part by part.
func saidOf(s Step) (parts []string) {
	add := func(part string) {
		if part != "" {
			parts = append(parts, part)
		}
	}
	add(s.Says)
	if f := s.Failure; f != nil {
		add(strings.TrimSuffix(f.Error+": "+f.Cause, ": "))
	}
	if s.Because != "" {
		add("because of " + s.Because)
	}
	if s.SkippedBy != "" {
		add(s.SkippedBy + " decided so")
	}
	return parts
}

func tilesOf(d Document) []tile { return []tile{timeTile(d), lossTile(d), stepsTile(d), leftTile(d)} }

// timeTile: how long it took until it gave up is no recovery time.
func timeTile(d Document) tile {
	t := tile{Label: "Recovery time", Value: "not measured", Class: "none"}
	whole := d.Counts.Steps > 0 && d.Counts.Succeeded+d.Counts.Skipped == d.Counts.Steps
	switch {
	case d.Timeline.Seconds == nil:
	case whole:
		t.Value, t.Note, t.Class = page.Duration(*d.Timeline.Seconds), "from the start to the last step", "good"
	default:
		t.Note, t.Class = "it ended after "+page.Duration(*d.Timeline.Seconds)+", not recovered", "bad"
	}
	for _, w := range d.Workloads {
		if w.RTO.TargetSeconds != nil && !w.RTO.Met {
			t.Class = "bad"
		}
	}
	return t
}

// lossTile: what a step that did not succeed would have lost nobody knows.
func lossTile(d Document) tile {
	loss := tile{Label: "Data lost", Value: "not measured", Note: "no step recovered data", Class: "none"}
	var worst *float64
	lossMet := true
	for _, w := range d.Workloads {
		lossMet = lossMet && (w.RPO.TargetSeconds == nil || w.RPO.Met)
		if a := w.RPO.ActualSeconds; a != nil && (worst == nil || *a > *worst) {
			worst = a
		}
	}
	if worst != nil {
		loss.Value, loss.Note, loss.Class = page.Duration(*worst), "at most, of any database", "good"
	}
	if n := unmeasured(d.Steps); n > 0 {
		loss.Note, loss.Class = steps(n)+" recovered none, and could lose more", "bad"
	}
	if !lossMet {
		loss.Class = "bad"
	}
	return loss
}

// unmeasured counts the steps that were to recover data and did not.
func unmeasured(list []Step) (n int) {
	for _, s := range list {
		recovers := s.Kind == string(recovery.Restore) || s.Kind == string(recovery.PromoteReplica)
		if recovers && s.State != string(recovery.Succeeded) {
			n++
		}
	}
	return n
}

func stepsTile(d Document) tile {
	done := tile{Label: "Steps", Value: fmt.Sprintf("%d of %d done", d.Counts.Succeeded, d.Counts.Steps), Class: "good"}
	if d.Counts.Succeeded < d.Counts.Steps {
		done.Class = "bad"
		done.Note = fmt.Sprintf("%d failed, %d omitted, %d skipped", d.Counts.Failed, d.Counts.Omitted, d.Counts.Skipped)
		if d.Counts.Unended > 0 {
			done.Note += fmt.Sprintf(", %d not ended", d.Counts.Unended)
		}
	} else if d.Counts.Unproven > 0 {
		done.Note = fmt.Sprintf("%d not proved in whole", d.Counts.Unproven)
	}
	return done
}

func leftTile(d Document) tile {
	left := tile{Label: "Left behind", Value: "nothing", Note: "removal confirmed", Class: "good"}
	switch {
	case !d.Removal.Clean:
		left.Value, left.Note, left.Class = "not known", "see resources", "bad"
	case d.Mode == string(recovery.Failover):
		left = tile{Label: "Recovered", Value: countOf(d.Resources, Recovered), Note: "resources that stay", Class: "good"}
		if n := countOf(d.Resources, Unclear); n != "0" {
			left.Note, left.Class = n+" half made: see resources", "bad"
		}
	case d.Counts.Unended > 0:
		left.Value, left.Note, left.Class = "not known", steps(d.Counts.Unended)+" had not ended", "bad"
	case len(d.Resources) == 0:
		left.Note, left.Class = "nothing was created", "none"
	}
	return left
}

func countOf(resources []Resource, state string) string {
	n := 0
	for _, r := range resources {
		if r.State == state {
			n++
		}
	}
	return strconv.Itoa(n)
}

type objectiveRow struct {
	Workload, Name, Result, Class string
	Objective
	Projected *float64
}

func objectiveRows(d Document) []objectiveRow {
	var rows []objectiveRow
	for _, w := range d.Workloads {
		rto, rpo := rowOf(w.Name, "RTO", w.RTO), rowOf(w.Name, "RPO", w.RPO)
		rto.Projected = w.ProjectedSeconds
		rows = append(rows, rto, rpo)
	}
	return rows
}

func rowOf(workload, name string, o Objective) objectiveRow {
	r := objectiveRow{Workload: workload, Name: name, Objective: o}
	switch {
	case o.ActualSeconds == nil:
		r.Result, r.Class = "Not measured", "none"
	case o.TargetSeconds == nil:
		r.Result, r.Class = "No target", "none"
	case o.Met:
		r.Result, r.Class = "Met", "good"
	default:
		r.Result, r.Class = "Missed", "bad"
	}
	if o.ActualSeconds == nil && o.TargetSeconds != nil && !o.Met {
		r.Class = "bad"
	}
	return r
}

// pathRow is a step of the critical path, and what passed before it began.
type pathRow struct {
	Step
	GapSeconds *float64 // since the step before had ended, or since the start
}

func pathOf(d Document) []pathRow {
	byID := map[string]Step{}
	for _, s := range d.Steps {
		byID[s.ID] = s
	}
	var rows []pathRow
	before := &d.Timeline.StartedAt
	for _, id := range d.CriticalPath {
		s, known := byID[id]
		if !known {
			continue
		}
		rows = append(rows, pathRow{Step: s, GapSeconds: seconds(before, s.StartedAt)})
		before = s.EndedAt
	}
	return rows
}

// chipOf is the colour of a state.
func chipOf(state string) string {
	switch state {
	case string(recovery.Succeeded), Recovered, Removed:
		return "good"
	case string(recovery.Failed), string(recovery.Omitted), Remaining, Unclear, string(recovery.Running):
		return "bad"
	case string(recovery.Skipped):
		return "warning"
	}
	return "none"
}
