package drill

// Removal is what became of everything the run created.
type Removal struct {
	// Clean means that nothing is left that nobody asked for: its absence was
	// observed, or nothing was ever created, or the copy was kept on request.
	Clean bool `json:"clean"`
	// Kept is set where the copy was left in place on request.
	Kept bool `json:"kept,omitempty"`
	// Remaining is what was still there at the last observation.
	Remaining []Resource `json:"remaining,omitempty"`
	// Failure is why the removal or its observation failed.
	Failure *Failure `json:"failure,omitempty"`
	// RecordError says that the removal could not be written to the run
	// record; the removal itself went on.
	RecordError string `json:"recordError,omitempty"`
}
