package ui

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/printable"
)

const (
	widestSubject = 44      // a longer one moves what is said of it to the right
	longestText   = 4 << 10 // of a line: what AWS says may be anything
)

// Examined makes a report fit to be shown: much of it is what somebody else wrote.
func Examined(r doctor.Report) doctor.Report {
	shown := r
	shown.Where, shown.Lines = printable.Text(r.Where, longestText), make([]doctor.Line, len(r.Lines))
	for i, l := range r.Lines {
		l.Subject, l.What, l.Command = printable.Text(l.Subject, longestText), printable.Text(l.What, longestText), printable.Text(l.Command, longestText)
		shown.Lines[i] = l
	}
	return shown
}

// Doctor is a report for people: by area, a line each, and under what is not ok the
// command. It is given a report that is fit to be shown.
func Doctor(w io.Writer, p Paint, r doctor.Report) {
	area, width := "", 0
	for i, l := range r.Lines {
		if i == 0 || l.Area != area {
			area, width = l.Area, widest(r.Lines[i:])
			fmt.Fprintf(w, "%s%s\n", map[bool]string{false: "\n"}[i == 0], p.Bold(area))
		}
		fmt.Fprintf(w, "  %s  %s  %s%s\n", state(p, l.State), pad(l.Subject, width), l.What, basis(l))
		if l.Command != "" {
			fmt.Fprintf(w, "           $ %s\n", l.Command)
		}
	}
	fmt.Fprintf(w, "\n%s: %s\n", r.Where, sum(p, r))
}

// widest subject of the area that the lines begin with.
func widest(lines []doctor.Line) (width int) {
	for _, l := range lines {
		if l.Area != lines[0].Area {
			break
		}
		width = max(width, min(utf8.RuneCountInString(l.Subject), widestSubject))
	}
	return width
}

func pad(text string, width int) string {
	return text + strings.Repeat(" ", max(0, width-utf8.RuneCountInString(text)))
}

func state(p Paint, s doctor.State) string {
	text := fmt.Sprintf("%-7s", s)
	switch s {
	case doctor.OK:
		return p.Good(text)
	case doctor.Wrong:
		return p.Bad(text)
	case doctor.Unknown:
	}
	return p.Warn(text)
}

// basis marks what nobody said but lifeboat.
func basis(l doctor.Line) string {
	if l.Basis == doctor.Judged {
		return " (judged)"
	}
	return ""
}

// sum is the last line.
func sum(p Paint, r doctor.Report) string {
	counts := map[doctor.State]int{}
	judged := 0
	for _, l := range r.Lines {
		counts[l.State]++
		if l.Basis == doctor.Judged {
			judged++
		}
	}
	of := func(s doctor.State, colour func(string) string) string {
		text := fmt.Sprintf("%d %s", counts[s], s)
		if counts[s] == 0 {
			return text
		}
		return colour(text)
	}
	text := of(doctor.OK, p.Good) + ", " + of(doctor.Wrong, p.Bad) + ", " + of(doctor.Unknown, p.Warn)
	if judged > 0 {
		text += fmt.Sprintf("; %d judged by lifeboat, not asked (docs/doctor.md)", judged)
	}
	return text
}

// Looking tells which area is looked at: on a terminal in one line that goes when
// done is called, else in a line each.
func Looking(stderr io.Writer) (at func(area string), done func()) {
	if !IsTerminal(stderr) {
		return func(area string) { fmt.Fprintf(stderr, "lifeboat: looking at %s\n", area) }, func() {}
	}
	return func(area string) { fmt.Fprintf(stderr, "\r\033[K  looking at %s", area) }, func() { fmt.Fprint(stderr, "\r\033[K") }
}
