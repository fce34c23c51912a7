package rds

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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
	err        error // it could not be listed, and the rest is empty
}

// Newest finds, for every database and each of its regions, the newest
// recovery point that can be restored; where recoveries are made, the newest that
// also survives what the drill's scenario loses. It lists each region once, in pages, as
// many calls for one database as for 10,000.
//
// A region that cannot be asked is a finding of its databases, and what the
// others say is judged all the same. Errors: those of the regions where
// recoveries are made, joined: these are the deployment's own. Any other may
// deny the drill's account, or be lost, for as long as it likes.
func (a *Adapter) Newest(ctx context.Context, specs []drill.Spec) (map[string]drill.Newest, error) {
	var own, others []string
	sources := make([]target, 0, len(specs))
	for _, spec := range specs {
		s, err := source(spec)
		if err != nil {
			return nil, err
		}
		sources = append(sources, s)
		own, others = append(own, s.Region()), append(others, s.PrimaryRegion)
	}
	shelves := map[string]*shelf{}
	var problems []error
	for _, region := range distinct(own) {
		shelves[region] = a.shelf(ctx, region)
		problems = append(problems, shelves[region].err)
	}
	bounded, cancel := spare(ctx)
	defer cancel()
	for _, region := range distinct(others) {
		if shelves[region] == nil {
			shelves[region] = a.shelf(bounded, region)
		}
	}
	found := make(map[string]drill.Newest, len(specs))
	for i, spec := range specs {
		owner, caller := a.accounts(sources[i])
		found[spec.Name()] = newest(search{spec: spec, source: sources[i], owner: owner, caller: caller}, shelves)
	}
	return found, errors.Join(problems...)
}

func distinct(regions []string) []string {
	return slices.Compact(slices.Sorted(slices.Values(regions)))
}

// toPublish is what a round keeps of its time for what comes after the looks: a
// region that does not answer holds every call for as long as it can.
const toPublish = 45 * time.Second

// spare leaves time to publish, where the time is bounded at all.
func spare(ctx context.Context) (context.Context, context.CancelFunc) {
	deadline, bounded := ctx.Deadline()
	if !bounded {
		return ctx, func() {}
	}
	return context.WithDeadline(ctx, deadline.Add(-toPublish))
}

// newest judges what lies on the shelves of one database's regions. What had
// the name before is no backup, and is said.
func newest(look search, shelves map[string]*shelf) drill.Newest {
	s := look.source
	home, away := shelves[s.PrimaryRegion], shelves[s.Region()]
	var n drill.Newest
	var atHome, elsewhere []candidate
	if home.err == nil {
		n.PrimaryKnown = look.owner == look.caller || !s.Elsewhere()
		if !n.PrimaryKnown {
			n.NotAsked = true
			n.Findings = append(n.Findings, look.notAsked())
		}
		var belongs *drill.Error
		if atHome, look.living, belongs = home.candidates(look, s.PrimaryRegion); belongs != nil {
			n.Findings = append(n.Findings, drill.Finding{Severity: drill.Warning, Code: string(belongs.Name), What: belongs.What, Hint: belongs.Hint})
		}
	} else {
		n.Findings = append(n.Findings, home.unknown(s.PrimaryRegion))
	}
	if s.Elsewhere() && away.err == nil {
		n.CopyKnown = true
		elsewhere, _, _ = away.candidates(look, s.Region())
	} else if s.Elsewhere() {
		n.Findings = append(n.Findings, away.unknown(s.Region()))
	}
	all := slices.Concat(atHome, elsewhere)
	look.living = cmp.Or(look.living, livingIn(all))
	n.Primary, n.Copy = look.freshest(atHome, s.PrimaryRegion), look.freshest(elsewhere, s.Region())
	var before []drill.RecoveryPoint
	for _, c := range all {
		counts := map[bool]time.Time{true: n.Copy, false: n.Primary}[c.Location == s.Region() && s.Elsewhere()]
		if reason, hint := look.unattributed(c); reason != "" && c.why == "" && c.status == "available" && c.TakenAt.Equal(counts) {
			c.Usable, c.Standing, c.Reason, c.Hint = true, drill.Unattributed, reason, hint
			n.Findings = append(n.Findings, drill.Choose([]drill.RecoveryPoint{c.RecoveryPoint}).Findings...)
		}
		if reason, hint := look.replaced(c); reason != "" {
			c.Standing, c.Reason, c.Hint = drill.Replaced, reason, hint
			before = append(before, c.RecoveryPoint)
		}
	}
	n.Findings = append(n.Findings, drill.Choose(before).Findings...)
	return n
}

