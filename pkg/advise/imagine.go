package advise

import (
	"fmt"
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// imagined is a plan with one workload, as it would be with another topology.
type imagined struct {
	plan    plan.Plan
	assumed []string
	unsaid  string // why the answer is not that of the plan as it stands
}

// What is taken for granted of what is not there yet: the defaults of Route 53's
// console, and the TTL that its guide names for records that fail over.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/best-practices-dns.html
const (
	checkInterval  = plan.Duration(30 * time.Second)
	checkThreshold = 3
	recordTTL      = plan.Duration(60 * time.Second)
)

// imagine gives the workload what the topology needs, and takes from it what it
// does not use. It is not possible where a database cannot have what is needed.
func imagine(p plan.Plan, workload int, topology plan.Topology) (i imagined, possible bool) {
	w := p.Workloads[workload]
	w.Topology, possible = topology.Name, true
	standby := plan.Standby{}
	if w.Standby != nil {
		standby = *w.Standby
	}
	if topology.Services == plan.Refused {
		standby.Services = nil
	}
	standby.HealthChecks = slices.Clone(standby.HealthChecks)
	for len(standby.HealthChecks) < topology.HealthChecks {
		standby.HealthChecks = append(standby.HealthChecks, plan.HealthCheck{Interval: checkInterval, Threshold: checkThreshold})
		i.assumed = append(i.assumed, fmt.Sprintf("health checks where there are none yet: every %s, %d in a row", checkInterval, checkThreshold))
	}
	if topology.Record == plan.Needed && standby.Record == nil {
		standby.Record = &plan.Record{Name: w.Name + ".example.com", TTL: recordTTL}
		i.assumed = append(i.assumed, fmt.Sprintf("a record where there is none yet: a TTL of %s", recordTTL))
	}
	w.Standby = &standby
	w.Databases = slices.Clone(w.Databases)
	for k := range w.Databases {
		d := &w.Databases[k]
		switch {
		case topology.Replica == plan.Refused:
			d.Replica = ""
		case !slices.Contains(plan.KindOf(d.Kind).Keys, "replica"):
			possible = false
		case d.Replica == "":
			d.Replica = d.Source + "-replica"
		}
	}
	if !p.SaysBackups() && p.Any(plan.DrilledOnAWS) {
		manage := true
		p.Backup = &plan.Backup{Manage: &manage}
		i.unsaid = "by backups that the plan does not declare yet: backup: {manage: true} would have to stand there"
		i.assumed = append(i.assumed, "backups as lifeboat would make them (backup: {manage: true}): the plan says nothing of backups")
	}
	if topology.Replica == plan.Needed && (p.Regions == nil || p.Regions.Recovery == "") {
		possible = false
	}
	p.Workloads = []plan.Workload{w}
	i.plan = p
	return i, possible
}
