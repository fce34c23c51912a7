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
	"time"

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
	// Cheapest of those that meet the targets, in the order of the topologies,
	// from the cheapest on; "": none is known to.
	Cheapest string `json:"cheapest"`
	// Assumed is what was taken for granted to compute any of this.
	Assumed []string `json:"assumed"`
	Prices  Source   `json:"prices"`
}

// Row is one topology.
type Row struct {
	Topology string `json:"topology"`
	Says     string `json:"says"`
	Meets    Answer `json:"meets"`
	// Why, each with the figure and the target.
	Why []string `json:"why"`
	// Recovery is the projected recovery time, Loss the worst loss of data.
	Recovery budget.Figure `json:"recovery"`
	Loss     budget.Figure `json:"loss"`
	// Missing is what the plan does not have and the topology needs.
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
	// LeavesOut is what no figure here has in it.
	LeavesOut []string `json:"leavesOut"`
}

// Item is a part of it.
type Item struct {
	What string   `json:"what"`
	USD  *float64 `json:"usd"` // nil: not known
	How  string   `json:"how"` // how it was computed, or why it is not known
}

// Usage is what the plan does not say of its databases: each is a figure that
// somebody gave, or one that is assumed and called so.
type Usage struct {
	SizeGiB     float64 // of each database; 0: 100 is assumed
	DailyChange float64 // share of it that changes a day; 0: 0.03 is assumed
	Class       string  // of the replica; "": that of the drill, where the plan names one
	Engine      string  // "": postgres is assumed
}

// Source of the prices.
type Source struct {
	Date time.Time `json:"date"`
	URL  string    `json:"url"`
}

// Of is the advice about the workload of this index, of a plan that is valid but for
// its targets.
func Of(p plan.Plan, workload int, measured budget.Measurements, use Usage) Table { return Table{} }
