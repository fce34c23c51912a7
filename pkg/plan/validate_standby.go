package plan

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
)

var (
	// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
	// The form without a cluster, of before 2018, does not say where to look.
	ecsServiceRE = regexp.MustCompile(`^arn:aws[a-z-]*:ecs:[a-z0-9-]+:[0-9]{12}:service/[A-Za-z0-9_-]{1,255}/[A-Za-z0-9_-]{1,255}$`)
	// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2autoscaling.html
	scalingGroupRE = regexp.MustCompile(`^arn:aws[a-z-]*:autoscaling:[a-z0-9-]+:[0-9]{12}:autoScalingGroup:[A-Za-z0-9-]+:autoScalingGroupName/[^\r\n\t:]{1,255}$`)
	// https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetHealthCheck.html
	healthCheckRE = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$`)
	// https://docs.aws.amazon.com/Route53/latest/APIReference/API_GetHostedZone.html
	hostedZoneRE = regexp.MustCompile(`^Z[A-Z0-9]{1,31}$`)
	// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/DomainNameFormat.html
	recordRE = regexp.MustCompile(`^(\*\.)?([A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?\.)+[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.?$`)
)

// Of a health check of Route 53.
// https://docs.aws.amazon.com/Route53/latest/APIReference/API_HealthCheckConfig.html
const (
	fastInterval     = Duration(10 * time.Second)
	standardInterval = Duration(30 * time.Second)
	maxThreshold     = 10
	// https://docs.aws.amazon.com/Route53/latest/APIReference/API_ResourceRecordSet.html
	maxTTL = Duration(2147483647 * time.Second)
)

// standby holds what stands ready against what the workload's topology needs: a
// plan that names a topology of which nothing is there would promise its recovery
// time, and have that of another.
func (v *validator) standby(path string, w Workload) {
	topology := TopologyOf(w.Topology)
	if topology.Name == "" {
		return // another problem says so
	}
	if topology.Replica == Needed && v.recoveryRegion() == "" {
		v.add(path+".topology", topology.Name+" needs a recovery region", "what stands ready must not be lost with what it stands in for",
			"declare regions.recovery, or choose "+BackupRestore)
	}
	v.replicas(path, w, topology)
	v.services(path+".standby.services", w, topology)
	v.healthChecks(path+".standby.healthChecks", w, topology)
	v.record(path+".standby.record", w, topology)
}

// StandbyProblems are those that a workload would have of what stands ready, were
// it of another topology: what a change to that one would have to bring.
func (p Plan) StandbyProblems(workload int, topology string) []Problem {
	v := &validator{plan: p}
	w := p.Workloads[workload]
	w.Topology = topology
	v.standby(fmt.Sprintf("workloads[%d]", workload), w)
	return v.problems
}

func (w Workload) standby() Standby {
	if w.Standby == nil {
		return Standby{}
	}
	return *w.Standby
}

func (v *validator) replicas(path string, w Workload, topology Topology) {
	seen := map[string]string{}
	for i, d := range w.Databases {
		d, kind := d.folded(), KindOf(d.Kind)
		at := fmt.Sprintf("%s.databases[%d]", path, i)
		key := at + "." + kind.Block + ".replica"
		switch {
		case !kind.Drillable:
			// Another problem says so.
		case topology.Replica == Refused && d.Replica != "":
			v.add(key, topology.Name+" uses no replica", "it would be paid for, and nobody would promote it",
				"remove it, or choose "+PilotLight+" or a topology above it")
		case topology.Replica == Needed && !slices.Contains(kind.Keys, "replica"):
			v.add(at+".kind", "kind "+d.Kind+" has no replica that lifeboat knows of, and "+topology.Name+" needs one",
				"it is restored from a backup, so its recovery is that of "+BackupRestore, "topology: "+BackupRestore+", or a workload of its own for it")
		case topology.Replica == Needed && d.Replica == "":
			v.add(key, topology.Name+" needs a replica of "+w.Name+"/"+d.Name, "without one it is restored from a backup, and the recovery takes as long as that of "+BackupRestore,
				"name its read replica in the recovery region, for instance "+kind.Block+": {replica: "+replicaLike(d.Source)+"}, or choose "+BackupRestore)
		case d.Replica == "":
			// It has none, and needs none.
		case len(d.Replica) > 63 || !rdsNameRE.MatchString(d.Replica):
			v.add(key, fmt.Sprintf("%q cannot be the identifier of an RDS instance", d.Replica), "",
				"63 letters, digits and single hyphens at most, a letter first and no hyphen last")
		case seen[d.Replica] != "":
			v.add(key, fmt.Sprintf("%q is the replica of %s as well", d.Replica, seen[d.Replica]), "a replica has one source", "name the one of "+d.Name)
		}
		if d.Replica != "" {
			seen[d.Replica] = d.Name
		}
	}
}

func replicaLike(source string) string {
	if source == "" {
		return "orders-replica"
	}
	return source + "-replica"
}

func (v *validator) services(path string, w Workload, topology Topology) {
	services := w.standby().Services
	switch {
	case topology.Services == Refused && len(services) > 0:
		v.add(path, topology.Name+" has no services that stand ready", "they would be paid for, and the recovery would not be faster",
			"remove them, or choose "+PilotLight+" or a topology above it")
	case topology.Services == Needed && len(services) == 0:
		v.add(path, topology.Name+" needs a service that runs in the recovery region", "without one somebody has to deploy it after the loss, as with "+PilotLight,
			"name the ARNs of ECS services or Auto Scaling groups, or choose "+PilotLight)
	}
	if usd := w.standby().MonthlyUSD; usd != nil && (*usd < 0 || len(services) == 0) {
		v.add(strings.TrimSuffix(path, "services")+"monthlyUSD", fmt.Sprintf("%g is no cost of services", *usd), "it is what those under services cost a month", "leave it out where it is not known")
	}
	seen := map[string]bool{}
	for i, arn := range services {
		at := fmt.Sprintf("%s[%d]", path, i)
		switch {
		case strings.Contains(arn, ":ecs:") && strings.Count(arn, "/") == 1:
			v.add(at, fmt.Sprintf("%q does not say its cluster", arn), "it is an ARN of the old form, by which no service is found", "arn:aws:ecs:<region>:<account>:service/<cluster>/<service>")
			continue
		case !ecsServiceRE.MatchString(arn) && !scalingGroupRE.MatchString(arn):
			v.add(at, fmt.Sprintf("%q is no ARN of an ECS service or an Auto Scaling group", arn), "",
				"for instance arn:aws:ecs:eu-central-1:111122223333:service/orders/web")
			continue
		case seen[arn]:
			v.add(at, "the service "+arn+" stands twice", "", "remove one of them")
		}
		seen[arn] = true
		v.standsReady(at, arn)
	}
}

// standsReady refuses what would be lost with the primary region, or lies in an
// account that the plan does not know.
func (v *validator) standsReady(at, arn string) {
	recovery, region := v.recoveryRegion(), arnField(arn, 3)
	switch {
	case recovery == "":
		// Another problem says so.
	case region != recovery:
		v.add(at, fmt.Sprintf("the service lies in %s and not in %s", region, recovery), "what stands ready must be where the workload is recovered", "name one there")
	case arnField(arn, 1) != Partition(region):
		v.add(at, fmt.Sprintf("the service lies in the partition %s and not in %s", arnField(arn, 1), Partition(region)), "", "arn:"+Partition(region)+":...")
	}
	a, account := v.plan.Accounts, arnField(arn, 4)
	if a != nil && account != a.Primary && account != a.Recovery {
		v.add(at, "the service lies in the account "+account, "the plan names others under accounts, and nobody looks there", "correct the ARN or accounts")
	}
}

func (v *validator) healthChecks(path string, w Workload, topology Topology) {
	checks := w.standby().HealthChecks
	if missing := topology.HealthChecks - len(checks); missing > 0 {
		v.add(path, fmt.Sprintf("%s needs %s of Route 53", topology.Name, healthChecksOf(topology.HealthChecks)),
			map[bool]string{
				false: "by it the loss is noticed and traffic moves; without it a person has to see it first, as with " + PilotLight,
				true:  "traffic must be able to leave either region",
			}[topology.HealthChecks > 1],
			"for instance healthChecks: [{interval: 30s, threshold: 3}]; the id can follow once it is made")
	}
	seen := map[string]bool{}
	for i, c := range checks {
		at := fmt.Sprintf("%s[%d]", path, i)
		if c.ID != "" {
			v.matches(at+".id", c.ID, healthCheckRE, "id of a health check", "for instance 01234567-89ab-cdef-0123-456789abcdef; leave it out until the health check is made")
			if seen[c.ID] {
				v.add(at+".id", "the health check "+c.ID+" stands twice", "", "remove one of them")
			}
			seen[c.ID] = true
		}
		if c.Interval != fastInterval && c.Interval != standardInterval {
			v.add(at+".interval", fmt.Sprintf("no health check has an interval of %s", c.Interval), "Route 53 asks every 10 or every 30 seconds", "10s or 30s")
		}
		if c.Threshold < 1 || c.Threshold > maxThreshold {
			v.add(at+".threshold", fmt.Sprintf("no health check has a threshold of %d", c.Threshold), "it is how many answers in a row change its state", fmt.Sprintf("1 to %d, for instance 3", maxThreshold))
		}
	}
}

func healthChecksOf(n int) string {
	if n == 1 {
		return "a health check"
	}
	return fmt.Sprintf("%d health checks", n)
}

func (v *validator) record(path string, w Workload, topology Topology) {
	r := w.standby().Record
	if r == nil {
		if topology.Record == Needed {
			v.add(path, topology.Name+" needs the record by which clients find the workload", "until it is moved, and for as long as clients keep the old answer, nobody is served; without it that time is not in the recovery time",
				"for instance record: {name: orders.example.com, ttl: 60s}")
		}
		return
	}
	switch {
	case r.Name == "":
		v.add(path+".name", "the record has no name", "", "for instance orders.example.com")
	case len(r.Name) > 255 || !recordRE.MatchString(r.Name):
		v.add(path+".name", fmt.Sprintf("%q is no name of a record", r.Name), "", "for instance orders.example.com")
	}
	v.matches(path+".zone", r.Zone, hostedZoneRE, "id of a hosted zone", "for instance Z0123456789ABCDEFGHIJ")
	switch {
	case r.TTL <= 0:
		v.add(path+".ttl", "nothing says for how long clients keep an answer", "the RTO forgets it: for that long clients go on to what is lost", "ttl of the record, for instance 60s; an alias record has that of its target")
	case r.TTL%Duration(time.Second) != 0 || r.TTL > maxTTL:
		v.add(path+".ttl", fmt.Sprintf("no record has a TTL of %s", r.TTL), "it counts in whole seconds, 2147483647 at most", "for instance 60s")
	}
}
