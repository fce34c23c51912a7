// Package doctor says what is wrong with a machine or with a deployment, a line
// each, before a drill or a disaster finds it.
//
// A line is ok only where somebody was asked and answered so. What could not be
// asked, or what the answer leaves open, is unknown: never ok, and never left out.
package doctor

import (
	"context"
	"slices"
	"time"
)

// State of a line.
type State string

const (
	OK      State = "ok"
	Wrong   State = "wrong"
	Unknown State = "unknown"
)

// Basis is whose word a line is.
type Basis string

const (
	// Asked: AWS, or this machine, was asked and said so.
	Asked Basis = "asked"
	// Judged: lifeboat read what there is and compared it with what the deployment
	// needs; AWS was not asked whether it suffices.
	Judged Basis = "judged"
)

// Line is one finding.
type Line struct {
	Area    string `json:"area"`    // "permissions": lines of one area stand together
	Subject string `json:"subject"` // "lifeboat-prod-start-restore"
	State   State  `json:"state"`
	What    string `json:"what"` // what is so, and why it matters where it is not ok
	// Command mends it, or tells more, exactly as it is to be typed; "" only where
	// the line is ok.
	Command string `json:"command,omitempty"`
	Basis   Basis  `json:"basis"`
}

// Check is one area. It has no error: what could not be asked is a line that is
// unknown and says why.
type Check struct {
	Area string
	Run  func(context.Context) []Line
}

// Report of a doctor.
type Report struct {
	At    time.Time `json:"at"`
	Where string    `json:"where"` // "this machine", or the deployment, account and region
	Lines []Line    `json:"lines"`
}

// Healthy is whether every line is ok.
func (r Report) Healthy() bool {
	return !slices.ContainsFunc(r.Lines, func(l Line) bool { return l.State != OK })
}

// Examine runs all checks in their order. A check that finds nothing to say is
// unknown: it may have been asked of the wrong thing.
func Examine(ctx context.Context, at time.Time, where string, checks []Check) Report {
	r := Report{At: at.UTC(), Where: where}
	for _, c := range checks {
		lines := c.Run(ctx)
		if len(lines) == 0 {
			lines = []Line{{Subject: c.Area, State: Unknown, What: "nothing was found to look at", Command: "lifeboat doctor --help", Basis: Judged}}
		}
		for _, l := range lines {
			l.Area = c.Area
			r.Lines = append(r.Lines, l)
		}
	}
	return r
}
