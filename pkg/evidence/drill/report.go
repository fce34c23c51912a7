package drillevidence

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/evidence/page"
	"github.com/lifeboat-dr/lifeboat/pkg/record"
)

//go:embed report.html.tmpl
var reportTemplate string

var report = template.Must(template.New("report").Funcs(template.FuncMap{
	"clock": page.Moment, "duration": page.Duration, "seconds": page.Seconds, "text": valueText, "bytes": sizeText,
}).Parse(reportTemplate))

// shown is what the template shows. It loads nothing and runs nothing: the
// policy allows its one style sheet, by hash.
type shown struct {
	Document
	Policy         string
	Style          template.CSS
	SHA256         string
	Class          string // of the ending
	Sentence       string
	Reasons        []Finding // that decided
	More           int       // reasons that are not shown at the top
	Tiles          []tile
	ObjectiveRows  []objectiveRow
	Declared       string // what of the RTO is declared, not measured
	ObjectiveChart *chart
	TimelineChart  *chart
	PhaseRows      []phaseRow
	StateRows      []stateRow
}

// tile is one figure at the top.
type tile struct{ Label, Value, Note, Class string }

// Render writes the report of a document: one page of HTML that needs nothing
// else. sha256 is that of the document's file, which the page names.
func Render(w io.Writer, d Document, sha256 string) error {
	p := shown{
		Document: d, Style: page.Style(), Policy: page.Policy(), SHA256: sha256,
		ObjectiveRows:  objectiveRows(d.Objectives),
		Declared:       declaredText(d.Objectives),
		ObjectiveChart: objectivesChart(d), TimelineChart: timelineChart(d),
		PhaseRows: phaseRows(d), StateRows: stateRows(d.States),
	}
	p.Class, p.Sentence = headline(d)
	p.Reasons, p.More = deciding(d.Findings)
	p.Tiles = tilesOf(d)
	var text bytes.Buffer
	if err := report.Execute(&text, p); err != nil {
		return fmt.Errorf("draw the report of %s: %w", d.ID, err)
	}
	return page.Write(w, text.String())
}

// WriteReport draws the report of a recorded document beside it and returns
// its path. It can be drawn again at any time.
func (s Store) WriteReport(id string) (string, error) {
	d, err := s.Read(id)
	if err != nil {
		return "", err
	}
	text, err := s.Text(context.Background(), id)
	if err != nil {
		return "", err
	}
	var html bytes.Buffer
	if err := Render(&html, d, SHA256(text)); err != nil {
		return "", err
	}
	if err := record.WriteFile(s.ReportPath(id), html.Bytes(), time.Time{}, true); err != nil {
		return "", fmt.Errorf("write the report of %s: %w", id, err)
	}
	return s.ReportPath(id), nil
}

func headline(d Document) (class, sentence string) {
	left := "Nothing was left behind."
	if d.Removal.Kept {
		left = "The copy was kept on request."
	}
	switch drill.Ending(d.Ending) {
	case drill.Passed:
		return "passed", "The backup was restored and its data validated" + inTime(d.Objectives) + ". " + left
	case drill.ObjectivesMissed:
		return "missed", "The backup came back, and it is not good enough. " + left
	case drill.FailureClean:
		return "failed", "Recovery could not be proven. " + left
	case drill.FailureDirty:
	}
	return "dirty", "Something may be left behind: a person is needed."
}

func inTime(o Objectives) string {
	switch {
	case o.RTO.TargetSeconds != nil && o.RPO.TargetSeconds != nil:
		return ", in time and fresh enough"
	case o.RTO.TargetSeconds != nil:
		return ", in time"
	case o.RPO.TargetSeconds != nil:
		return ", fresh enough"
	}
	return "; no target is declared"
}

// deciding returns the first reasons that are as grave as the ending.
func deciding(findings []Finding) (first []Finding, more int) {
	const shown = 3
	for _, f := range findings {
		switch drill.Severity(f.Severity) {
		case drill.Info, drill.Warning:
			continue
		case drill.Missed, drill.Failed, drill.Dirty:
		}
		if len(first) < shown {
			first = append(first, f)
		} else {
			more++
		}
	}
	return first, more
}
