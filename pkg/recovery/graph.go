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

// Graph is what depends on what. It has no cycle: NewGraph sees to it.
type Graph struct {
	nodes []Node // in the order of the plan
}

// Nodes in the order of the plan.
func (g Graph) Nodes() []Node { return g.nodes }
