package advise

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/budget"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// somePrices are round, so that sums can be checked by eye.
func somePrices() Prices {
	of := func(v float64) *float64 { return &v }
	return Prices{
		Currency: "USD",
		Regions: map[string]RegionPrices{
			"eu-west-1": {
				Source: Source{Date: "2026-01-01", URL: "https://example.com/west"}, StorageGiBMonth: of(0.2), BackupGiBMonth: of(0.1), TransferGiB: of(0.02),
			},
			"eu-central-1": {
				Source: Source{Date: "2026-01-02", URL: "https://example.com/central"}, StorageGiBMonth: of(0.3), BackupGiBMonth: of(0.15),
				InstanceHour: map[string]map[string]float64{"postgres": {"db.m6g.large": 0.2}},
			},
		},
		HealthChecks: HealthCheckPrices{Source: Source{Date: "2026-01-03", URL: "https://example.com/dns"}, Month: of(0.5), FastMonth: of(1)},
	}
}

func aws(topology string) plan.Plan {
	return plan.Plan{
		Version: 1, Deployment: "prod", Notify: []string{"oncall@example.com"}, Regions: &plan.Regions{Primary: "eu-west-1", Recovery: "eu-central-1"},
		Workloads: []plan.Workload{{
			Name: "orders", Topology: topology, Objectives: plan.Objectives{RTO: plan.Duration(time.Hour), RPO: plan.Duration(time.Hour)},
			Databases: []plan.Database{{Name: "db", Kind: plan.KindRDSInstance, Source: "orders-prod", Checks: []plan.Check{{Name: "rows", SQL: "select count(*) from orders"}}}},
		}},
	}
}

// priced is what a topology costs with this policy.
func priced(t *testing.T, p plan.Plan, topology string, policy budget.Policy, use Usage, prices Prices) (Cost, *Table) {
	t.Helper()
	table := &Table{Topology: p.Workloads[0].Topology}
	c := costing{plan: p, use: use, prices: prices, table: table}
	c.complete()
	i, _ := imagine(p, 0, plan.TopologyOf(topology))
	report := budget.Report{Rows: []budget.Row{{Workload: "orders", Database: "db", Policy: policy}}}
	cost := c.of(plan.TopologyOf(topology), i.plan.Workloads[0], report)
	table.Prices = c.sources()
	return cost, table
}

func day(n int) plan.Duration { return plan.Duration(n) * plan.Duration(24*time.Hour) }

func copied() budget.Policy {
	yes := true
	return budget.Policy{Rules: []plan.BackupRule{{Name: "hourly", Retention: day(10), Copy: &yes, CopyRetention: day(20)}}, PointInTime: plan.PointInTimeReplicated}
}

func TestWhatAMonthCosts(t *testing.T) {
	use := Usage{SizeGiB: 100, DailyChange: 0.01, Class: "db.m6g.large", Engine: "postgres"}
	const moved = 100 * 0.01 * 730 / 24 * 0.02
	backups := map[string]float64{
		"backups of orders/db":                           100 * (1 + 0.01*10) * 0.1,
		"copies of orders/db":                            100 * (1 + 0.01*20) * 0.15,
		"copying orders/db":                              moved,
		"replicated automated backups of orders/db":      100 * (1 + 0.01*7) * 0.15,
		"replicating the automated backups of orders/db": moved,
	}
	replica := map[string]float64{
		"replica of orders/db":               0.2 * 730,
		"volume of the replica of orders/db": 100 * 0.3,
		"replicating orders/db":              moved,
	}
	cases := map[string]struct {
		reason   string
		topology string
		items    []map[string]float64
		unknown  []string
	}{
		"backups alone":  {"nothing else stands ready", plan.BackupRestore, []map[string]float64{backups}, nil},
		"with a replica": {"its services are switched off", plan.PilotLight, []map[string]float64{backups, replica}, nil},
		"with services":  {"what they cost nobody said", plan.WarmStandby, []map[string]float64{backups, replica, {"1 health check(s)": 0.5}}, []string{"services at reduced scale"}},
		"at full scale":  {"the same", plan.ActiveActive, []map[string]float64{backups, replica, {"2 health check(s)": 1}}, []string{"services at full scale"}},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			cost, table := priced(t, aws(plan.BackupRestore), tc.topology, copied(), use, somePrices())
			want, sum := map[string]float64{}, 0.0
			for _, items := range tc.items {
				for what, usd := range items {
					want[what], sum = usd, sum+usd
				}
			}
			var unknown []string
			for _, item := range cost.Items {
				if item.USD == nil {
					unknown = append(unknown, item.What)
					continue
				}
				if math.Abs(*item.USD-want[item.What]) > 1e-9 {
					t.Errorf("%s: %s is %g (%s), want %g", tc.reason, item.What, *item.USD, item.How, want[item.What])
				}
				delete(want, item.What)
			}
			if len(want) > 0 || fmt.Sprint(unknown) != fmt.Sprint(tc.unknown) {
				t.Errorf("%s: missing %v, unknown %v", tc.reason, want, unknown)
			}
			if math.Abs(cost.AtLeast-sum) > 1e-9 || (cost.Total == nil) != (len(tc.unknown) > 0) {
				t.Errorf("%s: at least %g, total %v, want %g", tc.reason, cost.AtLeast, cost.Total, sum)
			}
			if len(table.Assumed) > 1 { // how long automated backups are kept
				t.Errorf("assumed, though it was said: %v", table.Assumed)
			}
		})
	}
}

