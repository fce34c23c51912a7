package monitor

import "time"

// Proof is how long ago a database proved anything, and how long that may be.
// Drills that stop happening make no figure of their own: this is what grows.
type Proof struct {
	// Since is when the deployment first watched the database, or anew after it had
	// been out of the plan: from then on count a verdict and a pass that there never
	// was. So neither is ever silent.
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

// headroom is Seconds. A verdict of before the database was taken out of the plan
// is no measure of drills that could not happen since.
func (p Proof) headroom(now time.Time) float64 {
	from := p.Since
	if p.Verdict.After(from) {
		from = p.Verdict
	}
	return p.Every.Seconds() - now.Sub(from).Seconds()
}

func (p Proof) from(last time.Time) time.Time {
	if last.IsZero() {
		return p.Since
	}
	return last
}
