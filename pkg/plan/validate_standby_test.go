package plan

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	standbyService = "arn:aws:ecs:eu-central-1:111122223333:service/orders/web"
	standbyGroup   = "arn:aws:autoscaling:eu-central-1:111122223333:autoScalingGroup:0b1c2d3e-4f50-6172-8394-a5b6c7d8e9f0:autoScalingGroupName/orders workers"
	standbyCheck   = "01234567-89ab-cdef-0123-456789abcdef"
)

// ready is a workload with everything that a topology needs, and nothing that it
// must not have.
func ready(topology string) Plan {
	p := onAWSPlan()
	w := &p.Workloads[0]
	w.Topology = topology
	t := TopologyOf(topology)
	standby := &Standby{}
	if t.Replica == Needed {
		w.Databases[0].Replica = "orders-replica"
	}
	if t.Services == Needed {
		standby.Services = []string{standbyService, standbyGroup}
	}
	for range t.HealthChecks {
		standby.HealthChecks = append(standby.HealthChecks, HealthCheck{Interval: Duration(30 * time.Second), Threshold: 3})
	}
	if t.Record == Needed {
		standby.Record = &Record{Name: "orders.example.com", Zone: "Z0123456789ABCDEFGHIJ", TTL: Duration(time.Minute)}
	}
	w.Standby = standby
	return p
}

func onAWSPlan() Plan {
	low := 1.0
	return Plan{
		Version: 1, Deployment: "prod", Notify: []string{"oncall@example.com"}, Regions: &Regions{Primary: "eu-west-1", Recovery: "eu-central-1"},
		Workloads: []Workload{{
			Name: "orders", Objectives: Objectives{RTO: Duration(time.Hour), RPO: Duration(time.Hour)},
			Databases: []Database{{
				Name: "db", Kind: KindRDSInstance, Source: "orders-prod",
				Checks: []Check{{Name: "rows", SQL: "select count(*) from orders", Expect: &Expect{Min: &low}}},
			}},
		}},
	}
}

func TestWhatATopologyNeeds(t *testing.T) {
	for _, topology := range append(slices.Clone(Topologies), "") {
		if problems := ready(topology).Validate(); len(problems) > 0 {
			t.Errorf("%q with all that it needs: %v", topology, problems)
		}
	}
	const at, standby = "workloads[0].databases[0].rds.replica", "workloads[0].standby."
	cases := map[string]struct {
		reason string
		bare   []string // the paths where a plan that names the topology alone is refused
	}{
		BackupRestore: {"nothing stands ready", nil},
		PilotLight:    {"the data does, and clients must find it", []string{at, standby + "record"}},
		WarmStandby:   {"a service runs, and somebody must notice", []string{at, standby + "services", standby + "healthChecks", standby + "record"}},
		ActivePassive: {"the same, at another scale", []string{at, standby + "services", standby + "healthChecks", standby + "record"}},
		ActiveActive:  {"the same", []string{at, standby + "services", standby + "healthChecks", standby + "record"}},
	}
	for topology, tc := range cases {
		p := onAWSPlan()
		p.Workloads[0].Topology = topology
		var paths []string
		for _, problem := range p.Validate() {
			paths = append(paths, problem.Path)
			if problem.Hint == "" || !strings.Contains(problem.What, topology) {
				t.Errorf("%s: %+v names no topology, or gives no hint", topology, problem)
			}
		}
		if diff := cmp.Diff(tc.bare, paths); diff != "" {
			t.Errorf("%s: %s (-want +got):\n%s", topology, tc.reason, diff)
		}
	}
}

