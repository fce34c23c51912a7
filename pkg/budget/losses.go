package budget

import (
	"cmp"
	"fmt"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// lost is the worst case of a database in a scenario.
type lost struct {
	known     bool // else nobody says how it is backed up
	unbounded bool
	worst     time.Duration
	basis     Basis
	by        string
	why       string // of what is unbounded
	witness   []Event
}

// loss is the least of what each mechanism that survives the scenario would lose:
// the newest survivor is restored.
func (c *calculation) loss(s *subject, p *Policy, scenario string) lost {
	found := lost{known: p.Known(), unbounded: true, by: "nothing survives", why: nothing[scenario]}
	point := func(f guess, by string) {
		if found.unbounded || f.Value < found.worst {
			found = lost{known: true, worst: f.Value, basis: f.Basis, by: by, witness: pointInTime(f.Value)}
		}
	}
	r, reaches := made, true
	switch scenario {
	case plan.ScenarioOperatorError:
		if p.PointInTime == plan.PointInTimeNative || p.PointInTime == plan.PointInTimeReplicated {
			point(s.logs, "automated backups")
		}
		for i := range p.Rules {
			if p.Rules[i].Continuous {
				point(s.logs, "continuous backup of rule "+p.Rules[i].Name)
			}
		}
	case plan.ScenarioRegionLoss:
		r, reaches = copies, recoveryRegion(c.plan)
		if reaches && p.PointInTime == plan.PointInTimeReplicated {
			point(s.replicated, "replicated automated backups")
		}
		if s.replica != "" { // what an operator destroys is destroyed there as well
			point(s.mirrored, "replica "+s.replica)
		}
	case plan.ScenarioAccountLoss:
		r, reaches = copies, recoveryAccount(c.plan)
	}
	if !reaches || len(p.Rules) == 0 {
		return found
	}
	o := c.outcome(s, p.Rules, r)
	switch {
	case o.none:
		if found.unbounded {
			found.why = cmp.Or(s.makesNone(p, r), found.why)
		}
	case o.unbounded:
		if found.unbounded {
			found.by, found.why = "nothing is sure to be left", o.why
		}
	case found.unbounded || duration(o.loss) < found.worst:
		basis := weakest(Declared, s.made.Basis)
		if r == copies {
			basis = weakest(basis, s.copied.Basis)
		}
		if !s.block.known {
			basis = Assumed
		}
		found = lost{known: true, worst: duration(o.loss), basis: basis, by: o.by, witness: o.events()}
	}
	return found
}

// makesNone is why rules that are there make nothing that would survive; "" where they
// are not meant to.
func (s *subject) makesNone(p *Policy, r reach) string {
	for i := range p.Rules {
		rule := &p.Rules[i]
		switch schedule := read(rule.Schedule); {
		case r == copies && !*rule.Copy && rule.Continuous:
			return "rule " + rule.Name + " is continuous: its points in time are never copied, and lie in the account and region that is lost"
		case r == copies && !*rule.Copy, schedule.err != nil:
		case s.made.Value > time.Duration(rule.CompletionWindow):
			return fmt.Sprintf("a backup takes %s (%s), and rule %s cancels it after %s: its completion window", short(s.made.Value), s.made.Basis, rule.Name, short(time.Duration(rule.CompletionWindow)))
		case schedule.Ends():
			return "rule " + rule.Name + " names years, and after the last of them there are no more backups"
		}
	}
	return ""
}

// nothing is why nothing survives, by the scenario.
var nothing = map[string]string{
	plan.ScenarioOperatorError: "nothing that is declared survives operator-error",
	plan.ScenarioRegionLoss:    "nothing that is declared survives region-loss: only copies, replicated automated backups and a replica in a recovery region do",
	plan.ScenarioAccountLoss:   "nothing that is declared survives account-loss: only copies in a recovery account do, and points in time never leave theirs",
}

// row is the loss as it is shown.
func (l lost) row(scenario string, judged bool) Loss {
	row := Loss{Scenario: scenario, Judged: judged, By: l.by, Witness: l.witness, Worst: Figure{Name: "worst-case loss"}}
	switch {
	case !l.known:
		row.By = "nobody says how it is backed up"
	case l.unbounded:
		row.Unbounded, row.Why = true, l.why
	default:
		row.Worst = figure("worst-case loss", l.worst, l.basis, l.by)
	}
	return row
}
