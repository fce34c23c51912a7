package rds

import (
	"slices"

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
