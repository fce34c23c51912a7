// Package advise says of a workload, for each topology, whether it would meet the
// targets, why, what it would need that is not there, and what it would cost a
// month.
//
// It is pure. Whether targets are met is pkg/budget's to say, of the plan as it
// would be with the other topology; prices are those of a dated file. A price, a
// size or a class that is not known makes the figure incomplete, which it says:
// nothing unknown counts as zero.
package advise

import (
	"github.com/lifeboat-dr/lifeboat/pkg/budget"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// Answer is whether the targets would be met.
type Answer string

// Answers.
const (
	Yes     Answer = "yes"
	No      Answer = "no"
	Unknown Answer = "unknown"
)

// Table is the advice about one workload.
type Table struct {
	Workload string        `json:"workload"`
	Topology string        `json:"topology"` // the one that the plan names
	RTO      plan.Duration `json:"rto"`
	RPO      plan.Duration `json:"rpo"`
	Rows     []Row         `json:"topologies"`
	// First of those that meet the targets, in the order of the topologies, which is
	// from the cheapest on; "": none is known to.
	First string `json:"first"`
	// Assumed is what was taken for granted of what the plan does not say.
	Assumed []string `json:"assumed"`
	// LeavesOut is what is in no figure of a month.
	LeavesOut []string `json:"leavesOut"`
	// Prices are the days and the places that the prices are of.
	Prices []Source `json:"prices"`
}

// Row is one topology.
type Row struct {
	Topology string `json:"topology"`
	Says     string `json:"says"`
	Meets    Answer `json:"meets"`
	// Why, each with the figure and the target.
	Why []string `json:"why"`
	// Recovery is the projected recovery time, Loss the worst loss of data, of the
	// database that has the most of it.
	Recovery budget.Figure `json:"recovery"`
	Loss     budget.Figure `json:"loss"`
	// Missing is what the plan does not have and the topology needs, or has and it
	// does not use.
	Missing []string `json:"missing"`
	Monthly Cost     `json:"monthly"`
}

// Cost is what a topology costs a month, in US dollars, on top of what runs in the
// primary region anyway.
type Cost struct {
	// Total is nil where anything of it is not known; AtLeast is what is.
	Total   *float64 `json:"totalUSD"`
	AtLeast float64  `json:"atLeastUSD"`
	Items   []Item   `json:"items"`
}

// Item is a part of it.
type Item struct {
	What string   `json:"what"`
	USD  *float64 `json:"usd"` // nil: not known
	How  string   `json:"how"` // how it was computed, or why it is not known
}

// Usage is what the plan does not say of its databases. Each is a figure that
// somebody gave, or one that is assumed and called so.
type Usage struct {
	SizeGiB     float64 // of each database; 0: 100 is assumed
	DailyChange float64 // share of it that changes a day; 0: 0.03 is assumed
	Class       string  // of the replica; "": that of the drill, where the plan names one
	Engine      string  // "": postgres is assumed
}

// Of is the advice about the workload of this index, of a plan that Validate
// accepts but for its targets and what stands ready.
func Of(p plan.Plan, workload int, measured budget.Measurements, use Usage, prices Prices) Table {
	p = p.Normalised()
	w := p.Workloads[workload]
	t := Table{
		Workload: w.Name, Topology: w.Topology, RTO: w.Objectives.RTO, RPO: w.Objectives.RPO,
		LeavesOut: leavesOut, Assumed: []string{},
	}
	c := costing{plan: p, use: use, prices: prices, table: &t}
	c.complete()
	for _, name := range plan.Topologies {
		topology := plan.TopologyOf(name)
		row := Row{Topology: name, Says: topology.Says, Missing: []string{}, Why: []string{}}
		for _, problem := range p.StandbyProblems(workload, name) {
			row.Missing = append(row.Missing, problem.What)
		}
		imagined, possible := imagine(p, workload, topology)
		report := budget.Of(imagined.plan, measured)
		t.assume(imagined.assumed...)
		row.judge(report, w.Objectives)
		row.starts(topology, imagined.plan.Workloads[0], w.Topology)
		if imagined.unsaid != "" {
			row.Why = append(row.Why, imagined.unsaid)
		}
		if !possible {
			row.Meets = No
			row.Why = append([]string{"not to be had: see what is missing"}, row.Why...)
		}
		row.Monthly = c.of(topology, imagined.plan.Workloads[0], report)
		if row.Meets == Yes && t.First == "" {
			t.First = name
		}
		t.Rows = append(t.Rows, row)
	}
	t.Prices = c.sources()
	return t
}

// assume adds what is not said yet.
func (t *Table) assume(texts ...string) {
	for _, text := range texts {
		found := false
		for _, said := range t.Assumed {
			found = found || said == text
		}
		if !found {
			t.Assumed = append(t.Assumed, text)
		}
	}
}
