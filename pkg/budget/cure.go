package budget

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// cure is the shortest change that meets the RPO, found by trying: one value of the
// rules that are there, another cadence (the coarsest that does), another mechanism.
// One that leaves a fifth of the RPO goes before one that only just meets it. And
// always: the RPO that would be met.
func (j *judge) cure(s *subject, p *Policy, l lost) string {
	text := j.found(s, p, false)
	switch {
	case text == "":
		text = "nothing that lifeboat knows of meets it" + j.best(s, p, l)
	case !l.unbounded:
		text += "; or an RPO of " + short(l.worst)
	}
	return text + j.elsewhere(s, p, l)
}

// elsewhere says what a maintenance window would change that the plan does not tell: to
// write it changes nothing but what is known. One that coincides with the backups is as
// bad as the assumed one.
func (j *judge) elsewhere(s *subject, p *Policy, l lost) string {
	if s.block.known || len(p.Rules) == 0 || !strings.Contains(l.by, "of rule") && !l.unbounded {
		return ""
	}
	calm := *s
	calm.block, calm.outcomes = blocked{known: true}, nil
	if without := j.loss(&calm, p, s.scenario); !without.unbounded && without.worst <= s.rpo {
		return "; or write backup.maintenanceWindow, which the plan does not say: where it lies clear of the backups " + short(without.worst) + " at worst"
	}
	return ""
}

// relief is the shortest change that leaves a fifth of the RPO.
func (j *judge) relief(s *subject, p *Policy, l lost) string {
	if text := j.found(s, p, true); text != "" {
		return text
	}
	return "an RPO of " + short(withRoom(l.worst)) + " leaves a fifth"
}

func (j *judge) found(s *subject, p *Policy, withRoom bool) string {
	justMet := ""
	for _, change := range j.changes(s, p) {
		l := j.lossAfter(s, &change)
		switch {
		case l.unbounded || l.worst > s.rpo || !j.accepted(s, &change):
		case roomy(l.worst, s.rpo):
			return fmt.Sprintf("%s: %s at worst", change.text, short(l.worst))
		case justMet == "" && !withRoom:
			justMet = fmt.Sprintf("%s: %s at worst", change.text, short(l.worst))
		}
	}
	return justMet
}

// best says which RPO would be met, where nothing meets the one there is: the one of
// what is declared, or of hourly backups.
func (j *judge) best(s *subject, p *Policy, l lost) string {
	hourly := *p
	hourly.Rules = j.cadence(s, 1)
	switch most := j.loss(s, &hourly, s.scenario); {
	case !most.unbounded && (l.unbounded || most.worst < l.worst || most.by == l.by) && strings.Contains(most.by, "rule"):
		what := "backups"
		if s.scenario != plan.ScenarioOperatorError {
			what = "copies"
		}
		return fmt.Sprintf(": hourly %s meet an RPO of %s", what, short(most.worst))
	case !l.unbounded:
		return ": an RPO of " + short(l.worst) + " is met"
	}
	return ""
}

type change struct {
	text    string
	policy  Policy
	replica bool
}

func (j *judge) lossAfter(s *subject, c *change) lost {
	changed := *s
	if c.replica {
		changed.replica = "that"
	}
	return j.loss(&changed, &c.policy, s.scenario)
}

// accepted tells whether the plan would be read with the change: a lock can be in its
// way, or a rule that excludes it.
func (j *judge) accepted(s *subject, c *change) bool {
	manage := true
	policy := plan.Backup{Manage: &manage}
	if j.plan.Backup != nil {
		policy = *j.plan.Backup
	}
	policy.Rules, policy.PointInTime, policy.Plan, policy.Tagged = c.policy.Rules, c.policy.PointInTime, "", nil
	d, w, changed := *s.database, *s.workload, *j.plan
	d.Backup = &plan.DatabaseBackup{MaintenanceWindow: s.backup.MaintenanceWindow, AutomatedWindow: s.backup.AutomatedWindow}
	w.Databases, changed.Backup = []plan.Database{d}, &policy
	changed.Workloads = []plan.Workload{w}
	for _, problem := range changed.Validate() {
		if strings.HasPrefix(problem.Path, "backup.") || strings.HasPrefix(problem.Path, "workloads[0].databases[0].backup.") {
			return false
		}
	}
	return true
}

