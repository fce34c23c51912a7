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
	At   time.Time
	Who  string // a role, a rule, a schedule, a function
	What string // what was refused or lost
	Why  string
}

func (t Trouble) String() string {
	return fmt.Sprintf("%s %s: %s: %s", t.At.Format("2006-01-02 15:04:05"), t.Who, t.What, t.Why)
}

// Troubles are all so far, in order.
func (w *World) Troubles() []Trouble {
	all := slices.Clone(w.troubles)
	for _, r := range w.auth.Refused() {
		all = append(all, refused(r))
	}
	slices.SortStableFunc(all, func(a, b Trouble) int { return a.At.Compare(b.At) })
	return all
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

// shortName of a role or another ARN.
func shortName(arn string) string {
	if i := strings.Index(arn, ":role/"); i >= 0 {
		return arn[i+len(":role/"):]
	}
	if strings.HasPrefix(arn, "arn:") {
		return arn[strings.LastIndexByte(arn, ':')+1:]
	}
	return arn
}
