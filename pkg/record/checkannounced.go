package record

import "slices"

// vouched: the record was announced as it is, before it was written. Where it
// is nowhere in its chain, its recording was cut off before the index had it.
func (c *checker) vouched(item Item) bool {
	return c.announcedLink(item.Header.Chain, Link{item.ID, item.SHA256})
}

func (c *checker) announcedLink(chain string, l Link) bool {
	return slices.ContainsFunc(c.announced[chain], func(n Next) bool { return n.Link == l })
}

// kindOf a record that has no place: where another was announced under its ID it
// was changed.
func (c *checker) kindOf(item Item) Kind {
	if slices.ContainsFunc(c.announced[item.Header.Chain], func(n Next) bool { return n.ID == item.ID }) {
		return Changed
	}
	return Added
}

// intruder is the one of several records at one place of the chain that may be
// called the wrong one; "" where there is but one, or where all were announced:
// then they are what recordings that were cut off leave.
func (c *checker) intruder(ids []string) string {
	unvouched := slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return c.vouched(c.byID[id]) })
	if len(ids) < 2 || len(unvouched) == 0 {
		return ""
	}
	return slices.Max(unvouched)
}

func another(ids []string, than string) string {
	return slices.Min(slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == than }))
}

// mayFollow: what follows the head is a recording that was cut off, or somebody
// put it there. Who announced the newest announces the next one, too.
func (c *checker) mayFollow(next Item, head Head, announced bool) bool {
	return c.vouched(next) || !announced && !c.announcedLink(head.Chain, head.Link)
}

// neverWritten tells of records that an index announced and that are not there;
// false where there are any: nobody can know whether one was removed.
func (c *checker) neverWritten(found *ChainReport) bool {
	told := map[string]bool{}
	for _, n := range c.announced[found.Chain] {
		_, there := c.byID[n.ID]
		if there || c.unread[n.ID] || told[n.ID] {
			continue
		}
		told[n.ID] = true
		found.Notes = append(found.Notes, neverWritten(n.ID))
	}
	return len(told) == 0
}

func neverWritten(id string) string {
	return "the recording of " + id + " was cut off before its document was written, or the document was removed right after"
}
