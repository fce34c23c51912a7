package rds

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsrds "github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// shelf is all that a region has to restore from, indexed: 10,000 databases
// are looked up in it without a call each.
type shelf struct {
	instances  map[string]types.DBInstance
	backups    map[string][]types.DBInstanceAutomatedBackup // by the source's ARN
	byResource map[string][]types.DBSnapshot
	byInstance map[string][]types.DBSnapshot
}

// Newest finds, for every database and each of its regions, the newest
// recovery point that can be restored; where recoveries are made, the newest that
// also survives what the drill's scenario loses. It lists each region once, in pages, as
// many calls for one database as for 10,000.
//
// Errors: those of the regions that could not be listed, joined; what the
// others say is in the result all the same.
func (a *Adapter) Newest(ctx context.Context, specs []drill.Spec) (map[string]drill.Newest, error) {
	var regions []string
	sources := make([]target, 0, len(specs))
	for _, spec := range specs {
		s, err := source(spec)
		if err != nil {
			return nil, err
		}
		sources = append(sources, s)
		regions = append(regions, s.PrimaryRegion, s.Region())
	}
	slices.Sort(regions)
	shelves := map[string]*shelf{}
	var problems []error
	for _, region := range slices.Compact(regions) {
		s, err := a.shelf(ctx, region)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		shelves[region] = s
	}
	found := make(map[string]drill.Newest, len(specs))
	for i, spec := range specs {
		owner, caller := a.accounts(sources[i])
		look := search{spec: spec, source: sources[i], owner: owner, caller: caller}
		var n drill.Newest
		if s := shelves[look.source.PrimaryRegion]; s != nil {
			n.Primary, n.PrimaryKnown = s.newest(look, look.source.PrimaryRegion), true
		}
		if s := shelves[look.source.Region()]; s != nil && look.source.Elsewhere() {
			n.Copy, n.CopyKnown = s.newest(look, look.source.Region()), true
		}
		found[spec.Name()] = n
	}
	return found, errors.Join(problems...)
}

func (s *shelf) newest(look search, region string) (at time.Time) {
	var candidates []candidate
	resource := ""
	instance, alive := s.instances[strings.ToLower(look.source.Instance)]
	if alive = alive && region == look.source.PrimaryRegion && look.owner == look.caller; alive {
		candidates, resource = []candidate{fromInstance(instance, region)}, aws.ToString(instance.DbiResourceId)
	} else {
		for _, b := range s.backups[strings.ToLower(look.sourceARN())] {
			candidates = append(candidates, fromBackup(b, region))
		}
	}
	snapshots := s.byInstance[strings.ToLower(look.source.Instance)]
	if resource != "" {
		snapshots = s.byResource[resource]
	}
	for _, snapshot := range snapshots {
		if look.isOf(snapshot, region, resource) {
			candidates = append(candidates, look.fromSnapshot(snapshot, region))
		}
	}
	for _, c := range candidates {
		if c.why != "" || c.status != "available" || !c.TakenAt.After(at) {
			continue
		}
		if lost, _ := look.unsurvived(c); lost != "" && region == look.source.Region() {
			continue // a recovery would not find it; elsewhere it is shown for what it is
		}
		if locked, _ := look.unreadable(c); locked != "" && region == look.source.Region() {
			continue
		}
		at = c.TakenAt
	}
	return at
}

// shelf lists a region.
func (a *Adapter) shelf(ctx context.Context, region string) (*shelf, error) {
	s := &shelf{
		instances: map[string]types.DBInstance{}, backups: map[string][]types.DBInstanceAutomatedBackup{},
		byResource: map[string][]types.DBSnapshot{}, byInstance: map[string][]types.DBSnapshot{},
	}
	api := a.in(region).rds
	instances := awsrds.NewDescribeDBInstancesPaginator(api, &awsrds.DescribeDBInstancesInput{MaxRecords: aws.Int32(pageSize)})
	for instances.HasMorePages() {
		page, err := instances.NextPage(ctx)
		if err != nil {
			return nil, named(drill.NoUsableBackup, err, "listing the instances in %s", region)
		}
		for _, i := range page.DBInstances {
			s.instances[strings.ToLower(aws.ToString(i.DBInstanceIdentifier))] = i
		}
	}
	backups := awsrds.NewDescribeDBInstanceAutomatedBackupsPaginator(api, &awsrds.DescribeDBInstanceAutomatedBackupsInput{MaxRecords: aws.Int32(pageSize)})
	for backups.HasMorePages() {
		page, err := backups.NextPage(ctx)
		if err != nil {
			return nil, named(drill.NoUsableBackup, err, "listing the automated backups in %s", region)
		}
		for _, b := range page.DBInstanceAutomatedBackups {
			of := strings.ToLower(aws.ToString(b.DBInstanceArn))
			s.backups[of] = append(s.backups[of], b)
		}
	}
	for _, kind := range snapshotTypes {
		in := &awsrds.DescribeDBSnapshotsInput{MaxRecords: aws.Int32(pageSize)}
		if kind != "" {
			in.SnapshotType = aws.String(kind)
		}
		snapshots := awsrds.NewDescribeDBSnapshotsPaginator(api, in)
		for snapshots.HasMorePages() {
			page, err := snapshots.NextPage(ctx)
			if err != nil {
				return nil, named(drill.NoUsableBackup, err, "listing the snapshots in %s", region)
			}
			for _, snapshot := range page.DBSnapshots {
				of, resource := strings.ToLower(aws.ToString(snapshot.DBInstanceIdentifier)), aws.ToString(snapshot.DbiResourceId)
				s.byInstance[of] = append(s.byInstance[of], snapshot)
				s.byResource[resource] = append(s.byResource[resource], snapshot)
			}
		}
	}
	return s, nil
}

// pageSize is the most that one call of RDS lists.
const pageSize = 100
