// Package ui is how lifeboat speaks to people and to scripts: results as text or
// as one JSON document on stdout, progress on stderr, colours where there is a
// terminal that wants them. It knows no commands and asks nobody anything.
package ui

import (
	"io"

	"github.com/spf13/pflag"
)

// Streams are the three streams of the process, replaced in tests.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// Output is where a command tells its result: text for people or, with --json,
// one document for scripts.
type Output struct {
	Streams
	asJSON bool
}

// Flag registers --json; document says what is printed then.
func (o *Output) Flag(flags *pflag.FlagSet, document string) {
	flags.BoolVar(&o.asJSON, "json", false, "print "+document)
}

// JSON tells whether a script asked.
func (o *Output) JSON() bool { return o.asJSON }

// Result prints the document, or what text writes.
func (o *Output) Result(document any, text func(w io.Writer, p Paint) error) error {
	if o.asJSON {
		return PrintJSON(o.Out, document)
	}
	return text(o.Out, Colours(o.Out))
}
