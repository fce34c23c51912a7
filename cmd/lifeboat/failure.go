package main

import (
	"io"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// failure is the document of --json where a command failed before it had one of
// its own.
type failure = ui.Failure

func failureOf(exit *exitError) failure {
	return failure{Error: ui.FailureText{
		Name: string(drill.NameOf(exit.err)), What: ui.Shown(exit.err.Error()), Hint: ui.Shown(exit.hint), ExitCode: exit.code,
	}}
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
