package protection_test

import (
	"strings"
	"testing"

	"github.com/lifeboat-dr/lifeboat/pkg/protection"
)

const (
	instance = "arn:aws:rds:eu-west-1:111122223333:db:orders-prod"
	copies   = "arn:aws:rds:eu-west-1:111122223333:db:lifeboat-prod-"
)

func when(operator protection.Operator, key, value string) protection.Condition {
	return protection.Condition{Operator: operator, Key: key, Value: value}
}

// The examples of AWS's guide, and what they leave open.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/assigning-resources-json.html
func TestSelects(t *testing.T) {
	backup := when(protection.StringEquals, "backup", "true")
	for name, c := range map[string]struct {
		reason    string
		selection protection.Selection
		arn       string // "": the instance
		tags      map[string]string
		want      bool
	}{
		"nothing said":        {"AWS Backup then attempts everything", protection.Selection{}, "", nil, true},
		"everything":          {"", protection.Selection{Resources: []string{"*"}}, "", nil, true},
		"by ARN":              {"", protection.Selection{Resources: []string{instance}}, "", nil, true},
		"another ARN":         {"", protection.Selection{Resources: []string{instance + "-2"}}, "", nil, false},
		"part of an ARN":      {"a pattern without * is all of it", protection.Selection{Resources: []string{strings.TrimSuffix(instance, "-prod")}}, "", nil, false},
		"by type":             {"", protection.Selection{Resources: []string{"arn:aws:rds:*:*:db:*"}}, "", nil, true},
		"by another type":     {"clusters share the service, not the type", protection.Selection{Resources: []string{"arn:aws:rds:*:*:cluster:*"}}, "", nil, false},
		"by service":          {"", protection.Selection{Resources: []string{"arn:aws:rds:*"}}, "", nil, true},
		"in the middle":       {"", protection.Selection{Resources: []string{"*:db:orders*od"}}, "", nil, true},
		"overlap":             {"what stands before and behind * may not share characters", protection.Selection{Resources: []string{instance + "*rod"}}, "", nil, false},
		"but not":             {"NotResources win", protection.Selection{Resources: []string{"*"}, NotResources: []string{"arn:aws:rds:*"}}, "", nil, false},
		"but not others":      {"", protection.Selection{Resources: []string{"*"}, NotResources: []string{"arn:aws:ec2:*:*:volume/*"}}, "", nil, true},
		"a tag":               {"", protection.Selection{Tags: []protection.Condition{backup}}, "", map[string]string{"backup": "true"}, true},
		"a tag of another":    {"mind the case", protection.Selection{Tags: []protection.Condition{backup}}, "", map[string]string{"backup": "True"}, false},
		"one tag of two":      {"ListOfTags is OR", protection.Selection{Tags: []protection.Condition{when(protection.StringEquals, "stage", "prod"), backup}}, "", map[string]string{"backup": "true"}, true},
		"a tag beside ARNs":   {"Resources and ListOfTags are OR", protection.Selection{Resources: []string{"arn:aws:fsx:*"}, Tags: []protection.Condition{backup}}, "", map[string]string{"backup": "true"}, true},
		"an ARN beside tags":  {"", protection.Selection{Resources: []string{instance}, Tags: []protection.Condition{backup}}, "", nil, true},
		"conditions":          {"all must hold", protection.Selection{Resources: []string{"*"}, Conditions: []protection.Condition{backup, when(protection.StringEquals, "stage", "prod")}}, "", map[string]string{"backup": "true"}, false},
		"both conditions":     {"", protection.Selection{Resources: []string{"*"}, Conditions: []protection.Condition{backup, when(protection.StringEquals, "stage", "prod")}}, "", map[string]string{"backup": "true", "stage": "prod"}, true},
		"conditions alone":    {"without Resources they are of everything", protection.Selection{Conditions: []protection.Condition{backup}}, "", map[string]string{"backup": "true"}, true},
		"conditions and ARN":  {"they bind what is named by ARN as well", protection.Selection{Resources: []string{instance}, Conditions: []protection.Condition{backup}}, "", nil, false},
		"conditions and tags": {"and what ListOfTags selects", protection.Selection{Tags: []protection.Condition{backup}, Conditions: []protection.Condition{when(protection.StringNotEquals, "stage", "test")}}, "", map[string]string{"backup": "true", "stage": "test"}, false},
		"like":                {"", protection.Selection{Conditions: []protection.Condition{when(protection.StringLike, "key1", "include*")}}, "", map[string]string{"key1": "included"}, true},
		"like any":            {"the tag must be there", protection.Selection{Conditions: []protection.Condition{when(protection.StringLike, "backup", "*")}}, "", nil, false},
		"equals no pattern":   {"* is a character to StringEquals", protection.Selection{Conditions: []protection.Condition{when(protection.StringEquals, "backup", "*")}}, "", map[string]string{"backup": "true"}, false},
		"not equals":          {"", protection.Selection{Conditions: []protection.Condition{when(protection.StringNotEquals, "stage", "test")}}, "", map[string]string{"stage": "test"}, false},
		"not equals, absent":  {"all but those that are tagged so", protection.Selection{Conditions: []protection.Condition{when(protection.StringNotEquals, "stage", "test")}}, "", nil, true},
		"not like":            {"", protection.Selection{Conditions: []protection.Condition{when(protection.StringNotLike, "key2", "*exclude*")}}, "", map[string]string{"key2": "is excluded"}, false},
		"not like, other":     {"", protection.Selection{Conditions: []protection.Condition{when(protection.StringNotLike, "key2", "*exclude*")}}, "", map[string]string{"key2": "kept"}, true},
		"not like, absent":    {"", protection.Selection{Conditions: []protection.Condition{when(protection.StringNotLike, "key2", "*")}}, "", nil, true},
		"a new operator":      {"one that nobody knows yet rather selects too much", protection.Selection{Conditions: []protection.Condition{when("StringMatches", "a", "b")}}, "", nil, true},
	} {
		t.Run(name, func(t *testing.T) {
			arn := c.arn
			if arn == "" {
				arn = instance
			}
			if got := c.selection.Selects(arn, c.tags); got != c.want {
				t.Errorf("%s: %t", c.reason, got)
			}
		})
	}
}

