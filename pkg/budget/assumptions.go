package budget

import (
	"cmp"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// What is assumed where the plan says nothing; plan.Assumptions tells people.
const (
	assumedBackup = 30 * time.Minute
	assumedCopy   = time.Hour
	// Logs of transactions are kept every five minutes; the newest point in time is
	// one upload behind.
	// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIT.html
	assumedLogs = 10 * time.Minute
	// Automated backups that are replicated lie further back than at home; nothing
	// bounds it, so it is watched.
	// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReplicateBackups.html
	assumedReplication = 20 * time.Minute
	assumedReplica     = 5 * time.Minute
	assumedPromotion   = 10 * time.Minute
	// A health check of 30 s that fails three times in a row.
	// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html
	assumedDetection = 90 * time.Second
	// The same to flip a record, and its TTL of 60 s.
	assumedFlip = 90 * time.Second
	assumedDNS  = assumedFlip + time.Minute
	// floorRestore is below every restore of an RDS instance from a backup: it makes
	// an instance, and its volume out of S3. AWS gives no figure; nobody has seen one
	// that was quicker.
	floorRestore = 10 * time.Minute
)

// pick is a figure of the database, else of its workload, else the assumed one.
func pick(name string, database, workload plan.Duration, assumed time.Duration) Figure {
	if declared := cmp.Or(database, workload); declared > 0 {
		return figure("assumptions."+name, time.Duration(declared), Declared, "assumptions."+name)
	}
	return figure("assumptions."+name, assumed, Assumed, "default")
}

func figure(name string, value time.Duration, basis Basis, from string) Figure {
	seconds := value.Seconds()
	return Figure{Name: name, Value: value, Seconds: &seconds, Basis: basis, From: from}
}

// weakest is the basis of what is made of others.
func weakest(bases ...Basis) Basis {
	weakest := Measured
	for _, b := range bases {
		switch {
		case b == Assumed:
			return Assumed
		case b == Declared:
			weakest = Declared
		}
	}
	return weakest
}

// scenario is the one that the targets of a database are held against.
func scenario(p *plan.Plan, d *plan.Database) string {
	switch {
	case d.Drill.Scenario != "":
		return d.Drill.Scenario
	case plan.KindOf(d.Kind).OnAWS && recoveryRegion(p):
		return plan.ScenarioRegionLoss
	}
	return plan.ScenarioOperatorError
}

func recoveryRegion(p *plan.Plan) bool  { return p.Regions != nil && p.Regions.Recovery != "" }
func recoveryAccount(p *plan.Plan) bool { return p.Accounts != nil && p.Accounts.Recovery != "" }

// replica is that of a database whose topology would use it.
func replica(w *plan.Workload, d *plan.Database) string {
	if topology(w) == plan.BackupRestore {
		return ""
	}
	if d.Replica == "" && d.RDS != nil {
		return d.RDS.Replica
	}
	return d.Replica
}

func topology(w *plan.Workload) string { return cmp.Or(w.Topology, plan.BackupRestore) }
