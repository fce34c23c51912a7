package recoverystep

import (
	"github.com/lifeboat-dr/lifeboat/pkg/drill"
	"github.com/lifeboat-dr/lifeboat/pkg/recovery"
)

// Metrics are the figures of one recovery: of each workload what was measured (nothing
// where nothing was), how its steps ended, and one Count per ending, 1 for the one that
// it took and 0 for the others; see docs/metrics.md.
func Metrics(r recovery.Report) (list []drill.Metric) {
	all := map[string]string{"Deployment": r.Run.Deployment}
	add := func(of map[string]string, name, unit string, value float64) {
		list = append(list, drill.Metric{Name: name, Unit: unit, Value: value, Dimensions: of})
	}
	for _, w := range r.Verdict.Workloads {
		of := map[string]string{"Deployment": r.Run.Deployment, "Workload": w.Name}
		if w.RTO.ActualSeconds != nil {
			add(of, "ServiceRecoveryTime", "Seconds", *w.RTO.ActualSeconds)
		}
		if w.RTO.ActualSeconds != nil && w.RTO.TargetSeconds > 0 {
			add(of, "ServiceRecoveryTimeBudget", "Seconds", w.RTO.BudgetSeconds)
		}
		if w.RPO.ActualSeconds != nil {
			add(of, "ServiceDataLoss", "Seconds", *w.RPO.ActualSeconds)
		}
		for _, c := range stepCounts(r.Steps, w.Name) {
			add(of, c.name, "Count", c.value)
		}
	}
	for _, c := range stepCounts(r.Steps, "") {
		add(all, c.name, "Count", c.value)
	}
	ending := r.Verdict.Ending
	switch ending {
	case recovery.Passed, recovery.ObjectivesMissed, recovery.FailureClean:
	default: // of a newer version, or none: a person must look
		ending = recovery.FailureDirty
	}
	for _, e := range []string{recovery.Passed, recovery.ObjectivesMissed, recovery.FailureClean, recovery.FailureDirty} {
		value := 0.0
		if e == ending {
			value = 1
		}
		add(all, "Recovery"+e, "Count", value)
	}
	return list
}

type stepCount struct {
	name  string
	value float64
}

// stepCounts of a workload; "": of all.
func stepCounts(steps []recovery.Record, workload string) []stepCount {
	counts := []stepCount{{name: "RecoveryStepsFailed"}, {name: "RecoveryStepsOmitted"}, {name: "RecoveryStepsSkipped"}, {name: "RecoveryStepsUnproven"}}
	for _, s := range steps {
		if workload != "" && recovery.WorkloadOf(s.Node.ID) != workload {
			continue
		}
		switch s.Status.State {
		case recovery.Failed:
			counts[0].value++
		case recovery.Omitted:
			counts[1].value++
		case recovery.Skipped:
			counts[2].value++
		case recovery.Waiting, recovery.Ready, recovery.Running, recovery.Succeeded:
		}
		if s.Status.Result != nil && s.Status.Result.Unproven != "" {
			counts[3].value++
		}
	}
	return counts
}
