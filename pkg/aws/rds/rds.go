// Package rds drills RDS DB instances: it finds what an instance could be
// restored from, restores it under a throwaway name, watches the restore, has
// a login made, and removes the copy again.
//
// How it works:
//
//   - RecoveryPoints lists snapshots of every type and points in time where the
//     copy is made, tells whose they are, and says of each whether it would
//     survive the drill's scenario. For a lost region it asks that region
//     nothing.
//   - StartRestore looks first at all that could refuse the restore (Preflight)
//     and then asks for it with every argument stated, because AWS's defaults
//     are the source's tags, the default VPC and backups.
//   - RestoreStatus looks once. The copy counts as available only when it is
//     isolated as it was asked for (posture.go).
//   - Remove deletes what carries the run's name and this deployment's and this
//     execution's tags, and nothing else; Remaining lists what is left.
//
// The name follows from the execution, so that every call can be repeated.
// What a failure leaves behind is at most one DB instance of that name, with
// the tags lifeboat:deployment and lifeboat:execution.
package rds

import (
	"context"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsrds "github.com/aws/aws-sdk-go-v2/service/rds"

	"github.com/lifeboat-dr/lifeboat/pkg/clock"
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// ResourceKind is the kind of everything that StartRestore creates.
const ResourceKind = plan.KindRDSInstance

// Options of an Adapter.
type Options struct {
	// Config is the SDK's configuration for a region. It is asked once per
	// region.
	Config func(region string) aws.Config
	// Clock tells the time; nil: the wall clock.
	Clock clock.Clock
	// Account is the caller's account id, 12 digits. Empty: the spec's recovery
	// account, else its primary account.
	Account string
	// LookUpEvents asks RDS, once per drill when the copy is found available,
	// for the event that says when it became so. It narrows the measured
	// interval and costs one call of DescribeEvents.
	LookUpEvents bool
}

// Adapter serves the steps of a drill for databases of kind rds-instance. It
// is safe for concurrent use.
type Adapter struct {
	options Options
	connect func(region string) clients
	mu      sync.Mutex
	regions map[string]clients
}

// New makes an adapter. It makes no call.
func New(o Options) *Adapter {
	return newAdapter(o, func(region string) clients { return newClients(o.Config(region)) })
}

func newAdapter(o Options, connect func(region string) clients) *Adapter {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	return &Adapter{options: o, connect: connect, regions: map[string]clients{}}
}

// rdsAPI is what is used of Amazon RDS.
type rdsAPI interface {
	DescribeDBInstances(context.Context, *awsrds.DescribeDBInstancesInput, ...func(*awsrds.Options)) (*awsrds.DescribeDBInstancesOutput, error)
	DescribeDBSnapshots(context.Context, *awsrds.DescribeDBSnapshotsInput, ...func(*awsrds.Options)) (*awsrds.DescribeDBSnapshotsOutput, error)
	DescribeDBInstanceAutomatedBackups(context.Context, *awsrds.DescribeDBInstanceAutomatedBackupsInput, ...func(*awsrds.Options)) (*awsrds.DescribeDBInstanceAutomatedBackupsOutput, error)
	DescribeAccountAttributes(context.Context, *awsrds.DescribeAccountAttributesInput, ...func(*awsrds.Options)) (*awsrds.DescribeAccountAttributesOutput, error)
	DescribeDBSubnetGroups(context.Context, *awsrds.DescribeDBSubnetGroupsInput, ...func(*awsrds.Options)) (*awsrds.DescribeDBSubnetGroupsOutput, error)
	DescribeDBParameterGroups(context.Context, *awsrds.DescribeDBParameterGroupsInput, ...func(*awsrds.Options)) (*awsrds.DescribeDBParameterGroupsOutput, error)
	DescribeOptionGroups(context.Context, *awsrds.DescribeOptionGroupsInput, ...func(*awsrds.Options)) (*awsrds.DescribeOptionGroupsOutput, error)
	offerAPI
	DescribeEvents(context.Context, *awsrds.DescribeEventsInput, ...func(*awsrds.Options)) (*awsrds.DescribeEventsOutput, error)
	RestoreDBInstanceFromDBSnapshot(context.Context, *awsrds.RestoreDBInstanceFromDBSnapshotInput, ...func(*awsrds.Options)) (*awsrds.RestoreDBInstanceFromDBSnapshotOutput, error)
	RestoreDBInstanceToPointInTime(context.Context, *awsrds.RestoreDBInstanceToPointInTimeInput, ...func(*awsrds.Options)) (*awsrds.RestoreDBInstanceToPointInTimeOutput, error)
	ModifyDBInstance(context.Context, *awsrds.ModifyDBInstanceInput, ...func(*awsrds.Options)) (*awsrds.ModifyDBInstanceOutput, error)
	PromoteReadReplica(context.Context, *awsrds.PromoteReadReplicaInput, ...func(*awsrds.Options)) (*awsrds.PromoteReadReplicaOutput, error)
	AddTagsToResource(context.Context, *awsrds.AddTagsToResourceInput, ...func(*awsrds.Options)) (*awsrds.AddTagsToResourceOutput, error)
	DeleteDBInstance(context.Context, *awsrds.DeleteDBInstanceInput, ...func(*awsrds.Options)) (*awsrds.DeleteDBInstanceOutput, error)
}

// clients are those of one region.
type clients struct {
	rds   rdsAPI
	keys  keyAPI
	roles roleAPI
}

func newClients(config aws.Config) clients {
	return clients{rds: awsrds.NewFromConfig(config), keys: newKeys(config), roles: newRoles(config)}
}

func (a *Adapter) in(region string) clients {
	a.mu.Lock()
	defer a.mu.Unlock()
	c, known := a.regions[region]
	if !known {
		c = a.connect(region)
		a.regions[region] = c
	}
	return c
}

// target is what of the spec this adapter works with.
type target struct {
	drill.Place
	drill.RDSSource
}

// source is what of the spec this adapter cannot do without.
func source(spec drill.Spec) (target, error) {
	s := spec.RDS
	switch {
	case s == nil:
		return target{}, &drill.Error{Name: drill.InvalidInput, What: spec.Name() + " is no RDS instance: its slice of the plan names none"}
	case s.Instance == "" || spec.Place.PrimaryRegion == "":
		return target{}, &drill.Error{
			Name: drill.InvalidInput, What: spec.Name() + ": its slice of the plan names no source instance or no primary region",
			Hint: "set source of the database, and regions.primary, in lifeboat.yaml",
		}
	}
	return target{Place: spec.Place, RDSSource: *s}, nil
}

// accounts are the account that owns the source and the one that restores.
func (a *Adapter) accounts(s target) (owner, caller string) {
	for _, id := range []string{a.options.Account, s.RecoveryAccount, s.PrimaryAccount} {
		if caller == "" {
			caller = id
		}
	}
	if owner = s.PrimaryAccount; owner == "" {
		owner = caller
	}
	return owner, caller
}
