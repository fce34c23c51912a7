package plan

import (
	"maps"
	"slices"
)

// TagsOf are the tags of a database's copies beside lifeboat's own: the plan's,
// and the database's in their place and beside them. Nil: there are none.
func (p Plan) TagsOf(d Database) map[string]string {
	if len(p.Tags)+len(d.Drill.Tags) == 0 {
		return nil
	}
	all := maps.Clone(p.Tags)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, d.Drill.Tags)
	return all
}

// CopyTag is a tag of copies, over all databases that are drilled on AWS.
type CopyTag struct {
	Key    string
	Values []string // sorted, each once
	// Every copy has it; otherwise only those of some databases.
	Every bool
}

// CopyTags are the tags of all copies beside lifeboat's own, sorted by key.
func (p Plan) CopyTags() []CopyTag {
	values, copies := map[string][]string{}, 0
	for _, d := range p.OnAWS() {
		copies++
		for key, value := range p.TagsOf(d) {
			values[key] = append(values[key], value)
		}
	}
	var tags []CopyTag
	for _, key := range slices.Sorted(maps.Keys(values)) {
		of := values[key]
		every := len(of) == copies
		slices.Sort(of)
		tags = append(tags, CopyTag{Key: key, Values: slices.Compact(of), Every: every})
	}
	return tags
}
