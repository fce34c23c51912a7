package record

import (
	"cmp"
	"fmt"
)

// checkHead walks from the newest record, which the head names, down to the
// first: whatever it does not meet was added, or its recording was cut off.
func (c *checker) checkHead(found *ChainReport, head Head, heads Heads) {
	problems := len(c.report.Problems)
	c.checkCounts(head, heads.Counted)
	top := head.Link
	if head.Next != nil {
		top = c.afterCut(found, head)
	} else if next, ok := c.unannounced(head); ok && c.mayFollow(next, head, heads.Announced) {
		what := "is not in the index: its recording was cut off, or somebody put it there"
		if c.vouched(next) {
			what = "was announced there: its recording was cut off before the index had it"
		}
		found.Notes = append(found.Notes, next.ID+" follows the newest that the index names, and "+what)
		top = Link{next.ID, next.SHA256}
	}
	met := c.walk(found, head, top)
	certain := head.Next == nil || top != head.Link
	if met != nil {
		c.checkCount(head, top, len(met))
		c.checkBeside(found, met)
		certain = c.neverWritten(found) && certain
	}
	found.Notes = append(found.Notes, head.Doubts...)
	found.Tail = Proven
	if len(head.Doubts) > 0 || !certain {
		found.Tail = Unproven
	}
	if len(c.report.Problems) > problems {
		found.Tail = Broken
	}
}

// afterCut: the head was about to move. The record that it announced is there,
// or was never written.
func (c *checker) afterCut(found *ChainReport, head Head) Link {
	if _, there := c.byID[head.Next.ID]; !there && !c.unread[head.Next.ID] {
		found.Notes = append(found.Notes, neverWritten(head.Next.ID))
		return head.Link
	}
	found.Notes = append(found.Notes, head.Next.ID+" was written, and its recording cut off before the head moved; it is the successor that the head announced")
	return head.Next.Link
}

// unannounced is the one record after the head, and the last.
func (c *checker) unannounced(head Head) (Item, bool) {
	after := c.follows[head.ID]
	if len(after) != 1 || len(c.follows[after[0]]) > 0 {
		return Item{}, false
	}
	next := c.byID[after[0]]
	return next, *next.Header.Previous == head.Link
}

// walk returns the IDs that it met on its way to the first record, nil where it
// did not get there: that is a problem, and what lies beyond a gap has no place
// that could be known.
func (c *checker) walk(found *ChainReport, head Head, top Link) map[string]bool {
	met := map[string]bool{}
	if top.ID == "" { // nothing was recorded yet
		return met
	}
	newest, there := c.byID[top.ID]
	switch {
	case c.unread[top.ID]:
		c.problem(head.Chain, top.ID, Changed, "the head names it as the newest, and it cannot be read")
		return nil
	case !there:
		c.problem(head.Chain, top.ID, Missing, "the head names it as the newest, recorded %s, and it is not there%s", head.RecordedAt.UTC().Format("2006-01-02 15:04:05 MST"), counted(head, found.Documents))
		return nil
	case newest.SHA256 != top.SHA256:
		c.problem(head.Chain, top.ID, Changed, "it is not what the head names as the newest: it, or the chain before it, was changed after it was recorded")
		return nil
	}
	found.Newest = top.ID
	for at := newest; ; {
		met[at.ID] = true
		p := at.Header.Previous
		if p == nil {
			return met
		}
		before, there := c.byID[p.ID]
		if !there || before.SHA256 != p.SHA256 {
			return nil // checkLink said it
		}
		at = before
	}
}

func counted(head Head, documents int) string {
	if head.Count == nil {
		return ""
	}
	return fmt.Sprintf("; it counts %d documents, and %d are there", *head.Count, documents)
}

// checkCounts: a head that should count its records, and does not, or names one
// and counts none, was written by somebody else. Whatever else it says, its tail
// is not proven.
func (c *checker) checkCounts(head Head, counted bool) {
	switch {
	case head.Count == nil && counted:
		c.problem(head.Chain, "", BadHead, "the head of %s does not say how many documents it counts: it was changed", head.Chain)
	case head.Count != nil && head.miscounts():
		c.problem(head.Chain, "", BadHead, "the head of %s names %s as the newest, and counts %d documents: it was changed", head.Chain, cmp.Or(head.ID, "none"), *head.Count)
	}
}

// miscounts where no chain has as many records.
func (h Head) miscounts() bool { return *h.Count < 0 || *h.Count == 0 && h.ID != "" }

// checkCount: links lead from the newest to the first, and the head says how
// many that are. One that was begun late, and doubts, may have passed over what
// could not be read then.
func (c *checker) checkCount(head Head, top Link, there int) {
	if head.Count == nil || head.miscounts() { // checkCounts said what there is to say
		return
	}
	count := *head.Count
	if top != head.Link { // it was about to move
		count++
	}
	if there < count || there > count && len(head.Doubts) == 0 {
		c.problem(head.Chain, "", BadHead, "the head of %s counts %d documents, and the chain that it names has %d: the head was changed, or the chain made anew", head.Chain, count, there)
	}
}

func (c *checker) checkBeside(found *ChainReport, met map[string]bool) {
	for _, item := range c.chains[found.Chain] {
		switch {
		case met[item.ID]:
		case c.vouched(item):
			found.Notes = append(found.Notes, item.ID+" was announced and written, and its recording cut off before the index had it, or made at the same time as another: the chain goes on without it")
		case c.kindOf(item) == Changed:
			c.problem(found.Chain, item.ID, Changed, "it is not what was announced under this id: it was changed after it was recorded")
		default:
			c.problem(found.Chain, item.ID, Added, "the chain that the head names does not lead to it")
		}
	}
}