func TestWhatStandsReadyIsRefused(t *testing.T) {
	cases := map[string]struct {
		reason   string
		topology string
		change   func(p *Plan, w *Workload)
		path     string
		says     string
	}{
		"a replica of backup-restore": {"it would be paid for and not used", BackupRestore, func(_ *Plan, w *Workload) { w.Databases[0].Replica = "orders-replica" }, "databases[0].rds.replica", "uses no replica"},
		"services of backup-restore":  {"the same", BackupRestore, func(_ *Plan, w *Workload) { w.Standby.Services = []string{standbyService} }, "standby.services", "no services"},
		"no recovery region":          {"it would be lost together", PilotLight, func(p *Plan, _ *Workload) { p.Regions.Recovery = "" }, "topology", "recovery region"},
		"a kind without replicas": {"its recovery is a restore", PilotLight, func(_ *Plan, w *Workload) {
			w.Databases[0] = Database{Name: "db", Kind: KindPostgres, Backups: "b/*", Checks: w.Databases[0].Checks}
		}, "databases[0].kind", "no replica"},
		"no identifier": {"RDS has none such", PilotLight, func(_ *Plan, w *Workload) { w.Databases[0].Replica = "orders--replica" }, "databases[0].rds.replica", "identifier"},
		"one replica of two": {"it has one source", PilotLight, func(_ *Plan, w *Workload) {
			other := w.Databases[0]
			other.Name, other.Source = "other", "other-prod"
			w.Databases = append(w.Databases, other)
		}, "databases[1].rds.replica", "replica of db as well"},
		"a service elsewhere": {"it would be lost too", WarmStandby, func(_ *Plan, w *Workload) {
			w.Standby.Services[0] = strings.Replace(standbyService, "eu-central-1", "eu-west-1", 1)
		}, "standby.services[0]", "lies in eu-west-1"},
		"a service of nobody": {"nobody looks there", WarmStandby, func(p *Plan, _ *Workload) { p.Accounts = &Accounts{Primary: "444455556666"} }, "standby.services[0]", "account 111122223333"},
		"a partition": {"there is no such ARN", WarmStandby, func(_ *Plan, w *Workload) {
			w.Standby.Services[0] = strings.Replace(standbyService, "arn:aws:", "arn:aws-cn:", 1)
		}, "standby.services[0]", "partition"},
		"a service of old": {"by it no service is found", WarmStandby, func(_ *Plan, w *Workload) {
			w.Standby.Services[0] = "arn:aws:ecs:eu-central-1:111122223333:service/web"
		}, "standby.services[0]", "its cluster"},
		"another thing": {"nobody can look at its scale", WarmStandby, func(_ *Plan, w *Workload) {
			w.Standby.Services[0] = "arn:aws:lambda:eu-central-1:111122223333:function:f"
		}, "standby.services[0]", "no ARN of an ECS service"},
		"a service twice":         {"a slip", WarmStandby, func(_ *Plan, w *Workload) { w.Standby.Services[1] = standbyService }, "standby.services[1]", "twice"},
		"what nothing costs":      {"there is no service", PilotLight, func(_ *Plan, w *Workload) { w.Standby.MonthlyUSD = new(float64) }, "standby.monthlyUSD", "cost of services"},
		"an interval":             {"Route 53 has two", WarmStandby, func(_ *Plan, w *Workload) { w.Standby.HealthChecks[0].Interval = Duration(time.Minute) }, "standby.healthChecks[0].interval", "1m"},
		"a threshold":             {"it has ten", WarmStandby, func(_ *Plan, w *Workload) { w.Standby.HealthChecks[0].Threshold = 11 }, "standby.healthChecks[0].threshold", "11"},
		"no threshold":            {"missing is zero", WarmStandby, func(_ *Plan, w *Workload) { w.Standby.HealthChecks[0].Threshold = 0 }, "standby.healthChecks[0].threshold", "0"},
		"one health check of two": {"traffic must leave either region", ActiveActive, func(_ *Plan, w *Workload) { w.Standby.HealthChecks = w.Standby.HealthChecks[:1] }, "standby.healthChecks", "2 health checks"},
		"an id":                   {"it is a UUID", WarmStandby, func(_ *Plan, w *Workload) { w.Standby.HealthChecks[0].ID = "orders" }, "standby.healthChecks[0].id", "orders"},
		"a health check twice": {"one failure would count as two", ActiveActive, func(_ *Plan, w *Workload) {
			w.Standby.HealthChecks[0].ID, w.Standby.HealthChecks[1].ID = standbyCheck, standbyCheck
		}, "standby.healthChecks[1].id", "twice"},
		"no name":       {"clients find nothing", PilotLight, func(_ *Plan, w *Workload) { w.Standby.Record.Name = "" }, "standby.record.name", "no name"},
		"a name":        {"DNS has none such", PilotLight, func(_ *Plan, w *Workload) { w.Standby.Record.Name = "orders example" }, "standby.record.name", "orders example"},
		"a zone":        {"Route 53 has none such", PilotLight, func(_ *Plan, w *Workload) { w.Standby.Record.Zone = "example.com" }, "standby.record.zone", "hosted zone"},
		"no TTL":        {"the RTO would forget it", PilotLight, func(_ *Plan, w *Workload) { w.Standby.Record.TTL = 0 }, "standby.record.ttl", "how long clients"},
		"half a second": {"DNS counts whole ones", PilotLight, func(_ *Plan, w *Workload) { w.Standby.Record.TTL = Duration(1500 * time.Millisecond) }, "standby.record.ttl", "1.5s"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p := ready(tc.topology)
			tc.change(&p, &p.Workloads[0])
			found := slices.ContainsFunc(p.Validate(), func(problem Problem) bool {
				return problem.Path == "workloads[0]."+tc.path && strings.Contains(problem.What, tc.says) && problem.Hint != ""
			})
			if !found {
				t.Errorf("%s: nothing says %q at %s: %v", tc.reason, tc.says, tc.path, p.Validate())
			}
		})
	}
}

// A replica is of kinds that have one.
func TestAReplicaOfAFile(t *testing.T) {
	p := ready(BackupRestore)
	p.Workloads[0].Databases[0] = Database{Name: "db", Kind: KindPostgres, Backups: "b/*", Replica: "orders-replica", Checks: p.Workloads[0].Databases[0].Checks}
	if problems := p.Validate(); !slices.ContainsFunc(problems, func(p Problem) bool { return strings.Contains(p.What, "has no replica") }) {
		t.Error(problems)
	}
}

func TestStandbyProblemsOfAnotherTopology(t *testing.T) {
	p := ready(PilotLight)
	var paths []string
	for _, problem := range p.StandbyProblems(0, WarmStandby) {
		paths = append(paths, problem.Path)
	}
	if diff := cmp.Diff([]string{"workloads[0].standby.services", "workloads[0].standby.healthChecks"}, paths); diff != "" {
		t.Error(diff)
	}
	if p.Workloads[0].Topology != PilotLight {
		t.Error("asking changed the plan")
	}
}

func TestTopologiesAreOneList(t *testing.T) {
	for i, topology := range topologies {
		if topology.Name != Topologies[i] || topology.Says == "" || topology.Replica == "" || topology.Services == "" || topology.Record == "" || topology.Scale == "" {
			t.Errorf("%+v beside %s", topology, Topologies[i])
		}
	}
	if len(topologies) != len(Topologies) || TopologyOf("cold-spare").Name != "" || TopologyOf("").Name != BackupRestore {
		t.Error("one is there only once, or has another name")
	}
}
