// Package rds is the simulated RDS: instances, snapshots, replicated automated
// backups, groups, quotas, tags and events of every account and region.
//
// An instance is a model with a status that changes in the clock's time:
// creating, backing-up where backups are on, modifying, available, deleting.
// What is asked about it is answered as AWS does: not at all right after the
// call, and stale for a while after each change. Defaults are AWS's own, the
// dangerous ones included: without tags the source's are copied, without a
// subnet group the copy is public in the default VPC, without a retention
// period it is backed up before it is available.
//
// Behaviour follows the RDS API reference
// (https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/Welcome.html) and
// the user guide; where neither says, the comment does.
package rds

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/events"
	"github.com/lifeboat-dr/lifeboat/pkg/simaws/wire"
)

// Options of the service.
type Options struct {
	Clock clock.Clock
	Bus   *events.Bus
	// Behaviour of the instances that are restored.
	Behaviour Behaviour
	// Random gives numbers in [0,1): how lifecycles spread; nil: they do not.
	Random func() float64
	// UseKey says whether a caller may use a KMS key; nil: always.
	UseKey func(key, account, principal string) error
	// LinkedRole says whether an account has AWSServiceRoleForRDS; nil: yes.
	LinkedRole func(account string) bool
	// RequiredTags are what a service control policy of the organisation asks
	// of every request that makes an instance: the values that each key may
	// have, none: any. Nil: it asks nothing.
	RequiredTags map[string][]string
	// Secrets keeps the managed master passwords; nil: asking for one fails.
	Secrets Secrets
	// Backing makes a restored instance real; nil: it is a model only.
	Backing Backing
}

// Secrets is the part of Secrets Manager that RDS uses.
type Secrets interface {
	// Create makes the secret of an instance, with a value of user and password.
	Create(account, region, instanceARN, user, password string) (secretARN string)
	Delete(secretARN string)
}

// Backing is a real database behind a restored instance.
type Backing interface {
	// Start restores the named recovery point; host and port are then those of
	// the instance.
	Start(instance, recoveryPoint string) (host string, port int, err error)
	SetPassword(instance, user, password string) error
	Stop(instance string)
}

// Service implements wire.Handler. Calls must come one at a time, as
// simaws.Cloud sends them.
type Service struct {
	wire.Query
	o       Options
	regions map[place]*region
	count   int
	// shortages are classes that a region has none of.
	shortages []shortage
	support   []Support
	withdrawn []withdrawn
	untold    map[string]bool
	began     time.Time
	// restored are all instances that a restore made, also those that are gone.
	restored []*Instance
}

type place struct{ account, region string }

// region is what one account has in one region. Slices keep the order of
// creation, so that answers repeat.
type region struct {
	place
	instances       []*Instance
	snapshots       []*Snapshot
	backups         []*AutomatedBackup
	subnetGroups    []SubnetGroup
	parameterGroups []ParameterGroup
	optionGroups    []OptionGroup
	events          []event
	quota           Quota
	// reserved are names of instances that will appear later.
	reserved map[string]bool
}

// Quota of one account in one region.
type Quota struct {
	Instances  int // default 40
	StorageGiB int // default 100,000
}

