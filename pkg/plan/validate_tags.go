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
	maxTagKey   = 127
	maxTagValue = 256
	// MaxTags is what lifeboat's own leave of the 50 that a resource may have:
	// a copy has five, and a subnet one, with four of the CDK's.
	MaxTags = 45
)

var tagRE = regexp.MustCompile(`^[\p{L}\p{N} _.:/=+@-]*$`)

const tagCharacters = "letters, digits, spaces and _ . : / = + - @, and no space at either end"

// reservedTags begin keys that are not the plan's to give. AWS compares its own
// without their case.
var reservedTags = []struct{ prefix, whose string }{
	{"aws:", "AWS keeps it for itself"},
	{"rds:", "RDS keeps it for itself"},
	{"lifeboat:", "by these tags lifeboat knows what it made, and may remove"},
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
	switch n := utf8.RuneCountInString(key); {
	case n == 0:
		v.add(path, "the key of a tag is empty", "", "for instance CostCenter")
		return
	case n > maxTagKey:
		v.add(path, fmt.Sprintf("the key of a tag has %d characters", n), "", fmt.Sprintf("%d at most", maxTagKey))
	case !tagRE.MatchString(key) || strings.TrimSpace(key) != key:
		v.add(path, fmt.Sprintf("%q cannot be the key of a tag", key), "", tagCharacters)
	}
	for _, reserved := range reservedTags {
		if strings.HasPrefix(strings.ToLower(key), reserved.prefix) {
			v.add(path, fmt.Sprintf("the key %q begins with %s", key, reserved.prefix), reserved.whose, "name it otherwise")
		}
	}
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html#id_tags_rules
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition.html
	switch other, seen := v.spelling[strings.ToLower(key)]; {
	case !seen:
		v.spelling[strings.ToLower(key)] = key
	case other != key:
		v.add(path, fmt.Sprintf("the tags %q and %q differ in case only", key, other),
			"of a role, and in the conditions of policies, they are one key to IAM, and elsewhere two", "write "+other+" everywhere")
	}
}

func (v *validator) tagValue(path, value string, everything bool) {
	n := utf8.RuneCountInString(value)
	lower := strings.ToLower(value)
	switch {
	case n > maxTagValue:
		v.add(path, fmt.Sprintf("the value of a tag has %d characters", n), "", fmt.Sprintf("%d at most", maxTagValue))
	case n == 0 && everything:
		v.add(path, "the value of the tag is empty", "stacks and schedule groups take no such tag, and every resource carries those of the plan", "give it a value")
	case !tagRE.MatchString(value) || strings.TrimSpace(value) != value:
		v.add(path, fmt.Sprintf("%q cannot be the value of a tag", value), "", tagCharacters)
	case strings.HasPrefix(lower, "aws:") || strings.HasPrefix(lower, "rds:"):
		v.add(path, fmt.Sprintf("the value %q begins with %s", value, lower[:len("aws:")]), "RDS takes no such value", "write it otherwise")
	}
}
