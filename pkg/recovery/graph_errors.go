package recovery

import (
	"fmt"
	"slices"
	"strings"
)

// ProblemCode is what is wrong with a graph.
type ProblemCode string

const (
	Duplicate   ProblemCode = "duplicate"   // two steps of one name
	Unknown     ProblemCode = "unknown"     // comes after a step that there is not
	Cycle       ProblemCode = "cycle"       // steps that wait for each other
	Unreachable ProblemCode = "unreachable" // waits for what can never be done
)

// Problem is one thing that is wrong.
type Problem struct {
	Code ProblemCode
	Step string // id
	// Path from the step along what it comes after: of a cycle back to the step
	// itself; of an unknown name to that name; of an unreachable step to the step
	// that can never begin.
	Path []string
}

func (p Problem) String() string {
	path := strings.Join(p.Path, " → ")
	switch p.Code {
	case Duplicate:
		return fmt.Sprintf("step %s is there twice", p.Step)
	case Unknown:
		return fmt.Sprintf("step %s comes after %s: there is no such step", p.Step, p.Path[len(p.Path)-1])
	case Cycle:
		return fmt.Sprintf("step %s waits for itself: %s (each comes after the next)", p.Step, path)
	case Unreachable:
		return fmt.Sprintf("step %s can never begin: %s, which can never be done (each comes after the next)", p.Step, path)
	}
	return fmt.Sprintf("step %s: %s", p.Step, p.Code)
}

// GraphError is everything that is wrong with a graph.
type GraphError struct{ Problems []Problem }

func (e *GraphError) Error() string {
	lines := make([]string, len(e.Problems))
	for i, p := range e.Problems {
		lines[i] = p.String()
	}
	return strings.Join(lines, "; ")
}

// cycles finds one cycle for each knot of steps that wait for each other, a
// shortest one through its first step, and marks all of the knot as stuck.
func (g Graph) cycles(stuck map[int]Problem) []Problem {
	if len(g.order) == len(g.nodes) {
		return nil
	}
	var problems []Problem
	knotted := make(map[int]bool)
	for i := range g.nodes {
		if knotted[i] || slices.Contains(g.order, i) {
			continue
		}
		path := g.path(i, func(j int) bool { return j == i })
		if path == nil {
			continue // behind a cycle, not in one
		}
		problem := Problem{Code: Cycle, Step: g.nodes[i].ID, Path: path}
		problems = append(problems, problem)
		for j := range g.nodes {
			there := j == i || g.path(i, func(k int) bool { return k == j }) != nil
			if there && (j == i || g.path(j, func(k int) bool { return k == i }) != nil) {
				knotted[j], stuck[j] = true, problem
			}
		}
	}
	return problems
}

// unreachable are the steps that come after one that is stuck.
func (g Graph) unreachable(stuck map[int]Problem) []Problem {
	if len(stuck) == 0 {
		return nil
	}
	var problems []Problem
	for i, n := range g.nodes {
		if _, itself := stuck[i]; itself {
			continue
		}
		path := g.path(i, func(j int) bool { _, is := stuck[j]; return is })
		if path != nil {
			problems = append(problems, Problem{Code: Unreachable, Step: n.ID, Path: path})
		}
	}
	return problems
}

// path is a shortest one, of one edge at least, from a node along what it comes
// after to one that is wanted; nil: there is none.
func (g Graph) path(from int, wanted func(int) bool) []string {
	came := map[int]int{}
	queue := []int{from}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		for _, next := range g.before[at] {
			if wanted(next) {
				ids := []string{g.nodes[next].ID}
				for at != from {
					ids, at = append(ids, g.nodes[at].ID), came[at]
				}
				ids = append(ids, g.nodes[from].ID)
				slices.Reverse(ids)
				return ids
			}
			if _, seen := came[next]; !seen {
				came[next] = at
				queue = append(queue, next)
			}
		}
	}
	return nil
}
