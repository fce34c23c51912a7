package sim

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/lab"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/rds"
)

// instances is an RDS DB instance with its backups.
type instances struct {
	landscape
	source drill.RDSSource
}

func instancesIn(l landscape) estate { return instances{l, *l.spec.RDS} }

// theOneBefore is the resource id of what had the source's name before.
const theOneBefore = "db-THEONEBEFORE"

func (l instances) resourceID() string { return "db-SOURCE" + strings.ToUpper(l.source.Instance) }

func (l instances) engine() (engine, version, major string) {
	engine, version = cmp.Or(l.scenario.Source.Engine, "postgres"), cmp.Or(l.scenario.Source.Version, "15.7")
	parts := strings.Split(version, ".")
	major = parts[0]
	if engine != "postgres" && len(parts) > 1 {
		major += "." + parts[1]
	}
	return engine, version, major
}

func (l instances) saw() drill.Identity {
	_, version, _ := l.engine()
	seen := drill.Identity{SystemIdentifier: l.resourceID(), ServerVersion: version}
	if l.scenario.Source.Replaced || l.scenario.Source.ReplacedAgo > 0 {
		seen.SystemIdentifier = theOneBefore
	}
	return seen
}

// restoreTakes is about how long a restore takes in this scenario.
func (l instances) restoreTakes() time.Duration {
	r := l.scenario.Restore
	return r.Creating.or(rds.Default.Creating) + r.Modifying.or(rds.Default.Modifying)
}

// populate makes the source, its backups and what the restore needs.
func (l instances) populate(c *lab.Cloud, now time.Time) {
	service := c.RDS
	origin, p, engineScenario := l.source, l.place, l.scenario.Source
	engine, version, major := l.engine()
	retention := cmp.Or(engineScenario.RetentionDays, 7)
	storage := cmp.Or(engineScenario.StorageGiB, 200)
	source := rds.Instance{
		Identifier: origin.Instance, ResourceID: l.resourceID(), Engine: engine, EngineVersion: version, MasterUser: "app", Database: "app",
		StorageGiB: storage, SubnetGroup: "production", SecurityGroups: []string{"sg-production"}, RetentionDays: retention,
		DeletionProtection: true, MultiAZ: true, KMSKey: l.key(p.PrimaryRegion, l.primaryAccount()),
		Tags: []rds.Tag{{Key: "environment", Value: "production"}, {Key: "backup", Value: "daily"}}, Cluster: engineScenario.Cluster,
		ParameterGroup: engineScenario.ParameterGroup,
	}
	if engineScenario.ReplacedAgo > 0 {
		l.before(service, source)
	} else if !engineScenario.Gone {
		added := service.AddInstance(l.primaryAccount(), p.PrimaryRegion, source)
		if engineScenario.Busy != "" {
			service.Busy(added, engineScenario.Busy, time.Duration(engineScenario.BusyFor))
		}
	}
	if missing := l.scenario.Capacity; missing.None || missing.FreeAfter > 0 {
		service.NoCapacity(p.Region(), "", time.Duration(missing.FreeAfter))
	}
	for _, region := range slices.Compact([]string{p.PrimaryRegion, p.Region()}) {
		l.groups(service, region, engine, major)
	}
	if b := l.scenario.Backups; !b.NoReplica && engineScenario.Cluster == "" && l.replicates() {
		backup := l.replica(source)
		if b.ReplicaStoppedFor > 0 {
			backup.StoppedAt = now.Add(-time.Duration(b.ReplicaStoppedFor))
		}
		service.AddBackup(l.account(), p.RecoveryRegion, backup)
	}
	for i, snapshot := range l.scenario.Backups.Snapshots {
		l.snapshot(service, i, snapshot, source, now)
	}
	quota := l.scenario.Quota
	service.SetQuota(l.account(), p.Region(), rds.Quota{Instances: cmp.Or(quota.Instances, 40), StorageGiB: 100_000})
	for i := range quota.Used {
		service.AddInstance(l.account(), p.Region(), rds.Instance{Identifier: fmt.Sprintf("team-%d", i+1)})
	}
}

// replicates: automated backups are copied to another region of one account.
func (l instances) replicates() bool {
	return l.place.RecoveryRegion != "" && l.account() == l.primaryAccount()
}

// replica is the replicated automated backup of an instance.
func (l instances) replica(of rds.Instance) rds.AutomatedBackup {
	return rds.AutomatedBackup{
		Instance: of.Identifier, InstanceARN: inRegion("rds", l.place.PrimaryRegion, l.primaryAccount(), "db:"+of.Identifier), ResourceID: of.ResourceID,
		Engine: of.Engine, EngineVersion: of.EngineVersion, MasterUser: of.MasterUser, Status: "replicating", StorageGiB: of.StorageGiB,
		KMSKey: l.key(l.place.RecoveryRegion, l.account()), RetentionDays: of.RetentionDays, SourceRegion: l.place.PrimaryRegion,
		Lag: l.scenario.Backups.ReplicaLag.or(6 * time.Minute), Tags: of.Tags,
	}
}

