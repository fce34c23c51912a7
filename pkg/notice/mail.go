package notice

import (
	"cmp"
	"fmt"
	"strings"
	"time"
)

// Text is the mail.
func (n Notice) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n\n%s\n", n.Severity, n.headline(), line(n.Says, maxWhat))
	n.why(&b)
	b.WriteString("\nWhat to do\n")
	for i, step := range n.steps() {
		fmt.Fprintf(&b, "  %d. %s\n", i+1, step)
	}
	n.where(&b)
	if notes := n.notes(); len(notes) > 0 {
		b.WriteString("\nAbout this message\n")
		for _, note := range notes {
			fmt.Fprintf(&b, "  - %s\n", note)
		}
	}
	return b.String()
}

// why is the first reason, and the execution's own words where they are all there
// is.
func (n Notice) why(b *strings.Builder) {
	if f := n.Finding; f != nil {
		fmt.Fprintf(b, "\nWhy\n  %s: %s\n", line(f.Code, maxName), line(f.What, maxWhat))
		if f.Figure != "" {
			fmt.Fprintf(b, "  figure: %s\n", line(f.Figure, maxName))
		}
		if f.Target != "" {
			fmt.Fprintf(b, "  target: %s\n", line(f.Target, maxName))
		}
		if n.More > 0 {
			fmt.Fprintf(b, "  and %d more %s\n", n.More, line(cmp.Or(n.MoreIn, "in the evidence"), maxName))
		}
	}
	if n.Error != "" || n.Cause != "" {
		fmt.Fprintf(b, "\nWhat the execution says of itself\n  %s\n", n.own(maxWhat))
	}
}

// own is the execution's error and cause.
func (n Notice) own(limit int) string {
	switch {
	case n.Error == "":
		return line(n.Cause, limit)
	case n.Cause == "":
		return line(n.Error, maxName)
	}
	return line(n.Error, maxName) + ": " + line(n.Cause, limit)
}

// steps are what to do, and the page that says more.
func (n Notice) steps() (steps []string) {
	for _, step := range n.Todo[:min(len(n.Todo), maxTodo)] {
		steps = append(steps, line(step, maxStep))
	}
	if n.Links.Runbook != "" {
		steps = append(steps, "Follow the runbook: "+n.Links.Runbook)
	}
	return steps
}

func (n Notice) notes() (notes []string) {
	for _, note := range n.Notes[:min(len(n.Notes), maxNotes)] {
		notes = append(notes, line(note, maxNote))
	}
	return notes
}

// where everything lies.
func (n Notice) where(b *strings.Builder) {
	b.WriteString("\nWhere to look\n")
	for _, place := range []struct{ name, at string }{
		{n.run(), n.when()},
		{"execution", n.Links.Execution},
		{"evidence", n.Links.Evidence},
		{"", n.Links.EvidenceConsole},
		{"dashboard", n.Links.Dashboard},
	} {
		if place.at != "" {
			fmt.Fprintf(b, "  %-10s %s\n", place.name, place.at)
		}
	}
}

// when the execution ran.
func (n Notice) when() string {
	name := line(n.Execution, maxName)
	if n.Started.IsZero() || n.Ended.IsZero() {
		return name
	}
	const minute = "2006-01-02 15:04:05"
	return fmt.Sprintf("%s, %s to %s UTC (%s)", name, n.Started.UTC().Format(minute), n.Ended.UTC().Format(minute), n.Ended.Sub(n.Started).Round(time.Second))
}
