// Package monitor turns how fresh backups are into figures, and objectives into
// alarms on them; and how long ago drills last proved that backups are any good.
//
// A database without any recovery point is a breach, not a gap: it gets a
// headroom as well, of minus its RPO and a day, beyond what an alarm allows. A
// database whose region could not be asked gets none: the alarm on its headroom
// takes that for a breach where the monitor ran; and whichever region it is, the
// database is counted. The package reads and keeps nothing.
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
	BackupWarnings  = "BackupWarnings"  // Count; warnings about the backups; of the deployment zero as well
	RegionUnknown   = "RegionUnknown"   // Count; databases of which a region could not be asked; zero as well
	HistoryUnknown  = "HistoryUnknown"  // Count; databases of which nobody could read when they were drilled; zero as well
	MonitorRan      = "MonitorRan"      // Count; 1 each time

	SinceLastVerdict = "SinceLastVerdict" // Seconds; since a drill last ended with evidence
	SinceLastPass    = "SinceLastPass"    // Seconds; since the last drill that passed
	DrillHeadroom    = "DrillHeadroom"    // Seconds; how much longer there may be no verdict; below zero: overdue
)

// Period is how often the monitor looks: metrics.Round.
const Period = 5 * time.Minute

// withoutAny is how far beyond its RPO a database is that has no recovery
// point: its real age is unbounded, and a figure must be finite.
const withoutAny = 24 * time.Hour

// regionUnknown is the code of the finding that a region could not be asked: that is
// a figure of its own, and no matter of what lies in the others.
const regionUnknown = "RegionUnknown"

// Figures are the metrics of all databases at a moment, and of each workload the
// worst of its databases. proofs are by the name of the database; of one that has
// none (the history could not be read) nothing is said: HistoryUnknown is.
func Figures(now time.Time, specs []drill.Spec, newest map[string]drill.Newest, proofs map[string]Proof) []drill.Metric {
	f := figures{now: now, rpo: worst{name: RPOHeadroom}, proof: worst{name: DrillHeadroom}, unasked: map[string]float64{}, warnings: map[string]float64{}}
	for _, s := range specs {
		f.backups(s, newest[s.Name()])
		f.drills(s, proofs[s.Name()])
	}
	f.rpo.addTo(&f.list)
	f.proof.addTo(&f.list)
	for _, deployment := range slices.Sorted(maps.Keys(f.unasked)) {
		of := map[string]string{"Deployment": deployment}
		f.list = append(f.list,
			drill.Metric{Name: RegionUnknown, Unit: "Count", Value: f.unasked[deployment], Dimensions: of},
			drill.Metric{Name: BackupWarnings, Unit: "Count", Value: f.warnings[deployment], Dimensions: of},
		)
	}
	return f.list
}

// figures are those of one moment, as they are gathered.
type figures struct {
	now               time.Time
	list              []drill.Metric
	rpo, proof        worst
	unasked, warnings map[string]float64 // by deployment
}

func (f *figures) add(s drill.Spec, name, unit string, value float64) {
	f.list = append(f.list, drill.Metric{
		Name: name, Unit: unit, Value: value, Dimensions: map[string]string{"Deployment": s.Deployment, "Workload": s.Workload, "Database": s.Database},
	})
}

// backups adds how fresh those of one database are.
func (f *figures) backups(s drill.Spec, n drill.Newest) {
	if f.unasked[s.Deployment] += 0; !n.PrimaryKnown && !n.NotAsked || s.Place.Elsewhere() && !n.CopyKnown {
		f.unasked[s.Deployment]++
	}
	warnings := 0.0
	for _, finding := range n.Findings {
		if finding.Code != regionUnknown {
			warnings++
		}
	}
	if f.warnings[s.Deployment] += warnings; warnings > 0 {
		f.add(s, BackupWarnings, "Count", warnings)
	}
	if !n.Primary.IsZero() {
		f.add(s, BackupAge, "Seconds", f.now.Sub(n.Primary).Seconds())
	}
	if !n.Copy.IsZero() {
		f.add(s, CopyAge, "Seconds", f.now.Sub(n.Copy).Seconds())
	}
	at, known := n.Counts(s.Place)
	if !known {
		f.rpo.unknown(s)
		return
	}
	headroom, none := s.Objectives.RPOSeconds-f.now.Sub(at).Seconds(), 0.0
	if at.IsZero() {
		headroom, none = -s.Objectives.RPOSeconds-withoutAny.Seconds(), 1
	}
	f.add(s, RPOHeadroom, "Seconds", headroom)
	f.add(s, NoRecoveryPoint, "Count", none)
	f.rpo.of(s, headroom)
}

// drills adds how long ago one database proved anything.
func (f *figures) drills(s drill.Spec, p Proof) {
	if p.Since.IsZero() {
		f.proof.unknown(s)
		return
	}
	headroom := p.headroom(f.now)
	f.add(s, SinceLastVerdict, "Seconds", p.sinceVerdict(f.now))
	f.add(s, SinceLastPass, "Seconds", p.sincePass(f.now))
	f.add(s, DrillHeadroom, "Seconds", headroom)
	f.proof.of(s, headroom)
}
