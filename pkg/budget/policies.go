package budget

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// Defaults of rules, as plan.BackupRule tells people.
const (
	defaultStartWindow = time.Hour
	defaultCompletion  = 7 * day
	defaultRetention   = 35 * day
)

// headroom is the part of a target that is to be left: a fifth.
func roomy(worst, target time.Duration) bool { return worst*5 <= target*4 }

// Policies are those of the databases on AWS, by "workload/database".
func Policies(p plan.Plan) map[string]Policy {
	c := newCalculation(&p)
	policies := map[string]Policy{}
	for i := range p.Workloads {
		w := &p.Workloads[i]
		for j := range w.Databases {
			if d := &w.Databases[j]; plan.KindOf(d.Kind).OnAWS {
				policies[w.Name+"/"+d.Name] = c.policy(c.subject(w, d))
			}
		}
	}
	return policies
}

// subject is a database with what its policy and its losses depend on.
type subject struct {
	workload *plan.Workload
	database *plan.Database
	scenario string
	replica  string
	rpo      time.Duration
	backup   plan.DatabaseBackup
	block    blocked

	made, copied, logs   guess
	replicated, mirrored guess // automated backups; a replica

	// The last outcomes, and the first of the rules that they are of.
	outcomes   *[2]outcome
	outcomesOf *plan.BackupRule
}

func (c *calculation) subject(w *plan.Workload, d *plan.Database) *subject {
	s := &subject{workload: w, database: d, scenario: scenario(c.plan, d), replica: replica(w, d), rpo: time.Duration(w.Objectives.RPO)}
	if d.Backup != nil {
		s.backup = *d.Backup
	}
	s.block = block(s.backup.MaintenanceWindow)
	own, of := &d.Assumptions, &w.Assumptions
	s.made = pick(own.Backup, of.Backup, assumedBackup)
	s.copied = pick(own.Copy, of.Copy, assumedCopy)
	s.logs = pick(own.Logs, of.Logs, assumedLogs)
	s.replicated = pick(own.Replication, of.Replication, assumedReplication)
	s.mirrored = pick(own.Replication, of.Replication, assumedReplica)
	return s
}

// policy is what backs up a database: its own rules, else those of the plan, else,
// where lifeboat makes backups, what its RPO asks for.
func (c *calculation) policy(s *subject) Policy {
	top := c.plan.Backup
	if top == nil && s.database.Backup == nil {
		return Policy{}
	}
	var all plan.Backup
	if top != nil {
		all = *top
	}
	policy := Policy{
		Managed: top.Managed(), PointInTime: cmp.Or(s.backup.PointInTime, all.PointInTime),
		MaintenanceWindow: s.backup.MaintenanceWindow, AutomatedWindow: s.backup.AutomatedWindow,
	}
	rules := s.backup.Rules
	if len(rules) == 0 {
		rules = all.Rules
	}
	if len(rules) > 0 || !policy.Managed {
		policy.Rules = c.filled(rules)
	} else {
		policy = c.derived(s, policy)
	}
	c.ages(s, &policy)
	return policy
}

// filled are the rules with every default.
func (c *calculation) filled(rules []plan.BackupRule) []plan.BackupRule {
	if len(rules) == 0 {
		return nil
	}
	if known, found := c.rules[&rules[0]]; found {
		return known
	}
	retention := plan.Duration(defaultRetention)
	if b := c.plan.Backup; b != nil {
		retention = cmp.Or(b.Retention, retention)
	}
	copying := recoveryRegion(c.plan) || recoveryAccount(c.plan)
	complete := slices.Clone(rules)
	for i := range complete {
		r := &complete[i]
		r.StartWindow = cmp.Or(r.StartWindow, plan.Duration(defaultStartWindow))
		r.CompletionWindow = cmp.Or(r.CompletionWindow, plan.Duration(defaultCompletion))
		r.Retention = cmp.Or(r.Retention, retention)
		if r.Copy == nil {
			r.Copy = &copying
		}
		if *r.Copy {
			r.CopyRetention = cmp.Or(r.CopyRetention, r.Retention)
		}
	}
	c.rules[&rules[0]] = complete
	return complete
}

// cadences are what a policy is derived from, the coarsest first.
var cadences = []int{24, 12, 8, 6, 4, 3, 2, 1}

