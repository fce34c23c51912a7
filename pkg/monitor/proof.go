package monitor

import "time"

// Proof is how long ago a database proved anything, and how long that may be.
// Drills that stop happening make no figure of their own: this is what grows.
type Proof struct {
	// Since is when the deployment first watched the database: from then on count
	// a verdict and a pass that there never was. So neither is ever silent.
	Since time.Time
	// Verdict is when a drill last ended with evidence, in whichever of the four
	// endings; Pass when one last passed. Zero: never.
	Verdict, Pass time.Time
	// Every is how long there may be no verdict.
	Every time.Duration
}

// sinceVerdict and sincePass are Seconds.
func (p Proof) sinceVerdict(now time.Time) float64 { return now.Sub(p.from(p.Verdict)).Seconds() }
func (p Proof) sincePass(now time.Time) float64    { return now.Sub(p.from(p.Pass)).Seconds() }

func (p Proof) from(last time.Time) time.Time {
	if last.IsZero() {
		return p.Since
	}
	return last
}
