package planfile

import (
	"fmt"
	"strings"
	"testing"
)

const goodTags = `version: 1
deployment: prod
regions: {primary: eu-west-1, recovery: eu-central-1}
notify: [oncall@example.com]
tags: {CostCenter: "4711", Team: payments}
workloads:
  - name: orders
    objectives: {rto: 60m, rpo: 60m}
    databases:
      - name: orders-db
        kind: rds-instance
        rds: {source: orders-prod}
        drill:
          tags: {CostCenter: "4712", Purpose: drill}
        checks:
          - {name: orders are there, sql: select count(*) from orders, expect: {min: 1}}
      - name: stock-db
        kind: rds-instance
        rds: {source: stock-prod}
        checks:
          - {name: stock is there, sql: select count(*) from stock, expect: {min: 1}}
`

// many are so many tags.
func many(n int) string {
	var tags []string
	for i := range n {
		tags = append(tags, fmt.Sprintf("t%d: x", i))
	}
	return "{" + strings.Join(tags, ", ") + "}"
}

// long are so many tags, each near to the longest.
func long(n int) string {
	var tags []string
	for i := range n {
		tags = append(tags, fmt.Sprintf("%s%02d: %s", strings.Repeat("k", 102), i, strings.Repeat("v", 250)))
	}
	return "{" + strings.Join(tags, ", ") + "}"
}

func TestTagsThatAWSWouldRefuse(t *testing.T) {
	const plans, databases = `{CostCenter: "4711", Team: payments}`, `{CostCenter: "4712", Purpose: drill}`
	for name, c := range map[string]refusal{
		"AWS's own":                 {"AWS takes no such key", plans, `{"aws:team": x}`, 5, 8, []string{`"aws:team" has the prefix aws: AWS keeps it`}},
		"AWS's own, in capitals":    {"the case does not matter", plans, `{"AWS:team": x}`, 5, 8, []string{"has the prefix aws"}},
		"RDS's own":                 {"a copy could not have it", plans, `{"rds:team": x}`, 5, 8, []string{"has the prefix rds"}},
		"ours":                      {"clean-up goes by it", plans, `{"lifeboat:deployment": other}`, 5, 8, []string{"may remove", "otherwise"}},
		"ours, of a database":       {"the same", databases, `{"Lifeboat:execution": x}`, 14, 18, []string{"has the prefix lifeboat"}},
		"value of AWS's":            {"RDS takes no such value", plans, `{team: "aws:payments"}`, 5, 14, []string{"RDS takes no such value"}},
		"empty key":                 {"a tag has a name", plans, `{"": x}`, 5, 8, []string{"is empty"}},
		"empty value":               {"the stacks take none", plans, `{Team: ""}`, 5, 14, []string{"every resource carries"}},
		"no value":                  {"null is not nothing", plans, `{Team: }`, 5, 14, []string{"one value is expected"}},
		"key too long":              {"EC2 takes 127 characters", plans, "{" + strings.Repeat("ü", 128) + ": x}", 5, 8, []string{"128 characters", "127 at most"}},
		"value too long":            {"AWS takes 256 characters", plans, "{k: " + strings.Repeat("ü", 257) + "}", 5, 11, []string{"257 characters", "256 at most"}},
		"character in the key":      {"services differ in what else they take", plans, `{"cost*": x}`, 5, 8, []string{`"cost*" cannot be the key`, "_ . : / = + - @"}},
		"character in the value":    {"a policy would take it for a variable", plans, `{cost: "${aws:username}"}`, 5, 14, []string{"cannot be the value"}},
		"above Latin-1":             {"IAM takes no such policy", plans, `{Abteilung: "中文 Ökonomie"}`, 5, 19, []string{`"中文 Ökonomie" cannot be the value`, "IAM takes no '中' in a policy", "U+00FF"}},
		"above Latin-1, key":        {"the same", databases, `{Żak: x}`, 14, 18, []string{`"Żak" cannot be the key`, "IAM takes no 'Ż'"}},
		"more than a policy":        {"IAM takes 10240 of a role", plans, long(45), 5, 7, []string{"the tags take at least", "IAM takes 10240", "fewer tags"}},
		"line break":                {"no service shows it", databases, `{cost: "a\nb"}`, 14, 24, []string{"cannot be the value"}},
		"space at an end":           {"services cut it off", databases, `{cost: " a"}`, 14, 24, []string{"no space at either end"}},
		"case only":                 {"one key to IAM, elsewhere two", databases, `{costcenter: "4712"}`, 14, 18, []string{`"costcenter" and "CostCenter" differ in case only`, "write CostCenter everywhere"}},
		"case only, other database": {"one policy has the conditions of both", "        rds: {source: stock-prod}\n", "        rds: {source: stock-prod}\n        drill: {tags: {purpose: x}}\n", 20, 24, []string{"differ in case only"}},
		"case only, the CDK's":      {"its own resources are called so", plans, `{name: x}`, 5, 8, []string{`"name" and "Name" differ in case only`}},
		"the same twice":            {"one of them would be ignored", plans, `{Team: a, Team: b}`, 5, 17, []string{"stands twice"}},
		"too many":                  {"AWS takes 50 of a resource", plans, many(46), 5, 7, []string{"46 tags", "45 at most"}},
		"too many together":         {"those of the plan are the copy's, too", plans, many(44), 14, 17, []string{"46 tags", "together"}},
		"a list":                    {"a key has one value", plans, `[CostCenter]`, 5, 7, []string{"a mapping with keys is expected"}},
		"a list of values":          {"the same", plans, `{CostCenter: [4711]}`, 5, 20, []string{"one value is expected"}},
		"of another kind":           {"it would be ignored", "kind: rds-instance\n        rds: {source: orders-prod}", "kind: postgres\n        postgres: {backups: b/*}", 14, 17, []string{"no drill.tags"}},
	} {
		t.Run(name, func(t *testing.T) { c.check(t, goodTags) })
	}
}

