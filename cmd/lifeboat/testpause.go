package main

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// testPause lets a test stop the process at a known place and kill it there.
// LIFEBOAT_TEST_PAUSE is "before:start-restore" or "after:start-restore": the
// process says so on stderr and then waits to be killed. "inside:..." says so
// and goes on, so that the kill falls into the step's effect.
func testPause(stderr io.Writer) func(when, function string) {
	place := os.Getenv("LIFEBOAT_TEST_PAUSE")
	when, function, ok := strings.Cut(place, ":")
	if !ok {
		return nil
	}
	return func(w, f string) {
		if f != function || w != when && (when != "inside" || w != "before") {
			return
		}
		fmt.Fprintf(stderr, "\nLIFEBOAT_TEST_PAUSE reached %s\n", place)
		if when != "inside" {
			select {}
		}
	}
}