// New makes the service.
func New(o Options) *Service {
	if o.UseKey == nil {
		o.UseKey = func(string, string, string) error { return nil }
	}
	if o.LinkedRole == nil {
		o.LinkedRole = func(string) bool { return true }
	}
	o.Behaviour = o.Behaviour.withDefaults()
	s := &Service{o: o, regions: map[place]*region{}}
	if o.Clock != nil {
		s.began = o.Clock.Now()
	}
	s.Query = wire.Query{Namespace: "http://rds.amazonaws.com/doc/2014-10-31/", Operations: map[string]wire.Operation{
		"DescribeDBInstances":                wire.Op(s.describeInstances),
		"DescribeDBSnapshots":                wire.Op(s.describeSnapshots),
		"DescribeDBInstanceAutomatedBackups": wire.Op(s.describeBackups),
		"RestoreDBInstanceFromDBSnapshot":    wire.Op(s.restoreFromSnapshot),
		"RestoreDBInstanceToPointInTime":     wire.Op(s.restoreToPointInTime),
		"ModifyDBInstance":                   wire.Op(s.modify),
		"DeleteDBInstance":                   wire.Op(s.deleteInstance),
		"PromoteReadReplica":                 wire.Op(s.promote),
		"DescribeAccountAttributes":          wire.Op(s.accountAttributes),
		"DescribeDBSubnetGroups":             wire.Op(s.describeSubnetGroups),
		"DescribeDBParameterGroups":          wire.Op(s.describeParameterGroups),
		"DescribeOptionGroups":               wire.Op(s.describeOptionGroups),
		"DescribeDBMajorEngineVersions":      wire.Op(s.majorVersions),
		"DescribeDBEngineVersions":           wire.Op(s.engineVersions),
		"DescribeOrderableDBInstanceOptions": wire.Op(s.orderableOptions),
		"DescribeEvents":                     wire.Op(s.describeEvents),
		"ListTagsForResource":                wire.Op(s.listTags),
		"AddTagsToResource":                  wire.Op(s.addTags),
		"RemoveTagsFromResource":             wire.Op(s.removeTags),
		"DeleteDBSnapshot":                   wire.Op(s.deleteSnapshot),
		"DeleteDBInstanceAutomatedBackup":    wire.Op(s.deleteBackup),
		"DescribeDBSnapshotAttributes":       wire.Op(s.snapshotAttributes),
	}}
	return s
}

func (s *Service) at(account, name string) *region {
	key := place{account, name}
	r := s.regions[key]
	if r == nil {
		r = &region{place: key, reserved: map[string]bool{}, quota: Quota{Instances: 40, StorageGiB: 100_000}}
		s.regions[key] = r
	}
	return r
}

func (s *Service) of(c *wire.Call) *region { return s.at(c.Account, c.Region) }

// SetQuota changes the quota of an account in a region.
func (s *Service) SetQuota(account, region string, q Quota) { s.at(account, region).quota = q }

func (r *region) arn(kind, name string) string {
	return wire.ARN("rds", r.region, r.account, kind+":"+name)
}

// instance finds by identifier, which is not case-sensitive, or by ARN.
func (r *region) instance(id string) *Instance {
	id = strings.TrimPrefix(strings.ToLower(id), r.arn("db", ""))
	i := slices.IndexFunc(r.instances, func(i *Instance) bool { return strings.ToLower(i.Identifier) == id })
	if i < 0 {
		return nil
	}
	return r.instances[i]
}

func (r *region) snapshot(id string) *Snapshot {
	i := slices.IndexFunc(r.snapshots, func(s *Snapshot) bool { return s.Identifier == id || s.ARN == id })
	if i < 0 {
		return nil
	}
	return r.snapshots[i]
}

// page cuts a list as MaxRecords and Marker say; the marker is the index of
// the first element. https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DescribeDBInstances.html
func page[T any](list []T, maxRecords *int, marker string) (part []T, next *string, err error) {
	from, size := 0, 100
	if maxRecords != nil {
		if size = *maxRecords; size < 20 || size > 100 {
			return nil, nil, wire.Errorf("InvalidParameterValue", "MaxRecords must be between 20 and 100, is %d", size)
		}
	}
	if marker != "" {
		if from = len(marker); from > len(list) {
			return nil, nil, wire.Errorf("InvalidParameterValue", "the marker is not known")
		}
	}
	to := min(from+size, len(list))
	if to < len(list) {
		text := strings.Repeat("x", to)
		next = &text
	}
	return list[from:to], next, nil
}

// Tag of a resource.
type Tag struct {
	Key   string `yaml:"key"`
	Value string `yaml:"value"`
}

func sortedTags(tags []Tag) []Tag {
	return slices.SortedFunc(slices.Values(tags), func(a, b Tag) int { return cmp.Compare(a.Key, b.Key) })
}
