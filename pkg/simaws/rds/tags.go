package rds

import (
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

type tagsIn struct {
	ResourceName string
	Tags         []Tag `query:"Tag"`
}

type listTagsIn struct{ ResourceName string }

type untagIn struct {
	ResourceName string
	TagKeys      []string
}

// maxTags of an instance.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html
const maxTags = 50

// tagRE is what RDS documents of keys and values, in characters.
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_Tag.html
var tagRE = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+@-]*$`)

// checkTags refuses what RDS does not take. The words are not AWS's: it
// documents none.
func checkTags(tags []Tag) error {
	if len(tags) > maxTags {
		return wire.Errorf("InvalidParameterValue", "%d tags are more than %d", len(tags), maxTags)
	}
	seen := map[string]bool{}
	for _, tag := range tags {
		key, value := utf8.RuneCountInString(tag.Key), utf8.RuneCountInString(tag.Value)
		reserved := slices.ContainsFunc([]string{"aws:", "rds:"}, func(prefix string) bool {
			return strings.HasPrefix(strings.ToLower(tag.Key), prefix) || strings.HasPrefix(strings.ToLower(tag.Value), prefix)
		})
		if key == 0 || key > 128 || value > 256 || reserved || seen[tag.Key] || !tagRE.MatchString(tag.Key) || !tagRE.MatchString(tag.Value) {
			return wire.Errorf("InvalidParameterValue", "the tag %q is not valid", tag.Key)
		}
		seen[tag.Key] = true
	}
	return nil
}

// denied is the organisation's refusal of an instance that does not carry its
// tags. What the policy asks for is not in AWS's words; its name would be. The
// key of aws:RequestTag is compared without its case, the value with it.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-requesttag
func (s *Service) denied(c *wire.Call, arn string, tags []Tag) error {
	for key, values := range s.o.RequiredTags {
		if !slices.ContainsFunc(tags, func(t Tag) bool {
			return strings.EqualFold(t.Key, key) && (len(values) == 0 || slices.Contains(values, t.Value))
		}) {
			err := wire.Errorf("AccessDenied", "User: %s is not authorized to perform: rds:%s on resource: %s with an explicit deny in a service control policy",
				c.Caller(), c.Operation, arn)
			err.Status = http.StatusForbidden
			return err
		}
	}
	return nil
}

type tagsOut struct {
	TagList []Tag `xml:"TagList>Tag"`
}

func (s *Service) tags(c *wire.Call, arn string) (*[]Tag, error) {
	r := s.of(c)
	c.Touch(arn)
	if i := r.instance(arn); i != nil {
		return &i.Tags, nil
	}
	if snapshot := r.snapshot(arn); snapshot != nil {
		return &snapshot.Tags, nil
	}
	return nil, notFound("DBInstanceNotFound", "%s not found.", arn)
}

func (s *Service) listTags(c *wire.Call, in listTagsIn) (tagsOut, error) {
	tags, err := s.tags(c, in.ResourceName)
	if err != nil {
		return tagsOut{}, err
	}
	return tagsOut{sortedTags(*tags)}, nil
}

func (s *Service) addTags(c *wire.Call, in tagsIn) (wire.Empty, error) {
	tags, err := s.tags(c, in.ResourceName)
	if err != nil {
		return wire.Empty{}, err
	}
	for _, tag := range in.Tags {
		*tags = append(without(*tags, tag.Key), tag)
	}
	return wire.Empty{}, nil
}

func (s *Service) removeTags(c *wire.Call, in untagIn) (wire.Empty, error) {
	tags, err := s.tags(c, in.ResourceName)
	if err != nil {
		return wire.Empty{}, err
	}
	for _, key := range in.TagKeys {
		*tags = without(*tags, key)
	}
	return wire.Empty{}, nil
}

// without copies: the source's tags may be shared with its snapshots.
func without(tags []Tag, key string) []Tag {
	return slices.DeleteFunc(slices.Clone(tags), func(t Tag) bool { return t.Key == key })
}

type snapshotAttributesIn struct{ DBSnapshotIdentifier string }

type snapshotAttributesOut struct {
	DBSnapshotAttributesResult struct {
		DBSnapshotIdentifier string
		DBSnapshotAttributes []snapshotAttribute `xml:"DBSnapshotAttributes>DBSnapshotAttribute"`
	}
}

type snapshotAttribute struct {
	AttributeName   string
	AttributeValues []string `xml:"AttributeValues>AttributeValue"`
}

func (s *Service) snapshotAttributes(c *wire.Call, in snapshotAttributesIn) (snapshotAttributesOut, error) {
	var out snapshotAttributesOut
	snapshot := s.of(c).snapshot(in.DBSnapshotIdentifier)
	if snapshot == nil {
		return out, notFound("DBSnapshotNotFound", "DBSnapshot %s not found.", in.DBSnapshotIdentifier)
	}
	c.Touch(snapshot.ARN)
	out.DBSnapshotAttributesResult.DBSnapshotIdentifier = snapshot.Identifier
	out.DBSnapshotAttributesResult.DBSnapshotAttributes = []snapshotAttribute{{"restore", snapshot.SharedWith}}
	return out, nil
}
