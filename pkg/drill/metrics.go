package drill

import "slices"

// Metric is one figure for the monitoring. Its dimensions are the database's
// three names at most: a run id would make every drill a new metric.
type Metric struct {
	Name       string            `json:"name"`
	Unit       string            `json:"unit"` // Seconds or Count
	Value      float64           `json:"value"`
	Dimensions map[string]string `json:"dimensions"`
}

// Metrics are the figures of one drill: what was measured (nothing where
// nothing was), and one Count per ending, 1 for the one that it took and 0 for
// the others, so that an alarm can watch each of them; the endings also for the
// deployment as a whole, as a fleet is too many for an alarm each.
func Metrics(s Spec, v Verdict, ending Ending) []Metric {
	dimensions := map[string]string{"Deployment": s.Deployment, "Workload": s.Workload, "Database": s.Database}
	var metrics []Metric
	add := func(name, unit string, value float64) {
		metrics = append(metrics, Metric{Name: name, Unit: unit, Value: value, Dimensions: dimensions})
	}
	if v.RPO.ActualSeconds != nil {
		add("RecoveryPointAge", "Seconds", *v.RPO.ActualSeconds)
	}
	if v.RTO.ActualSeconds != nil {
		add("RecoveryTime", "Seconds", *v.RTO.ActualSeconds)
	}
	if v.RTO.ActualSeconds != nil && v.RTO.TargetSeconds > 0 {
		add("RecoveryTimeBudget", "Seconds", v.RTO.BudgetSeconds)
	}
	if v.Candidates != nil {
		add("BackupsPassedOver", "Count", float64(v.Candidates.PassedOver))
	}
	if v.DataAgeSeconds != nil {
		add("DataAge", "Seconds", *v.DataAgeSeconds)
	}
	if !slices.Contains(endings, ending) { // of a newer version, or none: a person must look
		ending = FailureDirty
	}
	for _, e := range endings {
		value := 0.0
		if e == ending {
			value = 1
		}
		add("Drill"+string(e), "Count", value)
		metrics = append(metrics, Metric{Name: "Drill" + string(e), Unit: "Count", Value: value, Dimensions: map[string]string{"Deployment": s.Deployment}})
	}
	return metrics
}
