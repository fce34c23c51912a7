package ui

import (
	"fmt"
	"io"

	"github.com/lifeboat-dr/lifeboat/pkg/deployed"
	"github.com/lifeboat-dr/lifeboat/pkg/world"
)

// Swept lists what a sweep found.
func Swept(w io.Writer, found []world.Swept) {
	for _, item := range found {
		fmt.Fprintf(w, "%-12s  %s %s: %s\n", item.Action, item.Kind, item.ID, item.Reason)
	}
	if len(found) == 0 {
		fmt.Fprintln(w, "Nothing to sweep.")
	}
}

// Pruned lists the versions that were removed, or would be.
func Pruned(w io.Writer, removed []deployed.Version, dryRun bool) {
	verb := "Removed"
	if dryRun {
		verb = "Would remove"
	}
	for _, v := range removed {
		fmt.Fprintf(w, "%s version %d of %s\n", verb, v.Number, v.Function)
	}
	if len(removed) == 0 {
		fmt.Fprintln(w, "No old versions to remove.")
	}
}
