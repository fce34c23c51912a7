package basecopy

import (
	"maps"
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/printable"
)

// heldNames are told apart; beyond them each counts as another.
const heldNames = 10_000

// names is a set of names out of a backup.
type names struct {
	held map[string]bool
	more int
}

func (n *names) add(name string) {
	const longest = 200
	if len(name) > longest {
		name = name[:longest] + "..."
	}
	switch {
	case n.held[name]:
	case len(n.held) == heldNames:
		n.more++
	default:
		if n.held == nil {
			n.held = map[string]bool{}
		}
		n.held[name] = true
	}
}

func (n *names) count() int { return len(n.held) + n.more }

// list names the first, in the order of the alphabet, and counts the rest.
func (n *names) list() string {
	return printable.ListOf(slices.Sorted(maps.Keys(n.held)), n.count())
}
