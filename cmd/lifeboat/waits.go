package main

import (
	"fmt"
	"io"

	"github.com/lifeboat-dr/lifeboat/cmd/lifeboat/ui"
)

// tellWait tells people what a command waits for that seems to stand still.
func tellWait(stderr io.Writer) func(what string) {
	return func(what string) { fmt.Fprintf(stderr, "lifeboat: waiting for %s\n", ui.Shown(what)) }
}