func TestTagsThatAWSTakes(t *testing.T) {
	for name, c := range map[string]struct{ reason, tags string }{
		"as many as there may be": {"with two of the database's own", many(43)},
		"number":                  {"as it is written", "{CostCenter: 0815}"},
		"other letters":           {"AWS takes all", "{Kostenträger Nr.: Zahlung/Köln = 4711+1@x_y-z:.}"},
		"the longest":             {"in characters, not bytes", "{" + strings.Repeat("ü", 127) + ": " + strings.Repeat("ü", 256) + "}"},
		"most of a policy":        {"what may fit is left to the synthesis", long(7)},
		"Name":                    {"as the CDK writes it", "{Name: lifeboat}"},
		"none":                    {"as if the key were not there", "{}"},
	} {
		if _, err := Parse("p", []byte(strings.Replace(goodTags, `{CostCenter: "4711", Team: payments}`, c.tags, 1))); err != nil {
			t.Errorf("%s: %s: %v", name, c.reason, err)
		}
	}
	empty := strings.Replace(goodTags, "Purpose: drill", `Purpose: ""`, 1)
	if _, err := Parse("p", []byte(empty)); err != nil {
		t.Errorf("a copy may have a tag without a value: %v", err)
	}
}

// Evidence goes on naming plans without tags as before (see the golden hashes
// beside), and every tag counts.
func TestTagsAreInTheHash(t *testing.T) {
	hash := func(changes ...string) string {
		loaded, err := Parse("p", []byte(strings.NewReplacer(changes...).Replace(goodTags)))
		if err != nil {
			t.Fatal(err)
		}
		return loaded.Hash
	}
	plans, databases := "tags: {CostCenter: \"4711\", Team: payments}\n", "        drill:\n          tags: {CostCenter: \"4712\", Purpose: drill}\n"
	none := hash(plans, "", databases, "")
	if hash(plans, "tags: {}\n", databases, "        drill: {tags: {}}\n") != none {
		t.Error("no tags, written down, changed the hash")
	}
	if hash(plans, "tags: {Team: payments, CostCenter: 4711}\n") != hash() {
		t.Error("the order of tags and their quotes changed the hash")
	}
	for name, other := range map[string]string{"value": hash("payments", "orders"), "database's value": hash("4712", "4713"), "database's": hash(databases, ""), "plan's": hash(plans, "")} {
		if other == hash() || other == none {
			t.Errorf("another %s did not change the hash", name)
		}
	}
}

// A plan without databases on AWS makes nothing that could have tags, and says
// so, as long as it has no other.
func TestTagsThatNothingHasAreWarnedOf(t *testing.T) {
	local := strings.NewReplacer("rds-instance", "postgres", "rds: {source: orders-prod}", "postgres: {backups: a/*}", "rds: {source: stock-prod}", "postgres: {backups: b/*}",
		"        drill:\n          tags: {CostCenter: \"4712\", Purpose: drill}\n", "")
	for name, c := range map[string]struct {
		reason, text string
		warned       bool
	}{
		"postgres only":     {"nothing is made on AWS", local.Replace(goodTags), true},
		"no tags":           {"nothing is ignored", strings.Replace(local.Replace(goodTags), "tags: {CostCenter: \"4711\", Team: payments}\n", "", 1), false},
		"some of it on AWS": {"its copies have them", goodTags, false},
	} {
		loaded, err := Parse("p", []byte(c.text))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if c.warned != (loaded.Declared == 1) || c.warned && (loaded.Warnings[0].Line != 5 || loaded.Warnings[0].Column != 1) {
			t.Errorf("%s: %s: %v", name, c.reason, loaded.Warnings)
		}
	}
}
