// Package monitor turns how fresh backups are into figures, and objectives into
// alarms on them.
//
// A database without any recovery point is a breach, not a gap: it gets a
// headroom as well, of minus its RPO and a day, beyond what an alarm allows. A
// database whose region could not be asked gets none: the alarm on its headroom
// takes missing data for a breach; and whichever region it is, the database is
// counted. The package reads and keeps nothing.
package monitor

import (
	"maps"
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Names of the metrics; docs/metrics.md.
const (
	BackupAge       = "BackupAge"       // Seconds; of the newest recovery point in the primary region
	CopyAge         = "CopyAge"         // Seconds; of the newest in the recovery region
	RPOHeadroom     = "RPOHeadroom"     // Seconds; the RPO less the age of the one that counts; below zero: missed
	NoRecoveryPoint = "NoRecoveryPoint" // Count; 1 where nothing that counts can be restored
	SinceLastPass   = "SinceLastPass"   // Seconds; since the last drill that passed
	BackupWarnings  = "BackupWarnings"  // Count; warnings about the backups, where there are any
	RegionUnknown   = "RegionUnknown"   // Count; databases of which a region could not be asked; zero as well
	MonitorRan      = "MonitorRan"      // Count; 1 each time
)

// withoutAny is how far beyond its RPO a database is that has no recovery
// point: its real age is unbounded, and a figure must be finite.
const withoutAny = 24 * time.Hour

// Figures are the metrics of all databases at a moment, and of each workload the
// worst headroom of its databases. lastPassed is by the name of the database; one
// that never passed a drill has no SinceLastPass.
func Figures(now time.Time, specs []drill.Spec, newest map[string]drill.Newest, lastPassed map[string]time.Time) []drill.Metric {
	var metrics []drill.Metric
	type workload struct{ deployment, name string }
	var order []workload
	worst, unknown := map[workload]float64{}, map[workload]bool{}
	unasked := map[string]float64{} // by deployment
	for _, s := range specs {
		dimensions := map[string]string{"Deployment": s.Deployment, "Workload": s.Workload, "Database": s.Database}
		add := func(name, unit string, value float64) {
			metrics = append(metrics, drill.Metric{Name: name, Unit: unit, Value: value, Dimensions: dimensions})
		}
		n := newest[s.Name()]
		if unasked[s.Deployment] += 0; !n.PrimaryKnown && !n.NotAsked || s.Place.Elsewhere() && !n.CopyKnown {
			unasked[s.Deployment]++
		}
		if len(n.Findings) > 0 {
			add(BackupWarnings, "Count", float64(len(n.Findings)))
		}
		if !n.Primary.IsZero() {
			add(BackupAge, "Seconds", now.Sub(n.Primary).Seconds())
		}
		if !n.Copy.IsZero() {
			add(CopyAge, "Seconds", now.Sub(n.Copy).Seconds())
		}
		if at, passed := lastPassed[s.Name()]; passed {
			add(SinceLastPass, "Seconds", now.Sub(at).Seconds())
		}
		w := workload{s.Deployment, s.Workload}
		at, known := n.Counts(s.Place)
		if !known {
			unknown[w] = true // the worst of the others would hide it
			continue
		}
		headroom, none := s.Objectives.RPOSeconds-now.Sub(at).Seconds(), 0.0
		if at.IsZero() {
			headroom, none = -s.Objectives.RPOSeconds-withoutAny.Seconds(), 1
		}
		add(RPOHeadroom, "Seconds", headroom)
		add(NoRecoveryPoint, "Count", none)
		if least, seen := worst[w]; !seen {
			order, worst[w] = append(order, w), headroom
		} else {
			worst[w] = min(least, headroom)
		}
	}
	for _, w := range order {
		if unknown[w] {
			continue
		}
		metrics = append(metrics, drill.Metric{
			Name: RPOHeadroom, Unit: "Seconds", Value: worst[w], Dimensions: map[string]string{"Deployment": w.deployment, "Workload": w.name},
		})
	}
	for _, deployment := range slices.Sorted(maps.Keys(unasked)) {
		metrics = append(metrics, drill.Metric{
			Name: RegionUnknown, Unit: "Count", Value: unasked[deployment], Dimensions: map[string]string{"Deployment": deployment},
		})
	}
	return metrics
}
