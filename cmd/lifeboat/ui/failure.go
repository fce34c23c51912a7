package ui

import (
	"slices"
	"strconv"
	"strings"
)

// Failure is the document of --json where a command failed before it had one of
// its own: a script reads one document, whatever happens.
type Failure struct {
	Error FailureText `json:"error"`
}

// FailureText is what went wrong.
type FailureText struct {
	Name     string `json:"name,omitempty"` // what scripts match, where the error has one
	What     string `json:"what"`
	Hint     string `json:"hint,omitempty"`
	ExitCode int    `json:"exitCode"`
}

// WantsJSON reads the arguments themselves: a command line that cannot be parsed
// has no flags. A value of --json that is none asked for a document, too: only
// a plain no did not.
func WantsJSON(args []string) bool {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	return slices.ContainsFunc(args, func(arg string) bool {
		name, value, given := strings.Cut(arg, "=")
		yes, err := strconv.ParseBool(value)
		return name == "--json" && (!given || err != nil || yes)
	})
}