// before makes the source as one that took the name of another, of which all is
// still there that a deletion leaves.
func (l instances) before(service *rds.Service, source rds.Instance) {
	old := source
	old.ResourceID = theOneBefore
	service.AddInstance(l.primaryAccount(), l.place.PrimaryRegion, old)
	if l.replicates() {
		service.AddBackup(l.account(), l.place.RecoveryRegion, l.replica(old))
	}
	service.Replace(l.primaryAccount(), l.place.PrimaryRegion, source.Identifier, source, time.Duration(l.scenario.Source.ReplacedAgo))
}

func (l instances) groups(service *rds.Service, region, engine, major string) {
	subnets := []rds.SubnetGroup{{Name: "default", VPC: "vpc-default", Public: true}, {Name: "production", VPC: "vpc-production"}}
	if !l.missing("subnet-group") {
		subnets = append(subnets, rds.SubnetGroup{Name: l.place.SubnetGroup, VPC: "vpc-lifeboat"})
	}
	parameters := []rds.ParameterGroup{{Name: "default." + engine + major, Family: engine + major}}
	if name := l.source.ParameterGroup; name != "" && !l.missing("parameter-group") {
		parameters = append(parameters, rds.ParameterGroup{Name: name, Family: engine + major})
	}
	if name := l.scenario.Source.ParameterGroup; name != "" && region == l.place.PrimaryRegion && name != l.source.ParameterGroup {
		parameters = append(parameters, rds.ParameterGroup{Name: name, Family: engine + major})
	}
	options := []rds.OptionGroup{{Name: "default:" + engine + "-" + strings.ReplaceAll(major, ".", "-"), Engine: engine, Version: major}}
	if name := l.source.OptionGroup; name != "" && !l.missing("option-group") {
		options = append(options, rds.OptionGroup{Name: name, Engine: engine, Version: major})
	}
	service.AddGroups(l.account(), region, subnets, parameters, options)
}

func (l instances) leftBehind(c *lab.Cloud, n names) []string {
	left := []string{}
	for _, i := range c.RDS.Instances(n.account, n.region) {
		if drill.IsThrowawayName(n.deployment, i.Identifier) {
			left = append(left, i.Identifier)
		}
	}
	return left
}

func (l instances) billed(c *lab.Cloud) (time.Duration, int) {
	return c.RDS.RestoredTime(), c.RDS.RestoredStorageGiB()
}

func (l instances) snapshot(service *rds.Service, i int, s Snapshot, source rds.Instance, now time.Time) {
	region, owner := l.place.Region(), l.account()
	if s.Region == "primary" {
		region, owner = l.place.PrimaryRegion, l.primaryAccount()
	}
	snapshot := rds.Snapshot{
		Identifier: fmt.Sprintf("%s-%s-%d", source.Identifier, s.Kind, i+1), Type: s.Kind, Status: s.Status, Instance: source.Identifier, ResourceID: source.ResourceID,
		Engine: source.Engine, EngineVersion: source.EngineVersion, MasterUser: source.MasterUser, StorageGiB: source.StorageGiB,
		KMSKey: l.key(region, owner), DatabaseTime: now.Add(-time.Duration(s.Age)), Created: now.Add(-time.Duration(s.Age)), Tags: source.Tags, RetentionDays: source.RetentionDays,
	}
	if replaced := l.scenario.Source.ReplacedAgo; replaced > 0 && s.Age > replaced {
		snapshot.ResourceID = theOneBefore
	}
	if s.Kind == "automated" {
		snapshot.Identifier = "rds:" + snapshot.Identifier
	}
	if s.Kind == "awsbackup" {
		snapshot.Identifier = fmt.Sprintf("awsbackup:job-%s-%d", source.Identifier, i+1)
	}
	if s.Kind == "shared" {
		owner, snapshot.Type, snapshot.SharedWith = l.primaryAccount(), "manual", []string{l.account()}
		snapshot.KMSKey = l.key(region, owner)
	}
	if s.CopiedAfter > 0 {
		snapshot.Created = snapshot.DatabaseTime.Add(time.Duration(s.CopiedAfter))
		snapshot.SourceRegion = l.place.PrimaryRegion
		snapshot.SourceSnapshot = inRegion("rds", l.place.PrimaryRegion, l.primaryAccount(), "snapshot:"+snapshot.Identifier)
	}
	service.AddSnapshot(owner, region, snapshot)
}
