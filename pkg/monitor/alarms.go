package monitor

import (
	"time"

	"github.com/lifeboat-dr/lifeboat/pkg/drill"
)

// Period is how often the monitor looks, and the period of its alarms.
const Period = 5 * time.Minute

// Alarm is one on a metric of the monitor: it is raised after two periods in a
// row below the threshold, and a period without any figure counts as one. For
// that the alarm is on FILL(metric, Missing), not on the metric: where figures
// are missing CloudWatch first takes older ones, and would be raised only after
// some five periods.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
type Alarm struct {
	Name       string
	Metric     string
	Dimensions map[string]string
	Threshold  float64
	Missing    float64 // takes the place of a figure that did not come; below the threshold
	Runbook    string  // page of docs/runbooks
}

// Evaluations is how many periods in a row raise an alarm: one late
// PutMetricData wakes nobody.
const Evaluations = 2

// Alarms are those of a deployment: one per database, on its headroom; above
// limit databases one per workload, on the worst headroom of its databases; and
// one on the monitor itself.
func Alarms(specs []drill.Spec, limit int) []Alarm {
	var list []Alarm
	seen := map[string]bool{}
	for _, s := range specs {
		name := "backup-age-" + s.Workload + "/" + s.Database // no name has a slash
		dimensions := map[string]string{"Deployment": s.Deployment, "Workload": s.Workload, "Database": s.Database}
		if len(specs) > limit {
			name = "backup-age-" + s.Workload
			delete(dimensions, "Database")
		}
		if !seen[name] {
			list = append(list, Alarm{name, RPOHeadroom, dimensions, 0, -1, "backup-age.md"})
		}
		seen[name] = true
	}
	if len(specs) > 0 {
		list = append(list, Alarm{"monitor-silent", MonitorRan, map[string]string{"Deployment": specs[0].Deployment}, 1, 0, "monitor-silent.md"})
	}
	return list
}
