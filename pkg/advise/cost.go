package advise

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/budget"
	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// hours of a month, as AWS's calculator has them; days of the same month.
const (
	monthHours = 730
	monthDays  = monthHours / 24.0
)

// What is assumed of databases where nobody says.
const (
	assumedGiB    = 100
	assumedChange = 0.03
	assumedEngine = "postgres"
	// The console's default, and that of the replication of automated backups.
	// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_StartDBInstanceAutomatedBackupsReplication.html
	automatedDays = 7
)

var leavesOut = []string{
	"what runs in the primary region anyway, and everything that runs only after a disaster",
	"the first full copy of each database into the recovery region",
	"the backup storage that RDS gives for free, as much as the databases have",
	"load balancers, networks, NAT gateways, log groups and keys in the recovery region",
	"fast volumes (io1, io2), more IOPS than gp3 has by itself, and a replica in several zones",
	"hosted zones and queries, and health checks of endpoints outside of AWS",
	"taxes, support, discounts and reservations; drills, and what lifeboat itself costs",
}

// costing adds up.
type costing struct {
	plan   plan.Plan
	use    Usage
	prices Prices
	table  *Table
	used   map[Source]bool
}

// complete fills in what nobody said, and says so.
func (c *costing) complete() {
	c.used = map[Source]bool{}
	if c.use.SizeGiB == 0 {
		c.use.SizeGiB = assumedGiB
		c.table.assume(fmt.Sprintf("each database has %d GiB (--size)", assumedGiB))
	}
	if c.use.DailyChange == 0 {
		c.use.DailyChange = assumedChange
		c.table.assume(fmt.Sprintf("%g %% of it changes a day (--change)", assumedChange*100))
	}
	if c.use.Engine == "" {
		c.use.Engine = assumedEngine
		c.table.assume("the engine is " + assumedEngine + " (--engine)")
	}
}

func (c *costing) sources() []Source {
	return slices.SortedFunc(maps.Keys(c.used), func(a, b Source) int { return cmp.Or(cmp.Compare(a.URL, b.URL), cmp.Compare(a.Date, b.Date)) })
}

// of a workload with a topology: what it keeps, copies and runs for the disaster.
func (c *costing) of(topology plan.Topology, w plan.Workload, report budget.Report) (cost Cost) {
	cost.Items = []Item{}
	policies := map[string]budget.Policy{}
	for _, row := range report.Rows {
		policies[row.Workload+"/"+row.Database] = row.Policy
	}
	for _, d := range w.Databases {
		name := w.Name + "/" + d.Name
		if !plan.KindOf(d.Kind).OnAWS {
			cost.add(unknown("backups of "+name, "a database of kind "+d.Kind+" does not live on AWS"))
			continue
		}
		policy, is := policies[name]
		cost.add(c.backups(name, policy, is)...)
		if topology.Replica == plan.Needed {
			cost.add(c.replica(name, d)...)
		}
	}
	cost.add(c.healthChecks(w)...)
	cost.add(c.services(topology, w)...)
	total := 0.0
	complete := true
	for _, item := range cost.Items {
		if item.USD == nil {
			complete = false
			continue
		}
		total += *item.USD
	}
	cost.AtLeast = total
	if complete {
		cost.Total = &total
	}
	return cost
}

func (c *Cost) add(items ...Item) { c.Items = append(c.Items, items...) }

func unknown(what, why string) Item { return Item{What: what, How: "not known: " + why} }

func known(what string, usd float64, how string) Item { return Item{What: what, USD: &usd, How: how} }

// backups of one database: what the vaults keep, and what crosses into the other
// region. Snapshots keep what has changed: the whole once, and each day's changes
// as long as the longest rule keeps them.
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_WorkingWithAutomatedBackups.html
func (c *costing) backups(name string, policy budget.Policy, is bool) (items []Item) {
	if !is || !policy.Known() {
		return []Item{unknown("backups of "+name, "nothing says how it is backed up")}
	}
	here, there := c.primary(), c.recovery()
	var kept, copied time.Duration
	for _, rule := range policy.Rules {
		kept = max(kept, time.Duration(rule.Retention))
		if rule.Copy != nil && *rule.Copy {
			copied = max(copied, time.Duration(cmp.Or(rule.CopyRetention, rule.Retention)))
		}
	}
	if kept > 0 {
		items = append(items, c.stored("backups of "+name, here, days(kept)))
	}
	if copied > 0 { // into another account they can lie in the same region: nothing crosses then
		items = append(items, c.stored("copies of "+name, cmp.Or(there, here), days(copied)))
		if there != "" && there != here {
			items = append(items, c.moved("copying "+name, here))
		}
	}
	if policy.PointInTime == plan.PointInTimeReplicated {
		items = append(items, c.stored("replicated automated backups of "+name, there, automatedDays), c.moved("replicating the automated backups of "+name, here))
		c.table.assume(fmt.Sprintf("replicated automated backups are kept for %d days, RDS's default", automatedDays))
	}
	return items
}