// What is not known is never zero, and never left out.
func TestWhatIsNotKnownIsSaid(t *testing.T) {
	use := Usage{SizeGiB: 100, DailyChange: 0.01, Class: "db.m6g.large", Engine: "postgres"}
	cases := map[string]struct {
		reason  string
		change  func(p *plan.Plan, u *Usage, policy *budget.Policy, prices *Prices)
		unknown string
		says    string
	}{
		"a region":     {"another one's price would look right", func(p *plan.Plan, _ *Usage, _ *budget.Policy, _ *Prices) { p.Regions.Recovery = "eu-north-1" }, "copies of orders/db", "no price of backup storage in eu-north-1"},
		"a class":      {"no price of a neighbour", func(_ *plan.Plan, u *Usage, _ *budget.Policy, _ *Prices) { u.Class = "db.x9.large" }, "replica of orders/db", "no price of db.x9.large"},
		"no class":     {"nobody named one", func(_ *plan.Plan, u *Usage, _ *budget.Policy, _ *Prices) { u.Class = "" }, "replica of orders/db", "--class"},
		"an engine":    {"it has other prices", func(_ *plan.Plan, u *Usage, _ *budget.Policy, _ *Prices) { u.Engine = "oracle-ee" }, "replica of orders/db", "oracle-ee"},
		"a policy":     {"nothing says what is kept", func(_ *plan.Plan, _ *Usage, policy *budget.Policy, _ *Prices) { *policy = budget.Policy{} }, "backups of orders/db", "nothing says"},
		"what crosses": {"a file need not have it", func(_ *plan.Plan, _ *Usage, _ *budget.Policy, prices *Prices) { delete(prices.Regions, "eu-west-1") }, "copying orders/db", "leaves eu-west-1"},
		"health checks": {"the same", func(_ *plan.Plan, _ *Usage, _ *budget.Policy, prices *Prices) {
			prices.HealthChecks = HealthCheckPrices{}
		}, "1 health check(s)", "no price"},
		"a file's backups": {"they lie where nobody knows", func(p *plan.Plan, _ *Usage, _ *budget.Policy, _ *Prices) {
			p.Workloads[0].Databases[0].Kind = plan.KindPostgres
		}, "backups of orders/db", "does not live on AWS"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			p, u, policy, prices := aws(plan.BackupRestore), use, copied(), somePrices()
			tc.change(&p, &u, &policy, &prices)
			cost, _ := priced(t, p, plan.WarmStandby, policy, u, prices)
			found := false
			for _, item := range cost.Items {
				found = found || item.What == tc.unknown && item.USD == nil && strings.Contains(item.How, tc.says)
			}
			if !found || cost.Total != nil {
				t.Errorf("%s: %+v", tc.reason, cost)
			}
		})
	}
}

func TestWhatThePlanSaysOfItsServices(t *testing.T) {
	p := aws(plan.WarmStandby)
	usd := 210.0
	p.Workloads[0].Standby = &plan.Standby{MonthlyUSD: &usd, HealthChecks: []plan.HealthCheck{{Interval: plan.Duration(10 * time.Second), Threshold: 3}}}
	use := Usage{SizeGiB: 100, DailyChange: 0.01, Class: "db.m6g.large", Engine: "postgres"}
	own, _ := priced(t, p, plan.WarmStandby, copied(), use, somePrices())
	if own.Total == nil || *own.Total < usd {
		t.Errorf("%+v", own)
	}
	if other, _ := priced(t, p, plan.ActivePassive, copied(), use, somePrices()); other.Total != nil {
		t.Error("what services cost scaled down was taken for what they cost at full size")
	}
	for _, item := range own.Items {
		if strings.Contains(item.What, "health check") && (item.USD == nil || *item.USD != 1.5) {
			t.Errorf("a fast health check costs more: %+v", item)
		}
	}
}

func TestWhatIsAssumedIsSaid(t *testing.T) {
	p := aws(plan.BackupRestore)
	p.Workloads[0].Databases[0].Drill.InstanceClass = "db.m6g.large"
	cost, table := priced(t, p, plan.PilotLight, copied(), Usage{}, somePrices())
	said := strings.Join(table.Assumed, "\n")
	for _, word := range []string{"100 GiB", "3 %", "postgres", "7 days"} {
		if !strings.Contains(said, word) {
			t.Errorf("%q is assumed, and not in %q", word, said)
		}
	}
	if cost.Total == nil || len(table.Prices) != 2 {
		t.Errorf("%+v, %v: each price has its day and page", cost, table.Prices)
	}
}

func TestOwnPricesAreDated(t *testing.T) {
	p := OwnPrices()
	if len(p.Regions) == 0 || p.HealthChecks.Month == nil {
		t.Fatal("there are none")
	}
	for region, prices := range p.Regions {
		if !strings.HasPrefix(prices.URL, "https://") {
			t.Errorf("%s: %q", region, prices.URL)
		}
		for engine, classes := range prices.InstanceHour {
			for class, hour := range classes {
				if hour <= 0 || hour > 100 {
					t.Errorf("%s %s %s costs %g an hour", region, engine, class, hour)
				}
			}
		}
	}
}

func TestPricesOfOthers(t *testing.T) {
	cases := map[string]string{
		"another currency": `{"currency": "EUR"}`,
		"no day":           `{"currency": "USD", "regions": {"eu-west-1": {"url": "https://example.com"}}}`,
		"no page":          `{"currency": "USD", "regions": {"eu-west-1": {"date": "2026-01-01"}}}`,
		"a typing error":   `{"currency": "USD", "regoins": {}}`,
		"no JSON":          `currency: USD`,
	}
	for name, text := range cases {
		if _, err := ReadPrices(strings.NewReader(text)); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}
