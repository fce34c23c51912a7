package recovery

// ChildInput is the input of an execution of recovery-step.
type ChildInput struct {
	Run     string `json:"run"`
	Step    int    `json:"step"`
	Attempt int    `json:"attempt"`
}

// Request is the input of an execution of recovery, as people type it into the
// console.
type Request struct {
	// Mode: "" and exercise make throwaways. failover needs Confirm, the name of the
	// deployment.
	Mode     Mode   `json:"mode,omitempty"`
	Confirm  string `json:"confirm,omitempty"`
	Workload string `json:"workload,omitempty"` // "": all that declare a recovery
	// Resume names a run that is not over: this parent takes it on.
	Resume string `json:"resume,omitempty"`
	// Abort a run that is resumed: begin nothing, remove what an exercise made, report.
	Abort bool `json:"abort,omitempty"`
	// Resumed is how often in a row the listener has resumed it, this time included.
	Resumed       int    `json:"resumed,omitempty"`
	StartedBy     string `json:"startedBy,omitempty"`
	Trigger       string `json:"trigger,omitempty"`
	ScheduledTime string `json:"scheduledTime,omitempty"`
	PlanHash      string `json:"planHash,omitempty"`
}