// cadence is the rule of one backup in so many hours; the first of the day at an
// hour.
func cadence(hours, offset int) plan.BackupRule {
	switch hours {
	case 1:
		return plan.BackupRule{Name: "hourly", Schedule: "cron(0 * * * ? *)"}
	case 24:
		return plan.BackupRule{Name: "daily", Schedule: fmt.Sprintf("cron(0 %d * * ? *)", offset)}
	}
	return plan.BackupRule{Name: fmt.Sprintf("every-%dh", hours), Schedule: fmt.Sprintf("cron(0 %d/%d * * ? *)", offset, hours)}
}

// derived is the coarsest cadence that leaves a fifth of the RPO; where not even an
// hourly one does, a point in time with a daily rule. Points in time never leave an
// account: against the loss of it, hourly copies are all there is.
// https://docs.aws.amazon.com/aws-backup/latest/devguide/point-in-time-recovery.html#point-in-time-recovery-rds
func (c *calculation) derived(s *subject, p Policy) Policy {
	first, _ := s.turned()
	key := derivation{*first.key(), s.scenario, s.rpo, p.PointInTime, s.replica != ""}
	found, known := c.derivations[key]
	if !known {
		found = c.derive(first, p)
		c.derivations[key] = found
	}
	p.Derived, p.PointInTime, p.Rules = true, found.pointInTime, c.cadence(s, found.hours)
	return p
}

// choice is what a policy is derived to.
type choice struct {
	hours       int
	pointInTime string
}

func (c *calculation) derive(s *subject, p Policy) choice {
	for _, hours := range cadences {
		p.Rules = c.cadence(s, hours)
		if l := c.loss(s, &p, s.scenario); l.known && !l.unbounded && roomy(l.worst, s.rpo) {
			return choice{hours, p.PointInTime}
		}
	}
	switch {
	case p.PointInTime != "" || s.scenario == plan.ScenarioAccountLoss:
		return choice{1, p.PointInTime}
	case s.scenario == plan.ScenarioRegionLoss:
		return choice{24, plan.PointInTimeReplicated}
	}
	return choice{24, plan.PointInTimeNative}
}

// cadence is a rule in so many hours that loses the least: where the maintenance
// window is known, the hour that it begins at is chosen to stay clear of it.
func (c *calculation) cadence(s *subject, hours int) []plan.BackupRule {
	best := 0
	if s.block.known && hours > 1 {
		first, turn := s.turned()
		losses := c.spreads(first, hours)
		least := int64(math.MaxInt64)
		for offset := range hours {
			if l := losses[mod(int64(offset)-turn, int64(hours))]; l < least {
				best, least = offset, l
			}
		}
	}
	return c.beat(hours, best)
}

// beat is the rule itself, one for all that have it.
func (c *calculation) beat(hours, offset int) []plan.BackupRule {
	key := beat{hours, offset}
	rules, known := c.beats[key]
	if !known {
		rules = c.filled([]plan.BackupRule{cadence(hours, offset)})
		c.beats[key], c.beatOf[&rules[0]] = rules, key
	}
	return rules
}

// turned is the database with its maintenance window in the first hour of the week,
// and by how many hours that is earlier. Derived rules are the same on every day, and
// begin at full hours: what they lose is the same when both are turned together. A
// fleet has as many windows as minutes in a week, and of these only sixty differ.
func (s *subject) turned() (first *subject, hours int64) {
	turned := *s
	turned.outcomes = nil
	turned.block.from = s.block.from % 3600
	return &turned, s.block.from / 3600
}

// spreads are, by the hour that a cadence begins at, how far its backups lie apart at
// worst, whatever survives.
func (c *calculation) spreads(s *subject, hours int) []int64 {
	key := spread{*s.key(), hours}
	losses, known := c.spread[key]
	if !known {
		for offset := range hours {
			loss := beyond
			if o := c.outcome(s, c.beat(hours, offset), made); !o.unbounded && !o.none {
				loss = o.loss
			}
			losses = append(losses, loss)
		}
		c.spread[key] = losses
	}
	return losses
}

// ages are how old the newest points may grow. Where nothing bounds it, how old in
// the better order of rules that tie, or while no maintenance gets in the way: it is
// watched all the same.
func (c *calculation) ages(s *subject, p *Policy) {
	age := func(r reach) time.Duration {
		o := c.outcome(s, p.Rules, r)
		if o.unbounded && o.order == 0 {
			calm := *s
			calm.block, calm.outcomes = blocked{known: true}, nil
			o = c.outcome(&calm, p.Rules, r)
		}
		switch {
		case o.none:
			return 0
		case o.unbounded:
			return duration(o.order)
		}
		return duration(o.loss)
	}
	p.BackupAge, p.CopyAge = age(made), age(copies)
	if p.PointInTime == plan.PointInTimeReplicated {
		p.ReplicationLag = s.replicated.Value
	}
}
