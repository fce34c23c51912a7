package protection

import (
	"slices"
	"strings"
)

// Selection is which resources of its account and region a backup plan of AWS
// Backup backs up. Zero selects everything that AWS Backup supports.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_BackupSelection.html
type Selection struct {
	Plan, ID, Name string // Plan is the id of its plan
	Role           string // ARN that AWS Backup acts as
	// Resources and NotResources are ARNs, with "*" for any characters.
	Resources, NotResources []string
	// Tags is ListOfTags: one of them suffices, beside Resources.
	Tags []Condition
	// Conditions must all hold, whatever else selects a resource.
	Conditions []Condition
}

// Condition on a tag.
type Condition struct {
	Operator Operator
	Key      string // of the tag; AWS's prefix aws:ResourceTag/ is taken off
	Value    string
}

// Operator of a condition.
type Operator string

// Operators of Conditions; ListOfTags has StringEquals alone. All mind the case, and
// in a value of Like "*" is any characters.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_Conditions.html
const (
	StringEquals    Operator = "StringEquals"
	StringLike      Operator = "StringLike"
	StringNotEquals Operator = "StringNotEquals"
	StringNotLike   Operator = "StringNotLike"
)

// Operators are all of them.
var Operators = []Operator{StringEquals, StringLike, StringNotEquals, StringNotLike}

// TagKey is the key of a tag in a condition: with AWS's prefix or, in ListOfTags,
// without.
func TagKey(key string) string { return strings.TrimPrefix(key, "aws:ResourceTag/") }

// Selects is whether a resource of the plan's account and region is selected:
// (Resources or ListOfTags) and all Conditions and none of NotResources. As in IAM's
// policies, a negated condition holds for a resource that lacks the tag.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/assigning-resources-json.html
//
// Whether the service is opted in is not asked here: what is selected by its type or
// ARN is backed up regardless.
func (s Selection) Selects(arn string, tags map[string]string) bool {
	matches := func(pattern string) bool { return like(pattern, arn) }
	holds := func(c Condition) bool { return c.holds(tags) }
	if slices.ContainsFunc(s.NotResources, matches) || slices.ContainsFunc(s.Conditions, func(c Condition) bool { return !holds(c) }) {
		return false
	}
	if len(s.Resources) == 0 && len(s.Tags) == 0 {
		return true
	}
	return slices.ContainsFunc(s.Resources, matches) || slices.ContainsFunc(s.Tags, holds)
}

// ByTags is whether the tags of a resource decide.
func (s Selection) ByTags() bool { return len(s.Tags) > 0 || len(s.Conditions) > 0 }

func (c Condition) holds(tags map[string]string) bool {
	value, has := tags[c.Key]
	switch c.Operator {
	case StringEquals:
		return has && value == c.Value
	case StringLike:
		return has && like(c.Value, value)
	case StringNotEquals:
		return !has || value != c.Value
	case StringNotLike:
		return !has || !like(c.Value, value)
	}
	// One that is not known holds: a selection is rather seen where there is none than
	// overlooked.
	return true
}

// String says it as AWS's document does.
func (c Condition) String() string { return string(c.Operator) + " " + c.Key + "=" + c.Value }

// like matches a text with a pattern in which "*" is any characters.
func like(pattern, text string) bool {
	parts := strings.Split(pattern, "*")
	if len(parts) == 1 {
		return pattern == text
	}
	rest, begins := strings.CutPrefix(text, parts[0])
	if !begins {
		return false
	}
	for _, part := range parts[1 : len(parts)-1] {
		i := strings.Index(rest, part)
		if i < 0 {
			return false
		}
		rest = rest[i+len(part):]
	}
	return strings.HasSuffix(rest, parts[len(parts)-1])
}

// How says by what a selection selects, shortly.
func (s Selection) How() string {
	var by []string
	switch {
	case len(s.Resources) == 0 && len(s.Tags) == 0:
		by = append(by, "everything")
	case len(s.Resources) > 0:
		by = append(by, few(s.Resources))
	}
	for _, c := range s.Tags {
		by = append(by, "or tag "+c.Key+"="+c.Value)
	}
	for _, c := range s.Conditions {
		by = append(by, "where "+c.String())
	}
	if len(s.NotResources) > 0 {
		by = append(by, "but not "+few(s.NotResources))
	}
	return strings.TrimPrefix(strings.Join(by, " "), "or ")
}

func few(arns []string) string {
	const most = 3
	if len(arns) > most {
		return strings.Join(arns[:most], ", ") + ", ..."
	}
	return strings.Join(arns, ", ")
}

// SelectsAny is whether some resource whose ARN begins so, with these tags, would be
// selected: what a drill's copies are called is known as far as to their hash.
func (s Selection) SelectsAny(prefix string, tags map[string]string) bool {
	holds := func(c Condition) bool { return c.holds(tags) }
	covers := func(pattern string) bool { return strings.HasSuffix(pattern, "*") && like(pattern, prefix) }
	if slices.ContainsFunc(s.NotResources, covers) || slices.ContainsFunc(s.Conditions, func(c Condition) bool { return !holds(c) }) {
		return false
	}
	if len(s.Resources) == 0 && len(s.Tags) == 0 {
		return true
	}
	return slices.ContainsFunc(s.Resources, func(pattern string) bool { return meets(pattern, prefix) }) || slices.ContainsFunc(s.Tags, holds)
}

// meets is whether a pattern matches some ARN that begins so and goes on without
// another colon.
func meets(pattern, prefix string) bool {
	if prefix == "" {
		return !strings.Contains(pattern, ":")
	}
	if pattern == "" {
		return false
	}
	if pattern[0] == '*' {
		return meets(pattern[1:], prefix) || meets(pattern, prefix[1:])
	}
	return pattern[0] == prefix[0] && meets(pattern[1:], prefix[1:])
}
