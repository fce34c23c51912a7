package account

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
)

// troubles are what one role may not: an action and a cause each, with every
// resource.
type troubles []trouble

type trouble struct {
	state       doctor.State
	action, why string
	resources   []string
	command     string // of the first
}

func (t *troubles) add(state doctor.State, action, resource, why, command string) {
	i := slices.IndexFunc(*t, func(known trouble) bool { return known.state == state && known.action == action && known.why == why })
	if i < 0 {
		*t = append(*t, trouble{state, action, why, []string{resource}, command})
		return
	}
	if !slices.Contains((*t)[i].resources, resource) {
		(*t)[i].resources = append((*t)[i].resources, resource)
	}
}

// sorted by action; what is wrong goes before what is not known.
func (t troubles) sorted() troubles {
	list := slices.Clone(t)
	slices.SortStableFunc(list, func(a, b trouble) int {
		return cmp.Or(-cmp.Compare(a.state, b.state), cmp.Compare(a.action, b.action), cmp.Compare(a.why, b.why))
	})
	return list
}

func (t trouble) line(role string) doctor.Line {
	verb := map[doctor.State]string{doctor.Wrong: "may not ", doctor.Unknown: "whether it may "}[t.state]
	what := verb + t.action + " on " + t.resources[0]
	if more := len(t.resources) - 1; more > 0 {
		what += fmt.Sprintf(" and %d more", more)
	}
	if t.state == doctor.Unknown {
		what += " is not known"
	}
	return doctor.Line{Subject: role, State: t.state, What: what + ": " + t.why, Command: t.command, Basis: doctor.Asked}
}