// What a drill makes is called by a hash, so that only how its ARN begins is known.
func TestSelectsAny(t *testing.T) {
	tags := map[string]string{"lifeboat:deployment": "prod"}
	for name, c := range map[string]struct {
		reason    string
		selection protection.Selection
		want      bool
	}{
		"everything":         {"", protection.Selection{Resources: []string{"*"}}, true},
		"all instances":      {"", protection.Selection{Resources: []string{"arn:aws:rds:*:*:db:*"}}, true},
		"clusters":           {"", protection.Selection{Resources: []string{"arn:aws:rds:*:*:cluster:*"}}, false},
		"one database":       {"", protection.Selection{Resources: []string{instance}}, false},
		"one copy":           {"some", protection.Selection{Resources: []string{copies + "0123456789ab"}}, true},
		"some copies":        {"some", protection.Selection{Resources: []string{copies + "0*"}}, true},
		"some ending":        {"", protection.Selection{Resources: []string{"arn:aws:rds:eu-west-1:*:db:*-a"}}, true},
		"ours not":           {"", protection.Selection{Resources: []string{"*"}, NotResources: []string{"arn:aws:rds:*:*:db:lifeboat-prod-*"}}, false},
		"all of ours not":    {"", protection.Selection{Resources: []string{"*"}, NotResources: []string{"arn:aws:rds:*:*:db:lifeboat-*"}}, false},
		"some not":           {"others would be", protection.Selection{Resources: []string{"*"}, NotResources: []string{copies + "0*"}}, true},
		"another deployment": {"", protection.Selection{Resources: []string{"*"}, NotResources: []string{"arn:aws:rds:*:*:db:lifeboat-test-*"}}, true},
		"not with the tag":   {"", protection.Selection{Resources: []string{"*"}, Conditions: []protection.Condition{when(protection.StringNotLike, "lifeboat:deployment", "*")}}, false},
		"with a tag":         {"copies do not have it", protection.Selection{Tags: []protection.Condition{when(protection.StringEquals, "backup", "true")}}, false},
		"with our tag":       {"", protection.Selection{Tags: []protection.Condition{when(protection.StringEquals, "lifeboat:deployment", "prod")}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			if got := c.selection.SelectsAny(copies, tags); got != c.want {
				t.Errorf("%s: %t", c.reason, got)
			}
		})
	}
}

func TestSaysHowItSelects(t *testing.T) {
	s := protection.Selection{
		Resources: []string{"a", "b", "c", "d"}, NotResources: []string{"e"},
		Tags: []protection.Condition{when(protection.StringEquals, "backup", "true")}, Conditions: []protection.Condition{when(protection.StringNotLike, "stage", "t*")},
	}
	if got, want := s.How(), "a, b, c, ... or tag backup=true where StringNotLike stage=t* but not e"; got != want {
		t.Errorf("%q", got)
	}
	for want, s := range map[string]protection.Selection{"everything": {}, "tag backup=true": {Tags: s.Tags}} {
		if got := s.How(); got != want {
			t.Errorf("%q", got)
		}
	}
}
