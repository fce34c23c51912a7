package asl

import (
	"fmt"
	"maps"
	"regexp"
)

// assignedName is one variable of an Assign, and where it stands.
type assignedName struct{ name, path string }

// assign reads an Assign and notes its variables.
func (f *fields) assign(names *[]assignedName) *template {
	n := f.take("Assign")
	if n == nil {
		return nil
	}
	if !n.object {
		f.l.problem(f.at("Assign"), "an object with the variables by name is expected, this is "+article(n.kind()), "")
		return nil
	}
	for _, name := range n.keys {
		path := join(f.at("Assign"), name)
		f.l.variableName(path, name)
		*names = append(*names, assignedName{name, path})
	}
	return f.l.template(n, f.at("Assign"))
}

// variableRE is ID_Start and then ID_Continue of Unicode's annex 31, nearly.
var variableRE = regexp.MustCompile(`^[\p{L}\p{Nl}_][\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]*$`)

func (l *loader) variableName(path, name string) {
	switch {
	case name == "states":
		l.problem(path, "$states is reserved", "give the variable another name")
	case len([]rune(name)) > 80 || !variableRE.MatchString(name):
		l.problem(path, "the name of a variable is a letter or _ and then letters, digits and _, 80 at most", "")
	}
}

// names checks what must be unique beyond one scope. A state's name is, in the
// whole machine. A variable that a scope assigns may not be assigned by a scope
// inside it: AWS refuses that, so that nobody takes the inner variable for the
// outer one. What a Parallel or Map state assigns in its own Catch is free for
// its branches, as a recorded machine shows.
// https://docs.aws.amazon.com/step-functions/latest/dg/workflow-variables.html
func (l *loader) names(s *stateScope, path string, seen, outer map[string]string) {
	for _, name := range s.order {
		statePath := join(join(path, "States"), name)
		if first, taken := seen[name]; taken {
			l.problem(statePath, "another state of the machine has this name: "+first, "names are unique in the whole machine, branches included")
		}
		seen[name] = statePath
		st := s.states[name]
		if st == nil {
			continue
		}
		for _, a := range append(st.assigned, st.assignedByCatch...) {
			if first, taken := outer[a.name]; taken {
				l.problem(a.path, "the scope around this one assigns the same variable: "+first, "give one of them another name")
			}
		}
		if len(st.branches) == 0 && st.processor == nil {
			continue
		}
		visible := s.visibleIn(st, outer)
		for i, branch := range st.branches {
			l.names(branch, fmt.Sprintf("%s.Branches[%d]", statePath, i), seen, visible)
		}
		if st.processor != nil {
			l.names(st.processor, join(statePath, "ItemProcessor"), seen, visible)
		}
	}
}

// visibleIn are the variables around the branches of one state, by name, with
// the path of their first Assign.
func (s *stateScope) visibleIn(inner *state, outer map[string]string) map[string]string {
	visible := maps.Clone(outer)
	add := func(names []assignedName) {
		for _, a := range names {
			if _, known := visible[a.name]; !known {
				visible[a.name] = a.path
			}
		}
	}
	for _, name := range s.order {
		if st := s.states[name]; st != nil {
			add(st.assigned)
			if st != inner {
				add(st.assignedByCatch)
			}
		}
	}
	return visible
}
