package protection

import (
	"slices"
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Names of the metrics; docs/metrics.md.
const (
	CopyHeadroom        = "CopyHeadroom"        // Seconds; below zero the newest copy is older than its schedule allows
	ReplicationHeadroom = "ReplicationHeadroom" // Seconds; the same of replicated automated backups
	Findings            = "ProtectionFindings"  // Count; of the deployment zero as well
	UnknownSubjects     = "ProtectionUnknown"   // Count; databases, and what tags had backed up; zero as well
	Ran                 = "ProtectionMonitorRan"
)

// Period is how often the monitor looks.
const Period = 15 * time.Minute

// Figures are the metrics of one round: of each database, of each workload the
// worst headroom of its databases, and of the deployment. general are findings of
// the vaults, and of what is no database.
func Figures(deployment string, judgements []Judgement, general []drill.Finding) []drill.Metric {
	f := figures{worst: map[string]map[string]time.Duration{}}
	of := map[string]string{"Deployment": deployment}
	total, unknown := counted(general), 0
	for _, f := range general {
		if f.Code == Unknown {
			unknown++
		}
	}
	for _, j := range judgements {
		n := counted(j.Findings)
		total += n
		if len(j.Unknown) > 0 {
			unknown++
		}
		if n > 0 && j.Subject.Database != "" {
			f.add(Findings, "Count", float64(n), j.Subject, true)
		}
		f.headroom(CopyHeadroom, j.Subject, j.CopyHeadroom)
		f.headroom(ReplicationHeadroom, j.Subject, j.ReplicationHeadroom)
	}
	f.workloads()
	return append(f.whole(of),
		drill.Metric{Name: Findings, Unit: "Count", Value: float64(total), Dimensions: of},
		drill.Metric{Name: UnknownSubjects, Unit: "Count", Value: float64(unknown), Dimensions: of},
		RanFigure(deployment))
}

// RanFigure is what says that the monitor did run, whatever it could tell.
func RanFigure(deployment string) drill.Metric {
	return drill.Metric{Name: Ran, Unit: "Count", Value: 1, Dimensions: map[string]string{"Deployment": deployment}}
}

// counted are warnings: that something could not be asked is another figure, and a
// note is none.
func counted(findings []drill.Finding) (n int) {
	for _, f := range findings {
		if f.Severity == drill.Warning && f.Code != Unknown && f.Code != OtherAccount {
			n++
		}
	}
	return n
}

type figures struct {
	list  []drill.Metric
	order []Subject // one of each workload
	worst map[string]map[string]time.Duration
}

func (f *figures) add(name, unit string, value float64, s Subject, database bool) {
	of := map[string]string{"Deployment": s.Deployment, "Workload": s.Workload}
	if database {
		of["Database"] = s.Database
	}
	f.list = append(f.list, drill.Metric{Name: name, Unit: unit, Value: value, Dimensions: of})
}

func (f *figures) headroom(name string, s Subject, headroom *time.Duration) {
	if headroom == nil {
		return
	}
	f.add(name, "Seconds", headroom.Seconds(), s, true)
	if f.worst[s.Workload] == nil {
		f.worst[s.Workload], f.order = map[string]time.Duration{}, append(f.order, s)
	}
	if least, seen := f.worst[s.Workload][name]; !seen || *headroom < least {
		f.worst[s.Workload][name] = *headroom
	}
}

func (f *figures) workloads() {
	for _, s := range f.order {
		for _, name := range []string{CopyHeadroom, ReplicationHeadroom} {
			if least, is := f.worst[s.Workload][name]; is {
				f.add(name, "Seconds", least.Seconds(), s, false)
			}
		}
	}
}

// whole adds the worst of all workloads.
func (f *figures) whole(of map[string]string) []drill.Metric {
	for _, name := range []string{CopyHeadroom, ReplicationHeadroom} {
		var all []time.Duration
		for _, s := range f.order {
			if least, is := f.worst[s.Workload][name]; is {
				all = append(all, least)
			}
		}
		if len(all) > 0 {
			f.list = append(f.list, drill.Metric{Name: name, Unit: "Seconds", Value: slices.Min(all).Seconds(), Dimensions: of})
		}
	}
	return f.list
}
