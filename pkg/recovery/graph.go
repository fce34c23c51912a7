package recovery

// Node is a step of a graph.
type Node struct {
	ID    string   `json:"id"` // "workload/step"
	Kind  Kind     `json:"kind"`
	After []string `json:"after,omitempty"` // ids
	// ExpectedSeconds is what it takes: measured by drills and earlier recoveries,
	// else assumed, as Basis says. 0: nobody knows.
	ExpectedSeconds float64 `json:"expectedSeconds,omitempty"`
	// Basis is where ExpectedSeconds is from: "measured", "assumed", "declared"; "":
	// unknown.
	Basis string `json:"basis,omitempty"`
}

// Graph is what depends on what. It has no cycle: NewGraph sees to it. The zero
// Graph has no steps.
type Graph struct {
	nodes  []Node // in the order of the plan
	index  map[string]int
	before [][]int // of each node: what it comes after, in the order of the plan
	behind [][]int // of each node: what comes after it, likewise
	order  []int   // each after all that it comes after; else as in the plan
}

// NewGraph makes a graph of steps, in the order of the plan. Errors: *GraphError,
// with everything that is wrong.
func NewGraph(nodes []Node) (Graph, error) {
	g := Graph{nodes: nodes, index: make(map[string]int, len(nodes)), before: make([][]int, len(nodes)), behind: make([][]int, len(nodes))}
	var problems []Problem
	for i, n := range nodes {
		if _, twice := g.index[n.ID]; twice {
			problems = append(problems, Problem{Code: Duplicate, Step: n.ID, Path: []string{n.ID}})
			continue
		}
		g.index[n.ID] = i
	}
	if problems != nil {
		return Graph{}, &GraphError{problems}
	}
	// Why a node can never begin, by its number: what it waits for, in turn.
	stuck := make(map[int]Problem)
	for i, n := range nodes {
		for _, id := range unique(n.After) {
			j, known := g.index[id]
			if !known {
				problems = append(problems, Problem{Code: Unknown, Step: n.ID, Path: []string{n.ID, id}})
				stuck[i] = problems[len(problems)-1]
				continue
			}
			g.before[i] = append(g.before[i], j)
			g.behind[j] = append(g.behind[j], i)
		}
	}
	g.order = g.sorted()
	problems = append(problems, g.cycles(stuck)...)
	problems = append(problems, g.unreachable(stuck)...)
	if problems != nil {
		return Graph{}, &GraphError{problems}
	}
	return g, nil
}

// GraphOf is the graph of a run's steps, which was one when the run began.
func GraphOf(records []Record) (Graph, error) {
	nodes := make([]Node, len(records))
	for i, r := range records {
		nodes[i] = r.Node
	}
	return NewGraph(nodes)
}

// Nodes in the order of the plan.
func (g Graph) Nodes() []Node { return g.nodes }

// Node of an id.
func (g Graph) Node(id string) (Node, bool) {
	i, found := g.index[id]
	if !found {
		return Node{}, false
	}
	return g.nodes[i], true
}

// Order has every step after all that it comes after, else as in the plan.
func (g Graph) Order() []Node { return g.named(g.order) }

// Behind is what comes right after a step, in the order of the plan.
func (g Graph) Behind(id string) []Node {
	i, found := g.index[id]
	if !found {
		return nil
	}
	return g.named(g.behind[i])
}

func (g Graph) named(numbers []int) []Node {
	nodes := make([]Node, len(numbers))
	for i, number := range numbers {
		nodes[i] = g.nodes[number]
	}
	return nodes
}

// sorted is Kahn's order; nodes in or behind a cycle are not in it.
// https://dl.acm.org/doi/10.1145/368996.369025
func (g Graph) sorted() []int {
	waits := make([]int, len(g.nodes))
	order := make([]int, 0, len(g.nodes))
	for i := range g.nodes {
		if waits[i] = len(g.before[i]); waits[i] == 0 {
			order = append(order, i)
		}
	}
	for done := 0; done < len(order); done++ {
		for _, next := range g.behind[order[done]] {
			if waits[next]--; waits[next] == 0 {
				order = append(order, next)
			}
		}
	}
	return order
}

func unique(ids []string) []string {
	kept := make([]string, 0, len(ids))
	seen := make(map[string]bool, len(ids))
	for _, id := range ids {
		if !seen[id] {
			kept, seen[id] = append(kept, id), true
		}
	}
	return kept
}