func days(d time.Duration) float64 { return d.Hours() / 24 }

func (c *costing) stored(what, region string, days float64) Item {
	gib := c.use.SizeGiB * (1 + c.use.DailyChange*days)
	price := c.region(region).BackupGiBMonth
	if price == nil {
		return unknown(what, "no price of backup storage in "+named(region))
	}
	c.uses(region)
	return known(what, gib**price, fmt.Sprintf("%.0f GiB for %.0f days at %g a GiB in %s", gib, days, *price, region))
}

// moved is what crosses into another region: each day's changes.
func (c *costing) moved(what, from string) Item {
	gib := c.use.SizeGiB * c.use.DailyChange * monthDays
	price := c.region(from).TransferGiB
	if price == nil {
		return unknown(what, "no price of what leaves "+named(from)+" for another region")
	}
	c.uses(from)
	return known(what, gib**price, fmt.Sprintf("%.0f GiB of changes at %g a GiB from %s", gib, *price, from))
}

// replica of one database: an instance in one zone with a volume, and the changes
// that reach it.
func (c *costing) replica(name string, d plan.Database) []Item {
	region := c.recovery()
	class, whose := c.use.Class, "as was said"
	if class == "" {
		class, whose = d.Drill.InstanceClass, "the class of its drills"
	}
	instance := unknown("replica of "+name, "neither --class nor the plan's drill.instanceClass names its class")
	if class != "" {
		instance = unknown("replica of "+name, fmt.Sprintf("no price of %s with %s in %s", class, c.use.Engine, named(region)))
		if hour, is := c.region(region).InstanceHour[c.use.Engine][class]; is {
			c.uses(region)
			instance = known("replica of "+name, hour*monthHours, fmt.Sprintf("%s, %s, at %g an hour in %s", class, whose, hour, region))
		}
	}
	volume := unknown("volume of the replica of "+name, "no price of gp3 in "+named(region))
	if price := c.region(region).StorageGiBMonth; price != nil {
		c.uses(region)
		volume = known("volume of the replica of "+name, c.use.SizeGiB**price, fmt.Sprintf("%g GiB of gp3 at %g a GiB in %s", c.use.SizeGiB, *price, region))
	}
	return []Item{instance, volume, c.moved("replicating "+name, c.primary())}
}

func (c *costing) healthChecks(w plan.Workload) []Item {
	if w.Standby == nil || len(w.Standby.HealthChecks) == 0 {
		return nil
	}
	n, fast := len(w.Standby.HealthChecks), 0
	for _, check := range w.Standby.HealthChecks {
		if check.Interval < checkInterval {
			fast++
		}
	}
	what := fmt.Sprintf("%d health check(s)", n)
	p := c.prices.HealthChecks
	if p.Month == nil || fast > 0 && p.FastMonth == nil {
		return []Item{unknown(what, "no price of them")}
	}
	c.used[p.Source] = true
	usd, how := float64(n)**p.Month, fmt.Sprintf("%g each, as if the fifty free ones were in use", *p.Month)
	if fast > 0 {
		usd += float64(fast) * *p.FastMonth
		how += fmt.Sprintf("; %g more where the interval is 10s", *p.FastMonth)
	}
	return []Item{known(what, usd, how)}
}

// services that run before the disaster. What they cost only the plan can say, and
// it says it for its own topology.
func (c *costing) services(topology plan.Topology, w plan.Workload) []Item {
	if topology.Scale == plan.ScaleNone {
		return nil
	}
	what := "services at " + map[plan.Scale]string{plan.ScaleSome: "reduced", plan.ScaleFull: "full"}[topology.Scale] + " scale"
	if usd := w.Standby.MonthlyUSD; usd != nil && topology.Name == c.table.Topology {
		return []Item{known(what, *usd, "as standby.monthlyUSD of the plan says")}
	}
	return []Item{unknown(what, "no standby.monthlyUSD of the plan says what they cost; the bill of the primary region does")}
}

func (c *costing) region(name string) RegionPrices { return c.prices.Regions[name] }

func (c *costing) uses(region string) { c.used[c.region(region).Source] = true }

func (c *costing) primary() string {
	if c.plan.Regions == nil {
		return ""
	}
	return c.plan.Regions.Primary
}

func (c *costing) recovery() string {
	if c.plan.Regions == nil {
		return ""
	}
	return c.plan.Regions.Recovery
}

// named is a region, or that there is none.
func named(region string) string { return cmp.Or(region, "a region that the plan does not name") }
