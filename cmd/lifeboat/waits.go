package main

import "fmt"

// tellWait tells people what a command waits for that seems to stand still.
func tellWait(s streams) func(what string) {
	return func(what string) { fmt.Fprintf(s.err, "lifeboat: waiting for %s\n", shown(what)) }
}
