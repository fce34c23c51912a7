package plan

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// shownSteps are those that a hint lists.
const shownSteps = 20

// placed is a step of a recovery, and where it stands.
type placed struct {
	Step
	id       string // "workload/step"
	path     string
	workload *Workload
	after    []string // ids, each where Step.After has it; "" where nobody knows it
}

// graph checks what depends on what, over all workloads: a step may come after one
// of another workload.
func (v *validator) graph() {
	steps, order := v.placed()
	for _, id := range order {
		v.afters(steps, id)
	}
	v.cycles(steps, order)
	for _, id := range order {
		v.comesAfterItsDatabase(steps, id)
	}
}

func (v *validator) placed() (steps map[string]*placed, order []string) {
	steps = map[string]*placed{}
	for i := range v.plan.Workloads {
		w := &v.plan.Workloads[i]
		if !w.Recovers() {
			continue
		}
		for j, s := range w.Recovery.Steps {
			id := w.Name + "/" + s.Name
			if s.Name == "" || steps[id] != nil {
				continue // another problem says so
			}
			steps[id] = &placed{Step: s, id: id, path: fmt.Sprintf("workloads[%d].recovery.steps[%d]", i, j), workload: w}
			order = append(order, id)
		}
	}
	return steps, order
}

// afters refuses what a step cannot come after, and notes the others.
func (v *validator) afters(steps map[string]*placed, id string) {
	s := steps[id]
	s.after = make([]string, len(s.After))
	seen := map[string]bool{}
	for i, name := range s.After {
		at := fmt.Sprintf("%s.after[%d]", s.path, i)
		full := name
		if !strings.Contains(name, "/") {
			full = s.workload.Name + "/" + name
		}
		switch other := steps[full]; {
		case other == nil:
			v.add(at, fmt.Sprintf("%s comes after %q, and there is no such step", s.Name, name), "it would wait for ever", v.stepsLike(steps, s.workload.Name, name))
		case seen[full]:
			v.add(at, fmt.Sprintf("%s comes after %q twice", s.Name, name), "", "remove one of them")
		case other.workload.OnAWS() != s.workload.OnAWS():
			v.add(at, fmt.Sprintf("%s comes after %s, which recovers elsewhere", s.id, full), "one of them runs on AWS and the other on this machine, and no run has both", "remove it")
		default:
			s.after[i] = full
		}
		seen[full] = true
	}
}

// stepsLike says which steps there are.
func (v *validator) stepsLike(steps map[string]*placed, workload, name string) string {
	var here []string
	if of, _, another := strings.Cut(name, "/"); another && of != workload {
		switch w := slices.IndexFunc(v.plan.Workloads, func(w Workload) bool { return w.Name == of }); {
		case w < 0:
			return "there is no workload " + strconv.Quote(of) + "; a step of another one is named as workload/step"
		case !v.plan.Workloads[w].Recovers():
			return of + " declares no recovery.steps"
		}
		workload = of
	}
	for _, id := range slices.Sorted(maps.Keys(steps)) {
		of, step, _ := strings.Cut(id, "/")
		if of == workload {
			here = append(here, step)
		} else if step == name {
			return "did you mean " + id + "? A step of another workload is named with it"
		}
	}
	more := ""
	if n := len(here) - shownSteps; n > 0 {
		here, more = here[:shownSteps], fmt.Sprintf(" and %d more", n)
	}
	return "steps of " + workload + ": " + strings.Join(here, ", ") + more
}

// cycles refuses steps that wait for each other, each cycle once, at the after that
// closes it, with the whole way. What comes after a cycle never begins either, and
// needs no word of its own.
func (v *validator) cycles(steps map[string]*placed, order []string) {
	const onTheWay, done = 1, 2
	state := map[string]int{}
	var way []string
	var visit func(id string)
	visit = func(id string) {
		state[id] = onTheWay
		way = append(way, id)
		for i, before := range steps[id].after {
			switch {
			case before == "" || state[before] == done:
			case state[before] == onTheWay:
				cycle := append(slices.Clone(way[slices.Index(way, before):]), before)
				v.add(fmt.Sprintf("%s.after[%d]", steps[id].path, i), "steps wait for each other: "+strings.Join(cycle, ", which comes after "), "none of them could ever begin", "remove one of these after")
			default:
				visit(before)
			}
		}
		way = way[:len(way)-1]
		state[id] = done
	}
	for _, id := range order {
		if state[id] == 0 {
			visit(id)
		}
	}
}

// comesAfterItsDatabase refuses a step that is about a recovered database and may
// begin before it is recovered.
func (v *validator) comesAfterItsDatabase(steps map[string]*placed, id string) {
	s := steps[id]
	kind := StepKindOf(s.Kind)
	if !kind.NeedsDatabase || kind.Recovers || s.Database == "" || !slices.ContainsFunc(s.workload.Databases, func(d Database) bool { return d.Name == s.Database }) {
		return
	}
	i := slices.IndexFunc(s.workload.Recovery.Steps, func(r Step) bool { return StepKindOf(r.Kind).Recovers && r.Database == s.Database })
	if i < 0 && slices.ContainsFunc(s.workload.Recovery.Steps, func(r Step) bool { return StepKindOf(r.Kind).Name == "" }) {
		return // one of unknown kind may be meant to do it, and another problem says so
	}
	if i < 0 {
		v.add(s.path+".database", fmt.Sprintf("no step of %s restores or promotes %s", s.workload.Name, s.Database), s.Kind+" is about what was recovered", "add one, for instance {name: "+s.Database+", kind: restore, database: "+s.Database+"}")
		return
	}
	recovers := s.workload.Recovery.Steps[i].Name
	if recovers == "" || reaches(steps, id, s.workload.Name+"/"+recovers) {
		return
	}
	v.add(s.path+".after", fmt.Sprintf("%s may begin before %s is recovered", s.Name, s.Database), s.Kind+" is about what was recovered, and "+recovers+" does that", "add "+recovers+" to its after")
}

// reaches tells whether a step comes after another, over others or not.
func reaches(steps map[string]*placed, from, to string) bool {
	seen, todo := map[string]bool{}, []string{from}
	for len(todo) > 0 {
		id := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if id == to {
			return true
		}
		if seen[id] || steps[id] == nil {
			continue
		}
		seen[id] = true
		todo = append(todo, steps[id].after...)
	}
	return false
}
