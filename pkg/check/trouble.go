package check

import (
	"fmt"
	"strings"
)

// Trouble collects what a built-in check finds, bounded for the evidence.
type Trouble struct {
	Count int
	Code  string   // of the first one; may be empty
	Names []string // of the first ones, with their codes
}

// shown is how many objects a reason names.
const shown = 10

// Add notes one object; code may be empty.
func (t *Trouble) Add(name, code string) {
	t.Count++
	if t.Code == "" {
		t.Code = code
	}
	if len(t.Names) < shown {
		t.Names = append(t.Names, strings.TrimSpace(name+" "+code))
	}
}

// Reason says how many what, and names the first ones.
func (t *Trouble) Reason(what string) string {
	more := ""
	if t.Count > len(t.Names) {
		more = fmt.Sprintf(" and %d more", t.Count-len(t.Names))
	}
	return fmt.Sprintf("%d %s: %s%s", t.Count, what, strings.Join(t.Names, ", "), more)
}
