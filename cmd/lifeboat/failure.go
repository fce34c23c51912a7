package main

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// failure is the document of --json where a command failed before it had one of
// its own: a script reads one document, whatever happens.
type failure struct {
	Error failureText `json:"error"`
}

type failureText struct {
	Name     string `json:"name,omitempty"` // what scripts match, where the error has one
	What     string `json:"what"`
	Hint     string `json:"hint,omitempty"`
	ExitCode int    `json:"exitCode"`
}

func failureOf(exit *exitError) failure {
	return failure{failureText{
		Name: string(drill.NameOf(exit.err)), What: ui.Shown(exit.err.Error()), Hint: ui.Shown(exit.hint), ExitCode: exit.code,
	}}
}

// wantsJSON reads the arguments themselves: a command line that cannot be parsed
// has no flags. A value of --json that is none asked for a document, too: only
// a plain no did not.
func wantsJSON(args []string) bool {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	return slices.ContainsFunc(args, func(arg string) bool {
		name, value, given := strings.Cut(arg, "=")
		yes, err := strconv.ParseBool(value)
		return name == "--json" && (!given || err != nil || yes)
	})
}

// used tells whether anything was written.
type used struct {
	io.Writer
	yes bool
}

func (u *used) Write(p []byte) (int, error) {
	u.yes = true
	return u.Writer.Write(p)
}
