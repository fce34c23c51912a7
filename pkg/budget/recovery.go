package budget

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/plan"
)

// Names of the parts of a recovery.
const (
	partDetection = "detection"
	partDecision  = "decision"
	partRestore   = "restore"
	partPromotion = "promotion"
	partWarmUp    = "warm-up"
	partDNS       = "dns"
	partData      = "data"
)

// enough drills make a p95; below, the longest of them stands for it.
const enough = 20

// recovery is how long a recovery of the database takes, part by part.
func recovery(s *subject, m Drilled) Recovery {
	parts := []Figure{detection(s.workload), decision(s.workload), data(s, m), warmUp(s), dns(s.workload)}
	total, known, basis := time.Duration(0), true, Measured
	for i := range parts {
		total, known, basis = plus(total, parts[i].Value), known && parts[i].Known(), weakest(basis, parts[i].Basis)
	}
	r := Recovery{Parts: parts, Total: Figure{Name: "recovery time"}, CutBack: cutBack(s.workload)}
	if known {
		r.Total = figure("recovery time", total, basis, "")
	}
	return r
}

// detection is what the health checks need to fail, else what is declared.
func detection(w *plan.Workload) Figure {
	if flip := flip(w); flip > 0 {
		return figure(partDetection, flip, Declared, "standby.healthChecks")
	}
	if w.Allowances.Detection > 0 {
		return figure(partDetection, time.Duration(w.Allowances.Detection), Declared, "allowances.detection")
	}
	return figure(partDetection, assumedDetection, Assumed, "a health check of 30s that fails 3 times")
}

// flip is how long the slowest health check needs to tell.
// https://docs.aws.amazon.com/Route53/latest/DeveloperGuide/health-checks-creating-values.html
func flip(w *plan.Workload) (slowest time.Duration) {
	if w.Standby == nil {
		return 0
	}
	for _, h := range w.Standby.HealthChecks {
		slowest = max(slowest, time.Duration(h.Interval)*time.Duration(h.Threshold))
	}
	return slowest
}

func decision(w *plan.Workload) Figure {
	if w.Allowances.Decision > 0 {
		return figure(partDecision, time.Duration(w.Allowances.Decision), Declared, "allowances.decision")
	}
	return figure(partDecision, 0, Assumed, "nobody is asked")
}

// promotes tells whether a recovery promotes a replica. It does where the region is
// lost: what an operator destroyed is destroyed in a replica as well, and another
// account has none.
func promotes(s *subject) bool {
	return topology(s.workload) != plan.BackupRestore && s.scenario == plan.ScenarioRegionLoss
}

// data is until the data is there: what drills measured of restores, else what the
// plan says.
func data(s *subject, m Drilled) Figure {
	own, of := s.database.Assumptions, s.workload.Assumptions
	if promotes(s) {
		return pick(own.Promotion, of.Promotion, assumedPromotion).part(partPromotion, "assumptions.promotion")
	}
	if f := measured(m); f.Known() {
		return f
	}
	switch declared := time.Duration(cmp.Or(own.Restore, of.Restore)); {
	case declared == 0:
		return Figure{Name: partRestore}
	case declared < floorRestore && plan.KindOf(s.database.Kind).OnAWS:
		return figure(partRestore, floorRestore, Assumed, "no restore is quicker until drills measured it; assumptions.restore says "+short(declared))
	default:
		return figure(partRestore, declared, Declared, "assumptions.restore")
	}
}

// measured is the 95th percentile (nearest rank) of what drills took, or the longest
// where there are too few for one.
func measured(m Drilled) Figure {
	n := len(m.Seconds)
	if n == 0 {
		return Figure{Name: partRestore}
	}
	sorted := slices.Sorted(slices.Values(m.Seconds))
	value, from := sorted[n-1], fmt.Sprintf("longest of %d drills, too few for a p95", n)
	switch {
	case n >= enough:
		value, from = sorted[int(math.Ceil(0.95*float64(n)))-1], fmt.Sprintf("p95 of %d drills", n)
	case n == 1:
		from = "the only drill, too few for a p95"
	}
	return figure(partRestore, measuredLength(value), Measured, from)
}

// measuredLength is never shorter than what was measured.
func measuredLength(seconds float64) time.Duration {
	if ns := seconds * float64(time.Second); ns < math.MaxInt64 {
		return time.Duration(ns)
	}
	return math.MaxInt64
}

