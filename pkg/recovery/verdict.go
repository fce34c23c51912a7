package recovery

// Verdict is the judgement of one recovery, with its reasons: see Judge.
type Verdict struct {
	Ending    string            `json:"ending"` // see drill.Ending
	Workloads []WorkloadVerdict `json:"workloads"`
	// CriticalPath are the ids of the steps that made it as long as it was, in order.
	CriticalPath []string  `json:"criticalPath"`
	Findings     []Finding `json:"findings"`
}

// WorkloadVerdict is how a workload was recovered.
type WorkloadVerdict struct {
	Workload Workload `json:"workload"`
	// RTOSeconds is from the start of the run to the end of the workload's last step;
	// nil: it was not recovered.
	RTOSeconds *float64 `json:"rtoSeconds"`
	// ProjectedSeconds has what is declared added: detection, decision, DNS.
	ProjectedSeconds *float64 `json:"projectedSeconds"`
	RTOMet           bool     `json:"rtoMet"`
	// LossSeconds is the largest loss of what it recovered; nil: nothing that has data.
	LossSeconds *float64 `json:"lossSeconds"`
	RPOMet      bool     `json:"rpoMet"`
}

// Finding is one reason.
type Finding struct {
	Severity string `json:"severity"` // "violation", "warning", "info"
	Code     string `json:"code"`
	What     string `json:"what"`
	Hint     string `json:"hint,omitempty"`
	Step     string `json:"step,omitempty"` // id; "": of the whole run
	Workload string `json:"workload,omitempty"`
}
