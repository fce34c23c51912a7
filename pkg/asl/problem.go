package asl

import (
	"fmt"
	"strings"
)

// Problem is one thing that is wrong with a definition.
type Problem struct {
	Path string // "States.Drill.Branches[0].StartAt"; "" for the whole document
	What string
	Hint string // what to do; may be empty
}

func (p Problem) String() string {
	text := p.What
	if p.Path != "" {
		text = p.Path + ": " + text
	}
	if p.Hint != "" {
		text += " (" + p.Hint + ")"
	}
	return text
}

// LoadError lists every problem of a definition, in the order of the document.
type LoadError struct{ Problems []Problem }

func (e *LoadError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return fmt.Sprintf("the definition has %d problem(s):\n  %s", len(lines), strings.Join(lines, "\n  "))
}
