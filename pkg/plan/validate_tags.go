package plan

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// What every service takes as a tag of which something is made: the narrowest
// of their rules. RDS has the characters and the two prefixes, of values too;
// EC2 has the 127; Scheduler and CloudFormation want a value.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_Tag.html
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_Tag.html
// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_Tag.html
// https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Tag.html
// https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
const (
	MaxTagKey   = 127
	MaxTagValue = 256
	// MaxTags is what lifeboat's own leave of the 50 that a resource may have:
	// a copy has five, and a subnet one, with four of the CDK's.
	MaxTags = 45
)

// A tag stands in the policy of the role that makes copies, and policies hold
// the characters up to U+00FF: of the letters and digits that other services
// take, these. As a class of regular expressions, also of JSON Schema's.
// https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html
const tagClass = `0-9A-Za-zª²³µ¹º¼-¾À-ÖØ-öø-ÿ_.:/=+@-`

// Patterns of tags, for the schema of the plan file.
const (
	TagKeyPattern   = `^(?!([Aa][Ww][Ss]|[Rr][Dd][Ss]|[Ll][Ii][Ff][Ee][Bb][Oo][Aa][Tt]):)` + tagPattern + `$`
	TagValuePattern = `^(?!([Aa][Ww][Ss]|[Rr][Dd][Ss]):)(` + tagPattern + `)?$`

	tagPattern = `[` + tagClass + `]([ ` + tagClass + `]*[` + tagClass + `])?`
)

var tagRE = regexp.MustCompile(`^(` + tagPattern + `)?$`)

const tagCharacters = "letters, digits, spaces and _ . : / = + - @, and no space at either end"

// reservedTags begin keys that are not the plan's to give. AWS compares its own
// without their case.
var reservedTags = []struct{ prefix, whose string }{
	{"aws", "AWS keeps it for itself"},
	{"rds", "RDS keeps it for itself"},
	{"lifeboat", "by these tags lifeboat knows what it made, and may remove"},
}

// tags checks some that belong together, in the order of their keys. Those of
// the whole plan (everything) reach resources that must have a value.
func (v *validator) tags(path string, tags map[string]string, everything bool) {
	if len(tags) > MaxTags {
		v.tooManyTags(path, len(tags))
	}
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		v.tagKey(path+"."+key, key)
		v.tagValue(path+"."+key, tags[key], everything)
	}
}

// copyTags are those of one database, and together with the plan's.
func (v *validator) copyTags(path string, d Database) {
	v.tags(path, d.Drill.Tags, false)
	if all := len(v.plan.TagsOf(d)); all > MaxTags && len(d.Drill.Tags) <= MaxTags && len(v.plan.Tags) <= MaxTags {
		v.tooManyTags(path, all)
	}
}

func (v *validator) tooManyTags(path string, n int) {
	v.add(path, fmt.Sprintf("a copy would have %d tags beside lifeboat's own", n), fmt.Sprintf("AWS takes 50 of a resource, and lifeboat needs %d", 50-MaxTags),
		fmt.Sprintf("%d at most, those of the plan and of the database together", MaxTags))
}

func (v *validator) tagKey(path, key string) {
	add := func(what, why, hint string) {
		v.problems = append(v.problems, Problem{Path: path, What: what, Why: why, Hint: hint, OfKey: true})
	}
	switch n := utf8.RuneCountInString(key); {
	case n == 0:
		add("the key of a tag is empty", "", "for instance CostCenter")
		return
	case n > MaxTagKey:
		add(fmt.Sprintf("the key of a tag has %d characters", n), "", fmt.Sprintf("%d at most", MaxTagKey))
	case !tagRE.MatchString(key):
		why, hint := notInTags(key)
		add(fmt.Sprintf("%q cannot be the key of a tag", key), why, hint)
	}
	for _, reserved := range reservedTags {
		if strings.HasPrefix(strings.ToLower(key), reserved.prefix+":") {
			add(fmt.Sprintf("the key %q has the prefix %s", key, reserved.prefix), reserved.whose, "name it otherwise")
		}
	}
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html
	switch other, seen := v.spelling[strings.ToLower(key)]; {
	case !seen:
		v.spelling[strings.ToLower(key)] = key
	case other != key:
		add(fmt.Sprintf("the tags %q and %q differ in case only", key, other),
			"of a role, and in the conditions of policies, they are one key to IAM, and elsewhere two", "write "+other+" everywhere")
	}
}

// notInTags says why a text can be in no tag, and what can.
func notInTags(text string) (why, hint string) {
	for _, r := range text {
		if r > '\u00FF' {
			return fmt.Sprintf("the policy of the role that restores holds it, and IAM takes no %q in a policy", r),
				"of letters and digits those up to U+00FF (ÿ)"
		}
	}
	return "", tagCharacters
}

func (v *validator) tagValue(path, value string, everything bool) {
	n := utf8.RuneCountInString(value)
	lower := strings.ToLower(value)
	switch {
	case n > MaxTagValue:
		v.add(path, fmt.Sprintf("the value of a tag has %d characters", n), "", fmt.Sprintf("%d at most", MaxTagValue))
	case n == 0 && everything:
		v.add(path, "the value of the tag is empty", "stacks and schedule groups take no such tag, and every resource carries those of the plan", "give it a value")
	case !tagRE.MatchString(value):
		why, hint := notInTags(value)
		v.add(path, fmt.Sprintf("%q cannot be the value of a tag", value), why, hint)
	case strings.HasPrefix(lower, "aws:") || strings.HasPrefix(lower, "rds:"):
		v.add(path, fmt.Sprintf("the value %q has the prefix %s", value, lower[:len("aws")]), "RDS takes no such value", "write it otherwise")
	}
}

// What the policy of the role that restores holds at least, in bytes of JSON.
// IAM takes 10240 of all of a role's together. The synthesis knows it exactly.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const (
	maxPolicy = 10240
	// PolicyBesideTags is what it holds beside the plan's tags at least.
	PolicyBesideTags = 2500
)

// PolicyOfTags is what tags take of it at least: a condition with the values and
// an entry in the list of keys, both in the statement of the copy and in that of
// its tags.
func PolicyOfTags(tags []CopyTag) (size int) {
	for _, tag := range tags {
		size += len(`"aws:RequestTag/":,`) + len(tag.Key) + len(`"",`) + len(tag.Key)
		for _, value := range tag.Values {
			size += len(`""`) + len(value)
		}
	}
	return 2 * size
}

// tagsFit refuses tags that fit into no policy of a role, early; what nearly
// fits is left to the synthesis.
func (v *validator) tagsFit() {
	size := PolicyOfTags(v.plan.CopyTags())
	if most := maxPolicy - PolicyBesideTags; size > most {
		path := "tags"
		if len(v.plan.Tags) == 0 {
			path = "workloads"
		}
		v.add(path, fmt.Sprintf("the tags take at least %d characters of the policy of the role that restores", size),
			fmt.Sprintf("IAM takes %d, of which the tags of all databases may have %d", maxPolicy, most), "have fewer tags, shorter ones, or fewer values of one key")
	}
}
