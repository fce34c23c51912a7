package drill

import "time"

// Throwaway is a copy that some execution of the deployment made, as the
// sweeper needs to know it.
type Throwaway struct {
	// Copy is what of it is there; never empty.
	Copy        Copy   `json:"copy"`
	Deployment  string `json:"deployment"`
	ExecutionID string `json:"executionId"`
	RunID       string `json:"runId"`
	Status      string `json:"status"` // the provider's own word
	// Age since it was asked for; zero where nobody knows, which is no age to
	// delete by.
	Age time.Duration `json:"-"`
}

// Run is what a removal needs to know of whoever made it.
func (t Throwaway) Run() Run {
	return Run{ID: t.RunID, ExecutionID: t.ExecutionID, Deployment: t.Deployment, Throwaway: t.Copy.First().ID}
}
