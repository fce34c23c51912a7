package account

import (
	"context"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/doctor"
	"github.com/lifeboat-dr/lifeboat/pkg/doctor/seen"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

const (
	webService = "arn:aws:ecs:eu-central-1:111122223333:service/orders/web"
	workers    = "arn:aws:autoscaling:eu-central-1:111122223333:autoScalingGroup:1:autoScalingGroupName/orders workers"
	ordersDB   = "arn:aws:rds:eu-west-1:111122223333:db:orders-prod"
	checkID    = "01234567-89ab-cdef-0123-456789abcdef"
	zoneID     = "Z0123456789ABCDEFGHIJ"
)

// fakeStandby is an account with what stands ready in it.
type fakeStandby struct {
	replica seen.Replica
	web     seen.Service
	group   seen.Service
	check   seen.HealthCheck
	records []seen.Record
	missing string // what is not there
	errs    map[string]error
}

func (f *fakeStandby) Replica(context.Context, string) (seen.Replica, bool, error) {
	return f.replica, f.missing != "replica", f.errs["replica"]
}

func (f *fakeStandby) HealthCheck(context.Context, string) (seen.HealthCheck, bool, error) {
	return f.check, f.missing != "health check", f.errs["health check"]
}

func (f *fakeStandby) Records(context.Context, string, string) ([]seen.Record, bool, error) {
	return f.records, f.missing != "zone", f.errs["records"]
}

// sourceOf replicas, by which key it is encrypted; "" it is not.
type sourceOf struct {
	key string
	err error
}

func (s sourceOf) Instance(context.Context, string) (seen.Instance, bool, error) {
	return seen.Instance{Key: s.key}, true, s.err
}

func (sourceOf) Replication(context.Context, string, string) (seen.Replication, bool, error) {
	return seen.Replication{}, false, nil
}

// AWS refuses a replica of an encrypted source in another region without a key of that.
func TestKeyOfAReplicaToBeMade(t *testing.T) {
	const without = "aws rds create-db-instance-read-replica --db-instance-identifier orders-replica --source-db-instance-identifier " + ordersDB + " --source-region eu-west-1 --region eu-central-1"
	for name, c := range map[string]struct {
		source  sourceOf
		planned string
		want    string
	}{
		"not encrypted":      {sourceOf{}, "", without},
		"encrypted":          {sourceOf{key: "arn:aws:kms:eu-west-1:111122223333:key/1"}, "", without + " --kms-key-id arn:aws:kms:eu-central-1:111122223333:alias/aws/rds"},
		"the plan's key":     {sourceOf{key: "arn:aws:kms:eu-west-1:111122223333:key/1"}, "alias/orders", without + " --kms-key-id arn:aws:kms:eu-central-1:111122223333:alias/orders"},
		"it cannot be asked": {sourceOf{err: errDenied}, "", without},
	} {
		n, f := standsReady(plan.WarmStandby)
		n.Plan.Workloads[0].Databases[0].Drill.KMSKey = c.planned
		f.missing = "replica"
		from := f.sources()
		from.Sources = Regions[AutomatedReader]{Account: theNames.Account, In: func(region string) AutomatedReader {
			if region != "eu-west-1" {
				t.Errorf("%s was asked for the source", region)
			}
			return c.source
		}}
		if l := said(t, Topology(n, from).Run(context.Background())); l.Command != c.want {
			t.Errorf("%s: %s", name, l.Command)
		}
	}
}

func (f *fakeStandby) sources() StandbySources {
	return StandbySources{Replicas: f, DNS: f, ECS: serviceOf(func() (seen.Service, bool, error) { return f.web, f.missing != "web", f.errs["web"] }),
		Scaling: serviceOf(func() (seen.Service, bool, error) { return f.group, f.missing != "group", f.errs["group"] })}
}

type serviceOf func() (seen.Service, bool, error)

func (f serviceOf) Service(context.Context, string) (seen.Service, bool, error) { return f() }

// standsReady is a workload of a topology with all that can stand ready, and an
// account in which it does.
func standsReady(topology string) (Needs, *fakeStandby) {
	n := Needs{Names: theNames, Plan: plan.Plan{
		Regions: &plan.Regions{Primary: "eu-west-1", Recovery: "eu-central-1"},
		Workloads: []plan.Workload{{
			Name: "orders", Topology: topology, Databases: []plan.Database{{Name: "db", Kind: plan.KindRDSInstance, Source: "orders-prod", Replica: "orders-replica"}},
			Standby: &plan.Standby{
				Services:     []string{webService, workers},
				HealthChecks: []plan.HealthCheck{{ID: checkID, Interval: plan.Duration(30 * time.Second), Threshold: 3}},
				Record:       &plan.Record{Name: "orders.example.com", Zone: zoneID, TTL: plan.Duration(time.Minute)},
			},
		}},
	}}
	f := &fakeStandby{
		replica: seen.Replica{ARN: "arn:aws:rds:eu-central-1:111122223333:db:orders-replica", Status: "available", Source: ordersDB, Replication: "replicating"},
		web:     seen.Service{Desired: 2, Running: 2, Max: -1}, group: seen.Service{Desired: 1, Running: 1, Max: 10},
		check: seen.HealthCheck{Type: "HTTPS", Interval: 30 * time.Second, Threshold: 3},
		records: []seen.Record{
			{Name: "orders.example.com", Type: "A", SetIdentifier: "west", Failover: "PRIMARY", TTL: time.Minute, HealthCheck: checkID, Text: json.RawMessage(`{"Name":"orders.example.com.","Type":"A","Failover":"PRIMARY","SetIdentifier":"west","TTL":60,"ResourceRecords":[{"Value":"192.0.2.1"}]}`)},
			{Name: "orders.example.com", Type: "A", SetIdentifier: "central", Failover: "SECONDARY", TTL: time.Minute},
			{Name: "orders.example.com", Type: "TXT", TTL: time.Hour},
		},
	}
	if plan.TopologyOf(topology).Scale == plan.ScaleNone {
		f.web, f.group = seen.Service{Max: -1}, seen.Service{Max: 10}
	}
	return n, f
}

func topologyOf(n Needs, f *fakeStandby) []doctor.Line {
	return Topology(n, f.sources()).Run(context.Background())
}

func TestWhatStandsReadyIsOK(t *testing.T) {
	for _, topology := range []string{plan.PilotLight, plan.WarmStandby, plan.ActivePassive} {
		n, f := standsReady(topology)
		lines := topologyOf(n, f)
		if len(lines) != 5 {
			t.Errorf("%s: %+v", topology, lines)
		}
		for _, l := range lines {
			if l.State != doctor.OK || l.Basis != doctor.Asked {
				t.Errorf("%s: %+v", topology, l)
			}
		}
	}
	if lines := topologyOf(Needs{Names: theNames, Plan: aPlan("")}, &fakeStandby{}); len(lines) != 1 || lines[0].State != doctor.OK {
		t.Errorf("nothing stands ready: %+v", lines)
	}
}

func TestWhatDoesNotStandReady(t *testing.T) {
	cases := map[string]struct {
		reason   string
		topology string
		change   func(n *Needs, f *fakeStandby)
		state    doctor.State
		says     string
		command  string
	}{
		"no replica": {"it would be a restore", "", func(_ *Needs, f *fakeStandby) { f.missing = "replica" }, doctor.Wrong, "is not there", "create-db-instance-read-replica --db-instance-identifier orders-replica --source-db-instance-identifier " + ordersDB + " --source-region eu-west-1 --region eu-central-1"},
		"promoted":   {"its data stands still", "", func(_ *Needs, f *fakeStandby) { f.replica.Source = "" }, doctor.Wrong, "promoted", "create-db-instance-read-replica"},
		"of another": {"it is not this database", "", func(_ *Needs, f *fakeStandby) { f.replica.Source = strings.Replace(ordersDB, "orders", "carts", 1) }, doctor.Wrong, "carts-prod", "describe-db-instances"},
		"of its region": {"it replicates what is here", "", func(_ *Needs, f *fakeStandby) {
			f.replica.Source = strings.Replace(ordersDB, "eu-west-1", "eu-west-2", 1)
		}, doctor.Wrong, "eu-west-2", "describe-db-instances"},
		"stopped":    {"it grows old", "", func(_ *Needs, f *fakeStandby) { f.replica.Replication, f.replica.Message = "error", "duplicate key" }, doctor.Wrong, "error, duplicate key", "describe-db-instances"},
		"untold":     {"it may stand still", "", func(_ *Needs, f *fakeStandby) { f.replica.Replication = "" }, doctor.Unknown, "does not say", "describe-db-instances"},
		"being made": {"it is not there yet", "", func(_ *Needs, f *fakeStandby) { f.replica.Status = "creating" }, doctor.Unknown, "creating", "describe-db-instances"},
		"its account": {"nobody here sees it", "", func(n *Needs, _ *fakeStandby) {
			n.Plan.Accounts = &plan.Accounts{Primary: "444455556666", Recovery: "111122223333"}
		}, doctor.Unknown, "account 444455556666", "describe-db-instances"},
		"unread": {"a permission is missing", "", func(_ *Needs, f *fakeStandby) { f.errs = map[string]error{"replica": errDenied} }, doctor.Unknown, "it takes", "describe-db-instances"},

		"no service":     {"it would be deployed after the loss", "", func(_ *Needs, f *fakeStandby) { f.missing = "web" }, doctor.Wrong, "is not there", "ecs describe-services --cluster orders --services web --region eu-central-1"},
		"service unread": {"a permission is missing", "", func(_ *Needs, f *fakeStandby) { f.errs = map[string]error{"web": errDenied} }, doctor.Unknown, "it takes", "describe-services"},
		"its other account": {"nobody here sees it", "", func(n *Needs, _ *fakeStandby) {
			n.Plan.Workloads[0].Standby.Services[0] = strings.Replace(webService, "111122223333", "444455556666", 1)
		}, doctor.Unknown, "account 444455556666", "describe-services"},
		"leaving":            {"it will be gone", "", func(_ *Needs, f *fakeStandby) { f.web.Leaving = true }, doctor.Wrong, "removed", "describe-services"},
		"switched off":       {"it is a pilot light", plan.WarmStandby, func(_ *Needs, f *fakeStandby) { f.web = seen.Service{Max: -1} }, doctor.Wrong, "none is wanted", "ecs update-service --cluster orders --service web --desired-count 1 --region eu-central-1"},
		"group switched off": {"the same", plan.ActivePassive, func(_ *Needs, f *fakeStandby) { f.group.Desired, f.group.Running = 0, 0 }, doctor.Wrong, "none is wanted", "set-desired-capacity --auto-scaling-group-name 'orders workers' --desired-capacity 1"},
		"switched on":        {"it is paid for", plan.PilotLight, func(_ *Needs, f *fakeStandby) { f.web.Desired = 2 }, doctor.Wrong, "switched off", "--desired-count 0"},
		"group switched on":  {"the same", plan.PilotLight, func(_ *Needs, f *fakeStandby) { f.group.Desired = 2 }, doctor.Wrong, "switched off", "update-auto-scaling-group --auto-scaling-group-name 'orders workers' --min-size 0 --desired-capacity 0"},
		"down":               {"it serves nobody", "", func(_ *Needs, f *fakeStandby) { f.web.Running = 0 }, doctor.Wrong, "none runs", "describe-services"},
		"half down":          {"it is not what was wanted", "", func(_ *Needs, f *fakeStandby) { f.web.Running = 1 }, doctor.Wrong, "1 of 2", "describe-services"},
		"cannot grow":        {"it stays small", plan.WarmStandby, func(_ *Needs, f *fakeStandby) { f.group.Max = 1 }, doctor.Wrong, "cannot grow", "--max-size 2"},
		"cannot begin":       {"it stays at none", plan.PilotLight, func(_ *Needs, f *fakeStandby) { f.group.Max = 0 }, doctor.Wrong, "cannot grow", "--max-size 2"},
		"suspended":          {"it launches nothing", plan.PilotLight, func(_ *Needs, f *fakeStandby) { f.group.Suspended = []string{"AZRebalance", "Launch"} }, doctor.Wrong, "suspended", "resume-processes"},

		"no id":           {"nobody can be asked", "", func(n *Needs, _ *fakeStandby) { n.Plan.Workloads[0].Standby.HealthChecks[0].ID = "" }, doctor.Unknown, "standby.healthChecks[0].id", "list-health-checks"},
		"no health check": {"people have to notice", "", func(_ *Needs, f *fakeStandby) { f.missing = "health check" }, doctor.Wrong, "is not there", "list-health-checks"},
		"disabled":        {"it is always healthy", "", func(_ *Needs, f *fakeStandby) { f.check.Disabled = true }, doctor.Wrong, "disabled", "update-health-check --health-check-id " + checkID + " --no-disabled --region"},
		"inverted":        {"lost counts as healthy", "", func(_ *Needs, f *fakeStandby) { f.check.Inverted = true }, doctor.Wrong, "inverted", "--no-inverted"},
		"slower": {"the detection was computed from the plan's", "", func(n *Needs, _ *fakeStandby) {
			n.Plan.Workloads[0].Standby.HealthChecks[0].Interval = plan.Duration(10 * time.Second)
		}, doctor.Wrong, "cannot be changed", "get-health-check"},
		"more in a row": {"the same", "", func(_ *Needs, f *fakeStandby) { f.check.Threshold = 5 }, doctor.Wrong, "5 failures", "--failure-threshold 3"},
		"of an alarm":   {"its detection is the alarm's", "", func(_ *Needs, f *fakeStandby) { f.check = seen.HealthCheck{Type: "CLOUDWATCH_METRIC"} }, doctor.Unknown, "CLOUDWATCH_METRIC", "get-health-check"},
		"check unread":  {"a permission is missing", "", func(_ *Needs, f *fakeStandby) { f.errs = map[string]error{"health check": errDenied} }, doctor.Unknown, "it takes", "get-health-check"},
		"check elsewhere": {"it may be the other account's", "", func(n *Needs, f *fakeStandby) {
			f.missing = "health check"
			n.Plan.Accounts = &plan.Accounts{Primary: "444455556666"}
			n.Plan.Workloads[0].Databases = nil
		}, doctor.Unknown, "444455556666", "get-health-check"},

		"no zone id": {"nobody can be asked", "", func(n *Needs, _ *fakeStandby) { n.Plan.Workloads[0].Standby.Record.Zone = "" }, doctor.Unknown, "standby.record.zone", "list-hosted-zones-by-name --dns-name example.com"},
		"no zone":    {"clients find nothing", "", func(_ *Needs, f *fakeStandby) { f.missing = "zone" }, doctor.Wrong, "no hosted zone", "list-resource-record-sets"},
		"no record":  {"the same", "", func(_ *Needs, f *fakeStandby) { f.records = f.records[2:] }, doctor.Wrong, "clients find nothing", "list-resource-record-sets"},
		"longer TTL": {"clients go on to what is lost", "", func(_ *Needs, f *fakeStandby) { f.records[0].TTL = time.Hour }, doctor.Wrong, "A west has a TTL of 1h", `change-resource-record-sets --hosted-zone-id ` + zoneID + ` --change-batch '{"Changes":[{"Action":"UPSERT","ResourceRecordSet":{"Failover":"PRIMARY","Name":"orders.example.com.","ResourceRecords":[{"Value":"192.0.2.1"}],"SetIdentifier":"west","TTL":60,"Type":"A"}}]}'`},
		"balancer": {"its TTL is AWS's", "", func(n *Needs, f *fakeStandby) {
			f.records[0].Alias, f.records[0].TTL = "web-1.eu-west-1.elb.amazonaws.com", 0
			n.Plan.Workloads[0].Standby.Record.TTL = plan.Duration(5 * time.Second)
			f.records[1] = f.records[0]
		}, doctor.Wrong, "TTL of 1m", "list-resource-record-sets"},
		"alias":       {"its TTL is its target's", "", func(_ *Needs, f *fakeStandby) { f.records[0].Alias = "d1.cloudfront.net" }, doctor.Unknown, "alias of d1.cloudfront.net", "list-resource-record-sets"},
		"never fails": {"it is always healthy", "", func(_ *Needs, f *fakeStandby) { f.records[0].HealthCheck = "" }, doctor.Wrong, "never fails over", "list-resource-record-sets"},
		"no second":   {"there is nothing to fail over to", "", func(_ *Needs, f *fakeStandby) { f.records = f.records[:1] }, doctor.Wrong, "no SECONDARY", "list-resource-record-sets"},
		"not by that": {"traffic does not move by it", plan.WarmStandby, func(_ *Needs, f *fakeStandby) { f.records[0].HealthCheck = "other" }, doctor.Unknown, "none of it has the health check", "list-resource-record-sets"},
		"zone unread": {"a permission is missing", "", func(_ *Needs, f *fakeStandby) { f.errs = map[string]error{"records": errDenied} }, doctor.Unknown, "it takes", "list-resource-record-sets"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			topology := tc.topology
			if topology == "" {
				topology = plan.WarmStandby
			}
			n, f := standsReady(topology)
			tc.change(&n, f)
			l := said(t, topologyOf(n, f))
			if l.State != tc.state || !strings.Contains(l.What, tc.says) || !strings.Contains(l.Command, tc.command) {
				t.Errorf("%s: %+v", tc.reason, l)
			}
		})
	}
}
