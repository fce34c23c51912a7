package record

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// Tail says whether the newest records of a chain are all there.
type Tail string

// What is known of a tail.
const (
	Proven   Tail = "proven"
	Unproven Tail = "unproven" // there is no head to compare with
	Broken   Tail = "broken"   // the head says otherwise
)

// Kind of a problem. It is API: scripts match it.
type Kind string

// Kinds of problems.
const (
	Unreadable Kind = "unreadable"
	Changed    Kind = "changed" // since it was recorded
	Missing    Kind = "missing"
	Added      Kind = "added" // no chain has a place for it
	BadHead    Kind = "head"  // the head itself is of no use
)

// Problem is one reason why the records are not what was recorded.
type Problem struct {
	// Chain that it is of; "" where that is not known: of what cannot be read.
	Chain string `json:"chain,omitempty"`
	ID    string `json:"id"` // of the record
	Kind  Kind   `json:"kind"`
	What  string `json:"what"`
}

// ChainReport is what was found of one chain.
type ChainReport struct {
	Chain     string   `json:"chain"`
	Documents int      `json:"documents"`
	Newest    string   `json:"newest"` // "" where it is not there, or not known
	Tail      Tail     `json:"tail"`
	Notes     []string `json:"notes"` // what is no problem, and should be known
}

// Report is the outcome of a check.
type Report struct {
	Documents int           `json:"documents"` // that could be read
	Tail      Tail          `json:"tail"`      // the worst of all chains
	Chains    []ChainReport `json:"chains"`
	Problems  []Problem     `json:"problems"`
	Notes     []string      `json:"notes"` // on where they lie, of all chains
}

// Holds is true where nothing is wrong. A tail may be unproven nevertheless.
func (r Report) Holds() bool { return len(r.Problems) == 0 }

// Check compares records with their links and with the heads of their chains.
func Check(items []Item, heads Heads) Report {
	c := checker{byID: map[string]Item{}, follows: map[string][]string{}, chains: map[string][]Item{}, announced: heads.Announcements}
	c.report.Notes = append([]string{}, heads.Notes...)
	c.sort(items)
	for _, id := range slices.Sorted(maps.Keys(c.byID)) {
		c.checkLink(c.byID[id])
	}
	c.report.Problems = append(c.report.Problems, heads.Unusable...)
	for _, chain := range c.names(heads) {
		head, kept := heads.Of[chain]
		found := ChainReport{Chain: chain, Documents: len(c.chains[chain]), Notes: []string{}}
		c.checkRoots(chain)
		if kept {
			c.checkHead(&found, head, heads)
		} else {
			c.withoutHead(&found)
		}
		c.report.Chains = append(c.report.Chains, found)
		c.report.Tail = worse(c.report.Tail, found.Tail)
	}
	if len(c.report.Chains) == 0 {
		c.report.Tail = Unproven
	}
	return c.report
}

// And is the report of both: of records that are kept apart, whose IDs may be the same.
func (r Report) And(other Report) Report {
	switch {
	case len(r.Chains) == 0 && r.Documents == 0:
		r.Tail = other.Tail
	case len(other.Chains) > 0 || other.Documents > 0:
		r.Tail = worse(r.Tail, other.Tail)
	}
	r.Documents += other.Documents
	r.Chains = append(slices.Clone(r.Chains), other.Chains...)
	slices.SortStableFunc(r.Chains, func(a, b ChainReport) int { return cmp.Compare(a.Chain, b.Chain) })
	r.Problems, r.Notes = append(slices.Clone(r.Problems), other.Problems...), append(slices.Clone(r.Notes), other.Notes...)
	return r
}

func worse(a, b Tail) Tail {
	order := []Tail{"", Proven, Unproven, Broken}
	return order[max(slices.Index(order, a), slices.Index(order, b))]
}

type checker struct {
	byID    map[string]Item     // readable ones
	follows map[string][]string // IDs of those that name a record as the one before
	unread  map[string]bool
	chains  map[string][]Item
	// announced in an index, by chain.
	announced map[string][]Next
	report    Report
}

func (c *checker) problem(chain, id string, kind Kind, format string, args ...any) {
	c.report.Problems = append(c.report.Problems, Problem{Chain: chain, ID: id, Kind: kind, What: fmt.Sprintf(format, args...)})
}

func (c *checker) sort(items []Item) {
	c.report.Problems, c.report.Chains = []Problem{}, []ChainReport{}
	c.unread = map[string]bool{}
	for _, item := range items {
		if item.Err != nil {
			c.unread[item.ID] = true
			c.problem("", item.ID, Unreadable, "it cannot be read as a record: %v", item.Err)
			continue
		}
		c.report.Documents++
		c.byID[item.ID] = item
		c.chains[item.Header.Chain] = append(c.chains[item.Header.Chain], item)
		if p := item.Header.Previous; p != nil {
			c.follows[p.ID] = append(c.follows[p.ID], item.ID)
		}
	}
}

func (c *checker) names(heads Heads) []string {
	names := map[string]bool{}
	for chain := range c.chains {
		names[chain] = true
	}
	for chain := range heads.Of {
		names[chain] = true
	}
	return slices.Sorted(maps.Keys(names))
}

// checkLink looks whether the record before this one is there, unchanged, and
// followed by nothing else.
func (c *checker) checkLink(item Item) {
	p := item.Header.Previous
	if p == nil {
		return
	}
	before, found := c.byID[p.ID]
	switch {
	case c.unread[p.ID]:
		c.problem(item.Header.Chain, p.ID, Changed, "%s names it as the one before, and it cannot be read", item.ID)
	case !found:
		c.problem(item.Header.Chain, p.ID, Missing, "%s names it as the one before, and it is not there", item.ID)
	case before.SHA256 != p.SHA256:
		c.problem(item.Header.Chain, p.ID, Changed, "it is not what %s names as the one before: one of the two was changed after it was recorded", item.ID)
	case before.Header.Chain != item.Header.Chain:
		c.problem(item.Header.Chain, item.ID, Added, "it names %s as the one before, which is of another chain, %s", p.ID, before.Header.Chain)
	}
	if others := c.follows[p.ID]; item.ID == c.intruder(others) {
		c.problem(item.Header.Chain, item.ID, c.kindOf(item), "it names %s as the one before, and so does %s: one of the two was added", p.ID, another(others, item.ID))
	}
}

// checkRoots finds records without one before, of which a chain has one.
func (c *checker) checkRoots(chain string) {
	var roots []string
	for _, item := range c.chains[chain] {
		if item.Header.Previous == nil {
			roots = append(roots, item.ID)
		}
	}
	if id := c.intruder(roots); id != "" {
		c.problem(chain, id, c.kindOf(c.byID[id]), "it is the first of its chain, and so is %s: one of the two was added", another(roots, id))
	}
}

func (c *checker) withoutHead(found *ChainReport) {
	found.Tail = Unproven
	found.Notes = append(found.Notes, "no head is kept of it: that its newest documents were not removed, or changed, cannot be proven")
	for _, item := range c.chains[found.Chain] {
		if len(c.follows[item.ID]) == 0 {
			found.Newest = cmp.Or(found.Newest, item.ID)
		}
	}
}
