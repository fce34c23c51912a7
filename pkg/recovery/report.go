package recovery

import "time"

// Removal is what became of the throwaways of an exercise. A failover has none, and
// its Removal is clean.
type Removal struct {
	Clean     bool       `json:"clean"`
	Remaining []Resource `json:"remaining,omitempty"`
	Failure   *Failure   `json:"failure,omitempty"` // why removing or looking failed
}

// Case is what is judged: the record of a run at its end.
type Case struct {
	Run     Run      `json:"run"`
	Steps   []Record `json:"steps"`
	Removal Removal  `json:"removal"`
	// Failure of the parent machine itself; nil: it came to its end as it should.
	Failure *Failure `json:"failure,omitempty"`
}

// Report is what the evidence is made of. The verdict is beside the case that it is
// of: see Judge.
type Report struct {
	Case
	Verdict    Verdict   `json:"verdict"`
	RecordedAt time.Time `json:"recordedAt"`
}
