package drill

import (
	"fmt"
	"math"
	"slices"
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
	// Throttled counts the refusals since the last one that was passing and not
	// Throttled.
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

// waited is how long it took until the provider could begin with the restore, or
// was asked for the last time.
func (m moments) waited() time.Duration {
	if m.waiting.IsZero() || m.waitedUntil.Before(m.waiting) {
		return 0
	}
	return m.waitedUntil.Sub(m.waiting)
}

// unsure is how much earlier the provider could have begun: the time since it
// refused what it began with at last.
func (m moments) unsure(facts []Fact) time.Duration {
	if _, last := keptWaiting(facts); m.waited() > 0 && !m.requested.IsZero() && !last.IsZero() {
		return m.requested.Sub(last)
	}
	return 0
}

// keptWaiting is the last refusal, and when it was, of the point that the copy was
// made from at last: in the same round others may have been refused before it, for
// another reason. Where that point was never refused, it is the last one of all.
func keptWaiting(facts []Fact) (Failure, time.Time) {
	a := AskedOf(facts)
	why, at := a.Last, a.LastAt
	taken := InUse(facts)
	refused := func(point *RecoveryPoint, f Fact) {
		if taken != nil && point.ID == taken.ID {
			why, at = *f.Failure, f.At
		}
	}
	if slices.ContainsFunc(facts, func(f Fact) bool { return f.Kind == FactRestoreRequested }) {
		eachRefusal(facts, refused)
	}
	return why, at
}

// eachRefusal gives every refusal that was written down, with the point that was
// asked for.
func eachRefusal(facts []Fact, visit func(point *RecoveryPoint, refusal Fact)) {
	var asked *RecoveryPoint
	for _, f := range facts {
		switch {
		case f.Kind == FactPhaseStarted && f.Note == PhaseStart:
			asked = f.RecoveryPoint
		case f.Kind == FactPhaseEnded && f.Note == PhaseStart && asked != nil && f.Failure != nil:
			visit(asked, f)
		}
	}
}

// judgeWait says how much of the recovery time was spent on waiting for the
// provider. It counts: in a disaster the capacity would be missing as well, and
// many would ask for it. A wait that was in vain is named too, unless the failure
// says the same.
func judgeWait(c Case, m moments) []Finding {
	wait := m.waited().Seconds()
	a := AskedOf(c.Facts)
	why, _ := keptWaiting(c.Facts)
	what := fmt.Sprintf("the restore could be begun only %s after it was first asked for, which counts as recovery time", inSeconds(wait))
	if m.requested.IsZero() {
		what = fmt.Sprintf("the restore could not be begun for %s after it was first asked for, which would count as recovery time", inSeconds(wait))
	}
	if wait <= 0 || m.requested.IsZero() && c.Failure != nil && c.Failure.Error == why.Error {
		return nil
	}
	return []Finding{{
		Severity: Warning, Code: WaitedToStart, Figure: wait, Hint: why.Hint,
		What: fmt.Sprintf("%s: it was refused %d times, at last %s (%s)", what, a.Refused, why.Error, why.Cause),
	}}
}

// judgeOpenCall says why clean-up after a failure took so long: nobody knows what a
// call made whose answer was lost.
func judgeOpenCall(c Case) []Finding {
	late := c.Spec.Limits.LateCreationSeconds
	if c.Failure == nil || late <= 0 || !AskedOf(c.Facts).Open {
		return nil
	}
	return []Finding{{
		Severity: Info, Code: "AnswerLost", Figure: late,
		What: fmt.Sprintf("a call for the restore got no answer, and may make a copy minutes later: clean-up looks for one for %s before it ends", inSeconds(late)),
	}}
}

// judgeRefused has a warning for every backup that was asked for and refused for a
// reason of its own, whatever became of the drill: it had looked usable. Those that
// another one was taken for are noted by PassedOver.
func judgeRefused(c Case) []Finding {
	var findings []Finding
	chosen, taken := chosenFirst(c.Facts), InUse(c.Facts)
	seen := map[string]bool{}
	eachRefusal(c.Facts, func(point *RecoveryPoint, f Fact) {
		switch ErrorName(f.Failure.Error) {
		case RestoreRefused, BackupUnreadable, BinariesMissing, NoUsableBackup:
		default:
			return
		}
		passedOver := chosen != nil && taken != nil && chosen.ID != taken.ID && !olderThan(*point, *taken)
		if passedOver || taken != nil && point.ID == taken.ID || seen[point.ID] {
			return
		}
		seen[point.ID] = true
		findings = append(findings, Finding{
			Severity: Warning, Code: "BackupRefused", Hint: f.Failure.Hint,
			What: fmt.Sprintf("backup %s looked usable, was asked for, and was refused: %s", point.ID, f.Failure.Cause),
		})
	})
	return findings
}

// chosenFirst is the point that the choice fell on, whatever was taken instead.
func chosenFirst(facts []Fact) *RecoveryPoint {
	for _, f := range facts {
		if f.Kind == FactRecoveryPoint && f.RecoveryPoint != nil {
			return f.RecoveryPoint
		}
	}
	return nil
}

// olderThan is false where a time is not known.
func olderThan(a, b RecoveryPoint) bool {
	return !a.TakenAt.IsZero() && a.TakenAt.Before(b.TakenAt)
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
// another one was taken, and is not older than that: it had looked usable.
func PassedOver(facts []Fact, taken RecoveryPoint) []Finding {
	var findings []Finding
	seen := map[string]bool{taken.ID: true}
	eachRefusal(facts, func(asked *RecoveryPoint, f Fact) {
		if seen[asked.ID] || olderThan(*asked, taken) {
			return
		}
		seen[asked.ID] = true
		findings = append(findings, Finding{
			Severity: Warning, Code: "BackupPassedOver", Hint: f.Failure.Hint,
			What: fmt.Sprintf("backup %s was passed over for the next that meets the RPO, %s: %s", asked.ID, taken.ID, f.Failure.Cause),
		})
	})
	return findings
}
