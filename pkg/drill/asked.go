package drill

import (
	"fmt"
	"math"
	"time"
)

// Passing tells of a refusal that says nothing about the backup and may be none
// in a few minutes: the restore is asked for again for a while. What was refused
// made nothing.
func (n ErrorName) Passing() bool { return n == NoCapacity || n == SourceBusy || n == Throttled }

// Asked is what the run record says of asking for the restore. Every call is
// written down twice: before it is made, and once it was refused.
type Asked struct {
	// Open: a call was made, and nobody knows whether it had its effect: its
	// answer was lost, or could not be written down. False where one was
	// answered: the copy has the run's name, so there is only one.
	Open bool
	// Point is what the last open call named; nil: none is open.
	Point *RecoveryPoint
	// WaitingSince is when it was first decided to ask again later; zero: never.
	WaitingSince time.Time
	// Refused counts the refusals that were passing, Last is the newest, at LastAt.
	Refused int
	Last    Failure
	LastAt  time.Time
	// Throttled counts the newest refusals of which each was Throttled.
	Throttled int
}

// AskedOf reads the record. A call is closed only by what stands right behind it:
// a repeated entry leaves it open, so that nothing is believed too early.
func AskedOf(facts []Fact) Asked {
	var a Asked
	var pending *Fact
	answered := false
	leaveOpen := func() {
		if pending != nil {
			a.Open, a.Point, pending = true, pending.RecoveryPoint, nil
		}
	}
	for i, f := range facts {
		switch {
		case f.Kind == FactRestoreRequested:
			answered = true
		case f.Kind == FactPhaseStarted && f.Note == PhaseWait && a.WaitingSince.IsZero():
			a.WaitingSince = f.At
		case f.Kind == FactPhaseStarted && f.Note == PhaseStart:
			leaveOpen()
			pending = &facts[i]
		case f.Kind == FactPhaseEnded && f.Note == PhaseStart && pending != nil:
			pending = nil
			if f.Failure != nil && ErrorName(f.Failure.Error).Passing() && f.At.After(a.LastAt) { // else told again
				a.Refused++
				a.Last, a.LastAt = *f.Failure, f.At
				a.Throttled++
				if a.Last.Error != string(Throttled) {
					a.Throttled = 0
				}
			}
		}
	}
	leaveOpen()
	if answered {
		a.Open, a.Point = false, nil
	}
	return a
}

// InUse is the recovery point that the copy is made from: the chosen one, or the
// one that was taken instead. Nil: none was chosen.
func InUse(facts []Fact) *RecoveryPoint {
	var point *RecoveryPoint
	for _, f := range facts {
		if f.Kind == FactRecoveryPoint && f.RecoveryPoint != nil {
			point = f.RecoveryPoint
		}
	}
	return point
}

// FreshEnough tells whether a recovery point meets the RPO, judged at its oldest;
// any does that has a time where no RPO is declared.
func FreshEnough(run Run, spec Spec, point RecoveryPoint) bool {
	oldest := math.Max(run.StartedAt.Sub(point.TakenAt).Seconds(), 0) + point.UncertaintySeconds
	return !point.TakenAt.IsZero() && (spec.Objectives.RPOSeconds == 0 || oldest <= spec.Objectives.RPOSeconds)
}

// waited is how long it took until the provider could begin with the restore.
func (m moments) waited() time.Duration {
	if m.waiting.IsZero() || m.requested.IsZero() {
		return 0
	}
	return m.requested.Sub(m.waiting)
}

// unsure is how much earlier the provider could have begun: the time since it was
// asked the last time but one.
func (m moments) unsure(facts []Fact) time.Duration {
	if last := AskedOf(facts).LastAt; m.waited() > 0 && !last.IsZero() {
		return m.requested.Sub(last)
	}
	return 0
}

// judgeWait says how much of the recovery time was spent on waiting for the
// provider. It counts: in a disaster the capacity would be missing as well, and
// many would ask for it.
func judgeWait(c Case, m moments) []Finding {
	wait := m.waited().Seconds()
	if wait <= 0 {
		return nil
	}
	a := AskedOf(c.Facts)
	return []Finding{{
		Severity: Warning, Code: WaitedToStart, Figure: wait, Hint: a.Last.Hint,
		What: fmt.Sprintf("the restore could be begun only %s after it was first asked for, which counts as recovery time: it was refused %d times, at last %s (%s)",
			inSeconds(wait), a.Refused, a.Last.Error, a.Last.Cause),
	}}
}

// WaitedToStart is the code of the finding that the provider could not begin with
// the restore for a while.
const WaitedToStart = "WaitedToStart"

// OthersIn are the points that could be used instead of the chosen one.
func OthersIn(facts []Fact) []RecoveryPoint {
	for _, f := range facts {
		if f.Kind == FactRecoveryPoint {
			return f.Others
		}
	}
	return nil
}

// PassedOver has a warning for every point that was asked for and refused before
// another one was taken: it had looked usable.
func PassedOver(facts []Fact, taken RecoveryPoint) []Finding {
	var findings []Finding
	var asked *RecoveryPoint
	seen := map[string]bool{taken.ID: true}
	for _, f := range facts {
		switch {
		case f.Kind == FactPhaseStarted && f.Note == PhaseStart:
			asked = f.RecoveryPoint
		case f.Kind == FactPhaseEnded && f.Note == PhaseStart && asked != nil && f.Failure != nil && !seen[asked.ID]:
			seen[asked.ID] = true
			findings = append(findings, Finding{
				Severity: Warning, Code: "BackupPassedOver", Hint: f.Failure.Hint,
				What: fmt.Sprintf("backup %s was passed over for the next that meets the RPO, %s: %s", asked.ID, taken.ID, f.Failure.Cause),
			})
		}
	}
	return findings
}