func warmUp(s *subject) Figure {
	return pick(s.database.Assumptions.WarmUp, s.workload.Assumptions.WarmUp, 0).part(partWarmUp, "assumptions.warmUp")
}

// dns is until clients find what was recovered: the health check flips the record,
// and clients keep the old answer for its TTL. Nobody's recovery goes without.
func dns(w *plan.Workload) Figure {
	if w.Standby != nil && w.Standby.Record != nil {
		ttl := time.Duration(w.Standby.Record.TTL)
		if flip := flip(w); flip > 0 {
			return figure(partDNS, ttl+flip, Declared, "standby.record.ttl and standby.healthChecks")
		}
		return figure(partDNS, ttl+assumedFlip, Assumed, "standby.record.ttl and a health check of 30s that fails 3 times")
	}
	if w.Allowances.DNS > 0 {
		return figure(partDNS, time.Duration(w.Allowances.DNS), Declared, "allowances.dns")
	}
	return figure(partDNS, assumedDNS, Assumed, "a TTL of 60s and a health check of 30s that fails 3 times")
}

// cutBack is the way home, once it stands again. How long the data takes nobody
// knows beforehand.
func cutBack(w *plan.Workload) []Figure {
	return []Figure{{Name: partData}, dns(w)}
}

// slowest is the recovery of a workload: that of its slowest database, and not
// known where one's is not.
func slowest(rows []Row) (recovery Recovery, of int) {
	known := true
	for i := range rows {
		r := &rows[i].Recovery
		known = known && r.Total.Known()
		if i == 0 || least(&rows[i]) > least(&rows[of]) {
			of = i
		}
	}
	if len(rows) == 0 {
		return Recovery{}, 0
	}
	if known {
		return rows[of].Recovery, of
	}
	return rows[unknown(rows)].Recovery, of // its parts say what is not known
}

// unknown is the row whose recovery is not known; of several the slowest, of a database
// on AWS before others.
func unknown(rows []Row) (of int) {
	of = -1
	for i := range rows {
		if rows[i].Recovery.Total.Known() {
			continue
		}
		switch {
		case of < 0:
			of = i
		case plan.KindOf(rows[i].Kind).OnAWS != plan.KindOf(rows[of].Kind).OnAWS:
			if plan.KindOf(rows[i].Kind).OnAWS {
				of = i
			}
		case least(&rows[i]) > least(&rows[of]):
			of = i
		}
	}
	return max(of, 0)
}

// least is how long the recovery of a database takes at least.
func least(row *Row) time.Duration {
	total := sum(&row.Recovery)
	if restore, restores := part(&row.Recovery, partRestore); restores && !restore.Known() && plan.KindOf(row.Kind).OnAWS {
		total = plus(total, floorRestore)
	}
	return total
}

// sum is of what is known.
func sum(r *Recovery) (total time.Duration) {
	for i := range r.Parts {
		total = plus(total, r.Parts[i].Value)
	}
	return total
}

// plus is the sum of two lengths of time, and the longest one there is where that is
// longer: a sum that wrapped around would meet every target.
func plus(a, b time.Duration) time.Duration {
	if b > math.MaxInt64-a {
		return math.MaxInt64
	}
	return a + b
}

// withRoom is the target of which a total leaves a fifth, in whole minutes.
func withRoom(total time.Duration) time.Duration {
	roomy := plus(total, total/4)
	if total%4 != 0 {
		roomy = plus(roomy, 1)
	}
	if over := roomy % time.Minute; over > 0 && roomy < math.MaxInt64 {
		roomy = plus(roomy, time.Minute-over)
	}
	return roomy
}

// Restoring is how long a restore of the database takes, until its data answer:
// measured, else as the plan says. Its value is not known where nobody says.
func Restoring(w *plan.Workload, d *plan.Database, m Drilled) Figure {
	of := *w
	of.Topology = plan.BackupRestore
	return data(&subject{workload: &of, database: d}, m)
}

// Promoting is how long it takes until a replica of the database is promoted and
// writes: nobody measures it beforehand.
func Promoting(w *plan.Workload, d *plan.Database) Figure {
	return pick(d.Assumptions.Promotion, w.Assumptions.Promotion, assumedPromotion).part(partPromotion, "assumptions.promotion")
}
