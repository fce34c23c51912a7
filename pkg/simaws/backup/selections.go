package backup

import (
	"path"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Selection assigns resources to a plan.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupSelection.html
type Selection struct {
	ID   string // default: made up
	Name string
	Role string // ARN
	// Resources and NotResources are ARNs, or patterns of them.
	Resources, NotResources []string
	// Tags add resources that carry any of them. Conditions then narrow down what
	// was added: all of them have to hold.
	Tags       []Tag
	Conditions Conditions
	Created    time.Time // default now
}

// Tag of a resource that a selection speaks of. In a condition the key has the
// prefix aws:ResourceTag/.
type Tag struct{ Key, Value string }

// Conditions of a selection.
type Conditions struct{ StringEquals, StringNotEquals, StringLike, StringNotLike []Tag }

// Limits of a selection.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/aws-backup-limits.html
const (
	maxARNs     = 500
	maxPatterns = 30 // with wildcards, or with conditions
)

// SetSelection makes a selection of a plan, or changes the one with its id.
func (s *Service) SetSelection(account, region, plan string, sel Selection) (id string, err error) {
	p := s.at(account, region).plan(plan)
	if p == nil {
		return "", wire.Errorf("ResourceNotFoundException", "Backup plan %s does not exist", plan)
	}
	if sel.Created.IsZero() {
		sel.Created = s.now()
	}
	if sel.ID == "" {
		sel.ID = s.newID()
	}
	most := maxARNs
	if sel.Conditions.any() || slices.ContainsFunc(sel.Resources, func(arn string) bool { return strings.Contains(arn, "*") }) {
		most = maxPatterns
	}
	switch {
	case sel.Name == "" || sel.Role == "":
		return "", invalid("a selection has a name and a role")
	case len(sel.Resources) > most:
		return "", invalid("selection %s: %d resources are more than %d", sel.Name, len(sel.Resources), most)
	case len(sel.NotResources) > most:
		return "", invalid("selection %s: %d resources that are left out are more than %d", sel.Name, len(sel.NotResources), most)
	}
	if i := slices.IndexFunc(p.selections, func(known *Selection) bool { return known.ID == sel.ID }); i >= 0 {
		*p.selections[i] = sel
	} else {
		p.selections = append(p.selections, &sel)
	}
	return sel.ID, nil
}

// RemoveSelection removes a selection.
func (s *Service) RemoveSelection(account, region, plan, id string) {
	if p := s.at(account, region).plan(plan); p != nil {
		p.selections = slices.DeleteFunc(p.selections, func(sel *Selection) bool { return sel.ID == id })
	}
}

// Selections of a plan.
func (p *Plan) Selections() []*Selection { return p.selections }

func (c Conditions) any() bool {
	return len(c.StringEquals)+len(c.StringNotEquals)+len(c.StringLike)+len(c.StringNotLike) > 0
}

// selects tells whether a resource is assigned. Without any resources and tags
// everything is that fits the conditions. Resources and tags each add; conditions
// hold for all that were added.
// https://repost.aws/knowledge-center/backup-assign-resources
// https://docs.aws.amazon.com/aws-backup/latest/devguide/assigning-resources.html#assigning-resources-json
func (sel *Selection) selects(r Resource) bool {
	named := func(patterns []string) bool {
		return slices.ContainsFunc(patterns, func(pattern string) bool { return like(pattern, r.ARN) })
	}
	added := named(sel.Resources) || slices.ContainsFunc(sel.Tags, func(t Tag) bool { return has(r, t.Key) && r.Tags[t.Key] == t.Value }) ||
		len(sel.Resources) == 0 && len(sel.Tags) == 0
	return added && !named(sel.NotResources) && sel.Conditions.hold(r)
}

// hold: what does not carry a tag equals nothing, and so passes the negative ones.
func (c Conditions) hold(r Resource) bool {
	all := func(conditions []Tag, holds func(value, wanted string) bool, absent bool) bool {
		return !slices.ContainsFunc(conditions, func(t Tag) bool {
			key := strings.TrimPrefix(t.Key, "aws:ResourceTag/")
			if !has(r, key) {
				return !absent
			}
			return !holds(r.Tags[key], t.Value)
		})
	}
	return all(c.StringEquals, func(v, w string) bool { return v == w }, false) && all(c.StringNotEquals, func(v, w string) bool { return v != w }, true) &&
		all(c.StringLike, func(v, w string) bool { return like(w, v) }, false) && all(c.StringNotLike, func(v, w string) bool { return !like(w, v) }, true)
}

func has(r Resource, key string) bool {
	_, there := r.Tags[key]
	return there
}

// like matches * with any text, slashes and colons among it.
func like(pattern, text string) bool {
	flat := strings.NewReplacer("/", "\x00", "[", "\x01", "\\", "\x02", "?", "\x03")
	matched, err := path.Match(flat.Replace(pattern), flat.Replace(text))
	return err == nil && matched
}

type selectionMember struct {
	BackupPlanID  string `json:"BackupPlanId"`
	SelectionID   string `json:"SelectionId"`
	SelectionName string
	IamRoleArn    string
	CreationDate  wire.Epoch
}

type selectionsOut struct {
	BackupSelectionsList []selectionMember
	NextToken            *string `json:",omitempty"`
}

func (s *Service) listSelections(c *wire.Call, path []string) (any, error) {
	p, err := s.planOf(c, path[2])
	if err != nil {
		return nil, err
	}
	q, list := read(c, "nextToken", "maxResults"), []selectionMember{}
	for _, sel := range p.selections {
		list = append(list, selectionMember{p.ID, sel.ID, sel.Name, sel.Role, wire.Epoch(sel.Created)})
	}
	part, next, err := page(q, list, func(m selectionMember) string { return m.SelectionID })
	return selectionsOut{part, next}, err
}

type shownTag struct {
	ConditionType  string `json:",omitempty"`
	ConditionKey   string
	ConditionValue string
}

type shownConditions struct {
	StringEquals, StringNotEquals, StringLike, StringNotLike []shownTag `json:",omitempty"`
}

type shownSelection struct {
	SelectionName string
	IamRoleArn    string
	Resources     []string `json:",omitempty"`
	NotResources  []string `json:",omitempty"`
	ListOfTags    []shownTag
	Conditions    shownConditions
}

type selectionOut struct {
	BackupPlanID    string `json:"BackupPlanId"`
	SelectionID     string `json:"SelectionId"`
	CreationDate    wire.Epoch
	BackupSelection shownSelection
}

func (s *Service) getSelection(c *wire.Call, path []string) (any, error) {
	p, err := s.planOf(c, path[2])
	if err != nil {
		return nil, err
	}
	if q := read(c); q.err != nil {
		return nil, q.err
	}
	i := slices.IndexFunc(p.selections, func(sel *Selection) bool { return sel.ID == path[4] })
	if i < 0 {
		return nil, wire.Errorf("ResourceNotFoundException", "Backup selection %s does not exist", path[4])
	}
	sel := p.selections[i]
	tags := func(list []Tag, typ string) (shown []shownTag) {
		for _, t := range list {
			shown = append(shown, shownTag{typ, t.Key, t.Value})
		}
		return shown
	}
	is := sel.Conditions
	return selectionOut{p.ID, sel.ID, wire.Epoch(sel.Created), shownSelection{
		sel.Name, sel.Role, sel.Resources, sel.NotResources, tags(sel.Tags, "STRINGEQUALS"),
		shownConditions{tags(is.StringEquals, ""), tags(is.StringNotEquals, ""), tags(is.StringLike, ""), tags(is.StringNotLike, "")},
	}}, nil
}
