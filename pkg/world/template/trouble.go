package template

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/authz"
)

// Trouble is something that AWS refused or lost: whether anybody was told is
// another question.
type Trouble struct {
	At    time.Time `json:"at"`   // of the first time
	Who   string    `json:"who"`  // a role, a rule, a schedule, a function
	What  string    `json:"what"` // what was refused or lost
	Why   string    `json:"why"`
	Times int       `json:"times"`
}

func (t Trouble) String() string {
	text := fmt.Sprintf("%s %s: %s: %s", t.At.Format("2006-01-02 15:04:05"), t.Who, t.What, t.Why)
	if t.Times > 1 {
		text += fmt.Sprintf(" (%d times)", t.Times)
	}
	return text
}

// Troubles are all so far, each once, in the order of their first times.
func (w *World) Troubles() []Trouble {
	all := slices.Clone(w.troubles)
	for _, r := range w.auth.Refused() {
		all = append(all, refused(r))
	}
	slices.SortStableFunc(all, func(a, b Trouble) int { return a.At.Compare(b.At) })
	var each []Trouble
	for _, t := range all {
		i := slices.IndexFunc(each, func(e Trouble) bool { return e.Who == t.Who && e.What == t.What && e.Why == t.Why })
		if i >= 0 {
			each[i].Times++
			continue
		}
		t.Times = 1
		each = append(each, t)
	}
	return each
}

func refused(r authz.Refusal) Trouble {
	t := Trouble{At: r.At, Who: shortName(r.Question.Principal), What: "may not " + r.Question.Action + " " + r.Question.Resource, Why: r.Answer.Because}
	if r.Question.Why != "" {
		t.Why += " (asked because " + r.Question.Why + ")"
	}
	return t
}

// trouble notes one.
func (w *World) trouble(who, what string, why error) {
	w.troubles = append(w.troubles, Trouble{At: w.clock.Now(), Who: who, What: what, Why: why.Error()})
}

// shortName of what an ARN names: its last part, a function with its version.
func shortName(arn string) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return arn
	}
	return parts[5][strings.LastIndexByte(strings.Replace(parts[5], "function:", "function/", 1), '/')+1:]
}
