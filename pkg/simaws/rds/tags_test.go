package rds_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
)

func tag(key, value string) types.Tag { return types.Tag{Key: &key, Value: &value} }

// restoring makes the call of a snapshot's restore, and gives its error.
func (l *lab) restoring(tags ...types.Tag) error {
	in := careful()
	in.DBInstanceIdentifier, in.DBSnapshotIdentifier, in.Tags = aws.String("lifeboat-x"), aws.String("copy"), tags
	_, err := l.client.RestoreDBInstanceFromDBSnapshot(context.Background(), &in)
	return err
}

func TestTagsThatRDSRefuses(t *testing.T) {
	many := func(n int) (tags []types.Tag) {
		for i := range n {
			tags = append(tags, tag(fmt.Sprint("t", i), ""))
		}
		return tags
	}
	for name, c := range map[string]struct {
		reason string
		tags   []types.Tag
		taken  bool
	}{
		"characters":       {"not bytes are counted", []types.Tag{tag(strings.Repeat("ü", 128), strings.Repeat("ü", 256))}, true},
		"all signs":        {"those that are documented", []types.Tag{tag("a b_.:/=+-@", "a b_.:/=+-@")}, true},
		"no value":         {"it may be empty", []types.Tag{tag("a", "")}, true},
		"fifty":            {"the most", many(50), true},
		"fifty-one":        {"one too many", many(51), false},
		"no key":           {"it may not be empty", []types.Tag{tag("", "a")}, false},
		"long key":         {"128 at most", []types.Tag{tag(strings.Repeat("a", 129), "")}, false},
		"long value":       {"256 at most", []types.Tag{tag("a", strings.Repeat("a", 257))}, false},
		"AWS's":            {"they are AWS's own", []types.Tag{tag("aws:a", "")}, false},
		"RDS's":            {"they are RDS's own", []types.Tag{tag("rds:a", "")}, false},
		"value like AWS's": {"values as well", []types.Tag{tag("a", "aws:a")}, false},
		"another sign":     {"it is not documented", []types.Tag{tag("a*", "")}, false},
		"twice":            {"a key has one value", []types.Tag{tag("a", "1"), tag("a", "2")}, false},
	} {
		err := newLab(t, rds.Options{}).restoring(c.tags...)
		if c.taken != (err == nil) || err != nil && code(err) != "InvalidParameterValue" {
			t.Errorf("%s: %s: %v", name, c.reason, err)
		}
	}
}

func TestAnOrganisationThatAsksForTags(t *testing.T) {
	asked := map[string][]string{"CostCenter": {"4711", "4712"}, "Team": nil}
	for name, c := range map[string]struct {
		reason string
		tags   []types.Tag
		taken  bool
	}{
		"all":           {"and one more", []types.Tag{tag("CostCenter", "4712"), tag("Team", "x"), tag("a", "")}, true},
		"one is absent": {"all are asked for", []types.Tag{tag("CostCenter", "4711")}, false},
		"another value": {"it is none of them", []types.Tag{tag("CostCenter", "4713"), tag("Team", "x")}, false},
		"key's case":    {"a condition compares no case of keys", []types.Tag{tag("costcenter", "4711"), tag("TEAM", "x")}, true},
		"inherited":     {"what the source has is not in the request", nil, false},
	} {
		err := newLab(t, rds.Options{RequiredTags: asked}).restoring(c.tags...)
		if c.taken != (err == nil) {
			t.Errorf("%s: %s: %v", name, c.reason, err)
		}
		if err == nil {
			continue
		}
		for _, words := range []string{"is not authorized to perform: rds:RestoreDBInstanceFromDBSnapshot on resource: arn:aws:rds:", ":db:lifeboat-x ", "with an explicit deny in a service control policy"} {
			if code(err) != "AccessDenied" || !strings.Contains(err.Error(), words) {
				t.Errorf("%s: %v does not say %q", name, err, words)
			}
		}
	}
}
