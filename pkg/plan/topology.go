package plan

import "slices"

// Demand says how a topology stands to one thing that can stand ready.
type Demand string

const (
	Refused Demand = "refused" // it would be paid for, and the topology does not use it
	Allowed Demand = "allowed"
	Needed  Demand = "needed"
)

// Scale is how much of a service runs in the recovery region before a disaster.
type Scale string

const (
	ScaleNone Scale = "none" // nothing runs: it is deployed, or started, after the disaster
	ScaleSome Scale = "some" // it runs, and grows after the disaster
	ScaleFull Scale = "full" // it carries the whole load at once
)

// Topology is how a workload would be recovered: what must be there before, and
// what of it runs.
//
// The five are those of AWS's paper on disaster recovery; its multi-site
// active/active is two here, by whether the second site serves before the disaster.
// https://docs.aws.amazon.com/whitepapers/latest/disaster-recovery-workloads-on-aws/disaster-recovery-options-in-the-cloud.html
type Topology struct {
	Name string
	// Replica: each database has one in the recovery region, which is promoted.
	// Without one it is restored from a backup.
	Replica Demand
	// Services: what serves is deployed in the recovery region before.
	Services Demand
	// Scale is what a service that is declared runs at.
	Scale Scale
	// HealthChecks: how many there are at least, and whether by them, and not by a
	// person, the loss is noticed. 0: they are allowed.
	HealthChecks int
	// Record: clients find the workload by a name that can be moved.
	Record Demand
	// Says it in a line.
	Says string
}

// topologies in the order of Topologies.
var topologies = []Topology{
	{
		Name: BackupRestore, Replica: Refused, Services: Refused, Scale: ScaleNone, Record: Allowed,
		Says: "nothing stands ready: databases are restored from backups, and services deployed",
	},
	{
		Name: PilotLight, Replica: Needed, Services: Allowed, Scale: ScaleNone, Record: Needed,
		Says: "the data stands ready in a replica; services are deployed and switched off",
	},
	{
		Name: WarmStandby, Replica: Needed, Services: Needed, Scale: ScaleSome, HealthChecks: 1, Record: Needed,
		Says: "everything runs there, scaled down, and grows after the loss",
	},
	{
		Name: ActivePassive, Replica: Needed, Services: Needed, Scale: ScaleFull, HealthChecks: 1, Record: Needed,
		Says: "everything runs there at full size, and serves after the loss",
	},
	{
		Name: ActiveActive, Replica: Needed, Services: Needed, Scale: ScaleFull, HealthChecks: 2, Record: Needed,
		Says: "both regions serve; the replica reads only until it is promoted",
	},
}

// TopologyOf is the one of this name; "" is backup-restore, and one that nobody
// knows has no name.
func TopologyOf(name string) Topology {
	if name == "" {
		name = BackupRestore
	}
	if i := slices.IndexFunc(topologies, func(t Topology) bool { return t.Name == name }); i >= 0 {
		return topologies[i]
	}
	return Topology{}
}
