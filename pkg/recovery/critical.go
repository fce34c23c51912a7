package recovery

import (
	"slices"
	"strings"
)

// Path is a way through a graph, and what it takes.
type Path struct {
	Steps   []string `json:"steps"`
	Seconds float64  `json:"seconds"`
}

// Has tells whether a step is on the path.
func (p Path) Has(id string) bool { return slices.Contains(p.Steps, id) }

// CriticalPath is the way that takes longest, with what each step takes: nothing
// that respects the graph is sooner done. The zero Path, of a graph without steps.
func (g Graph) CriticalPath(takes func(Node) float64) Path {
	return g.pathTo(takes, func(Node) bool { return true })
}

// pathTo is the slowest way to a step that is wanted.
func (g Graph) pathTo(takes func(Node) float64, wanted func(Node) bool) Path {
	ends, last := g.ends(takes)
	at := -1
	for _, i := range g.order {
		if wanted(g.nodes[i]) && (at < 0 || ends[i] > ends[at]) {
			at = i
		}
	}
	if at < 0 {
		return Path{}
	}
	p := Path{Seconds: ends[at]}
	for ; at >= 0; at = last[at] {
		p.Steps = append(p.Steps, g.nodes[at].ID)
	}
	slices.Reverse(p.Steps)
	return p
}

// ends are when each step is done where all begin as soon as they may, and the one
// before it that let it begin last; -1: none.
func (g Graph) ends(takes func(Node) float64) (ends []float64, last []int) {
	ends, last = make([]float64, len(g.nodes)), make([]int, len(g.nodes))
	for _, i := range g.order {
		last[i] = -1
		begin := 0.0
		for _, j := range g.before[i] {
			if last[i] < 0 || ends[j] > begin {
				last[i], begin = j, max(begin, ends[j])
			}
		}
		ends[i] = begin + max(0, takes(g.nodes[i]))
	}
	return ends, last
}

// ahead is what is expected from when a step begins until all that waits for it is
// done.
func (g Graph) ahead() []float64 {
	ahead := make([]float64, len(g.nodes))
	for _, i := range slices.Backward(g.order) {
		for _, j := range g.behind[i] {
			ahead[i] = max(ahead[i], ahead[j])
		}
		ahead[i] += max(0, g.nodes[i].ExpectedSeconds)
	}
	return ahead
}

// Projection is how long a recovery takes if every step takes what is expected.
type Projection struct {
	Critical Path `json:"critical"`
	// Workloads, by name: the way to the last step of each.
	Workloads map[string]Path `json:"workloads"`
	// Begins are the seconds from the start until a step begins, by id.
	Begins map[string]float64 `json:"begins"`
	// Later are those that begin later than Begins: nobody knows how long something that
	// they come after takes.
	Later map[string]bool `json:"later,omitempty"`
	// Unknown are steps of which nobody knows how long they take: they count as 0, so
	// that it takes longer than is said here.
	Unknown []string `json:"unknown,omitempty"`
}

// Project tells what is expected.
func (g Graph) Project() Projection {
	expected := func(n Node) float64 { return n.ExpectedSeconds }
	ends, _ := g.ends(expected)
	p := Projection{Critical: g.CriticalPath(expected), Workloads: map[string]Path{}, Begins: map[string]float64{}, Later: map[string]bool{}}
	for _, i := range g.order {
		for _, j := range g.before[i] {
			if before := g.nodes[j]; before.Basis == "" || p.Later[before.ID] {
				p.Later[g.nodes[i].ID] = true
			}
		}
	}
	for i, n := range g.nodes {
		p.Begins[n.ID] = ends[i] - max(0, n.ExpectedSeconds)
		if n.Basis == "" {
			p.Unknown = append(p.Unknown, n.ID)
		}
		name := WorkloadOf(n.ID)
		if _, done := p.Workloads[name]; !done {
			p.Workloads[name] = g.pathTo(expected, func(n Node) bool { return WorkloadOf(n.ID) == name })
		}
	}
	return p
}

// WorkloadOf is the workload of a step's id.
func WorkloadOf(id string) string {
	name, _, _ := strings.Cut(id, "/")
	return name
}
