package rds

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// KeysOfPoints are the keys of what databases could be restored from where their
// copies are made: of automated backups, and of the newest snapshot of each. ARNs,
// sorted, each once. It lists each region once.
func (a *Adapter) KeysOfPoints(ctx context.Context, specs []drill.Spec) ([]string, error) {
	var keys []string
	var problems []error
	shelves := map[string]*shelf{}
	for _, spec := range specs {
		s, err := source(spec)
		if err != nil {
			continue // of another kind
		}
		lies := shelves[s.Region()]
		if lies == nil {
			lies = a.shelf(ctx, s.Region())
			shelves[s.Region()] = lies
			problems = append(problems, lies.err)
		}
		keys = append(keys, lies.keysOf(s.Instance)...)
	}
	slices.Sort(keys)
	return slices.Compact(keys), errors.Join(problems...)
}

// keysOf an instance, by its name.
func (s *shelf) keysOf(instance string) (keys []string) {
	name := strings.ToLower(instance)
	add := func(key *string) {
		if aws.ToString(key) != "" {
			keys = append(keys, *key)
		}
	}
	for _, backups := range s.backups {
		for _, b := range backups {
			if strings.EqualFold(aws.ToString(b.DBInstanceIdentifier), instance) {
				add(b.KmsKeyId)
			}
		}
	}
	newest := -1
	snapshots := s.byInstance[name]
	for i, snapshot := range snapshots {
		if newest < 0 || aws.ToTime(snapshot.SnapshotCreateTime).After(aws.ToTime(snapshots[newest].SnapshotCreateTime)) {
			newest = i
		}
	}
	if newest >= 0 {
		add(snapshots[newest].KmsKeyId)
	}
	return keys
}