// unknown says that a region could not be asked; the same words for all of its
// databases.
func (s *shelf) unknown(region string) drill.Finding {
	return regionUnknown(region, s.err, "nothing is known of the backups that lie there: see what keeps the monitor's role from asking")
}

// regionUnknown has the error's own hint, else the one given.
func regionUnknown(region string, err error, hint string) drill.Finding {
	return drill.Finding{
		Severity: drill.Warning, Code: "RegionUnknown", What: fmt.Sprintf("region %s could not be asked for backups: %v", region, err), Hint: cmp.Or(drill.HintOf(err), hint),
	}
}

// notAsked: the lister asks its own account, and sees of the owner's what that
// one shares.
func (l search) notAsked() drill.Finding {
	return drill.Finding{
		Severity: drill.Warning, Code: "RegionUnknown",
		What: fmt.Sprintf("account %s was not asked for its backups in region %s: lifeboat runs in account %s, and sees only what is shared with it", l.owner, l.source.PrimaryRegion, l.caller),
		Hint: "what a recovery would use lies in " + l.source.Region() + ", and is judged; see to the others in the account that owns them",
	}
}

// candidates are those of the source on the shelf, and of what had its name
// before; living is the source's resource id where the source itself is there,
// and belongs says that it has no backups of its own.
func (s *shelf) candidates(look search, region string) (found []candidate, living string, belongs *drill.Error) {
	instance, alive := s.instances[strings.ToLower(look.source.Instance)]
	if alive = alive && region == look.source.PrimaryRegion && look.owner == look.caller; alive {
		living = aws.ToString(instance.DbiResourceId)
		if belongs = member(instance); belongs == nil {
			found = append(found, fromInstance(instance, region))
		}
	}
	for _, b := range s.backups[strings.ToLower(look.sourceARN())] {
		if !alive || aws.ToString(b.DbiResourceId) != living {
			found = append(found, fromBackup(b, region))
		}
	}
	wanted := look.named(region)
	if living != "" {
		wanted = look.before(region, living)
		for _, snapshot := range s.byResource[living] {
			found = append(found, look.fromSnapshot(snapshot, region))
		}
	}
	for _, snapshot := range s.byInstance[strings.ToLower(look.source.Instance)] {
		if wanted(snapshot) {
			found = append(found, look.fromSnapshot(snapshot, region))
		}
	}
	return found, living, belongs
}

func (l search) freshest(candidates []candidate, region string) (at time.Time) {
	for _, c := range candidates {
		if c.why != "" || c.status != "available" || !c.TakenAt.After(at) {
			continue
		}
		if other, _ := l.replaced(c); other != "" {
			continue
		}
		if lost, _ := l.unsurvived(c); lost != "" && region == l.source.Region() {
			continue // a recovery would not find it; elsewhere it is shown for what it is
		}
		if locked, _ := l.unreadable(c); locked != "" && region == l.source.Region() {
			continue
		}
		at = c.TakenAt
	}
	return at
}

// shelf lists a region. A part of it would be a wrong answer, so there is none.
func (a *Adapter) shelf(ctx context.Context, region string) *shelf {
	s, err := a.fill(ctx, region)
	if err != nil {
		return &shelf{err: err}
	}
	return s
}

func (a *Adapter) fill(ctx context.Context, region string) (*shelf, error) {
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
