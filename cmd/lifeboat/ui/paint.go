package ui

import (
	"io"
	"os"

	"github.com/mattn/go-isatty"
)

// Paint colours text on a terminal; elsewhere, and with NO_COLOR
// (https://no-color.org), it leaves it as it is.
type Paint bool

// Colours are those that a stream takes.
func Colours(w io.Writer) Paint {
	return Paint(os.Getenv("NO_COLOR") == "" && IsTerminal(w))
}

// Good, Bad, Warn and Bold mark a text.
func (p Paint) Good(text string) string { return p.with("32", text) }
func (p Paint) Bad(text string) string  { return p.with("31", text) }
func (p Paint) Warn(text string) string { return p.with("33", text) }
func (p Paint) Bold(text string) string { return p.with("1", text) }

func (p Paint) with(code, text string) string {
	if !p {
		return text
	}
	return "\033[" + code + "m" + text + "\033[0m"
}

// Verdict is Good or Bad.
func (p Paint) Verdict(ok bool, text string) string {
	if ok {
		return p.Good(text)
	}
	return p.Bad(text)
}

// IsTerminal reports whether a stream is a terminal that takes control codes.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd()) && os.Getenv("TERM") != "dumb"
}
