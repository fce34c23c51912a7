package drill

import (
	"errors"
	"strings"
	"testing"
)

func TestCopy(t *testing.T) {
	one := Resource{Kind: "rds-instance", ID: "copy"}
	if c, err := Single(one, nil); err != nil || len(c) != 1 || c.First() != one {
		t.Errorf("%+v, %v", c, err)
	}
	if c, err := Single(one, errors.New("refused")); err == nil || len(c) > 0 || c.First() != (Resource{}) {
		t.Errorf("%+v, %v: nothing was made", c, err)
	}
}

// What may be left is named whole: every part once, as it was last heard of.
func TestLeftoversOfACopyOfTwoParts(t *testing.T) {
	member, cluster := Resource{Kind: "member", ID: "copy"}, Resource{Kind: "cluster", ID: "copy"}
	again := member
	again.Detail = "arn:of-it"
	var facts []Fact
	for _, r := range []Resource{member, cluster, again, cluster} {
		facts = append(facts, Fact{Kind: FactRestoreRequested, Resource: &r})
	}
	if got, want := leftovers(Case{Facts: facts}), "member copy arn:of-it, cluster copy"; !strings.Contains(got, want) || strings.Count(got, "cluster") != 1 {
		t.Errorf("%s, want %s", got, want)
	}
}