func (j *judge) changes(s *subject, p *Policy) (list []change) {
	with := func(text string, edit func(r *plan.BackupRule) bool) {
		rules, edited := slices.Clone(p.Rules), false
		for i := range rules {
			edited = edit(&rules[i]) || edited
		}
		if edited {
			q := *p
			q.Rules = rules
			list = append(list, change{text: text, policy: q})
		}
	}
	with("write startWindow: 60m", func(r *plan.BackupRule) bool {
		long := time.Duration(r.StartWindow) > defaultStartWindow
		r.StartWindow = min(r.StartWindow, plan.Duration(defaultStartWindow))
		return long
	})
	if s.scenario != plan.ScenarioOperatorError && (set{rules: p.Rules}).ties() {
		with("keep what is copied a day longer than the others, so that it runs where start windows overlap", func(r *plan.BackupRule) bool {
			if *r.Copy {
				r.Retention += plan.Duration(day)
			}
			return *r.Copy
		})
	}
	if s.scenario != plan.ScenarioOperatorError {
		with("write copy: true", func(r *plan.BackupRule) bool {
			missing, yes := !*r.Copy, true
			r.Copy, r.CopyRetention = &yes, max(r.CopyRetention, r.Retention)
			return missing
		})
	}
	longer := func(d *plan.Duration) bool {
		brief := time.Duration(*d) < defaultRetention
		*d = max(*d, plan.Duration(defaultRetention))
		return brief
	}
	long := "write retention: 35d"
	if slices.ContainsFunc(p.Rules, func(r plan.BackupRule) bool { return *r.Copy && r.CopyRetention > 0 }) {
		long += ", and as much where a copyRetention stands"
	}
	with(long, func(r *plan.BackupRule) bool {
		if *r.Copy {
			longer(&r.CopyRetention)
		}
		return longer(&r.Retention) && !r.Continuous
	})
	with("write copyRetention: 35d", func(r *plan.BackupRule) bool { return *r.Copy && longer(&r.CopyRetention) })
	for _, hours := range cadences {
		q := *p
		q.Rules = j.cadence(s, hours)
		// In quotes: inside of {...} the ? of a schedule is something else to YAML.
		list = append(list, change{text: fmt.Sprintf(`write rules: [{name: %s, schedule: "%s"}]`, q.Rules[0].Name, q.Rules[0].Schedule), policy: q})
	}
	mechanism := map[string]string{plan.ScenarioOperatorError: plan.PointInTimeNative, plan.ScenarioRegionLoss: plan.PointInTimeReplicated}[s.scenario]
	if mechanism != "" && p.PointInTime != mechanism && p.PointInTime != plan.PointInTimeReplicated {
		q := *p
		q.PointInTime = mechanism
		q.Rules = slices.Clone(p.Rules)
		text := "write backup.pointInTime: " + mechanism
		for i := range q.Rules { // it takes the automated backups over: one excludes the other
			if r := &q.Rules[i]; r.Continuous {
				r.Continuous = false
				text += ", and no continuous in rule " + r.Name
			}
		}
		list = append(list, change{text: text, policy: q})
	}
	if s.scenario == plan.ScenarioRegionLoss && s.replica == "" {
		list = append(list, change{text: "name a replica (rds.replica) with topology " + strings.Join([]string{plan.PilotLight, plan.WarmStandby}, " or "), policy: *p, replica: true})
	}
	return list
}

// faster is the shortest change that meets the RTO, found by trying: quicker DNS,
// then a replica, then a longer RTO.
func (j *judge) faster(s *subject, row *Row, total time.Duration) string {
	longer := "an RTO of " + short(withRoom(total))
	found, _ := part(&row.Recovery, partDNS)
	if quick := total - found.Value + quickDNS; found.Value > quickDNS && quick <= row.RTO {
		return fmt.Sprintf("write standby.record with a ttl of 60s behind a health check of 10s that fails 3 times (%s in all); or %s", short(quick), longer)
	}
	if restore, restores := part(&row.Recovery, partRestore); restores && s.scenario == plan.ScenarioRegionLoss && plan.KindOf(row.Kind).OnAWS {
		value := restore.Value
		if !restore.Known() {
			value = floorRestore
		}
		promoted := pick(s.database.Assumptions.Promotion, s.workload.Assumptions.Promotion, assumedPromotion)
		if quick := total - value + promoted.Value; quick <= row.RTO {
			return fmt.Sprintf("promote a replica in the place of a restore: topology %s with rds.replica (%s in all); or %s", plan.PilotLight, short(quick), longer)
		}
	}
	return longer
}

// quickDNS is the least that Route 53 gives: a health check of 10 s that fails three
// times, and a TTL of 60 s.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/dns-failover-determining-health-of-endpoints.html
const quickDNS = 30*time.Second + time.Minute
